import type { Problem } from "./program.ts";
import { indentation, type SourceLine, warningAt } from "./source.ts";

/** A part of a program's Markdown. */
export type Element = TextElement | HeadingElement | FenceElement | OpaqueElement;

/** An ordinary line without its comments; `text` is `""` for an empty line. A `rule` is a line such as `---`. */
export interface TextElement {
  readonly kind: "text" | "rule";
  readonly line: SourceLine;
  readonly text: string;
}

/** `#` to `######`. */
export interface HeadingElement {
  readonly kind: "heading";
  readonly line: SourceLine;
  readonly text: string;
  readonly level: number;
  readonly title: string;
  /** The index in the line at which the title begins. */
  readonly index: number;
}

/** A fenced block of code. */
export interface FenceElement {
  readonly kind: "fence";
  readonly line: SourceLine;
  /** The first word after the fence, in lower case. */
  readonly language: string;
  readonly indent: number;
  /** The lines between the fences. */
  readonly lines: readonly SourceLine[];
  /** The lines as written, with both fences. A missing closing fence is added. */
  readonly raw: readonly string[];
}

/** Lines from `<tag>` to `</tag>`. They are text for the model; headings and code in them have no meaning. */
interface OpaqueElement {
  readonly kind: "opaque";
  readonly line: SourceLine;
  readonly indent: number;
  readonly raw: readonly string[];
}

/**
 * Splits a program into elements: first comments and fences, then `<tag>` blocks, then headings.
 *
 * It does not use a CommonMark parser, since that takes about 100 ms of CPU time for a small program.
 * tests/language/commonmark_test.ts compares it with such a parser, and lists the exceptions from CommonMark.
 */
export function readElements(lines: readonly SourceLine[], problems: Problem[]): Element[] {
  return withHeadings(withOpaqueBlocks(withFences(lines, problems)));
}

/** The source lines of an element, without the indentation that an import added. */
export function rawLines(element: Element): readonly string[] {
  if (element.kind === "fence" || element.kind === "opaque") return element.raw;
  return [asWritten(element.text, element.line)];
}

