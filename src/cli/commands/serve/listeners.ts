import type { SessionEvent } from "../../../session/mod.ts";

/** Readers of the sessions that this process runs, by session. */
export class Listeners {
  readonly #bySession = new Map<string, Set<(event: SessionEvent) => void>>();

  add(session: string, hear: (event: SessionEvent) => void): Disposable {
    const all = this.#bySession.get(session) ?? new Set();
    this.#bySession.set(session, all.add(hear));
    return {
      [Symbol.dispose]: () => {
        all.delete(hear);
        if (all.size === 0 && this.#bySession.get(session) === all) this.#bySession.delete(session);
      },
    };
  }

  tell(session: string, event: SessionEvent): void {
    for (const hear of this.#bySession.get(session) ?? []) hear(event);
  }
}
