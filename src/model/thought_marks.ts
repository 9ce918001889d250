import { type Mark, markAt, markStart } from "./marks.ts";
import { codeOfToolCall, textOfToolCall } from "./tool_call.ts";

/** A piece of an answer: text for the reader, or a thought of the model. `withdrawn`: the text so far was thought. */
type Piece =
  | { readonly type: "text" | "thought"; readonly text: string }
  | { readonly type: "withdrawn" };

/**
 * Separates the thoughts of open models from their answers while the text streams, and removes control tokens.
 *
 * Everything before the last end of thoughts is thought: a template may have put the opening tag into the prompt, and
 * models draft code in their thoughts. A mark inside a string of the answer is text.
 */
export class ThoughtMarks {
  #place: "start" | "thought" | "bare" | "text" | "call" | "over" = "start";
  /** Text that may become a mark, and the space before the first word. */
  #held = "";
  /** Space before the held text. It is not read again with each part, since it may be long. */
  #space = "";
  /** The text of the present line; at most `2 * maxLine` of its last characters. */
  #line = "";
  #hasText = false;
  #hasThoughts = false;
  /** A tool call of a harmony channel. */
  #call = { tool: "", input: "" };
  readonly #isProse: boolean;

  /** In prose (`text`), thoughts without a beginning end only at a mark that begins or ends its line. */
  constructor(answer: "code" | "text" = "code") {
    this.#isProse = answer === "text";
  }

  /** Takes the next part of the stream. */
  push(text: string): Piece[] {
    if (this.#place === "start" && this.#held === "" && text.trim() === "") {
      this.#space += text;
      return [];
    }
    this.#holdSpace();
    this.#held += text;
    return this.#read(false);
  }

  /** Ends the stream and returns the held text. */
  end(): Piece[] {
    this.#holdSpace();
    const pieces = this.#read(true);
    if (this.#place === "start" && !this.#hasThoughts) this.#emit(pieces, this.#held.length);
    this.#endCall(pieces);
    this.#held = "";
    return joined(pieces);
  }

  #holdSpace(): void {
    this.#held = this.#space + this.#held;
    this.#space = "";
  }

