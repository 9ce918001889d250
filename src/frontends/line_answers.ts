import { type PersonInfo, personsAsked, type Question } from "../session/mod.ts";
import { readAddressed, unknownPersonText } from "./addressed.ts";
import { type LineReader, unlessAborted } from "./line_reader.ts";
import type { TakeWords } from "./run_ui.ts";

/** A question that a line may answer. */
interface OpenQuestion extends Question {
  readonly resolve: (text: string | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Answers questions with the lines of an input. A line `@Alice yes` answers the oldest question to Alice; if there is
 * none, it is kept for her. Any other line answers the oldest question.
 *
 * Lines are read one at a time, and only while a question is open. So the order of the lines decides, and what is read
 * later finds its lines.
 */
export class LineAnswers {
  readonly #lines: LineReader;
  /** Open questions, the oldest in front. */
  readonly #open = new Set<OpenQuestion>();
  #people: readonly PersonInfo[] = [];
  #take: TakeWords = () => {};
  /** Stops the pending read. */
  #reading: AbortController | undefined;
  /** A line that arrived when the last question had just been closed. */
  #unused: string | undefined;

  constructor(lines: LineReader) {
    this.#lines = lines;
  }

  /** The persons whom lines can name. */
  set people(people: readonly PersonInfo[]) {
    this.#people = people;
  }

  /** Takes words of persons whom no agent asks. */
  set take(take: TakeWords) {
    this.#take = take;
  }

  /** Resolves to a line, or to `undefined` at the end of the input. Rejects when aborted. */
  ask(question: Question, signal: AbortSignal): Promise<string | undefined> {
    if (signal.aborted) return Promise.reject(signal.reason);
    const { promise, resolve, reject } = Promise.withResolvers<string | undefined>();
    const open: OpenQuestion = { ...question, resolve, reject };
    this.#open.add(open);
    signal.addEventListener("abort", () => {
      this.#open.delete(open);
      if (this.#open.size === 0) this.#reading?.abort(signal.reason);
    }, { once: true });
    if (!this.#reading) void this.#answer();
    return unlessAborted(promise, signal);
  }

  async #answer(): Promise<void> {
    while (this.#open.size > 0) {
      const reading = this.#reading = new AbortController();
      try {
        const line = this.#unused ?? await this.#lines.next(reading.signal);
        this.#unused = undefined;
        this.#give(line);
      } catch (error) {
        if (!reading.signal.aborted) this.#failAll(error);
      }
      this.#reading = undefined;
    }
  }

  #give(line: string | undefined): void {
    const [oldest] = this.#open;
    if (!oldest) {
      this.#unused = line;
      return;
    }
    if (line === undefined) {
      for (const { resolve } of this.#open) resolve(undefined);
      this.#open.clear();
      return;
    }
    const addressed = readAddressed(line, this.#people);
    if (addressed.kind === "unknown") throw new Error(unknownPersonText(addressed.name, this.#people));
    const { text, person } = addressed;
    const asked = person === undefined
      ? oldest
      : [...this.#open].find((question) => personsAsked(question).includes(person));
    if (asked && (person ?? asked.person) === asked.person) {
      this.#open.delete(asked);
      asked.resolve(text);
    } else this.#take({ text, person: person! });
  }

  #failAll(error: unknown): void {
    for (const { reject } of this.#open) reject(error);
    this.#open.clear();
  }
}
