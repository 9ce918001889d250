import { type ExitCode, exitCodes } from "../../../errors.ts";
import { unresponsiveLines } from "../../../frontends/mod.ts";
import type { SessionStore } from "../../../store/mod.ts";
import type { Interrupts } from "./interrupts.ts";

/** The parts of a bound. */
interface StopBoundParts {
  readonly interrupts: Pick<Interrupts, "signal" | "signalName">;
  /** Writes a line to standard error, also with `--quiet`. */
  readonly tell: (line: string) => void;
  /** Ends the process. */
  readonly exit: (code: ExitCode) => void;
}

/**
 * Bounds the time from a signal to the end of a run. A run stops between two entries, so a database or a disk that does not
 * answer would hold it until each wait has reached its own bound. A kill is safe for a session at any moment.
 */
export class StopBound implements Disposable {
  readonly #parts: StopBoundParts;
  readonly #timers: ReturnType<typeof setTimeout>[] = [];
  #database: string | undefined;
  #session: string | undefined;

  constructor(parts: StopBoundParts) {
    this.#parts = parts;
    const { signal } = parts.interrupts;
    if (signal.aborted) this.#begin();
    else signal.addEventListener("abort", this.#begin, { once: true });
  }

  /** Names the store that the run uses. */
  uses({ location, folder }: Pick<SessionStore, "location" | "folder">): void {
    this.#database = folder === undefined ? `the database ${location}` : undefined;
  }

  /** Names the session that a resume continues. */
  runs(session: string): void {
    this.#session = session;
  }

  [Symbol.dispose](): void {
    this.#parts.interrupts.signal.removeEventListener("abort", this.#begin);
    for (const timer of this.#timers) clearTimeout(timer);
  }

  readonly #begin = (): void => {
    this.#timers.push(setTimeout(() => this.#say(), sayAfterMs), setTimeout(() => this.#end(), maxStopMs));
  };

  #say(): void {
    const awaited = this.#database ?? "what is under way";
    this.#parts.tell(`⏳ Stopping; waiting for ${awaited}. A second Ctrl+C ends at once and loses nothing`);
  }

  #end(): void {
    const { interrupts, tell, exit } = this.#parts;
    for (const line of unresponsiveLines(this.#session, this.#database)) tell(line);
    exit(interrupts.signalName() === "SIGTERM" ? exitCodes.terminated : exitCodes.interrupted);
  }
}

/** A run that stops sooner says nothing about waiting. */
const sayAfterMs = 1_000;

/** Code runs for at most 5 seconds without a wait. Containers are killed 10 seconds after SIGTERM. */
const maxStopMs = 7_000;
