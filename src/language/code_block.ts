import type { ImportDeclaration, Node } from "acorn";
import MagicString from "magic-string";
import {
  type ExportedFunction,
  faults,
  type Helper,
  readStatements,
  type Surroundings,
} from "./code_statements.ts";
import type { ImportedFiles } from "./code_imports.ts";
import { firstLineLength, lineOffsets, parseCode, rowOf, type StripTypes } from "./code_parse.ts";
import { type CodeAnalysis, type CodeReference, freeUses, lostChange } from "./code_references.ts";
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
  readonly helpers: readonly Helper[];
}

/** The language of a fence's info string; `undefined` for a language that we do not run. */
export function codeLanguage(language: string): "ts" | "js" | "python" | undefined {
  if (language === "ts" || language === "typescript") return "ts";
  if (language === "js" || language === "javascript") return "js";
  return ["python", "py", "python3"].includes(language) ? "python" : undefined;
}

interface AnalyseOptions {
  readonly language: "ts" | "js";
  readonly strip: StripTypes | undefined;
  readonly analysis: CodeAnalysis | undefined;
  readonly imports: ImportedFiles;
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
  const parsed = parseCode(text, options);
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
  const imports = (statement: ImportDeclaration) =>
    options.imports.bind(statement, [fence.line.file], forbidden);
  const surroundings: Surroundings = { text, edited, comments, at, place, forbidden, imports };
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
  // A block with one playbook may keep things for the time of its call.
  const changes = functions.length > 1 ? options.analysis?.lostChanges(syntax) ?? [] : [];
  for (const { name, start } of changes) {
    options.problems.push(lostChange(name, locate(start)));
  }
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
