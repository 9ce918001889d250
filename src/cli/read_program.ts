import { exitCodes, PlaybooksError } from "../errors.ts";
import {
  formatProblems,
  parseProgram,
  type Problem,
  type Program,
  type ReadImport,
  type SourceFile,
} from "../language/mod.ts";
import { importKey, reservedNames } from "../engine/mod.ts";
import { defaultMaxFileKb } from "../engine/fold/settings.ts";
import { tell } from "../frontends/tell.ts";
import type { Config } from "./config.ts";
import { loadConfig } from "./load_config.ts";
import { expandPaths, importReader, type ProgramAccess, readFiles } from "./read_files.ts";
import type { World } from "./world.ts";

/** A program read from the disk. */
export interface ProgramSource {
  readonly program: Program;
  readonly problems: readonly Problem[];
  /** The named files, in order, each once. */
  readonly files: readonly SourceFile[];
  /** Texts of these files and of all their imports, by path. */
  readonly texts: ReadonlyMap<string, string>;
  /** Files that `!import` read. `key` names the directive, so that the program can be parsed again without the disk. */
  readonly imports: readonly { readonly key: string; readonly path: string; readonly text: string }[];
  /** Their paths, as named. */
  readonly paths: readonly string[];
  /** Whether a problem prevents the program from running. */
  readonly broken: boolean;
}

/** The read access of a program under a configuration. */
export function accessOf({ runtime }: Pick<Config, "runtime">): ProgramAccess {
  return { folders: runtime.permissions.read, maxFileKb: runtime.limits.maxFileKb ?? defaultMaxFileKb };
}

/** Calls {@linkcode readProgram} with the configuration for the program's folder. */
export async function readConfigured(
  patterns: readonly string[],
  options: { readonly config?: string },
  world: World,
): Promise<ProgramSource> {
  const paths = expandPaths(patterns, world.cwd);
  const config = loadConfig({ ...(paths[0] ? { programFile: paths[0] } : {}), ...options }, world);
  return await readProgram(paths, world, accessOf(config));
}

/**
 * Reads and parses the program of `paths`, whose patterns are expanded. Throws a `PlaybooksError` (exit code 2) if a file
 * cannot be read. Creates nothing.
 */
async function readProgram(
  paths: readonly string[],
  world: World,
  access: ProgramAccess,
): Promise<ProgramSource> {
  const files = readFiles(paths, world.cwd, access);
  const texts = new Map(files.map(({ path, text }) => [path, text]));
  const imports: { key: string; path: string; text: string }[] = [];
  const read = importReader(paths, world.cwd, access);
  const readImport: ReadImport = (path, from) => {
    const file = read(path, from);
    if (file !== undefined && !("reason" in file)) {
      texts.set(file.path, file.text);
      imports.push({ key: importKey(path, from), path: file.path, text: file.text });
    }
    return file;
  };
  const { program, problems } = await parseProgram(files, { readImport, builtins: reservedNames });
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

/** Whether a program reads `$startup_message`, so that it takes all of standard input. */
export function takesStartupMessage(texts: Iterable<string>): boolean {
  return [...texts].some((text) => /\$startup_message\b|state\.startup_message\b/.test(text));
}

/** Prints the problems of a program with their source lines to standard error. */
export function printProblems({ problems, texts }: ProgramSource, world: World): void {
  if (problems.length > 0) tell(world.stderr, `${formatProblems(problems, texts).trimEnd()}\n`);
}

/** Like {@linkcode readProgram}, but reports the problems and throws if one of them is an error. */
export async function requireProgram(
  paths: readonly string[],
  world: World,
  access: ProgramAccess,
): Promise<ProgramSource> {
  return requireSound(await readProgram(paths, world, access), world);
}

/** Reports the problems of a program, and throws if one is an error. */
export function requireSound(source: ProgramSource, world: World): ProgramSource {
  printProblems(source, world);
  if (!source.broken) return source;
  const count = source.problems.filter(({ severity }) => severity === "error").length;
  throw new PlaybooksError(
    `Cannot run ${source.paths.join(", ")}: ${
      count === 1 ? "one problem" : `${count} problems`
    }, shown above`,
    { exitCode: exitCodes.usage },
  );
}
