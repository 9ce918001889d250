import type { EventFact, Question, SpokenMessage } from "../session/mod.ts";
import { eventLines } from "./event_lines.ts";
import { WordsHeader } from "./words_header.ts";
import { LineAnswers } from "./line_answers.ts";
import { LineReader } from "./line_reader.ts";
import type { RunUi, TakeWords, UiOptions } from "./run_ui.ts";
import { writeAll } from "./streams.ts";
import { tell } from "./tell.ts";
import { ThoughtLines } from "./thought_lines.ts";

/**
 * The front end without a terminal. Only words go to standard output. Each line of standard input is one reply;
 * `@Alice yes` is a reply of Alice. With several persons, standard error says who speaks to whom.
 */
export class PlainUi implements RunUi {
  readonly canDecide = false;
  readonly canAsk: boolean;
  readonly #options: UiOptions;
  readonly #lines: LineReader;
  readonly #answers: LineAnswers;
  readonly #header = new WordsHeader();
  readonly #thoughts = new ThoughtLines();

  constructor(options: UiOptions) {
    this.#options = options;
    this.canAsk = !options.nonInteractive;
    this.#lines = new LineReader(options.stdin);
    this.#answers = new LineAnswers(this.#lines);
  }

  listen(take: TakeWords): void {
    this.#answers.take = take;
  }

  event(event: EventFact): void {
    if (event.type === "persons") this.#answers.people = this.#header.people = event.people;
    if (this.#options.verbose) this.#printLines(this.#thoughts.take(event));
    this.#printLines(eventLines(event, this.#options));
  }

  show(message: SpokenMessage): void {
    const header = this.#header.of(message);
    if (header !== undefined) this.note(header);
    writeAll(this.#options.stdout, `${message.text}\n`);
  }

  ask(question: Question, { signal }: { readonly signal: AbortSignal }): Promise<string | undefined> {
    return this.#options.nonInteractive ? Promise.resolve(undefined) : this.#answers.ask(question, signal);
  }

  clearDraft(): boolean {
    return false;
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
