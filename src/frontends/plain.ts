import type { EventFact, Question, SpokenMessage } from "../session/mod.ts";
import { eventLines } from "./event_lines.ts";
import { LineReader } from "./line_reader.ts";
import type { RunUi, UiOptions } from "./run_ui.ts";
import { writeAll } from "./streams.ts";
import { tell } from "./tell.ts";
import { ThoughtLines } from "./thought_lines.ts";

/** The front end without a terminal. Only words go to standard output. Each line of standard input is one reply. */
export class PlainUi implements RunUi {
  readonly canDecide = false;
  readonly #options: UiOptions;
  readonly #lines: LineReader;
  readonly #thoughts = new ThoughtLines();

  constructor(options: UiOptions) {
    this.#options = options;
    this.#lines = new LineReader(options.stdin);
  }

  event(event: EventFact): void {
    if (this.#options.verbose) this.#printLines(this.#thoughts.take(event));
    this.#printLines(eventLines(event, this.#options));
  }

  show(message: SpokenMessage): void {
    writeAll(this.#options.stdout, `${message.text}\n`);
  }

  ask(_question: Question, { signal }: { readonly signal: AbortSignal }): Promise<string | undefined> {
    return this.#options.nonInteractive ? Promise.resolve(undefined) : this.#lines.next(signal);
  }

  /** A line of input answers an agent. It never gives consent to an effect. */
  decide(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  confirm(): Promise<boolean> {
    return Promise.resolve(false);
  }

  note(line: string): void {
    if (!this.#options.quiet) this.tell(line);
  }

  tell(line: string): void {
    tell(this.#options.stderr, `${line}\n`);
  }

  allInput(): Promise<string> {
    return this.#lines.rest();
  }

  end(): void {}

  [Symbol.dispose](): void {
    this.#printLines(this.#thoughts.rest());
  }

  #printLines(lines: readonly string[]): void {
    for (const line of lines) tell(this.#options.stderr, `${line}\n`);
  }
}
