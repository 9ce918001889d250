import type { EngineWorld } from "./world.ts";

/** How long a session that can only wait may stay in memory. */
export interface MaxWaits {
  /** For the answer of a person, ms. */
  readonly personMs: number;
  /** Until a timer passes, ms. A session whose next timer is further away leaves at once. */
  readonly timerMs: number;
}

/** Measures for how long a session has recorded no entry, so that one that only waits can leave the process. */
export class Idleness {
  readonly #world: Pick<EngineWorld, "elapsed">;
  readonly #max: MaxWaits | undefined;
  #position = -1;
  #sinceMs = 0;

  constructor(world: Pick<EngineWorld, "elapsed">, max: MaxWaits | undefined) {
    this.#world = world;
    this.#max = max;
  }

  get isBounded(): boolean {
    return this.#max !== undefined;
  }

  /** The rest of the time that a session at this position may wait for persons; 0 or less if it is over. */
  leftMs(position: number): number {
    if (!this.#max) return Infinity;
    const nowMs = this.#world.elapsed();
    if (position !== this.#position) {
      this.#position = position;
      this.#sinceMs = nowMs;
    }
    return this.#sinceMs + this.#max.personMs - nowMs;
  }

  /** Whether a timer in so many ms is too far away. */
  isTooLong(timerMs: number): boolean {
    return this.#max !== undefined && timerMs > this.#max.timerMs;
  }
}
