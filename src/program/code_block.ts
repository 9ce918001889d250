import {
  type AnyNode,
  type Comment,
  type Function as FunctionNode,
  type Node,
  parse,
  type Program as Syntax,
} from "acorn";
import { messageOf } from "../errors.ts";
import type { FenceElement } from "./elements.ts";
import { boundNames, children } from "./expression.ts";
import type { Location, Problem } from "./program.ts";
import { dedent, errorAt, locate, type SourceLine } from "./source.ts";

/** A code block of an agent, analysed. */
export interface AnalysedBlock {
  readonly language: "ts" | "js";
  /** As written, without the fence's indentation. */
  readonly text: string;
  /** JavaScript of as many lines: types and `export` blanked, exported async functions renamed. */
  readonly code: string;
  /** `text` without its types, of the same length. */
  readonly stripped: string;
  readonly lines: readonly Location[];
  readonly functions: readonly ExportedFunction[];
  /** Other names that it declares, and where. */
  readonly helpers: readonly { readonly name: string; readonly location: Location }[];
}

/** An exported function of a block. */
export interface ExportedFunction {
  readonly name: string;
  readonly implementation: string;
  readonly async: boolean;
  readonly node: FunctionNode;
  /** The inside of the JSDoc comment above it; `""` if there is none. */
  readonly documentation: string;
  readonly source: string;
  readonly location: Location;
  readonly line: SourceLine;
}

/** Removes types from TypeScript, each character replaced by a space. Throws `{ message, startLine, startColumn }`. */
export type StripTypes = (code: string) => string;

/** The language that a fence names, if it is one that can run here. */
export function codeLanguage(language: string): "ts" | "js" | "python" | undefined {
  if (language === "ts" || language === "typescript") return "ts";
  if (language === "js" || language === "javascript") return "js";
  return ["python", "py", "python3"].includes(language) ? "python" : undefined;
}

/** Loads what strips types. It takes some tens of milliseconds, so only programs with TypeScript pay for it. */
export async function loadStripTypes(): Promise<StripTypes> {
  const { transformSync } = await import("amaro");
  return (code) => transformSync(code, { mode: "strip-only" }).code;
}

/** Brackets within brackets: more would take the parsers to the end of their stacks. */
const maximumNesting = 500;

interface AnalyseOptions {
  readonly language: "ts" | "js";
  readonly strip: StripTypes | undefined;
  readonly problems: Problem[];
}

/** Analyses one block; `undefined` when it does not parse, which is then among the problems. */
export function analyseBlock(fence: FenceElement, options: AnalyseOptions): AnalysedBlock | undefined {
  try {
    return analyse(fence, options);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    options.problems.push(errorAt(fence.line, "Cannot read this code: it is nested too deeply"));
    return undefined;
  }
}