const fenceStart = /^(\s*(?:(?:[-*+]|\d{1,9}[.)])\s+)*)(`{3,}|~{3,})\s*(.*)$/;

function withFences(lines: readonly SourceLine[], problems: Problem[]): Element[] {
  const elements: Element[] = [];
  const comments = new CommentScanner(lines);
  for (let index = 0; index < lines.length; index++) {
    const line = lines[index]!;
    const text = comments.strip(index);
    if (text === undefined) continue;
    const match = fenceStart.exec(text);
    if (match === null || (match[2]!.startsWith("`") && match[3]!.includes("`"))) {
      elements.push({ kind: "text", line, text: text.trimEnd() });
      continue;
    }
    const end = fenceEnd(lines, index, match[2]!);
    if (!end.closed) problems.push(warningAt(line, "unclosed-fence", "This code block is never closed"));
    const before = match[1]!;
    if (before.trim() !== "") elements.push({ kind: "text", line, text: before.trimEnd() });
    elements.push({
      kind: "fence",
      line,
      language: /^\S*/.exec(match[3]!)![0].toLowerCase(),
      indent: before.trim() === "" ? indentation(before) : before.length,
      lines: lines.slice(index + 1, end.index),
      raw: [
        " ".repeat(Math.max(0, before.length - line.indent)) + match[2]! + match[3]!.trimEnd(),
        ...lines.slice(index + 1, end.index).map((line) => asWritten(line.text, line).trimEnd()),
        " ".repeat(Math.max(0, before.length - line.indent)) + match[2]!,
      ],
    });
    index = end.closed ? end.index : end.index - 1;
  }
  return elements;
}

/** The index of the closing line of a fence, or of the end of its file. */
function fenceEnd(
  lines: readonly SourceLine[],
  start: number,
  fence: string,
): { index: number; closed: boolean } {
  const root = lines[start]!.root;
  for (let index = start + 1; index < lines.length; index++) {
    const line = lines[index]!;
    if (line.root !== root) return { index, closed: false };
    const text = line.text.trim();
    if (text.length >= fence.length && text === fence.charAt(0).repeat(text.length)) {
      return { index, closed: true };
    }
  }
  return { index: lines.length, closed: false };
}

/** Removes HTML comments from lines. A `<!--` without an end, or inside `` `code` ``, is text. */
class CommentScanner {
  readonly #lines: readonly SourceLine[];
  /** Whether the previous line ended inside a comment. */
  #open = false;
  /** The file has no `-->` from this index on. So the same search does not run twice. */
  #noneAfter = { root: -1, index: Infinity };

  constructor(lines: readonly SourceLine[]) {
    this.#lines = lines;
  }

  /** The line without comments, or `undefined` if it contained only comments. */
  strip(index: number): string | undefined {
    const text = this.#lines[index]!.text;
    if (!this.#open && !text.includes("<!--")) return text;
    const lastEnd = text.lastIndexOf("-->");
    const kept: string[] = [];
    let insideCode = false;
    let position = 0;
    while (position < text.length) {
      if (this.#open) {
        const end = text.indexOf("-->", position);
        if (end < 0) break;
        this.#open = false;
        position = end + 3;
        continue;
      }
      const start = text.indexOf("<!--", position);
      const before = text.slice(position, start < 0 ? text.length : start);
      kept.push(before);
      if (start < 0) break;
      if (countBackticks(before) % 2 === 1) insideCode = !insideCode;
      position = start + 4;
      if (!insideCode && (lastEnd >= position || this.#closesBelow(index))) this.#open = true;
      else kept.push("<!--");
    }
    const rest = kept.join("");
    return rest.trim() === "" ? undefined : rest;
  }

  #closesBelow(index: number): boolean {
    const { root } = this.#lines[index]!;
    if (this.#noneAfter.root === root && index + 1 >= this.#noneAfter.index) return false;
    for (let next = index + 1; next < this.#lines.length && this.#lines[next]!.root === root; next++) {
      if (this.#lines[next]!.text.includes("-->")) return true;
    }
    this.#noneAfter = { root, index: index + 1 };
    return false;
  }
}

function countBackticks(text: string): number {
  let count = 0;
  for (let at = text.indexOf("`"); at >= 0; at = text.indexOf("`", at + 1)) count++;
  return count;
}

/** Pairs tags like brackets, by name and within a file. A tag without a partner is text. */
function withOpaqueBlocks(elements: readonly Element[]): Element[] {
  const endOf = new Map<number, number>();
  const open = new Map<string, number[]>();
  let root = -1;
  for (const [index, element] of elements.entries()) {
    if (element.line.root !== root) {
      open.clear();
      root = element.line.root;
    }
    if (element.kind !== "text" || !element.text.includes("<")) continue;
    const tag = /^\s*<([A-Za-z][\w.-]*)(?:\s[^<>]*)?>/.exec(element.text)?.[1];
    const closed = [...element.text.matchAll(/<\/([A-Za-z][\w.-]*)\s*>/g)].map((match) => match[1]!);
    for (const name of closed) {
      if (name === tag) continue;
      const start = open.get(name)?.pop();
      if (start !== undefined) endOf.set(start, index);
    }
    if (tag !== undefined && !closed.includes(tag)) {
      const starts = open.get(tag);
      if (starts === undefined) open.set(tag, [index]);
      else starts.push(index);
    }
  }
  const output: Element[] = [];
  for (let index = 0; index < elements.length; index++) {
    const element = elements[index]!;
    const end = endOf.get(index);
    if (end === undefined) {
      output.push(element);
      continue;
    }
    const raw = elements.slice(index, end + 1).flatMap(rawLines);
    output.push({ kind: "opaque", line: element.line, indent: indentation(raw[0]!), raw });
    index = end;
  }
  return output;
}

const rule = /^\s{0,3}([-*_])(?:\s*\1){2,}\s*$/;
const heading = /^(\s*)(#{1,6})(?:(\s+)(.*))?$/;
/** The headings of sections may omit the space after `#`, since many programs do so. */
const sectionWithoutSpace = /^(\s*)(#{2,3})()((?:triggers?|steps?|notes?)\s*:?)\s*$/i;

function withHeadings(elements: readonly Element[]): Element[] {
  let inList = false;
  return elements.map((element): Element => {
    if (element.kind !== "text") return element;
    const { line, text } = element;
    if (text === "") return element;
    if (rule.test(text)) return { ...element, kind: "rule" };
    const own = indentation(text) - line.indent;
    const match = text.includes("#") ? heading.exec(text) ?? sectionWithoutSpace.exec(text) : null;
    if (match !== null && (own <= 0 || (own <= 3 && !inList))) {
      inList = false;
      const [, space, hashes, gap = "", title = ""] = match;
      const index = space!.length + hashes!.length + gap.length;
      return { kind: "heading", line, text, level: hashes!.length, title: withoutClosing(title), index };
    }
    inList = /^\s*([-*+]|\d{1,9}[.)])(\s|$)/.test(text) || (inList && own > 0);
    return element;
  });
}

/** Drops one closing sequence, as CommonMark does: `## Title ##` is `Title`. */
function withoutClosing(title: string): string {
  const text = title.trimEnd();
  let length = text.length;
  while (text.charAt(length - 1) === "#") length--;
  const rest = text.slice(0, length);
  return rest === "" || /\s$/.test(rest) ? rest.trim() : text.trim();
}

function asWritten(text: string, line: SourceLine): string {
  return line.indent === 0 ? text : text.slice(Math.min(line.indent, text.length - text.trimStart().length));
}
