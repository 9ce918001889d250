import type { Question, RuntimeEvent, SpokenMessage, UncertainEffect } from "../engine/mod.ts";

/**
 * An event of a session. `position` is the number of the journal entry that the event comes from.
 *
 * Events of one entry come together, so a reader may continue after any position whose events it has seen. Live events
 * (see {@linkcode isReplayable}) are sent only once; their `position` is that of the newest entry.
 */
export type SessionEvent = EventFact & { readonly position: number };

/** An event without its position. */
export type EventFact =
  | RuntimeEvent
  /** A process starts to run the session. The first one begins it. */
  | { readonly type: "run"; readonly token: number; readonly model: string; readonly atMs: number }
  /** An agent's words to a person. */
  | Omit<SpokenMessage, "position"> & { readonly type: "say" }
  /** A person's words to an agent. */
  | { readonly type: "heard"; readonly agent: string; readonly klass: string } & HeardWords
  /** A tool server was reached; the names of its tools. */
  | { readonly type: "tools"; readonly server: string; readonly tools: readonly string[] }
  /** The program ended. */
  | {
    readonly type: "program-end";
    readonly status: "completed" | "failed";
    readonly reason?: string;
  }
  /** A question is open until its `ask-end`; live only. */
  | { readonly type: "ask"; readonly said?: string } & Question
  | { readonly type: "ask-end"; readonly id: string }
  /** A person must decide about an effect. Open until its `decision-end`; live only. */
  | { readonly type: "decision" } & UncertainEffect
  | { readonly type: "decision-end"; readonly id: string };

interface HeardWords {
  readonly from: string;
  readonly text: string;
  /** The key under which it was posted. */
  readonly key?: string;
}

const liveOnly: ReadonlySet<EventFact["type"]> = new Set([
  "persons",
  "progress",
  "text",
  "thought",
  "withdrawn",
  "retrying",
  "checkpoint",
  "notice",
  "ask",
  "ask-end",
  "decision",
  "decision-end",
]);

/** Whether an event comes from the journal, so that it can be repeated. */
export function isReplayable({ type }: EventFact): boolean {
  return !liveOnly.has(type);
}