function analyse(fence: FenceElement, options: AnalyseOptions): AnalysedBlock | undefined {
  const source = fence.lines.map((line) => fence.indent === 0 ? line.text : dedent(line.text, fence.indent));
  const place = (row: number, column: number): { line: SourceLine; index: number } => {
    const line = fence.lines[Math.min(Math.max(row, 0), fence.lines.length - 1)] ?? fence.line;
    return { line, index: line.text.length - (source[row] ?? line.text).length + column };
  };
  const text = source.join("\n");
  const fail = (message: string, offset: { row: number; column: number }, length = 1) => {
    const { line, index } = place(offset.row, offset.column);
    options.problems.push({ severity: "error", message, location: locate(line, index), length });
  };

  if (nesting(text) > maximumNesting) {
    fail(`Cannot read this code: its brackets are nested more than ${maximumNesting} deep`, {
      row: 0,
      column: 0,
    });
    return undefined;
  }
  let stripped: string;
  try {
    stripped = options.language === "js" ? text : options.strip!(text);
  } catch (error) {
    if (error instanceof RangeError) throw error;
    const { message, startLine = 1, startColumn = 0 } = error as {
      message?: string;
      startLine?: number;
      startColumn?: number;
    };
    fail(`Cannot read this code: ${lowerFirst(message ?? messageOf(error))}`, {
      row: startLine - 1,
      column: startColumn,
    });
    return undefined;
  }
  const comments: Comment[] = [];
  let syntax: Syntax;
  try {
    syntax = parse(stripped, {
      ecmaVersion: "latest",
      sourceType: "module",
      allowAwaitOutsideFunction: true,
      onComment: comments,
    });
  } catch (error) {
    if (error instanceof RangeError) throw error;
    const loc = (error as { loc?: { line: number; column: number } }).loc ?? { line: 1, column: 0 };
    const message = messageOf(error).replace(/ \(\d+:\d+\)$/, "");
    fail(`Cannot read this code: ${lowerFirst(message)}`, { row: loc.line - 1, column: loc.column });
    return undefined;
  }
  const offsets = lineOffsets(text);
  const at = (offset: number) => {
    const row = rowOf(offsets, offset);
    return { row, column: offset - offsets[row]! };
  };
  const forbidden = (message: string, node: Node) =>
    fail(message, at(node.start), firstLine(text.slice(node.start, node.end)));
  const surroundings: Surroundings = { text, comments, at, place, forbidden };
  for (const { node, message } of faults(syntax)) forbidden(message, node);
  const { functions, helpers, edits } = readStatements(syntax, surroundings);
  return {
    language: options.language,
    text,
    code: applyEdits(stripped, edits),
    stripped,
    lines: source.map((_, row) => {
      const { line, index } = place(row, 0);
      return locate(line, index);
    }),
    functions,
    helpers,
  };
}

