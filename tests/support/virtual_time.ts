/** Idle turns of the event loop before the clock moves, so answers that have arrived come first. */
const quietTurns = 3;

/**
 * A clock that stands still during work and otherwise jumps to the next due time. An hour
 * takes no time here, and concurrent waits overlap as in real time.
 */
export class VirtualTime {
  #now: number;
  /** The due timers, and the number of all timers so far. */
  #queue: { readonly due: number; readonly number: number; readonly fire: () => void }[] = [];
  #count = 0;
  #moving: Promise<void> | undefined;

  constructor(startMs: number) {
    this.#now = startMs;
  }

  /** ms since 1970. */
  get now(): number {
    return this.#now;
  }

  /** Resolves after this time, or at once when `signal` aborts. */
  later(ms: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      if (signal?.aborted) return resolve();
      const event = { due: this.#now + Math.max(0, ms), number: ++this.#count, fire: resolve };
      this.#queue.push(event);
      signal?.addEventListener("abort", () => {
        this.#queue = this.#queue.filter((each) => each !== event);
        resolve();
      }, { once: true });
      this.#moving ??= this.#move().finally(() => this.#moving = undefined);
    });
  }

  /** Resolves when no timer is due any more. */
  async settled(): Promise<void> {
    while (this.#moving) await this.#moving;
  }

  async #move(): Promise<void> {
    while (this.#queue.length > 0) {
      const count = this.#count;
      for (let turn = 0; turn < quietTurns; turn++) await new Promise((resolve) => setTimeout(resolve, 0));
      if (count !== this.#count) continue;
      this.#queue.sort((a, b) => a.due - b.due || a.number - b.number);
      const next = this.#queue.shift();
      if (!next) return;
      this.#now = Math.max(this.#now, next.due);
      next.fire();
    }
  }
}
