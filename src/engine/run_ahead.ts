import { type SessionCommand, takeKnownResult } from "./command.ts";
import type { SessionContext } from "./context.ts";

/** Results that code gets while one append is on its way. After a kill, at most so many texts are shown once more. */
const maxAhead = 3;

/** After so many appends in a row with code that ran ahead, one append is awaited, so that a checkpoint can be made. */
const maxInRow = 16;

/** A store sends an append when the process next gives way to the system, and its driver one turn later. */
const turnsUntilSent = 2;

/**
 * Lets code continue while an append is on its way to a store that takes its time.
 *
 * Invariants:
 * 1. Code gets only results that follow from the state alone, such as the result of `Say`. A replay gives the same ones.
 * 2. Only results are given ahead. All other commands of the append wait until it is durable: words are shown, and
 *    requests are sent, after their entries are durable.
 */
export class RunAhead {
  readonly #context: SessionContext;
  readonly #deliver: (frame: string) => void;
  #inRow = 0;

  constructor(context: SessionContext, deliver: (frame: string) => void) {
    this.#context = context;
    this.#deliver = deliver;
  }

  /** Waits for an append. Returns those of its commands that are still to be carried out. */
  async during(
    durable: Promise<void>,
    commands: readonly SessionCommand[],
  ): Promise<readonly SessionCommand[]> {
    const { world, writer } = this.#context;
    const left = [...commands];
    if (this.#inRow++ === maxInRow || !hasKnownResult(left)) {
      this.#inRow = 0;
      await durable;
      return left;
    }
    let isDurable = false;
    const settled = durable.finally(() => isDurable = true);
    // The caller gets the failure of `durable` itself, below.
    settled.catch(() => {});
    for (let turn = 0; turn < turnsUntilSent; turn++) await world.pause();
    for (let count = 0; count < maxAhead && !isDurable && this.#mayContinue(); count++) {
      const frame = takeKnownResult(left) ?? writer.takeKnownResult();
      if (frame === undefined) break;
      this.#deliver(frame);
    }
    await settled;
    return left;
  }

  #mayContinue(): boolean {
    const { schedule, state } = this.#context;
    return schedule.stopped === undefined && !state.end;
  }
}

function hasKnownResult(commands: readonly SessionCommand[]): boolean {
  return commands.some((command) => command.kind === "deliver" && command.isKnown);
}