interface Surroundings {
  readonly text: string;
  readonly comments: readonly Comment[];
  readonly at: (offset: number) => { row: number; column: number };
  readonly place: (row: number, column: number) => { line: SourceLine; index: number };
  readonly forbidden: (message: string, node: Node) => void;
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What the top-level statements declare, and how the text changes so that it can be a function's body. */
function readStatements(syntax: Syntax, surroundings: Surroundings) {
  const functions: ExportedFunction[] = [];
  const helpers: { name: string; location: Location }[] = [];
  const edits: Edit[] = [];
  const { text, at, place, forbidden } = surroundings;
  const locationOf = (node: Node) => {
    const { row, column } = at(node.start);
    const { line, index } = place(row, column);
    return { line, location: locate(line, index) };
  };
  const listed = new Set<string>();
  for (const statement of syntax.body) {
    if (
      statement.type !== "ExportNamedDeclaration" || statement.declaration || statement.source
    ) continue;
    edits.push(blank(text, statement));
    for (const specifier of statement.specifiers) {
      const local = (specifier.local as { name?: string }).name;
      if (local === undefined || local !== (specifier.exported as { name?: string }).name) {
        forbidden(
          "An export cannot have another name: declare the function with the name of the playbook",
          specifier,
        );
      } else listed.add(local);
    }
  }

  const declareFunction = (id: AnyNode & { name: string }, node: FunctionNode, statement: Node) => {
    if (node.generator) {
      forbidden(`A generator cannot be a playbook: make "${id.name}" an async function`, id);
      return;
    }
    const implementation = node.async ? `${id.name}$playbook` : id.name;
    if (node.async) edits.push({ start: id.start, end: id.end, text: implementation });
    functions.push({
      name: id.name,
      implementation,
      async: node.async,
      node,
      documentation: commentAbove(statement, surroundings),
      source: text.slice(statement.start, statement.end),
      ...locationOf(statement),
    });
  };
  const declare = (declaration: AnyNode, statement: Node, exported: boolean) => {
    if (declaration.type === "FunctionDeclaration" || declaration.type === "ClassDeclaration") {
      const id = declaration.id as (AnyNode & { name: string }) | null;
      if (id === null) {
        forbidden("An exported function needs a name: it is the name of the playbook", declaration);
      } else if (declaration.type === "FunctionDeclaration" && (exported || listed.has(id.name))) {
        declareFunction(id, declaration, statement);
      } else helpers.push({ name: id.name, location: locationOf(id).location });
    } else if (declaration.type === "VariableDeclaration") {
      for (const { id, init } of declaration.declarations) {
        const made = init?.type === "ArrowFunctionExpression" || init?.type === "FunctionExpression";
        if (made && id.type === "Identifier" && (exported || listed.has(id.name))) {
          declareFunction(id, init, statement);
        } else for (const name of boundNames(id)) helpers.push({ name, location: locationOf(id).location });
      }
    }
  };

  for (const statement of syntax.body) {
    if (statement.type === "ExportNamedDeclaration" && statement.declaration) {
      edits.push({
        start: statement.start,
        end: statement.start + "export".length,
        text: " ".repeat("export".length),
      });
      declare(statement.declaration, statement, true);
    } else if (statement.type === "ExportDefaultDeclaration") {
      edits.push(blank(text, { start: statement.start, end: statement.declaration.start }));
      const { type } = statement.declaration;
      if (type === "FunctionDeclaration" || type === "ClassDeclaration") {
        declare(statement.declaration, statement, true);
      } else forbidden("An exported function needs a name: it is the name of the playbook", statement);
    } else declare(statement, statement, false);
  }
  return { functions, helpers, edits };
}

/** What a block may not do, wherever in it: it is no module of its own, and what it may reach is given to it. */
function faults(syntax: Syntax): { readonly node: Node; readonly message: string }[] {
  const found: { node: Node; message: string }[] = [];
  const visit = (node: AnyNode, inFunction: boolean): void => {
    if (/^Import(Declaration|Expression)$|^ExportAllDeclaration$/.test(node.type)) {
      found.push({
        node,
        message: "A code block cannot import: use the builtins, fetch and what the program declares",
      });
    } else if (node.type === "ExportNamedDeclaration" && node.source) {
      found.push({
        node,
        message: "A code block cannot import: use the builtins, fetch and what the program declares",
      });
    } else if (node.type === "MetaProperty" && node.meta.name === "import") {
      found.push({ node, message: "A code block has no import.meta: it is part of the program" });
    } else if (
      !inFunction && (node.type === "AwaitExpression" || (node.type === "ForOfStatement" && node.await))
    ) {
      found.push({
        node,
        message: "A code block cannot await outside of a function: put it into an exported one",
      });
    }
    const inner = inFunction || /Function/.test(node.type) || node.type === "StaticBlock";
    for (const child of children(node)) visit(child, inner);
  };
  visit(syntax, false);
  return found;
}

/** The JSDoc comment that ends right above a statement. */
function commentAbove(statement: Node, { comments, text }: Surroundings): string {
  const comment = comments.findLast((comment) => comment.end <= statement.start);
  if (comment === undefined || comment.type !== "Block" || !comment.value.startsWith("*")) return "";
  return text.slice(comment.end, statement.start).trim() === "" ? comment.value : "";
}

function applyEdits(text: string, edits: readonly Edit[]): string {
  let output = "";
  let position = 0;
  for (const edit of [...edits].sort((a, b) => a.start - b.start)) {
    output += text.slice(position, edit.start) + edit.text;
    position = edit.end;
  }
  return output + text.slice(position);
}

function blank(text: string, range: { readonly start: number; readonly end: number }): Edit {
  return { ...range, text: text.slice(range.start, range.end).replace(/[^\n]/g, " ") };
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

function firstLine(text: string): number {
  const end = text.indexOf("\n");
  return Math.max(1, end < 0 ? text.length : end);
}

function lowerFirst(text: string): string {
  return /^[A-Z][a-z]/.test(text) ? text.charAt(0).toLowerCase() + text.slice(1) : text;
}
