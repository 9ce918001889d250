import type { RunResult } from "./fold/result.ts";

/** Collects the next work of the scheduler, and the reason to stop the run. */
export class Schedule {
  #stop: RunResult | undefined;
  readonly #readyFrames = new Set<string>();
  readonly #changedAgents = new Set<string>();
  readonly #events: (() => void)[] = [];
  #wake: (() => void) | undefined;

  /** The reason to stop the run, if any. Remaining work is for the next run. */
  get stopped(): RunResult | undefined {
    return this.#stop;
  }

  /** Stops the run; the first reason counts. */
  stop(reason: RunResult): void {
    this.#stop ??= reason;
  }

  /** Notes that a frame may be ready for a turn. The frame's first request may then join the append of this entry. */
  markReady(frame: string): void {
    this.#readyFrames.add(frame);
  }

  /** Takes the oldest frame that may be ready. */
  takeReady(): string | undefined {
    for (const frame of this.#readyFrames) {
      this.#readyFrames.delete(frame);
      return frame;
    }
    return undefined;
  }

  /** Agents whose inbox, waits or threads changed. */
  get changedAgents(): ReadonlySet<string> {
    return this.#changedAgents;
  }

  markChanged(agent: string): void {
    this.#changedAgents.add(agent);
  }

  clearChanged(agent: string): void {
    this.#changedAgents.delete(agent);
  }

  /** Queues an outside event for the scheduler, which runs it between two entries. */
  post(event: () => void): void {
    this.#events.push(event);
    this.wake();
  }

  takeEvent(): (() => void) | undefined {
    return this.#events.shift();
  }

  get hasEvents(): boolean {
    return this.#events.length > 0;
  }

  /** Ends the wait of `woken`. */
  wake(): void {
    this.#wake?.();
  }

  /** Resolves at the next `wake`. */
  woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = undefined;
        resolve();
      };
    });
  }
}
