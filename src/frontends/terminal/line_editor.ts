import { characters } from "../text_width.ts";
import type { Key } from "./keys.ts";

/** A text that a person is typing: one line, or several. */
export interface Line {
  /** One entry for each character that a person sees. */
  readonly text: readonly string[];
  /** The number of characters before the cursor. */
  readonly cursor: number;
  /** Texts entered before, oldest first. */
  readonly history: readonly string[];
  /** Index of the shown history text. The history's length stands for the new text, which `draft` keeps meanwhile. */
  readonly recalled: number;
  readonly draft: readonly string[];
  /** Earlier states, newest last. */
  readonly undo: readonly Pick<Line, "text" | "cursor">[];
  /** Cut texts, newest last. */
  readonly cuts: readonly (readonly string[])[];
  /** The last change, if the next one may join it. `yank` also says which cut, and how much it inserted. */
  readonly last?: { readonly kind: "type" | "cut" } | {
    readonly kind: "yank";
    readonly index: number;
    readonly length: number;
  };
  /** A search in the history: what is searched for, and the index of the text that has it. */
  readonly search?: { readonly query: readonly string[]; readonly found: number };
}

/** The result of a key. */
export type Pressed =
  | { readonly kind: "editing"; readonly line: Line }
  | { readonly kind: "entered"; readonly text: string }
  /** Ctrl+C on an empty line. */
  | { readonly kind: "interrupted" }
  /** Ctrl+D on an empty line: no answer will come. */
  | { readonly kind: "ended" };

/** An empty line with a history and with cut texts. */
export function newLine(history: readonly string[] = [], cuts: Line["cuts"] = []): Line {
  return { text: [], cursor: 0, history, recalled: history.length, draft: [], undo: [], cuts };
}

/** Applies a key to a line. */
export function press(line: Line, key: Key): Pressed {
  return line.search ? pressInSearch(line, line.search, key) : pressInText(line, key);
}

/** Cuts the whole text, so that Ctrl+Y can bring it back. */
function clearLine(line: Line): Line {
  return cut(acceptSearch(line), 0, line.text.length);
}

function pressInText(line: Line, key: Key): Pressed {
  switch (key.kind) {
    case "enter":
      return { kind: "entered", text: line.text.join("") };
    case "interrupt":
      return line.text.length === 0 ? { kind: "interrupted" } : editing(clearLine(line));
    case "delete-or-end":
      if (line.text.length === 0) return { kind: "ended" };
      return editing(remove(line, line.cursor, line.cursor + 1));
    case "search":
      return editing({ ...line, search: { query: [], found: line.history.length } });
    default:
      return editing(edit(line, key));
  }
}

/** Applies a key that only changes the text or the cursor. */
function edit(line: Line, key: Key): Line {
  const { text, cursor } = line;
  switch (key.kind) {
    case "text":
      return insert(line, key.text);
    case "tab":
      return insert(line, "\t");
    case "new-line":
      return insert(line, "\n");
    case "left":
      return move(line, cursor - 1);
    case "right":
      return move(line, cursor + 1);
    case "word-left":
      return move(line, wordStart(text, cursor));
    case "word-right":
      return move(line, wordEnd(text, cursor));
    case "home":
      return move(line, lineStart(text, cursor));
    case "end":
      return move(line, lineEnd(text, cursor));
    case "backspace":
      return cursor === 0 ? line : remove(line, cursor - 1, cursor);
    case "delete":
      return remove(line, cursor, cursor + 1);
    case "word-backspace":
      return cut(line, wordStart(text, cursor), cursor);
    case "word-delete":
      return cut(line, cursor, wordEnd(text, cursor));
    case "delete-to-start":
      return cut(line, lineStart(text, cursor), cursor);
    case "delete-to-end":
      // At the end of a line, the line end goes.
      return cut(line, cursor, Math.max(lineEnd(text, cursor), text[cursor] === "\n" ? cursor + 1 : 0));
    case "undo":
      return undo(line);
    case "yank":
      return yank(line, line.cuts.length - 1);
    case "yank-older":
      return line.last?.kind === "yank" ? yank(line, line.last.index - 1, line.last.length) : line;
    case "up":
      return goUp(line);
    case "down":
      return goDown(line);
    default:
      return line;
  }
}

function editing(line: Line): Pressed {
  return { kind: "editing", line };
}

/** The line with another cursor. A change after this does not join the last one. */
function move({ last: _, ...line }: Line, cursor: number): Line {
  return { ...line, cursor: Math.min(Math.max(0, cursor), line.text.length) };
}

/** The line with another text. The text before can be brought back, unless this change joins the last one. */
function change(
  line: Line,
  text: readonly string[],
  { cursor, last, joins = false }: {
    readonly cursor: number;
    readonly last?: NonNullable<Line["last"]>;
    readonly joins?: boolean;
  },
): Line {
  const before = { text: line.text, cursor: line.cursor };
  const states = joins ? line.undo : [...line.undo, before].slice(-maxUndo);
  return { ...move({ ...line, text, undo: states }, cursor), ...(last ? { last } : {}) };
}

