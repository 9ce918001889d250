import type { Location, Problem } from "./program.ts";

/** A line of the program after imports were put in their places. */
export interface SourceLine {
  readonly text: string;
  readonly file: string;
  /** Counts from 1, in the file as it is on disk. */
  readonly line: number;
  /** Characters at the start of `text` that an `!import` put there. */
  readonly indent: number;
  /** Which of the program's files it came from or was imported into; counts from 0. */
  readonly root: number;
}

/** Splits a text at its line ends, of whatever system they are. */
export function splitLines(text: string): string[] {
  return text.split(/\r\n|\n|\r/);
}

/** The location in its file of the character at `index` of a line. */
export function locationAt(line: SourceLine, index = 0): Location {
  return { file: line.file, line: line.line, column: Math.max(1, index + 1 - line.indent) };
}

/** The width of a line's leading white space; a tab reaches to the next multiple of four. */
export function indentation(text: string): number {
  let width = 0;
  for (const character of text) {
    if (character === " ") width++;
    else if (character === "\t") width += 4 - width % 4;
    else break;
  }
  return width;
}

/** Takes up to `width` columns of white space from a line's start. */
export function dedent(text: string, width: number): string {
  const own = indentation(text);
  return " ".repeat(Math.max(0, own - width)) + text.trimStart();
}

/** The part of a line that a problem underlines: by default all of it except spaces at its ends. */
interface PlaceOptions {
  readonly index?: number;
  readonly length?: number;
  readonly hint?: string;
}

/** An error that underlines a whole line, or its part from `index` on. */
export function errorAt(
  line: SourceLine,
  message: string,
  options: PlaceOptions = {},
): Problem {
  return problemAt("error", line, message, options);
}

/** Like {@linkcode errorAt}, for a problem that does not prevent a run. */
export function warningAt(
  line: SourceLine,
  message: string,
  options: PlaceOptions = {},
): Problem {
  return problemAt("warning", line, message, options);
}

function problemAt(
  severity: Problem["severity"],
  line: SourceLine,
  message: string,
  options: PlaceOptions,
): Problem {
  const index = options.index ?? line.text.length - line.text.trimStart().length;
  const length = options.length ?? Math.max(1, line.text.trimEnd().length - index);
  const hint = options.hint === undefined ? {} : { hint: options.hint };
  return { severity, message, location: locationAt(line, index), length, ...hint };
}
