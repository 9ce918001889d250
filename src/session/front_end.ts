import type { SessionEvent } from "./event.ts";
import type { SessionSnapshot } from "./snapshot.ts";

/**
 * Shows a session that this process runs, and brings what persons answer.
 *
 * It starts from a snapshot and follows the events behind it, one at a time and in order. Words count as delivered when
 * `event` returns, so `event` must have written a `say` by then; when it throws, the session stops.
 */
export interface FrontEnd {
  /** Whether a person can decide what becomes of an uncertain effect; without, such an effect stops the session. */
  readonly canDecide: boolean;
  /** Called once, before the first event. */
  begin(session: SessionControl, snapshot: SessionSnapshot): void;
  event(event: SessionEvent): void;
}

/** What a front end does to the session that it shows. */
export interface SessionControl {
  /** Gives a person's answer to an open question; an answer that comes too late changes nothing. */
  answer(question: string, text: string): void;
  /** Nobody can answer any more: the session stops when nothing but persons can go on. */
  endInput(): void;
  /** The input failed: the session stops, and can be resumed. */
  failInput(error: unknown): void;
  /** Decides what becomes of an uncertain effect that a `decision` event told of; no choice stops the session. */
  decide(effect: string, choice?: Decision): void;
  /** Stops the session where it can go on later. */
  stop(): void;
}

/** What becomes of an outside effect whose result is lost. With `fail` the session stops. */
export type Decision = "retry" | "skip" | "fail";
