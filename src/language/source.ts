import type { ProblemCode } from "./problem_codes.ts";
import type { Location, Problem } from "./program.ts";

/** A line of the program after the imports are expanded. */
export interface SourceLine {
  readonly text: string;
  readonly file: string;
  /** The number of the line in the file on disk, from 1. */
  readonly line: number;
  /** Characters of indentation that an `!import` added at the start of `text`. */
  readonly indent: number;
  /** The index of the program's file that contains the line or imports it. */
  readonly root: number;
}

/** Splits a text at the line ends of any system. */
export function splitLines(text: string): string[] {
  return text.split(/\r\n|\n|\r/);
}

/** The location of the character at `index` of a line. */
export function locationAt(line: SourceLine, index = 0): Location {
  return { file: line.file, line: line.line, column: Math.max(1, index + 1 - line.indent) };
}

/** The width of a line's leading white space. A tab extends to the next multiple of four. */
export function indentation(text: string): number {
  let width = 0;
  for (const character of text) {
    if (character === " ") width++;
    else if (character === "\t") width += 4 - width % 4;
    else break;
  }
  return width;
}

/** Removes up to `width` columns of white space from the start of a line. */
export function dedent(text: string, width: number): string {
  const own = indentation(text);
  return " ".repeat(Math.max(0, own - width)) + text.trimStart();
}

/** The part of a line that a problem underlines. By default it is the whole line without spaces at its ends. */
interface PlaceOptions {
  readonly index?: number;
  readonly length?: number;
  readonly hint?: string;
}

/** Makes an error that underlines a whole line, or its part from `index` on. */
export function errorAt(
  line: SourceLine,
  code: ProblemCode,
  message: string,
  options: PlaceOptions = {},
): Problem {
  return problemAt("error", line, { code, message, ...options });
}

/** Like {@linkcode errorAt}, but for a problem that does not prevent a run. */
export function warningAt(
  line: SourceLine,
  code: ProblemCode,
  message: string,
  options: PlaceOptions = {},
): Problem {
  return problemAt("warning", line, { code, message, ...options });
}

function problemAt(
  severity: Problem["severity"],
  line: SourceLine,
  options: Pick<Problem, "code" | "message"> & PlaceOptions,
): Problem {
  const { code, message } = options;
  const index = options.index ?? line.text.length - line.text.trimStart().length;
  const length = options.length ?? Math.max(1, line.text.trimEnd().length - index);
  const hint = options.hint === undefined ? {} : { hint: options.hint };
  return { severity, code, message, location: locationAt(line, index), length, ...hint };
}
