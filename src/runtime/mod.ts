/** Runs programs: agents, frames, turns and effects, durable by a journal of entries. */
export { applyEntry } from "./apply.ts";
export { describeCall } from "./describe.ts";
export { readAnswer } from "./answer.ts";
export type { SessionParts } from "./core.ts";
export { type ImageSeal, unsealedImages } from "./images.ts";
export type { Entry, KeptModel, KeptModels, RunEntry, SessionEntry, Source } from "./entry.ts";
export type { Question, RuntimeEvent, SpokenMessage, Ui, UncertainEffect } from "./event.ts";
export { personWaits } from "./inbox.ts";
export { JournalLog, type JournalLogOptions } from "./journal_log.ts";
export { memoryLog, type SessionLog } from "./log.ts";
export { looserPermissions } from "./loosen.ts";
export { importKey, parseSource, Programs } from "./programs.ts";
export { readLedgers, unpackLedgers } from "./ledger.ts";
export { packEntry, unpackEntry } from "./pack.ts";
export { beginPlaybooks } from "./perform.ts";
export { systemPrompt } from "./prompt.ts";
export type { Divergence, RunResult } from "./result.ts";
export { Session } from "./session.ts";
export type { RuntimeSettings } from "./settings.ts";
export { sourceOf } from "./source.ts";
export { depthOf, type Frame, initialState, openQuestions, type State } from "./state.ts";
export {
  beginSession,
  foldEntries,
  restoreState,
  resumeSession,
  type TakenUp,
  type Taker,
} from "./take_up.ts";
export { personNames } from "./definitions.ts";
export type { World } from "./world.ts";
