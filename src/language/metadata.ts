import { type Element, rawLines, type TextElement } from "./elements.ts";
import { parseYamlMap } from "./front_matter.ts";
import { isListItem } from "./list.ts";
import type { Location, Problem } from "./program.ts";
import { errorAt, indentation, type SourceLine, warningAt } from "./source.ts";
import { isMap } from "./values.ts";

/** The text between a heading and its sections: metadata, and the rest. */
export interface Body {
  readonly metadata: Readonly<Record<string, unknown>>;
  /** The line of each top-level key, and of each key of a map below one, as in `remote.url`. */
  readonly keyLines: ReadonlyMap<string, SourceLine>;
  /** All elements except metadata, without empty lines and rules at both ends. */
  readonly rest: readonly Element[];
}

/**
 * Takes the metadata out of a description.
 *
 * In a source file, a description may contain `key: value` lines anywhere, before or after prose, or a `metadata:`
 * block. In a `.pbasm` file (`strict`), only a block `metadata:` … `---` at the start is metadata.
 */
export function takeMetadata(
  elements: readonly Element[],
  options: { readonly strict: boolean; readonly problems: Problem[] },
): Body {
  const { strict, problems } = options;
  const metadata: Record<string, unknown> = {};
  const keyLines = new Map<string, SourceLine>();
  const rest: Element[] = [];
  const body = trimmed(elements);

  const add = (lines: readonly SourceLine[], map: Readonly<Record<string, unknown>>) => {
    for (const [key, value] of Object.entries(map)) {
      const line = lines.find((line) => line.text.trimStart().startsWith(key)) ?? lines[0]!;
      if (keyLines.has(key)) {
        problems.push(warningAt(line, "duplicate-key", `"${key}" is given twice; the last one counts`));
      }
      keyLines.set(key, line);
      if (isMap(value)) {
        for (const inner of Object.keys(value)) {
          const own = lines.find((line) => line.text.trimStart().startsWith(`${inner}:`));
          if (own !== undefined) keyLines.set(`${key}.${inner}`, own);
        }
      }
      metadata[key] = value;
    }
  };

  let index = 0;
  if (isBlockStart(body[0])) {
    const block = metadataBlock(body, strict);
    const map = parseYamlMap(block.lines, problems);
    add(block.lines, isMap(map["metadata"]) ? map["metadata"] : {});
    if (!strict) {
      add(
        block.lines,
        Object.fromEntries(Object.entries(map).filter(([key]) => key !== "metadata")),
      );
    }
    index = block.end;
  }
  for (; index < body.length; index++) {
    const entry = strict ? undefined : bareEntry(body, index, rest[rest.length - 1]);
    const map = entry === undefined ? undefined : readEntry(entry, problems);
    if (entry === undefined || map === undefined) {
      rest.push(body[index]!);
      continue;
    }
    add(entry.lines, entry.key === "metadata" && isMap(map["metadata"]) ? map["metadata"] : map);
    index += entry.length - 1;
  }
  return { metadata, keyLines, rest: trimmed(rest) };
}

/** The source Markdown of elements. Several empty lines in a row become one. */
export function markdownOf(elements: readonly Element[]): string {
  return keptElements(elements).flatMap(rawLines).join("\n").trim();
}

/** The locations of the lines of {@linkcode markdownOf}. */
export function markdownLocations(elements: readonly Element[]): Location[] {
  const lines = keptElements(elements).flatMap((element) =>
    rawLines(element).map((text, index) => {
      const { file, line } = element.line;
      return { text, location: { file, line: line + index, column: 1 } };
    })
  );
  while (lines.length > 0 && lines[0]!.text.trim() === "") lines.shift();
  return lines.map(({ text, location }, index) =>
    index > 0 ? location : { ...location, column: 1 + text.length - text.trimStart().length }
  );
}

function keptElements(elements: readonly Element[]): readonly Element[] {
  const isEmpty = (element: Element | undefined) => element?.kind === "text" && element.text === "";
  return trimmed(elements).filter((element, index, all) => !isEmpty(element) || !isEmpty(all[index - 1]));
}

/** Reads a boolean key; accepts `yes`, `no`, `on` and `off` too. */
export function booleanOf(body: Body, key: string, problems: Problem[]): boolean {
  const value = body.metadata[key];
  if (value === undefined || value === null || typeof value === "boolean") return value === true;
  const word = String(value).toLowerCase();
  if (["true", "yes", "on"].includes(word)) return true;
  if (!["false", "no", "off"].includes(word)) {
    problems.push(
      errorAt(body.keyLines.get(key)!, "bad-value", `"${key}" must be true or false, not "${String(value)}"`),
    );
  }
  return false;
}

/** Reads a key with a fixed set of values; `undefined` if it is absent or wrong. */
export function choiceOf<T extends string>(
  body: Body,
  key: string,
  choices: readonly T[],
  problems: Problem[],
): T | undefined {
  const value = body.metadata[key];
  if (value === undefined) return undefined;
  const choice = choices.find((choice) => choice === value);
  if (choice === undefined) {
    const list = choices.map((choice) => `"${choice}"`).join(", ").replace(/, ([^,]*)$/, " or $1");
    problems.push(
      errorAt(body.keyLines.get(key)!, "bad-value", `"${key}" must be ${list}, not ${JSON.stringify(value)}`),
    );
  }
  return choice;
}

