import type { EventFact, SpokenMessage } from "../session/mod.ts";
import { eventLines } from "./event_lines.ts";
import { WordsHeader } from "./words_header.ts";
import { LineUi } from "./line_ui.ts";
import { writeAll } from "./streams.ts";
import { ThoughtLines } from "./thought_lines.ts";

/**
 * The front end without a terminal. Only words go to standard output. With several persons, standard error says who
 * speaks to whom.
 */
export class PlainUi extends LineUi {
  readonly #header = new WordsHeader();
  readonly #thoughts = new ThoughtLines();

  override event(event: EventFact): void {
    if (event.type === "persons") this.answers.people = this.#header.people = event.people;
    if (this.options.verbose) this.#printLines(this.#thoughts.take(event));
    this.#printLines(eventLines(event, this.options));
  }

  override show(message: SpokenMessage): void {
    const header = this.#header.of(message);
    if (header !== undefined) this.note(header);
    writeAll(this.options.stdout, `${message.text}\n`);
  }

  override end(): void {}

  override [Symbol.dispose](): void {
    this.#printLines(this.#thoughts.rest());
  }

  #printLines(lines: readonly string[]): void {
    for (const line of lines) this.tell(line);
  }
}
