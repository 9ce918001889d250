import type { SessionCommand } from "./command.ts";

/** At most this many entries wait for the next append while code continues: one sync then serves many entries. */
export const maxUnsynced = 256;
/** Code runs for at most this long, plus the current step, before the next append. */
export const maxUnsyncedMs = 20;
/** Steps in a row of one frame before another frame gets its turn. */
const maxBurst = 32;

/** The callbacks of `runContinuations`. */
interface ContinuationRun {
  readonly carryOut: (command: SessionCommand) => void;
  /** Whether the next append must come first. */
  readonly isFull: () => boolean;
  /** Whether commands wait for the next append, so that it should come soon. */
  readonly isAwaited: () => boolean;
  /** Whether `maxUnsyncedMs` have passed. */
  readonly isLate: () => boolean;
}

/**
 * Commands that need not wait until their entry is durable: code continues with them at once.
 *
 * Policy:
 * 1. Fair: each continuation that stands in the queue when a run begins gets its turn, in the order of the queue.
 * 2. In bursts: if a continuation adds another one, that one goes next, for up to `maxBurst` steps, because the memory of
 *    its scope is at hand.
 * 3. Short: if a command waits for the next append, the run ends after the turns of rule 1.
 */
export class Continuations {
  readonly #queue: (readonly SessionCommand[])[] = [];

  add(commands: readonly SessionCommand[]): void {
    this.#queue.push(commands);
  }

  get isEmpty(): boolean {
    return this.#queue.length === 0;
  }

  runContinuations({ carryOut, isFull, isAwaited, isLate }: ContinuationRun): void {
    const queue = this.#queue;
    let burst = 0;
    for (let untouched = queue.length; untouched > 0 || !isAwaited();) {
      if (queue.length === 0 || isFull()) return;
      if (burst === 0) untouched--;
      const next = burst > 0 ? queue.pop()! : queue.shift()!;
      const others = queue.length;
      for (const command of next) carryOut(command);
      burst = queue.length > others && burst < maxBurst ? burst + 1 : 0;
      if (isLate()) return;
    }
  }
}
