import { type Comment, parse, type Program as Syntax } from "acorn";
import { messageOf } from "../errors.ts";

/** Replaces each character of a TypeScript type by a space. Throws `{ message, startLine, startColumn }`. */
export type StripTypes = (code: string) => string;

/** Loads the type stripper. Loading takes tens of milliseconds, so only programs with TypeScript do it. */
export async function loadStripTypes(): Promise<StripTypes> {
  const module = await import("amaro");
  // In a bundle, a CommonJS module is the default export.
  const transformSync = module.transformSync ??
    (module as unknown as { default: typeof module }).default.transformSync;
  let broken = false;
  return (code) => {
    if (broken) throw new SyntaxError("the TypeScript parser failed at a block above it");
    try {
      return transformSync(code, { mode: "strip-only" }).code;
    } catch (error) {
      if (!(error instanceof WebAssembly.RuntimeError)) throw error;
      broken = true;
      throw new RangeError("Its stack, which is WebAssembly's, is exhausted", { cause: error });
    }
  };
}

/** The maximum depth of brackets. Deeper code would exhaust the stacks of the parsers. */
const maxNesting = 500;

/** A parsed text of code. */
interface ParsedCode {
  readonly stripped: string;
  readonly syntax: Syntax;
  readonly comments: readonly Comment[];
}

/** Row and column count from 0. */
interface CodeFault {
  readonly fault: string;
  readonly row: number;
  readonly column: number;
}

/** Strips the types and parses the rest. Throws a `RangeError` if the stack of a parser is exhausted. */
export function parseCode(
  text: string,
  { language, strip }: { readonly language: "ts" | "js"; readonly strip: StripTypes | undefined },
): ParsedCode | CodeFault {
  if (nesting(text) > maxNesting) {
    return { fault: `its brackets are nested more than ${maxNesting} deep`, row: 0, column: 0 };
  }
  let stripped: string;
  try {
    stripped = language === "js" ? text : strip!(text);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    const { message, startLine = 1, startColumn = 0 } = error as {
      message?: string;
      startLine?: number;
      startColumn?: number;
    };
    return { fault: reason(message ?? messageOf(error)), row: startLine - 1, column: startColumn };
  }
  const comments: Comment[] = [];
  try {
    const syntax = parse(stripped, {
      ecmaVersion: "latest",
      sourceType: "module",
      allowAwaitOutsideFunction: true,
      onComment: comments,
      ranges: true,
    });
    return { stripped, syntax, comments };
  } catch (error) {
    if (error instanceof RangeError) throw error;
    const { line, column } = (error as { loc?: { line: number; column: number } }).loc ??
      { line: 1, column: 0 };
    return { fault: reason(messageOf(error).replace(/ \(\d+:\d+\)$/, "")), row: line - 1, column };
  }
}

function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  for (const character of text) {
    if ("([{<".includes(character)) deepest = Math.max(deepest, ++depth);
    else if (")]}>".includes(character)) depth = Math.max(0, depth - 1);
  }
  return deepest;
}

/** The offsets at which the lines of a text begin. */
export function lineOffsets(text: string): number[] {
  const offsets = [0];
  for (let index = text.indexOf("\n"); index >= 0; index = text.indexOf("\n", index + 1)) {
    offsets.push(index + 1);
  }
  return offsets;
}

/** The row of an offset, from 0. */
export function rowOf(offsets: readonly number[], offset: number): number {
  let low = 0;
  let high = offsets.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (offsets[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The length of the first line of a text, at least 1. */
export function firstLineLength(text: string): number {
  const end = text.indexOf("\n");
  return Math.max(1, end < 0 ? text.length : end);
}

/** Changes the message of a parser so that it can follow a colon. */
function reason(message: string): string {
  const text = message.replace(
    /^TypeScript (enum|namespace\S*).*/,
    (_, form: string) => `${form} ${formAdvice(form)}`,
  )
    .replace("in strip-only mode", "here, where types are only removed");
  return /^[A-Z][a-z]*\b/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}

/** The other way to write a form of TypeScript that is more than a type. */
function formAdvice(form: string): string {
  return form === "enum"
    ? 'is more than a type, and only types are removed here: write const Color = { Red: "red" } as const'
    : "is more than a type, and only types are removed here: write an object or plain functions";
}
