/** The one way to run, watch and answer a session: for front ends, for workers, and for programs. */
export type { EventFact, SessionEvent } from "./event.ts";
export type { Decision, FrontEnd, SessionControl } from "./front_end.ts";
export { LiveSession } from "./live_session.ts";
export { memoryInbox } from "./inbox_message.ts";
export type { Question, SpokenMessage, UncertainEffect } from "../engine/mod.ts";
