import type { Wait } from "./fold/entry.ts";
import type { State } from "./fold/state.ts";

/** Finds the next sleep or timeout that is due, without checking all frames each time. */
export class Timers {
  readonly #state: State;
  /** See `lowerBoundMs`; `undefined` until the first query. */
  #lowerBoundMs: number | undefined;

  constructor(state: State) {
    this.#state = state;
  }

  /** A lower bound for when the next wait is due, ms since 1970; `Infinity` if none is open. It is cheap. */
  lowerBoundMs(): number {
    return this.#lowerBoundMs ??= this.firstMs();
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

  /** Call this when a wait begins. */
  waitBegins(wait: Wait): void {
    if (this.#lowerBoundMs !== undefined) this.#lowerBoundMs = Math.min(this.#lowerBoundMs, dueMs(wait));
  }

  /** Call this when waits that are due get their results. */
  fired(): void {
    this.#lowerBoundMs = undefined;
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
