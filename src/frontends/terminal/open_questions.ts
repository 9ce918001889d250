import { cleanText } from "../../text/mod.ts";
import { type PersonInfo, personsAsked, type Question } from "../../session/mod.ts";
import { characters } from "../text_width.ts";
import { readAddressed, shownName, unknownPersonText } from "../addressed.ts";
import type { TakeWords } from "../run_ui.ts";
import { type Line, newLine } from "./line_editor.ts";
import type { Entered, Prompt } from "./prompt.ts";
import { asEntered } from "./slash_commands.ts";

/** A question on the screen. */
interface Asked extends Question {
  readonly resolve: (text: string | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/**
 * The open questions of a terminal, and the person who answers.
 *
 * The person of the oldest question answers, until another one is chosen: by Tab, or by `@Name`. An answer goes to this
 * person's oldest question. Each question has its own draft, so that no text for one person is sent by another one.
 *
 * Words that are entered while no agent asks are queued: they answer the next questions, in order.
 */
export class OpenQuestions implements Prompt {
  /** The persons of the program, once they are known. */
  people: readonly PersonInfo[] = [];
  /** Whether the prompt always names the agent who asks. */
  namesAgent = false;
  /** Takes words of a person whom no agent asks. */
  take: TakeWords = () => {};
  /** The oldest in front. */
  readonly #open = new Set<Asked>();
  readonly #drafts = new Map<Asked, Line>();
  /** The text that is typed while no agent asks. The next question takes it. */
  #early: Line | undefined;
  #queue: readonly string[] = [];
  readonly #history: string[] = [];
  #cuts: Line["cuts"] = [];
  #chosen: string | undefined;

  get size(): number {
    return this.#open.size;
  }

  /** Adds a question. `answer` resolves to `undefined` if no answer will come; `close` withdraws the question. */
  add(question: Question): { readonly answer: Promise<string | undefined>; readonly close: () => void } {
    const { promise: answer, resolve, reject } = Promise.withResolvers<string | undefined>();
    const asked: Asked = { ...question, resolve, reject };
    if (this.#open.size === 0 && this.#early) this.#drafts.set(asked, this.#early);
    this.#early = undefined;
    this.#open.add(asked);
    return { answer, close: () => this.#close(asked) };
  }

  /** Adds texts that were entered in earlier runs, oldest first. */
  remember(texts: readonly string[]): void {
    this.#history.push(...texts.map(asEntered));
  }

  /** The text that the person who answers has typed so far. */
  get line(): Line {
    const { question } = this.#current();
    return (question ? this.#drafts.get(question) : this.#early) ?? newLine(this.#history, this.#cuts);
  }

  set line(line: Line) {
    const { question } = this.#current();
    this.#cuts = line.cuts;
    if (question) this.#drafts.set(question, line);
    else this.#early = line;
  }

  isIdle(): boolean {
    return this.#open.size === 0;
  }

  /** The prompt: the person who answers, and the agent who asks if that is not clear. */
  label(): string {
    const { question, person } = this.#current();
    return question === undefined ? "Later: " : this.#labelOf(question, person);
  }

  queued(): readonly string[] {
    return this.#queue;
  }

  takeBack(): boolean {
    const last = this.#queue.at(-1);
    if (last === undefined) return false;
    this.#queue = this.#queue.slice(0, -1);
    const text = characters(asEntered(last));
    this.line = { ...this.line, text, cursor: text.length };
    return true;
  }

  /** Answers the oldest question with the first queued words. Returns `undefined` if there is none. */
  enterQueued(): Entered | undefined {
    const [text] = this.#queue;
    if (text === undefined || this.#open.size === 0) return undefined;
    this.#queue = this.#queue.slice(1);
    const { line } = this;
    const entered = this.#answer(text);
    // Keep a text that is being typed.
    if (line.text.length > 0) this.line = line;
    return entered;
  }

  /** Who is asked by whom, if several persons are asked. */
  hint(): string | undefined {
    if (this.#asked().length < 2) return undefined;
    const parts = [...this.#open].map((question) => {
      const names = personsAsked(question).map((name) => shownName(this.people, name));
      return `${names.join(" or ")} by ${question.klass}(${question.agent})`;
    });
    return cleanText(`Asked: ${parts.join(", ")} · Tab or @Name chooses who answers`);
  }

  /** Chooses the next or the previous person of those who are asked. Returns whether there is another one. */
  choose(step: 1 | -1): boolean {
    const names = this.#asked();
    if (names.length < 2) return false;
    const { person } = this.#current();
    this.#chosen = names[(names.indexOf(person) + step + names.length) % names.length];
    return true;
  }

  /** Takes an entered text. */
  enter(text: string): Entered {
    if (text.trim() !== "") this.#history.push(asEntered(text));
    if (this.#open.size > 0) return this.#answer(text);
    this.#early = undefined;
    const addressed = readAddressed(text, this.people);
    if (addressed.kind === "words" && addressed.person === undefined) {
      if (text.trim() !== "") this.#queue = [...this.#queue, text];
      return {};
    }
    return this.#answer(text);
  }

  #answer(text: string): Entered {
    const label = this.label();
    this.line = newLine(this.#history, this.#cuts);
    const typed = { label, text };
    const addressed = readAddressed(text, this.people);
    if (addressed.kind === "unknown") {
      return { trace: typed, remark: unknownPersonText(addressed.name, this.people) };
    }
    const person = addressed.person ?? this.#current().person;
    const asked = this.#oldestTo(person);
    if (addressed.person !== undefined && addressed.text === "") return this.#chooseNamed(person, typed);
    if (!asked) {
      this.take({ person, text: addressed.text });
      const name = shownName(this.people, person);
      return { trace: typed, remark: `No agent asks ${name} now: these words are kept until an agent asks` };
    }
    const trace = { label: this.#labelOf(asked, person), text: addressed.text };
    if (asked.person === person) {
      this.#close(asked);
      asked.resolve(addressed.text);
    } else this.take({ person, text: addressed.text });
    return { trace };
  }

  #chooseNamed(person: string, trace: NonNullable<Entered["trace"]>): Entered {
    if (this.#oldestTo(person)) {
      this.#chosen = person;
      return { trace };
    }
    return { trace, remark: `No agent asks ${shownName(this.people, person)} now` };
  }

  /** No answer will come. */
  end(): void {
    for (const { resolve } of this.#closeAll()) resolve(undefined);
  }

  /** The input failed. */
  fail(error: unknown): void {
    for (const { reject } of this.#closeAll()) reject(error);
  }

  #closeAll(): readonly Asked[] {
    const open = [...this.#open];
    for (const question of open) this.#close(question);
    return open;
  }

  #close(question: Asked): void {
    this.#open.delete(question);
    this.#drafts.delete(question);
  }

  /** Names of all who are asked, the oldest question first. */
  #asked(): readonly string[] {
    return [...new Set([...this.#open].flatMap(personsAsked))];
  }

  #oldestTo(person: string): Asked | undefined {
    return [...this.#open].find((question) => personsAsked(question).includes(person));
  }

  #current(): { readonly question: Asked | undefined; readonly person: string } {
    const chosen = this.#chosen === undefined ? undefined : this.#oldestTo(this.#chosen);
    if (chosen) return { question: chosen, person: this.#chosen! };
    const [question] = this.#open;
    return { question, person: question?.person ?? "" };
  }

  #labelOf({ agent, klass, isAmbient, meeting }: Asked, person: string): string {
    const name = cleanText(shownName(this.people, person)) + (isAmbient ? ' ("exit" ends)' : "");
    if (meeting !== undefined) return `${name} → meeting ${cleanText(meeting)}: `;
    const isClear = this.#open.size < 2 && this.people.length < 2 && !this.namesAgent;
    return isClear ? `${name}: ` : `${name} → ${cleanText(klass)}(${agent}): `;
  }
}
