import { BrokenAnswerError } from "../attempt_errors.ts";

/** One JSON value of a body. */
export interface BodyValue {
  readonly value: unknown;
  /** The name of its server-sent event; `""` without a name. */
  readonly event: string;
}

/**
 * Finds the JSON values of a body while its text arrives. The body may be server-sent events, lines of JSON, or one JSON
 * document, whatever its content type says. The items of a list count as values.
 */
export class BodyValues {
  #form: "unknown" | "events" | "lines" | "document" = "unknown";
  /** Text without its line end; in a document, the whole text. */
  #rest = "";
  #endsWithReturn = false;
  /** The data lines of the present event. */
  #data: string[] = [];
  #event = "";
  #words = "";
  #isDone = false;

  /** Whether the stream said `[DONE]`. */
  get isDone(): boolean {
    return this.#isDone;
  }

  /** The beginning of the text that is no JSON value. */
  get words(): string {
    return this.#words.trim();
  }

  /** Takes the next text. Throws a `BrokenAnswerError` for an event that is broken JSON. */
  push(text: string): BodyValue[] {
    const hasLine = this.#endsWithReturn || /[\r\n]/.test(text);
    if (text !== "") this.#endsWithReturn = text.endsWith("\r");
    this.#rest += text;
    if (this.#form === "unknown") this.#begin();
    if (!hasLine || this.#form === "unknown" || this.#form === "document") return [];
    const values: BodyValue[] = [];
    // A carriage return at the end may be the first half of a line end.
    const lines = this.#rest.split(/\r\n|\n|\r(?!$)/);
    this.#rest = lines.pop()!;
    for (const [index, line] of lines.entries()) {
      values.push(...this.#line(line));
      if (this.#isDocument()) {
        this.#rest = [...lines.slice(index), this.#rest].join("\n");
        break;
      }
    }
    return values;
  }

  /** Ends the body and returns the values of the text that is left. */
  end(): BodyValue[] {
    const rest = this.#rest;
    this.#rest = "";
    if (this.#form === "document") return this.#document(rest);
    const values = this.#line(rest.replace(/\r$/, ""));
    return this.#isDocument() ? this.#document(rest) : [...values, ...this.#flush()];
  }

  #begin(): void {
    const [first] = this.#rest.trimStart();
    if (first !== undefined) this.#form = first === "{" ? "lines" : first === "[" ? "document" : "events";
  }

  #isDocument(): boolean {
    return this.#form === "document";
  }

  #line(line: string): BodyValue[] {
    if (this.#form === "lines") {
      if (line.trim() === "") return [];
      const value = jsonOf(line);
      // The first line of a document with several lines is no value.
      if (value === undefined) this.#form = "document";
      return value === undefined ? [] : [{ value, event: "" }];
    }
    if (line.trim() === "") return this.#flush();
    const [, field, text] = /^\s*(data|event|id|retry)\s*:\s?(.*)$/s.exec(line) ?? [];
    if (field === "data") {
      // Some servers leave out the empty line between two events.
      const before = this.#data.length === 1 && isComplete(this.#data[0]!) ? this.#flush() : [];
      this.#data.push(text!);
      return before;
    }
    if (field === "event") this.#event = text!.trim();
    if (field !== undefined || line.startsWith(":")) return [];
    const value = line.trimStart().startsWith("{") ? jsonOf(line) : undefined;
    if (value === undefined) this.#note(line);
    return value === undefined ? [] : [{ value, event: "" }];
  }

  /** Ends an event. */
  #flush(): BodyValue[] {
    const [data, event] = [this.#data.join("\n").trim(), this.#event];
    this.#data = [];
    this.#event = "";
    if (data === "") return [];
    if (data === "[DONE]") {
      this.#isDone = true;
      return [];
    }
    const value = jsonOf(data);
    if (value !== undefined) return [{ value, event }];
    if (event === "error") return [{ value: { error: data }, event }];
    if (/^[{[]/.test(data)) throw new BrokenAnswerError();
    this.#note(data);
    return [];
  }

  #document(text: string): BodyValue[] {
    const value = jsonOf(text);
    if (value === undefined) this.#note(text);
    const values = value === undefined ? [] : Array.isArray(value) ? value : [value];
    return values.map((each) => ({ value: each as unknown, event: "" }));
  }

  #note(text: string): void {
    this.#words = `${this.#words}\n${text}`.slice(0, maxWords);
  }
}

const maxWords = 1000;

function isComplete(data: string): boolean {
  return data.trim() === "[DONE]" || jsonOf(data) !== undefined;
}

/** A JSON object or list; `undefined` for other text. */
function jsonOf(text: string): unknown {
  const trimmed = text.trim();
  if (!/^[{[]/.test(trimmed)) return undefined;
  try {
    return JSON.parse(trimmed);
  } catch {
    // Python's encoder writes numbers that JSON does not have.
    const standard = trimmed.replace(/([:,[]\s*)(?:NaN|-?Infinity)(?=\s*[,}\]])/g, "$1null");
    if (standard === trimmed) return undefined;
    try {
      return JSON.parse(standard);
    } catch {
      return undefined;
    }
  }
}
