import { type Comment, type Node, parse, type Program as Syntax } from "acorn";
import MagicString from "magic-string";
import { type ExportedFunction, faults, readStatements, type Surroundings } from "./code_statements.ts";
import { messageOf } from "../errors.ts";
import { type CodeAnalysis, type CodeReference, freeUses } from "./code_references.ts";
import type { FenceElement } from "./elements.ts";
import type { ProblemCode } from "./problem_codes.ts";
import type { Location, Problem } from "./program.ts";
import { dedent, errorAt, locationAt, type SourceLine } from "./source.ts";

/** The result of analysing a code block of an agent. */
export interface AnalysedBlock {
  readonly language: "ts" | "js";
  /** The source text without the fence's indentation. */
  readonly text: string;
  /** JavaScript with the same number of lines: types and `export` blanked, exported async functions renamed. */
  readonly code: string;
  /** `text` without its types, of the same length. */
  readonly stripped: string;
  readonly lines: readonly Location[];
  readonly functions: readonly ExportedFunction[];
  /** Uses of names that the block does not declare; empty without an analysis. */
  readonly references: readonly CodeReference[];
  /** The block's other declared names with their locations. */
  readonly helpers: readonly { readonly name: string; readonly location: Location }[];
}

/** Replaces each character of a TypeScript type by a space. Throws `{ message, startLine, startColumn }`. */
export type StripTypes = (code: string) => string;

/** The language of a fence's info string; `undefined` for a language that we do not run. */
export function codeLanguage(language: string): "ts" | "js" | "python" | undefined {
  if (language === "ts" || language === "typescript") return "ts";
  if (language === "js" || language === "javascript") return "js";
  return ["python", "py", "python3"].includes(language) ? "python" : undefined;
}

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

interface AnalyseOptions {
  readonly language: "ts" | "js";
  readonly strip: StripTypes | undefined;
  readonly analysis: CodeAnalysis | undefined;
  readonly problems: Problem[];
}

/** Analyses one block; adds a problem and returns `undefined` if it does not parse. */
export function analyseBlock(fence: FenceElement, options: AnalyseOptions): AnalysedBlock | undefined {
  try {
    return analyse(fence, options);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    options.problems.push(errorAt(fence.line, "too-large", "Cannot read this code: it is nested too deeply"));
    return undefined;
  }
}

function analyse(fence: FenceElement, options: AnalyseOptions): AnalysedBlock | undefined {
  const source = fence.lines.map((line) => fence.indent === 0 ? line.text : dedent(line.text, fence.indent));
  const place = (row: number, column: number): { line: SourceLine; index: number } => {
    const line = fence.lines[Math.min(Math.max(row, 0), fence.lines.length - 1)] ?? fence.line;
    return { line, index: line.text.length - (source[row] ?? line.text).length + column };
  };
  const fail = (
    code: ProblemCode,
    message: string,
    offset: { row: number; column: number },
    length = 1,
  ) => {
    const { line, index } = place(offset.row, offset.column);
    options.problems.push({ severity: "error", code, message, location: locationAt(line, index), length });
  };
  const text = source.join("\n");
  const parsed = parseBlock(text, options);
  if ("fault" in parsed) {
    fail("code-syntax", `Cannot read this code: ${parsed.fault}`, parsed);
    return undefined;
  }
  const { stripped, syntax, comments } = parsed;
  const offsets = lineOffsets(text);
  const at = (offset: number) => {
    const row = rowOf(offsets, offset);
    return { row, column: offset - offsets[row]! };
  };
  const forbidden = (message: string, node: Node) =>
    fail("code-form", message, at(node.start), firstLineLength(text.slice(node.start, node.end)));
  const edited = new MagicString(stripped);
  const surroundings: Surroundings = { text, edited, comments, at, place, forbidden };
  for (const { node, message } of faults(syntax)) forbidden(message, node);
  const { functions, helpers } = readStatements(syntax, surroundings);
  const locate = (offset: number) => {
    const { row, column } = at(offset);
    const { line, index } = place(row, column);
    return locationAt(line, index);
  };
  const references = options.analysis === undefined
    ? []
    : freeUses(syntax, options.analysis.freeOffsets(syntax)).map((use) => ({
      ...use,
      location: locate(use.start),
      ...(use.memberStart === undefined ? {} : { memberLocation: locate(use.memberStart) }),
    }));
  return {
    language: options.language,
    text,
    references,
    code: edited.toString(),
    stripped,
    lines: source.map((_, row) => {
      const { line, index } = place(row, 0);
      return locationAt(line, index);
    }),
    functions,
    helpers,
  };
}

interface ParsedBlock {
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
function parseBlock(text: string, { language, strip }: AnalyseOptions): ParsedBlock | CodeFault {
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

function lineOffsets(text: string): number[] {
  const offsets = [0];
  for (let index = text.indexOf("\n"); index >= 0; index = text.indexOf("\n", index + 1)) {
    offsets.push(index + 1);
  }
  return offsets;
}

function rowOf(offsets: readonly number[], offset: number): number {
  let low = 0;
  let high = offsets.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (offsets[middle]! <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

function firstLineLength(text: string): number {
  const end = text.indexOf("\n");
  return Math.max(1, end < 0 ? text.length : end);
}

/** Changes the message of a parser so that it can follow a colon. */
function reason(message: string): string {
  const text = message.replace("in strip-only mode", "here, where types are only removed");
  return /^[A-Z][a-z]*\b/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
