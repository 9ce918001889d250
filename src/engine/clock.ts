import type { EngineWorld } from "./world.ts";

/** The two clocks of the world are read one after the other, so they may differ by this much. */
const clockJitterMs = 20;

/** Gives the time of entries, ms since 1970. It never goes back, even if a user sets the computer's clock back. */
export class SessionClock {
  readonly #world: EngineWorld;
  #lastMs: number;
  /** How far the computer's clock was set back in this run. */
  #setBackMs = 0;

  constructor(world: EngineWorld, startMs: number) {
    this.#world = world;
    this.#lastMs = startMs;
  }

  now(): number {
    const now = this.#world.now() + this.#setBackMs;
    if (now >= this.#lastMs) return this.#lastMs = now;
    this.#setBackMs += this.#lastMs - now;
    return this.#lastMs;
  }

  /** Notes that a wait from `startMs` to `now` took `tookMs` on the monotonic clock. */
  waited(startMs: number, tookMs: number): void {
    const missingMs = startMs + tookMs - this.now();
    if (missingMs > clockJitterMs) this.#setBackMs += missingMs;
  }
}
