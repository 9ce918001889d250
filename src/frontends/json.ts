import type { EventFact, Question, SpokenMessage } from "../session/mod.ts";
import { endLine, type JsonFact, lineText, sessionLine } from "./json_line.ts";
import { LineUi } from "./line_ui.ts";
import type { RunBeginning, RunEnd } from "./run_ui.ts";
import { writeAll } from "./streams.ts";

/**
 * The front end for scripts. Standard output gets one JSON object a line, as json_events.ts describes: first one of type
 * `session`, then one for each event, each `say` and each `ask`, and at the end one of type `end`.
 */
export class JsonUi extends LineUi {
  #ended = false;
  /** The session of the first line, after that was printed. */
  #session: string | null | undefined;
  #position = 0;

  begin(beginning: RunBeginning): void {
    const { session, position } = beginning;
    if (this.#session !== undefined) return;
    this.#session = session;
    this.#print(sessionLine(beginning), position);
  }

  override event({ position, ...event }: EventFact & { readonly position?: number }): void {
    if (event.type === "persons") this.answers.people = event.people;
    if (event.type === "text" && !this.options.stream) return;
    if (event.type === "decision" || event.type === "decision-end" || event.type === "ask-end") return;
    this.#print(event, position);
  }

  override show({ position, ...message }: SpokenMessage): void {
    this.#print({ ...message, type: "say" }, position);
  }

  override ask(
    question: Question,
    options: { readonly signal: AbortSignal },
  ): Promise<string | undefined> {
    this.#print({ ...question, type: "ask" });
    return super.ask(question, options);
  }

  override end(end: RunEnd): void {
    if (this.#ended) return;
    this.#ended = true;
    // A fork that has begun is the session of this run, also where the error names the one that was copied.
    const session = this.#session === undefined ? end.session : this.#session;
    // An error may end a run whose session was found and did not begin to run.
    if (session !== null && this.#session === undefined) {
      this.#print(sessionLine({ session, resumed: true }));
    }
    this.#print(endLine({ ...end, session }));
  }

  override [Symbol.dispose](): void {}

  #print(fact: JsonFact, position = this.#position): void {
    this.#position = Math.max(this.#position, position);
    writeAll(this.options.stdout, lineText(fact, { position, nowMs: this.options.now() }));
  }
}
