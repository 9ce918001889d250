/** Runs programs: agents, frames, turns and effects. A journal of entries makes them durable. */
export { describeCall } from "../prompt/describe.ts";
export { display, type Encoded, type Outcome } from "../sandbox/mod.ts";
export { readAnswer } from "./turn/answer.ts";
export type {
  Asked,
  Did,
  Entry,
  EntryOf,
  Firing,
  KeptModel,
  KeptModels,
  NewAgent,
  NewFrame,
  Source,
  StateDelta,
} from "./fold/entry.ts";
export type {
  Decision,
  PersonAnswer,
  PersonInfo,
  Post,
  Question,
  Reply,
  RuntimeEvent,
  SpokenMessage,
  Ui,
  UncertainEffect,
} from "./event.ts";
export { personNamed, type Step } from "../language/mod.ts";
export { callFault } from "./call_check.ts";
export { canReceive, isEndedMeeting, meetingOf } from "./receivers.ts";
export { type OpenQuestion, openQuestions, personsAsked } from "./inbox.ts";
export { reservedNames, sandboxBuiltins, yieldingNames } from "./builtins/table.ts";
export { JournalLog, type JournalLogOptions } from "./journal_log.ts";
export { memoryLog, type SessionLog } from "./log.ts";
export { addedPermissions } from "./permission_changes.ts";
export { encodedAsJson } from "./plain_json.ts";
export { importKey, Programs } from "./programs.ts";
export { loadHistories, storedState } from "./fold/stored_state.ts";
export { decodeEntry, encodeEntry } from "./fold/encoding.ts";
export { systemPrompt } from "../prompt/system_prompt.ts";
export type { RunResult } from "./fold/result.ts";
export { Session, type SessionParts } from "./session.ts";
export type { RuntimeSettings } from "./fold/settings.ts";
export { sourceOf } from "./fold/source.ts";
export { depthOf, type Frame, type State } from "./fold/state.ts";
export { editResult, editVariables, type ValueEdit } from "./value_edits.ts";
export { wordsReleased, type WordsShown, wordsShownBy } from "./fold/words_shown.ts";
export {
  beginSession,
  foldEntries,
  type ProcessInfo,
  type RestoredSession,
  restoreState,
  resumeSession,
} from "./restore.ts";
export { stateChecks } from "./state_checks.ts";
export { peopleIn } from "./definitions.ts";
export type { EngineWorld } from "./world.ts";