  #read(isWhole: boolean): Piece[] {
    const pieces: Piece[] = [];
    while (this.#held !== "" && this.#place !== "over") {
      if (this.#place === "start" && !this.#begin(isWhole)) break;
      if (this.#place === "bare") {
        if (!this.#readBare(pieces, isWhole)) break;
        continue;
      }
      const { at, mark } = this.#nextMark(isWhole);
      if (at > 0) this.#emit(pieces, at);
      if (mark === "incomplete") break;
      const counts = mark !== undefined && this.#counts(mark, isWhole);
      if (counts === undefined) break;
      if (counts) this.#take(mark!, pieces);
      else if (mark) this.#emit(pieces, mark.length);
    }
    if (this.#place === "over") this.#held = "";
    return joined(pieces);
  }

  /** The next mark in the held text and its place; without a mark, the end of the text. */
  #nextMark(isWhole: boolean): { readonly at: number; readonly mark?: Mark | "incomplete" } {
    const starts = new RegExp(markStart, "gi");
    for (let start = starts.exec(this.#held); start; start = starts.exec(this.#held)) {
      const end = start.index + maxMarkLength;
      const mark = markAt(this.#held.slice(start.index, end), isWhole || end < this.#held.length);
      if (mark !== undefined) return { at: start.index, mark };
    }
    return { at: this.#held.length };
  }

  /** Finds the first word or mark. Returns false if more text is needed. */
  #begin(isWhole: boolean): boolean {
    const begin = this.#held.trimStart();
    if (begin === "" || (!isWhole && maybeBare(begin))) return false;
    if (bareThoughts.test(begin)) {
      this.#held = begin.slice(bareName.length);
      this.#place = "bare";
      this.#hasThoughts = true;
      return true;
    }
    const end = maxMarkLength;
    const mark = markAt(begin.slice(0, end), isWhole || end < begin.length);
    if (mark === "incomplete") return false;
    if (mark || this.#hasThoughts) this.#held = begin;
    if (!mark) this.#place = "text";
    return true;
  }

  /** Reads thoughts up to the name of the next channel. Returns whether the answer begins. */
  #readBare(pieces: Piece[], isWhole: boolean): boolean {
    const found = this.#held.indexOf(bareAnswer);
    const end = found >= 0
      ? found
      : isWhole
      ? this.#held.length
      : Math.max(0, this.#held.length - bareAnswer.length);
    pieces.push({ type: "thought", text: this.#held.slice(0, end) });
    this.#held = this.#held.slice(found >= 0 ? end + bareAnswer.length : end);
    if (found >= 0) this.#place = "start";
    return found >= 0;
  }

  /** Whether a mark is more than text here; `undefined` if that depends on the rest of its line. */
  #counts(mark: Mark, isWhole: boolean): boolean | undefined {
    if (this.#place === "start") return true;
    if (this.#place === "thought") return mark.kind !== "open";
    if (this.#place === "call") return mark.kind !== "open" && mark.kind !== "close";
    const begins = this.#line.trim() === "";
    if (mark.kind === "open") return begins;
    const [rest] = this.#held.slice(mark.length, mark.length + maxLine + 1).split("\n", 1) as [string];
    const isWholeLine = isWhole || this.#held.length > mark.length + rest.length || rest.length > maxLine;
    const quote = openQuote(this.#line);
    if (quote !== undefined) return rest.includes(quote) ? false : isWholeLine || undefined;
    if (!this.#isProse || mark.kind !== "close" || begins) return true;
    return isWholeLine ? rest.trim() === "" : undefined;
  }

  #take({ kind, length, tool = "" }: Mark, pieces: Piece[]): void {
    this.#held = this.#held.slice(length);
    if (kind === "begin") return;
    this.#endCall(pieces);
    if (kind === "other") this.#place = "over";
    if (kind === "end" && this.#place !== "text") this.#place = "start";
    if (kind === "other" || kind === "end") return;
    this.#hasThoughts = true;
    if ((kind === "close" || kind === "answer") && this.#hasText) {
      pieces.push({ type: "withdrawn" });
      this.#hasText = false;
    }
    this.#line = "";
    this.#place = kind === "call" ? "call" : kind === "close" || kind === "answer" ? "start" : "thought";
    this.#call = { tool, input: "" };
  }

  /** Passes on the next characters. */
  #emit(pieces: Piece[], length: number): void {
    const text = this.#held.slice(0, length);
    this.#held = this.#held.slice(length);
    if (this.#place === "thought") pieces.push({ type: "thought", text });
    else if (this.#place === "call") this.#call.input += text;
    else this.#say(pieces, text);
  }

  #say(pieces: Piece[], text: string): void {
    if (text === "") return;
    this.#place = "text";
    this.#hasText = true;
    const lineStart = text.lastIndexOf("\n") + 1;
    this.#line = lineStart === 0 ? this.#line + text : text.slice(lineStart);
    // Not with each part: a cut joins the text, and parts may be a few characters long.
    if (this.#line.length > 2 * maxLine) this.#line = this.#line.slice(-maxLine);
    pieces.push({ type: "text", text });
  }

  #endCall(pieces: Piece[]): void {
    if (this.#place !== "call") return;
    const { tool, input } = this.#call;
    this.#say(pieces, codeOfToolCall(input) ?? textOfToolCall(tool, input) ?? input);
  }
}

/** Servers that strip control tokens leave the names of the channels: "analysisThe user …assistantfinalReturn()". */
const bareName = "analysis";
const bareThoughts = /^analysis[A-Z][\w'’]{0,20},? [A-Za-z]/;
const bareAnswer = "assistantfinal";

/** Whether a beginning may still become the name of a channel with words behind it. */
function maybeBare(begin: string): boolean {
  return begin.length <= bareName.length
    ? bareName.startsWith(begin)
    : begin.length < 40 && /^analysis[A-Z][\w'’]{0,20},? ?$/.test(begin);
}

/** Bound on the characters of a line that decide about a mark. */
const maxLine = 2000;
/** No mark is longer. */
const maxMarkLength = 200;

/** The quote that is open at the end of a line; an apostrophe within or after a word is none. */
function openQuote(line: string): string | undefined {
  let quote: string | undefined;
  for (let at = 0; at < line.length; at++) {
    const sign = line[at]!;
    if (quote !== undefined && sign === "\\") at++;
    else if (sign === quote) quote = undefined;
    else if (quote === undefined && /["'`]/.test(sign) && !/\w/.test(line[at - 1] ?? "")) quote = sign;
  }
  return quote;
}

/** Joins neighbouring pieces of one type, and leaves out empty ones. */
function joined(pieces: readonly Piece[]): Piece[] {
  const all: Piece[] = [];
  for (const piece of pieces) {
    const last = all.at(-1);
    if (piece.type === "withdrawn") all.push(piece);
    else if (last && last.type !== "withdrawn" && last.type === piece.type) {
      all[all.length - 1] = { ...piece, text: last.text + piece.text };
    } else if (piece.text !== "") all.push(piece);
  }
  return all;
}
