import { applyToWritings, type Writings } from "../../../frontends/live_words/writing.ts";
import type { SessionEvent } from "../../../session/mod.ts";

/** What a session that runs here has told only as it happened, and what a reader who comes later still needs. */
interface LiveSoFar {
  readonly persons?: SessionEvent;
  readonly writings: Writings;
  readonly position: number;
}

/** Keeps live events of the sessions that this process runs: the persons, and the text that each model is writing. */
export class LiveEvents {
  readonly #bySession = new Map<string, LiveSoFar>();

  /** Takes each event of a session. */
  hear(session: string, event: SessionEvent): void {
    const { writings = new Map() as Writings, ...before } = this.#bySession.get(session) ?? {};
    this.#bySession.set(session, {
      ...before,
      ...(event.type === "persons" ? { persons: event } : {}),
      writings: applyToWritings(writings, event),
      position: event.position,
    });
  }

  /** The events that a new reader needs: each model's text is one event. */
  of(session: string): readonly SessionEvent[] {
    const known = this.#bySession.get(session);
    if (!known) return [];
    const { persons, writings, position } = known;
    const texts = [...writings].filter(([, { mixed, text }]) => !mixed && text !== "").map(
      ([agent, { text }]): SessionEvent => ({ type: "text", agent, text, position }),
    );
    return [...(persons ? [persons] : []), ...texts];
  }

  /** Forgets a session that does not run any more. */
  forget(session: string): void {
    this.#bySession.delete(session);
  }
}
