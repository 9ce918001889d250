/** Turns of the event loop without anything new in the queue before the clock moves: answers that are there come first. */
const quietTurns = 3;

/**
 * A clock that stands still while something is at work, and else goes to the next thing that is due. So what takes an hour
 * takes no time here, and things that take time at once overlap as they would.
 */
export class VirtualTime {
  #now: number;
  /** What is due, and counts of all that was ever put here. */
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

  /** Resolves when so much time has passed, or at once when `signal` aborts. */
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

  /** Resolves when nothing is due any more. */
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
