import type { Wakers } from "./wakers.ts";

/** Decides when a screen is drawn, so that it is calm: at most ten times a second by itself. */
export class DrawSchedule {
  readonly #draw: () => void;
  readonly #wakers: Pick<Wakers, "after">;
  readonly #now: () => number;
  #drawnMs = -Infinity;
  /** Cancels the scheduled drawing. */
  #cancel: (() => void) | undefined;

  /** `draw` tells with `drawn` that it has drawn. `now` is a clock in ms. */
  constructor(draw: () => void, wakers: Pick<Wakers, "after">, now: () => number) {
    this.#draw = draw;
    this.#wakers = wakers;
    this.#now = now;
  }

  /** Draws at once if the last drawing is long enough ago, else later. */
  soon(): void {
    if (this.#cancel !== undefined) return;
    const restMs = this.#drawnMs + frameMs - this.#now();
    if (restMs <= 0) this.#draw();
    else this.after(restMs);
  }

  /** Draws after a time, one frame by default, and at no earlier time that was set. */
  after(ms = frameMs): void {
    this.#cancel?.();
    this.#cancel = this.#wakers.after(ms, this.#draw);
  }

  /** Notes that the screen is drawn now. */
  drawn(): void {
    this.stop();
    this.#drawnMs = this.#now();
  }

  /** Cancels the scheduled drawing. */
  stop(): void {
    this.#cancel?.();
    this.#cancel = undefined;
  }
}

/** Ten times a second is often enough for growing words, and calm. */
const frameMs = 100;