/** Known keys. A line with one of them is metadata at any place of a description. */
const knownKeys: ReadonlySet<string> = new Set(
  ("metadata startup_mode remote model public hidden export meeting required_attendees optional_attendees execution_mode " +
    "cli_entry description name delivery_channel streaming_enabled streaming_chunk_size buffer_messages buffer_timeout " +
    "meeting_notifications delivery_handler author version tags").split(" "),
);

/** Keys that the parser reads. Invalid YAML is a problem for these keys, and prose for other keys. */
const structuralKeys: ReadonlySet<string> = new Set(
  ("metadata startup_mode remote public hidden meeting required_attendees optional_attendees execution_mode")
    .split(" "),
);

interface Entry {
  readonly key: string;
  readonly lines: readonly SourceLine[];
  /** The number of its elements. */
  readonly length: number;
}

/** The text before the first `#` that follows a space. */
function withoutComment(text: string): string {
  const at = text.search(/\s#/);
  return at < 0 ? text : text.slice(0, at);
}

/** The `key: value` at `index`, with the indented lines below it. */
function bareEntry(body: readonly Element[], index: number, before: Element | undefined): Entry | undefined {
  const element = body[index]!;
  if (element.kind !== "text" || indentation(element.text) > element.line.indent) return undefined;
  const match = /^\s*([a-z][A-Za-z0-9_-]*):(?:\s+(.*))?$/.exec(element.text);
  if (match === null) return undefined;
  const key = match[1]!;
  const value = withoutComment(match[2] ?? "").trim();
  const known = knownKeys.has(key);
  if (!known && (inSentence(before) || isSentence(value))) return undefined;
  const lines = [lineOf(element)];
  let length = 1;
  for (let next = index + 1; next < body.length; next++) {
    const below = body[next]!;
    if (below.kind !== "text") break;
    if (below.text === "") continue;
    if (
      indentation(below.text) - below.line.indent <= 0 ||
      (value !== "" && next > index + 1 && !/^[|>[{"']/.test(value))
    ) {
      break;
    }
    while (lines.length < next - index) lines.push({ ...below.line, text: "" });
    lines.push(lineOf(below));
    length = next - index + 1;
  }
  return value === "" && lines.length === 1 ? undefined : { key, lines, length };
}

/** The value of an entry; `undefined` if it is prose. */
function readEntry(entry: Entry, problems: Problem[]): Record<string, unknown> | undefined {
  const found: Problem[] = [];
  const map = parseYamlMap(entry.lines, found);
  if (found.length === 0 && entry.key in map) return map;
  if (structuralKeys.has(entry.key)) {
    problems.push(...found);
    return map;
  }
  if (!knownKeys.has(entry.key) || entry.lines.length > 1) return undefined;
  return { [entry.key]: entry.lines[0]!.text.replace(/^[^:]*:/, "").trim() };
}

/** Whether the line above is prose in the middle of a sentence. */
function inSentence(before: Element | undefined): boolean {
  if (before === undefined || before.kind !== "text" || before.text === "" || isListItem(before.text)) {
    return false;
  }
  return !/[.!?:;)"'*`]$/.test(before.text);
}

function isSentence(value: string): boolean {
  return value.startsWith("{") || (/[.!?]$/.test(value) && value.split(/\s+/).length >= 3);
}

function isBlockStart(element: Element | undefined): boolean {
  return element?.kind === "text" && element.text.trimEnd() === "metadata:";
}

/** The lines of a `metadata:` block at the start: up to the first `---`, or the indented lines in a source file. */
function metadataBlock(body: readonly Element[], strict: boolean): { lines: SourceLine[]; end: number } {
  const rule = body.findIndex((element) => element.kind === "rule");
  const before = body.slice(0, rule < 0 ? 0 : rule);
  if (
    before.length > 0 && before.every((element) => element.kind === "text" && (strict || isYamlLike(element)))
  ) {
    return { lines: before.map((element) => lineOf(element as TextElement)), end: rule + 1 };
  }
  let end = 1;
  while (end < body.length) {
    const element = body[end]!;
    if (
      element.kind !== "text" || (element.text !== "" && indentation(element.text) <= element.line.indent)
    ) break;
    end++;
  }
  return { lines: body.slice(0, end).map((element) => lineOf(element as TextElement)), end };
}

function isYamlLike(element: Element): boolean {
  return element.kind === "text" && (element.text === "" || /^\s|^[\w-]+:(\s|$)|^- /.test(element.text));
}

function lineOf(element: TextElement): SourceLine {
  return { ...element.line, text: element.text };
}

function trimmed(elements: readonly Element[]): readonly Element[] {
  const empty = (element: Element) =>
    element.kind === "rule" || (element.kind === "text" && element.text === "");
  let start = 0;
  let end = elements.length;
  while (start < end && empty(elements[start]!)) start++;
  while (end > start && empty(elements[end - 1]!)) end--;
  return elements.slice(start, end);
}
