import type { EventFact, Question, SpokenMessage } from "../session/mod.ts";
import { endLine, type JsonFact, lineText, sessionLine } from "./json_line.ts";
import { LineAnswers } from "./line_answers.ts";
import { LineReader } from "./line_reader.ts";
import type { RunBeginning, RunEnd, RunUi, TakeWords, UiOptions } from "./run_ui.ts";
import { writeAll } from "./streams.ts";
import { tell } from "./tell.ts";

/**
 * The front end for scripts. Standard output gets one JSON object a line, as json_events.ts describes: first one of type
 * `session`, then one for each event, each `say` and each `ask`, and at the end one of type `end`. Each line of standard input is one reply; `@Alice yes` is a reply of Alice.
 */
export class JsonUi implements RunUi {
  readonly canDecide = false;
  readonly canAsk: boolean;
  readonly #options: UiOptions;
  readonly #lines: LineReader;
  readonly #answers: LineAnswers;
  #ended = false;
  /** The session of the first line, after that was printed. */
  #session: string | null | undefined;
  #position = 0;

  constructor(options: UiOptions) {
    this.#options = options;
    this.canAsk = !options.nonInteractive;
    this.#lines = new LineReader(options.stdin);
    this.#answers = new LineAnswers(this.#lines);
  }

  listen(take: TakeWords): void {
    this.#answers.take = take;
  }

  begin(beginning: RunBeginning): void {
    const { session, position } = beginning;
    this.#session = session;
    this.#print(sessionLine(beginning), position);
  }

  event({ position, ...event }: EventFact & { readonly position?: number }): void {
    if (event.type === "persons") this.#answers.people = event.people;
    if (event.type === "text" && !this.#options.stream) return;
    if (event.type === "decision" || event.type === "decision-end" || event.type === "ask-end") return;
    this.#print(event, position);
  }

  show({ position, ...message }: SpokenMessage): void {
    this.#print({ ...message, type: "say" }, position);
  }

  ask(question: Question, { signal }: { readonly signal: AbortSignal }): Promise<string | undefined> {
    this.#print({ ...question, type: "ask" });
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
    const session = end.session ?? this.#session ?? null;
    // An error may end a run whose session was found and did not begin to run.
    if (session !== null && this.#session === undefined) {
      this.#print(sessionLine({ session, resumed: true }));
    }
    this.#print(endLine({ ...end, session }));
  }

  [Symbol.dispose](): void {}

  #print(fact: JsonFact, position = this.#position): void {
    this.#position = Math.max(this.#position, position);
    writeAll(this.#options.stdout, lineText(fact, { position, nowMs: this.#options.now() }));
  }
}