/** Splits the character before again, because a typed accent or joiner belongs to it. */
function insert(line: Line, added: string): Line {
  const before = line.text.slice(0, Math.max(0, line.cursor - 1));
  const beside = line.text.slice(before.length, line.cursor).join("");
  for (const character of characters(beside + added.replace(/\r\n?/g, "\n"))) before.push(character);
  const text = before.concat(line.text.slice(line.cursor));
  // Each word is undone on its own.
  const joins = line.last?.kind === "type" && !/^\s/.test(added);
  return change(line, text, { cursor: before.length, last: { kind: "type" }, joins });
}

function remove(line: Line, start: number, end: number): Line {
  if (start >= line.text.length) return line;
  return change(line, without(line.text, start, end), { cursor: start });
}

/** Removes a part and keeps it for Ctrl+Y. Cuts in a row are kept as one. */
function cut(line: Line, start: number, end: number): Line {
  const part = line.text.slice(start, end);
  if (part.length === 0) return line;
  const joins = line.last?.kind === "cut";
  const [kept = []] = joins ? line.cuts.slice(-1) : [];
  const whole = start < line.cursor ? [...part, ...kept] : [...kept, ...part];
  const cuts = [...joins ? line.cuts.slice(0, -1) : line.cuts, whole].slice(-maxCuts);
  return { ...change(line, without(line.text, start, end), { cursor: start, last: { kind: "cut" } }), cuts };
}

/** Inserts a cut text, in place of the `replaced` characters before the cursor. */
function yank(line: Line, index: number, replaced = 0): Line {
  if (line.cuts.length === 0) return line;
  const at = (index + line.cuts.length) % line.cuts.length;
  const part = line.cuts[at]!;
  const start = line.cursor - replaced;
  const text = [...line.text.slice(0, start), ...part, ...line.text.slice(line.cursor)];
  const last = { kind: "yank", index: at, length: part.length } as const;
  return change(line, text, { cursor: start + part.length, last });
}

function undo({ last: _, ...line }: Line): Line {
  const before = line.undo.at(-1);
  return before === undefined ? line : { ...line, ...before, undo: line.undo.slice(0, -1) };
}

function without(text: readonly string[], start: number, end: number): readonly string[] {
  return [...text.slice(0, start), ...text.slice(end)];
}

function lineStart(text: readonly string[], cursor: number): number {
  return cursor === 0 ? 0 : text.lastIndexOf("\n", cursor - 1) + 1;
}

function lineEnd(text: readonly string[], cursor: number): number {
  const end = text.indexOf("\n", cursor);
  return end < 0 ? text.length : end;
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

function goUp(line: Line): Line {
  const start = lineStart(line.text, line.cursor);
  if (start === 0) return recall(line, line.recalled - 1);
  const above = lineStart(line.text, start - 1);
  return move(line, Math.min(above + line.cursor - start, start - 1));
}

function goDown(line: Line): Line {
  const end = lineEnd(line.text, line.cursor);
  if (end === line.text.length) return recall(line, line.recalled + 1);
  const column = line.cursor - lineStart(line.text, line.cursor);
  return move(line, Math.min(end + 1 + column, lineEnd(line.text, end + 1)));
}

function recall(line: Line, index: number): Line {
  if (index < 0 || index > line.history.length) return line;
  const draft = line.recalled === line.history.length ? line.text : line.draft;
  const text = index === line.history.length ? draft : characters(line.history[index]!);
  return { ...change(line, text, { cursor: text.length }), recalled: index, draft };
}

type Search = NonNullable<Line["search"]>;

function pressInSearch(line: Line, search: Search, key: Key): Pressed {
  switch (key.kind) {
    case "text":
      return editing(find(line, [...search.query, ...characters(key.text)], search.found));
    case "backspace":
      return editing(find(line, search.query.slice(0, -1), line.history.length));
    case "search":
      return editing(find(line, search.query, search.found - 1));
    case "cancel":
    case "interrupt": {
      const { search: _, ...before } = line;
      return editing(before);
    }
    default:
      return pressInText(acceptSearch(line), key);
  }
}

/** The text that a search has found so far. */
export function foundText(line: Line): string | undefined {
  return line.search && line.history[line.search.found];
}

/** Goes to the newest text at `from` or before that has the query. If there is none, the found one stays. */
function find(line: Line, query: readonly string[], from: number): Line {
  const words = query.join("").toLowerCase();
  for (let at = Math.min(from, line.history.length - 1); words !== "" && at >= 0; at--) {
    if (line.history[at]!.toLowerCase().includes(words)) return { ...line, search: { query, found: at } };
  }
  return { ...line, search: { query, found: words === "" ? line.history.length : line.search!.found } };
}

function acceptSearch({ search, ...line }: Line): Line {
  return search && search.found < line.history.length ? recall(line, search.found) : line;
}

const maxUndo = 200;
const maxCuts = 20;
