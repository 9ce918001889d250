import type { Question, RuntimeEvent, SpokenMessage, UncertainEffect } from "../engine/mod.ts";

/**
 * What happens in a session, in order. `position` is the number of the journal entry that an event comes from.
 *
 * Events of one entry come together, so a reader that goes on later does so behind a position whose events it has all
 * seen. Events that {@linkcode isReplayable} denies are told only as they happen; their `position` is that of the newest
 * entry.
 */
export type SessionEvent = EventFact & { readonly position: number };

/** An event without its position. */
export type EventFact =
  | RuntimeEvent
  /** Another process runs the session from here on; the first one begins it. */
  | { readonly type: "run"; readonly token: number; readonly model: string; readonly atMs: number }
  /** An agent's words to a person. */
  | Omit<SpokenMessage, "position"> & { readonly type: "say" }
  /** A person's words to an agent. */
  | { readonly type: "heard"; readonly agent: string; readonly klass: string } & HeardWords
  /** The program ended. */
  | {
    readonly type: "program-end";
    readonly status: "completed" | "failed";
    readonly reason?: string;
  }
  /** A question is open until its `ask-end`; live only. */
  | { readonly type: "ask" } & Question
  | { readonly type: "ask-end"; readonly id: string }
  /** A person must choose what becomes of an effect, until its `decision-end`; live only. */
  | { readonly type: "decision" } & UncertainEffect
  | { readonly type: "decision-end"; readonly id: string };

interface HeardWords {
  readonly from: string;
  readonly text: string;
  /** The key with which it was posted. */
  readonly key?: string;
}

const liveOnly: ReadonlySet<EventFact["type"]> = new Set([
  "persons",
  "text",
  "thought",
  "retrying",
  "checkpoint",
  "notice",
  "ask",
  "ask-end",
  "decision",
  "decision-end",
]);

/** Whether an event comes from the journal, so that it can be told again. */
export function isReplayable({ type }: EventFact): boolean {
  return !liveOnly.has(type);
}
