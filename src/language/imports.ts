import type { Problem, SourceFile } from "./program.ts";
import { errorAt, type SourceLine, splitLines } from "./source.ts";

/** Reads the file of `!import path` in the file `from`; returns `undefined` if there is no such file. */
export type ReadImport = (path: string, from: string) => SourceFile | RefusedImport | undefined;

/** A file that the program may not import, or that is not readable. */
export interface RefusedImport {
  /** A sentence about the file: `it is a folder`. */
  readonly reason: string;
  readonly hint?: string;
}

/** The maximum depth of imports. */
const maxDepth = 10;
/** The maximum of characters in one imported file. */
const maxFileLength = 1024 * 1024;
/** The maximum of characters in all imports. Files that import others twice grow exponentially. */
const maxTotalLength = 16 * 1024 * 1024;

const directive = /^(\s*)!import\s+(\S.*)$/;

/** Replaces each `!import` by the content of its file, with the directive's indentation. Problems name the chain of imports. */
export function expandImports(
  lines: readonly SourceLine[],
  options: { readonly readImport: ReadImport | undefined; readonly problems: Problem[] },
): SourceLine[] {
  const output: SourceLine[] = [];
  let total = 0;
  /** The mark of the code fence that is open. A file of code that is imported into it becomes a part of its text. */
  let fence: string | undefined;

  function add(line: SourceLine): void {
    output.push(line);
    const [, mark = "", info = ""] = /^\s*(`{3,}|~{3,})(.*)$/.exec(line.text) ?? [];
    if (mark === "") return;
    if (fence === undefined) fence = mark;
    else if (mark.startsWith(fence) && info.trim() === "") fence = undefined;
  }

  function expand(lines: readonly SourceLine[], chain: readonly string[]): void {
    for (const line of lines) {
      const match = directive.exec(line.text);
      if (match === null) {
        add(line);
        continue;
      }
      const path = unquote(match[2]!.split(/\s#/, 1)[0]!.trimEnd());
      const found = read(path, line, chain);
      if (found === undefined) continue;
      if (isCode(found.path) && fence === undefined) output.push(...asCodeBlock(found, line, match[1]!));
      else expand(inlined(found, line, match[1]!), [...chain, found.path]);
    }
  }

  function read(path: string, line: SourceLine, chain: readonly string[]): SourceFile | undefined {
    const fail = (message: string, hint?: string) => {
      options.problems.push(errorAt(line, "import", message, hint === undefined ? {} : { hint }));
      return undefined;
    };
    const from = chain[chain.length - 1]!;
    const found = /^https?:/i.test(path) ? undefined : options.readImport?.(path, from);
    if (found === undefined) {
      return fail(
        `Cannot import "${path}": file not found`,
        "Paths are looked up beside the importing file, then in the current folder",
      );
    }
    if ("reason" in found) return fail(`Cannot import "${path}": ${found.reason}`, found.hint);
    if (chain.includes(found.path)) {
      return fail(`Cannot import "${path}": it imports itself, ${[...chain, found.path].join(" → ")}`);
    }
    if (chain.length > maxDepth) {
      return fail(`Cannot import "${path}": more than ${maxDepth} imports deep, ${chain.join(" → ")}`);
    }
    if (found.text.length > maxFileLength) {
      return fail(`Cannot import "${path}": the file is larger than 1 MiB`);
    }
    if (found.text.includes("\0")) return fail(`Cannot import "${path}": it is not a text file`);
    total += found.text.length;
    if (total > maxTotalLength) {
      return fail(`Cannot import "${path}": all imports together are larger than 16 MiB`);
    }
    return found;
  }

  for (const run of byFile(lines)) {
    fence = undefined;
    expand(run, [run[0]!.file]);
  }
  return output;
}

/**
 * The candidate paths for `!import path` in the file `from`, in the order of lookup: beside that file, then in
 * `folders`.
 */
export function importCandidates(path: string, from: string, folders: readonly string[]): string[] {
  const plain = path.startsWith("file://") ? decodeURIComponent(path.slice("file://".length)) : path;
  if (plain.startsWith("/") || /^[A-Za-z]:[\\/]/.test(plain)) return [plain];
  const slash = Math.max(from.lastIndexOf("/"), from.lastIndexOf("\\"));
  const beside = slash < 0 ? plain : from.slice(0, slash + 1) + plain;
  return [...new Set([beside, ...folders.map((folder) => folder.replace(/[\\/]*$/, "/") + plain)])];
}

function inlined(file: SourceFile, directive: SourceLine, space: string): SourceLine[] {
  const lines = splitLines(file.text.replace(/^\uFEFF/, ""));
  if (lines[lines.length - 1] === "") lines.pop();
  return lines.map((text, index) => {
    const blank = text.trim() === "";
    return {
      text: blank ? "" : space + text,
      file: file.path,
      line: index + 1,
      indent: blank ? 0 : space.length,
      root: directive.root,
    };
  });
}

function isCode(path: string): boolean {
  return /\.[mc]?[tj]s$/i.test(path);
}

/** A file of code as a code block of the agent that imports it. */
function asCodeBlock(file: SourceFile, directive: SourceLine, space: string): SourceLine[] {
  const longest = Math.max(0, ...Array.from(file.text.matchAll(/`+/g), ([run]) => run.length));
  const fence = "`".repeat(Math.max(3, longest + 1));
  const language = /\.[mc]?ts$/i.test(file.path) ? "ts" : "js";
  const lines = inlined(file, directive, space);
  const edge = (text: string, line: number): SourceLine => ({
    ...{ text: space + text, file: file.path, line, indent: space.length },
    root: directive.root,
  });
  return [edge(fence + language, 1), ...lines, edge(fence, Math.max(1, lines.length))];
}

function unquote(path: string): string {
  return /^"[^"]*"$|^'[^']*'$/.test(path) ? path.slice(1, -1) : path;
}

function* byFile(lines: readonly SourceLine[]): Generator<SourceLine[]> {
  let run: SourceLine[] = [];
  for (const line of lines) {
    if (run.length > 0 && run[0]!.root !== line.root) {
      yield run;
      run = [];
    }
    run.push(line);
  }
  if (run.length > 0) yield run;
}
