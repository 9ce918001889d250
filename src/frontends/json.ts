import type { EventFact, Question, SpokenMessage } from "../session/mod.ts";
import { jsonText } from "../text/mod.ts";
import { LineAnswers } from "./line_answers.ts";
import { LineReader } from "./line_reader.ts";
import type { RunEnd, RunUi, TakeWords, UiOptions } from "./run_ui.ts";
import { writeAll } from "./streams.ts";
import { tell } from "./tell.ts";

/**
 * The front end for scripts. Standard output gets one JSON object a line: for each event, each `say`, each `ask`, and at the
 * end one of type `end`. Each line of standard input is one reply; `@Alice yes` is a reply of Alice.
 */
export class JsonUi implements RunUi {
  readonly canDecide = false;
  readonly canAsk: boolean;
  readonly #options: UiOptions;
  readonly #lines: LineReader;
  readonly #answers: LineAnswers;
  #ended = false;

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
    if (event.type === "persons") this.#answers.people = event.people;
    if (event.type === "text" && !this.#options.stream) return;
    this.#print(event);
  }

  show(message: SpokenMessage): void {
    this.#print({ ...message, type: "say" });
  }

  ask(question: Question, { signal }: { readonly signal: AbortSignal }): Promise<string | undefined> {
    this.#print({ type: "ask", ...question });
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

  end(end: RunEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#print({ type: "end", ...end });
  }

  [Symbol.dispose](): void {}

  #print(object: object): void {
    writeAll(this.#options.stdout, `${jsonText(object)}\n`);
  }
}
