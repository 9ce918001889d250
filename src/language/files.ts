import { takeFrontMatter } from "./front_matter.ts";
import { expandImports, type ReadImport } from "./imports.ts";
import type { ProblemCode } from "./problem_codes.ts";
import type { Problem, SourceFile } from "./program.ts";
import { errorAt, type SourceLine, splitLines } from "./source.ts";

/** The options of {@linkcode parseProgram}. */
export interface ParseOptions {
  /** Reads the file of an `!import`. If absent, every import is missing. */
  readonly readImport?: ReadImport;
  /** Names of builtins. Playbooks and agents cannot have these names; placeholders may call them. */
  readonly builtins?: readonly string[];
  /**
   * Also finds names that nothing defines. `globals` are the names that code can use besides the builtins. Without it, only
   * mistakes that change the reading are found, as for a program of a session.
   */
  readonly checks?: { readonly globals: readonly string[] };
}

/** The maximum of characters in one file. */
const maxFileLength = 4 * 1024 * 1024;

/** All lines of a program, with expanded imports and without front matter. */
interface Source {
  readonly lines: readonly SourceLine[];
  readonly frontMatter: Readonly<Record<string, unknown>>;
  readonly isEmpty: boolean;
}

/** Reads the files of a program in their order. An unreadable file becomes a problem and is left out. */
export function readProgramFiles(
  files: readonly SourceFile[],
  options: ParseOptions & { readonly problems: Problem[] },
): Source {
  const { problems } = options;
  const lines: (readonly SourceLine[])[] = [];
  const frontMatter: Record<string, unknown> = {};
  const firstIn = new Map<string, string>();
  let isEmpty = true;
  for (const [root, { path, text }] of files.entries()) {
    const refuse = (code: ProblemCode, message: string) =>
      problems.push({
        severity: "error",
        code,
        message,
        location: { file: path, line: 1, column: 1 },
        length: 1,
      });
    if (text.includes("\0")) {
      refuse("not-text", "This is not a text file");
      isEmpty = false;
      continue;
    }
    if (text.length > maxFileLength) {
      refuse("too-large", "This file is larger than 4 MiB: that is no program");
      isEmpty = false;
      continue;
    }
    const all = splitLines(text.replace(/^\uFEFF/, "")).map((text, index) => ({
      text,
      file: path,
      line: index + 1,
      indent: 0,
      root,
    }));
    const own = all[0]!.text.startsWith("#!") ? all.slice(1) : all;
    if (own.some((line) => line.text.trim() !== "")) isEmpty = false;
    const { data, rest } = takeFrontMatter(own, problems);
    for (const [key, { value, line }] of data) {
      const other = firstIn.get(key);
      if (other === undefined) frontMatter[key] = value;
      else {problems.push(
          errorAt(line, "duplicate-key", `Duplicate front matter key "${key}": ${other} has it, too`, {
            length: key.length,
          }),
        );}
      firstIn.set(key, other ?? path);
    }
    lines.push(isNumbered(path) ? rest : expandImports(rest, { readImport: options.readImport, problems }));
  }
  return { lines: lines.flat(), frontMatter, isEmpty };
}

/** Whether a file has the numbered form, by its name. */
export function isNumbered(path: string): boolean {
  return /\.pbasm$/i.test(path);
}
