/** The one way to run, watch and answer a session: for front ends, for workers, and for other programs. */
export { readCallOutcome } from "./call_outcome.ts";
export { diffSessions, type MomentFacts, type SessionDiff, type SessionMoment } from "./diff.ts";
export { type EventFact, isReplayable, type SessionEvent } from "./event.ts";
export { EventReader } from "./event_reader.ts";
export { checkForkIsWhole, firstFork, forkSession, tooEarly } from "./fork.ts";
export type { FrontEnd, SessionControl } from "./front_end.ts";
export { lastWordsIn, previewSession, type SessionPreview } from "./preview.ts";
export { type MomentReport, reportMoment } from "./moment.ts";
export { previewRewind, rewindSession } from "./rewind.ts";
export { decisionName, inboxWords, type PostedWords } from "./inbox_message.ts";
export type { SessionSnapshot } from "./snapshot.ts";
export { type SavedStory, saveStory } from "./saved_story.ts";
export { type RowKind, rowKinds } from "./row_kinds.ts";
export type { StoryIndex, StoryOutline, TurnRow, TurnText, VariableHistory } from "./story_index.ts";
export { StoryIndexes } from "./story_indexes.ts";
export { readStoryTail } from "./story_tail.ts";
export type { RunFact } from "./run_fact.ts";
export type { LiveSession } from "./live_session.ts";
export { type ChangeAtEnd, type Hosting, type KeptSession, SessionRun } from "./session_run.ts";
export { searchedTexts } from "./searched_texts.ts";
export { SessionHandle } from "./session_handle.ts";
export { reportSource } from "./source_report.ts";
export { EntryReader } from "./entry_reader.ts";
export { TraceFold } from "./trace_fold.ts";
export { rootSpanId, traceIdOf } from "./trace_ids.ts";
export type { TraceSpan } from "./trace_span.ts";
export { concerns, type StoryAgent, type StoryItem } from "./story.ts";
export { personNamed, personsAsked } from "../engine/mod.ts";
export { whenSettled } from "../store/mod.ts";
export type { ValueEdit } from "../engine/mod.ts";
export type {
  Decision,
  OpenQuestion,
  PersonInfo,
  Question,
  RunResult,
  SpokenMessage,
  UncertainEffect,
} from "../engine/mod.ts";
export { type PastReport, reportPast } from "./past_report.ts";
export { type CallReport, type PlannedAction, reportState, type StateReport } from "./state_report.ts";
export type { ExportBytes } from "./moving/chain.ts";
export { type ExportResult, exportSession } from "./moving/export_session.ts";
export { type CheckedExport, checkExport } from "./moving/read_export.ts";
export { importSession, refuseRedacted } from "./moving/import_session.ts";
