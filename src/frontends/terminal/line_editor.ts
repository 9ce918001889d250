import { cleanText } from "../../text/mod.ts";
import { characters, textWidth } from "../text_width.ts";
import type { Key } from "./keys.ts";

/** A line that a person is typing. */
export interface Line {
  /** One entry for each character that a person sees. */
  readonly text: readonly string[];
  /** The number of characters before the cursor. */
  readonly cursor: number;
  /** Lines typed before, oldest first. */
  readonly history: readonly string[];
  /** Index of the shown history line. The history's length stands for the new line, which `draft` keeps meanwhile. */
  readonly recalled: number;
  readonly draft: readonly string[];
}

/** The result of a key. */
export type Pressed =
  | { readonly kind: "editing"; readonly line: Line }
  | { readonly kind: "entered"; readonly text: string }
  /** Ctrl+C. */
  | { readonly kind: "interrupted" }
  /** Ctrl+D on an empty line: no answer will come. */
  | { readonly kind: "ended" };

/** An empty line with a history. */
export function newLine(history: readonly string[] = []): Line {
  return { text: [], cursor: 0, history, recalled: history.length, draft: [] };
}

/** Applies a key to a line. */
export function press(line: Line, key: Key): Pressed {
  const { text, cursor } = line;
  switch (key.kind) {
    case "enter":
      return { kind: "entered", text: text.join("") };
    case "interrupt":
      return { kind: "interrupted" };
    case "delete-or-end":
      if (text.length === 0) return { kind: "ended" };
      return editing(line, without(text, cursor, cursor + 1), cursor);
    case "text":
      return insert(line, key.text);
    case "tab":
      return insert(line, "\t");
    case "back-tab":
      return { kind: "editing", line };
    case "left":
      return editing(line, text, cursor - 1);
    case "right":
      return editing(line, text, cursor + 1);
    case "word-left":
      return editing(line, text, wordStart(text, cursor));
    case "word-right":
      return editing(line, text, wordEnd(text, cursor));
    case "home":
      return editing(line, text, 0);
    case "end":
      return editing(line, text, text.length);
    case "backspace":
      return cursor === 0
        ? { kind: "editing", line }
        : editing(line, without(text, cursor - 1, cursor), cursor - 1);
    case "delete":
      return editing(line, without(text, cursor, cursor + 1), cursor);
    case "word-backspace": {
      const start = wordStart(text, cursor);
      return editing(line, without(text, start, cursor), start);
    }
    case "word-delete":
      return editing(line, without(text, cursor, wordEnd(text, cursor)), cursor);
    case "delete-to-start":
      return editing(line, text.slice(cursor), 0);
    case "delete-to-end":
      return editing(line, text.slice(0, cursor), cursor);
    case "up":
      return recall(line, line.recalled - 1);
    case "down":
      return recall(line, line.recalled + 1);
  }
}

/** The prompt and the typed text, as one line of the terminal. */
interface DrawnLine {
  readonly text: string;
  /** Columns before the cursor. */
  readonly cursor: number;
}

/** Draws a line. Of a long line, only the part around the cursor is shown, so that it never wraps. */
export function drawLine(prompt: string, line: Line, columns: number): DrawnLine {
  const promptWidth = textWidth(prompt);
  const room = Math.max(2, columns - promptWidth - 1);
  const shown = line.text.map(visible);
  const widths = shown.map(textWidth);
  let start = 0;
  let before = sum(widths.slice(0, line.cursor));
  while (before > room - 1) before -= widths[start++]!;
  let end = start;
  for (let width = 0; end < shown.length; end++) {
    width += widths[end]!;
    if (width > room) break;
  }
  return { text: prompt + shown.slice(start, end).join(""), cursor: promptWidth + before };
}

function editing(line: Line, text: readonly string[], cursor: number): Pressed {
  return { kind: "editing", line: { ...line, text, cursor: Math.min(Math.max(0, cursor), text.length) } };
}

/** Splits the joined text again, because a typed accent or joiner belongs to the character before it. */
function insert(line: Line, added: string): Pressed {
  const before = characters(line.text.slice(0, line.cursor).join("") + added.replace(/\r\n?/g, "\n"));
  return editing(line, [...before, ...line.text.slice(line.cursor)], before.length);
}

function without(text: readonly string[], start: number, end: number): readonly string[] {
  return [...text.slice(0, start), ...text.slice(end)];
}

function wordStart(text: readonly string[], cursor: number): number {
  let at = cursor;
  while (at > 0 && !isWord(text[at - 1]!)) at--;
  while (at > 0 && isWord(text[at - 1]!)) at--;
  return at;
}

function wordEnd(text: readonly string[], cursor: number): number {
  let at = cursor;
  while (at < text.length && !isWord(text[at]!)) at++;
  while (at < text.length && isWord(text[at]!)) at++;
  return at;
}

function isWord(character: string): boolean {
  return /[\p{L}\p{N}_]/u.test(character);
}

function recall(line: Line, index: number): Pressed {
  if (index < 0 || index > line.history.length) return { kind: "editing", line };
  const draft = line.recalled === line.history.length ? line.text : line.draft;
  const text = index === line.history.length ? draft : characters(line.history[index]!);
  return { kind: "editing", line: { ...line, text, cursor: text.length, recalled: index, draft } };
}

/** A pasted line end is part of the text. It is shown as a sign, because we draw only one line. */
function visible(character: string): string {
  if (character === "\n") return "↵";
  if (character === "\t") return " ";
  return cleanText(character);
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
