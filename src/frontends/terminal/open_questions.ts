import { cleanText } from "../../text/mod.ts";
import { type PersonInfo, personsAsked, type Question } from "../../session/mod.ts";
import { readAddressed, shownName, unknownPersonText } from "../addressed.ts";
import type { TakeWords } from "../run_ui.ts";
import { type Line, newLine } from "./line_editor.ts";

/** A question on the screen. */
interface Asked extends Question {
  readonly resolve: (text: string | undefined) => void;
  readonly reject: (error: unknown) => void;
}

/** The result of an entered line: the trace that stays on the screen, and a remark for the person. */
interface Entered {
  readonly trace: string;
  readonly remark?: string;
}

/**
 * The open questions of a terminal, and the person who answers.
 *
 * The person of the oldest question answers, until another one is chosen: by Tab, or by `@Name`. An answer goes to this
 * person's oldest question. Each question has its own draft, so that no text for one person is sent by another one.
 */
export class OpenQuestions {
  /** The persons of the program, once they are known. */
  people: readonly PersonInfo[] = [];
  /** Takes words of a person whom no agent asks. */
  take: TakeWords = () => {};
  /** The oldest in front. */
  readonly #open = new Set<Asked>();
  readonly #drafts = new Map<Asked, Line>();
  readonly #history: string[] = [];
  #chosen: string | undefined;

  get size(): number {
    return this.#open.size;
  }

  /** Adds a question. `answer` resolves to `undefined` if no answer will come; `close` withdraws the question. */
  add(question: Question): { readonly answer: Promise<string | undefined>; readonly close: () => void } {
    const { promise: answer, resolve, reject } = Promise.withResolvers<string | undefined>();
    const asked: Asked = { ...question, resolve, reject };
    this.#open.add(asked);
    return { answer, close: () => this.#close(asked) };
  }

  /** Starts a new line with the history of answers. */
  newLine(): Line {
    return newLine(this.#history);
  }

  /** The text that the person who answers has typed so far. */
  get line(): Line {
    const { question } = this.#current();
    return (question && this.#drafts.get(question)) ?? this.newLine();
  }

  set line(line: Line) {
    const { question } = this.#current();
    if (question) this.#drafts.set(question, line);
  }

  /** The prompt: the person who answers, and the agent who asks if that is not clear. */
  label(): string {
    const { question, person } = this.#current();
    return question === undefined ? "" : this.#labelOf(question, person);
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

  /** Takes an entered line. */
  enter(text: string): Entered {
    const label = this.label();
    this.line = this.newLine();
    if (text.trim() !== "") this.#history.push(text);
    const addressed = readAddressed(text, this.people);
    if (addressed.kind === "unknown") {
      return { trace: `${label}${text}`, remark: unknownPersonText(addressed.name, this.people) };
    }
    const person = addressed.person ?? this.#current().person;
    const asked = this.#oldestTo(person);
    if (addressed.person !== undefined && addressed.text === "") {
      return this.#chooseNamed(person, `${label}${text}`);
    }
    if (!asked) {
      this.take({ person, text: addressed.text });
      const name = shownName(this.people, person);
      return {
        trace: `${label}${text}`,
        remark: `No agent asks ${name} now: these words are kept until one does`,
      };
    }
    const trace = `${this.#labelOf(asked, person)}${addressed.text}`;
    if (asked.person === person) {
      this.#close(asked);
      asked.resolve(addressed.text);
    } else this.take({ person, text: addressed.text });
    return { trace };
  }

  #chooseNamed(person: string, trace: string): Entered {
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
    const isClear = this.#open.size < 2 && this.people.length < 2;
    return isClear ? `${name}: ` : `${name} → ${cleanText(klass)}(${agent}): `;
  }
}
