import type { Wait } from "./fold/entry.ts";
import type { State } from "./fold/state.ts";

/** Knows when the next sleep or timeout is due, without a look at all frames each time. */
export class Timers {
  readonly #state: State;
  /** No open wait is due before this, ms since 1970; `undefined` until it is asked for. */
  #nextMs: number | undefined;

  constructor(state: State) {
    this.#state = state;
  }

  /** A lower bound for when the next wait is due; `Infinity` if none is open. */
  nextMs(): number {
    return this.#nextMs ??= this.firstMs();
  }

  /** When the next wait is due, ms since 1970; `Infinity` if none is open. */
  firstMs(): number {
    let first = Infinity;
    for (const { running } of Object.values(this.#state.frames)) {
      for (const open of Object.values(running?.open ?? {})) {
        if (open.kind !== "call") first = Math.min(first, dueMs(open));
      }
    }
    return first;
  }

  /** Must be called when a wait begins. */
  waitBegins(wait: Wait): void {
    if (this.#nextMs !== undefined) this.#nextMs = Math.min(this.#nextMs, dueMs(wait));
  }

  /** Must be called when waits that are due get their results. */
  fired(): void {
    this.#nextMs = undefined;
  }
}

/** When a wait ends by itself, ms since 1970; `Infinity` if it does not. */
function dueMs(wait: Wait): number {
  switch (wait.kind) {
    case "sleep":
      return wait.until;
    case "messages":
      return wait.deadline ?? Infinity;
    case "outside":
      return Infinity;
  }
}
