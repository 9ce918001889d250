import { exitCodes, PlaybooksError } from "../errors.ts";
import {
  formatProblems,
  parseProgram,
  type Problem,
  type Program,
  type ReadImport,
  type SourceFile,
} from "../program/mod.ts";
import { importKey } from "../runtime/mod.ts";
import { tell } from "../ui/tell.ts";
import { importReader, readFiles } from "./read_files.ts";
import type { World } from "./world.ts";

/** A program as it was read from the disk. */
export interface ProgramSource {
  readonly program: Program;
  readonly problems: readonly Problem[];
  /** The files named, in order, once each. */
  readonly files: readonly SourceFile[];
  /** Texts of these and of all files that they import, by path. */
  readonly texts: ReadonlyMap<string, string>;
  /** What `!import` read; `key` names the directive, so that the program can be parsed again without the disk. */
  readonly imports: readonly { readonly key: string; readonly path: string; readonly text: string }[];
  /** Their paths, as named. */
  readonly paths: readonly string[];
  /** Whether a problem keeps the program from running. */
  readonly broken: boolean;
}

/** Reads and parses a program. Throws a `PlaybooksError` (exit code 2) when a file cannot be read; creates nothing. */
export async function readProgram(paths: readonly string[], world: World): Promise<ProgramSource> {
  const files = readFiles(paths, world.cwd);
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const imports: { key: string; path: string; text: string }[] = [];
  const read = importReader(world.cwd);
  const readImport: ReadImport = (path, from) => {
    const file = read(path, from);
    if (file !== undefined) {
      texts.set(file.path, file.text);
      imports.push({ key: importKey(path, from), path: file.path, text: file.text });
    }
    return file;
  };
  const { program, problems } = await parseProgram(files, { readImport });
  return {
    program,
    problems,
    files,
    texts,
    imports,
    paths: files.map(({ path }) => path),
    broken: problems.some(({ severity }) => severity === "error"),
  };
}

/** Prints the problems of a program with their source lines to standard error. */
export function tellProblems({ problems, texts }: ProgramSource, world: World): void {
  if (problems.length > 0) tell(world.stderr, `${formatProblems(problems, texts).trimEnd()}\n`);
}

/** As {@linkcode readProgram}, for who needs a program that can run: tells the problems, throws if one is an error. */
export async function requireProgram(paths: readonly string[], world: World): Promise<ProgramSource> {
  const source = await readProgram(paths, world);
  tellProblems(source, world);
  if (!source.broken) return source;
  const count = source.problems.filter(({ severity }) => severity === "error").length;
  throw new PlaybooksError(
    `Cannot run ${source.paths.join(", ")}: ${
      count === 1 ? "one problem" : `${count} problems`
    }, shown above`,
    { exitCode: exitCodes.usage },
  );
}
