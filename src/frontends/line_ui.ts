import type { EventFact, Question, SpokenMessage } from "../session/mod.ts";
import { LineAnswers } from "./line_answers.ts";
import { LineReader } from "./line_reader.ts";
import type { RunEnd, RunUi, TakeWords, UiOptions } from "./run_ui.ts";
import { tell } from "./tell.ts";

/** A front end whose input is lines: each is one reply, and `@Alice yes` is a reply of Alice. */
export abstract class LineUi implements RunUi {
  readonly canDecide = false;
  readonly canAsk: boolean;
  protected readonly options: UiOptions;
  protected readonly answers: LineAnswers;
  readonly #lines: LineReader;

  constructor(options: UiOptions) {
    this.options = options;
    this.canAsk = !options.nonInteractive;
    this.#lines = new LineReader(options.stdin);
    this.answers = new LineAnswers(this.#lines);
  }

  abstract event(event: EventFact & { readonly position?: number }): void;
  abstract show(message: SpokenMessage): void;
  abstract end(end: RunEnd): void;
  abstract [Symbol.dispose](): void;

  listen(take: TakeWords): void {
    this.answers.take = take;
  }

  ask(question: Question, { signal }: { readonly signal: AbortSignal }): Promise<string | undefined> {
    return this.options.nonInteractive ? Promise.resolve(undefined) : this.answers.ask(question, signal);
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
    if (!this.options.quiet) this.tell(line);
  }

  tell(line: string): void {
    tell(this.options.stderr, `${line}\n`);
  }

  allInput(): Promise<string> {
    return this.#lines.rest();
  }
}
