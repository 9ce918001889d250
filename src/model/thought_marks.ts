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
  #place: "start" | "thought" | "text" | "call" | "over" = "start";
  /** Text that may become a mark, and the space before the first word. */
  #held = "";
  /** The text of the present line. */
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
    this.#held += text;
    return this.#read(false);
  }

  /** Ends the stream and returns the held text. */
  end(): Piece[] {
    const pieces = this.#read(true);
    if (this.#place === "start" && !this.#hasThoughts) this.#emit(pieces, this.#held.length);
    this.#endCall(pieces);
    this.#held = "";
    return joined(pieces);
  }

  #read(isWhole: boolean): Piece[] {
    const pieces: Piece[] = [];
    while (this.#held !== "" && this.#place !== "over") {
      if (this.#place === "start" && !this.#begin(pieces, isWhole)) break;
      const at = this.#held.search(markStart);
      if (at !== 0) {
        this.#emit(pieces, at < 0 ? this.#held.length : at);
        continue;
      }
      const mark = markAt(this.#held, isWhole);
      if (mark === "incomplete") break;
      const counts = mark !== undefined && this.#counts(mark, isWhole);
      if (counts === undefined) break;
      if (counts) this.#take(mark!, pieces);
      else this.#emit(pieces, mark?.length ?? 1);
    }
    if (this.#place === "over") this.#held = "";
    return joined(pieces);
  }

  /** Finds the first word or mark. Returns false if more text is needed. */
  #begin(pieces: Piece[], isWhole: boolean): boolean {
    const begin = this.#held.trimStart();
    if (begin === "" || (!isWhole && bareThoughts.startsWith(begin))) return false;
    // Servers that strip control tokens leave the names of the channels: "analysisThe user …assistantfinalReturn()".
    if (/^analysis[A-Z]/.test(begin)) {
      const at = begin.indexOf(bareAnswer);
      if (at < 0 && !isWhole) return false;
      if (at >= 0) {
        pieces.push({ type: "thought", text: begin.slice(bareThoughts.length, at) });
        this.#held = begin.slice(at + bareAnswer.length);
        this.#hasThoughts = true;
        return this.#begin(pieces, isWhole);
      }
    }
    const mark = markAt(begin, isWhole);
    if (mark === "incomplete") return false;
    if (mark || this.#hasThoughts) this.#held = begin;
    if (!mark) this.#place = "text";
    return true;
  }

  /** Whether a mark is more than text here; `undefined` if that depends on the rest of its line. */
  #counts(mark: Mark, isWhole: boolean): boolean | undefined {
    if (this.#place === "start") return true;
    if (this.#place === "thought") return mark.kind !== "open";
    if (this.#place === "call") return mark.kind !== "open" && mark.kind !== "close";
    const begins = this.#line.trim() === "";
    if (mark.kind === "open") return begins;
    const [rest] = this.#held.slice(mark.length).split("\n", 1) as [string];
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
    this.#line = (this.#line + text).slice((this.#line + text).lastIndexOf("\n") + 1);
    pieces.push({ type: "text", text });
  }

  #endCall(pieces: Piece[]): void {
    if (this.#place !== "call") return;
    const { tool, input } = this.#call;
    this.#say(pieces, codeOfToolCall(input) ?? textOfToolCall(tool, input) ?? input);
  }
}

const bareThoughts = "analysis";
const bareAnswer = "assistantfinal";

/** Bound on the characters of a line that are held until its end is known. */
const maxLine = 2000;

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
