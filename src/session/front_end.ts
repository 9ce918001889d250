import type { Decision } from "../engine/mod.ts";
import type { Awaitable } from "../store/mod.ts";
import type { SessionEvent } from "./event.ts";
import type { SessionSnapshot } from "./snapshot.ts";

/**
 * Shows a session that this process runs, and brings the answers of persons.
 *
 * It starts from a snapshot and gets the later events one at a time and in order. Words count as delivered when `event`
 * returns, so `event` must write a `say` before it returns. If it throws, the session stops.
 */
export interface FrontEnd {
  /** Whether a person can decide about an uncertain effect. If not, such an effect stops the session. */
  readonly canDecide: boolean;
  /** `false`: no person can be asked, although the input has not ended. */
  readonly canAsk?: boolean;
  /** Called once, before the first event. */
  begin(session: SessionControl, snapshot: SessionSnapshot): void;
  event(event: SessionEvent): void;
}

/** The actions of a front end on its session. */
export interface SessionControl {
  /**
   * Answers an open question. A late answer changes nothing. `person`: who answers, by name; if absent, the `person` of
   * the question.
   */
  answer(question: string, text: string, person?: string): void;
  /**
   * Takes words of a person, by name: they answer the person's oldest open question. Without one they are kept, as by
   * `post`, until an agent asks this person.
   */
  say(person: string, text: string): void;
  /** The input has ended: the session stops when only persons could continue it. */
  endInput(): void;
  /** The input failed: the session stops and can be resumed. */
  failInput(error: unknown): void;
  /** Answers a `decision` event. Without a choice, the session stops. */
  decide(effect: string, choice?: Decision): void;
  /** Stops the session; it can be resumed. */
  stop(): void;
  /** The session as it stands now. */
  snapshot(): SessionSnapshot;
  /** The events of the last `maxEntries` durable entries, without words that are still to be shown. */
  past(maxEntries: number): Awaitable<readonly SessionEvent[]>;
  /** Names the session. Throws a `PlaybooksError` if the name is taken, or if the session is not kept. */
  rename(name: string): Promise<void>;
}
