import { exitCodes, PlaybooksError } from "../errors.ts";
import {
  formatProblems,
  parseProgram,
  type Problem,
  type ProblemCode,
  type Program,
  type ReadImport,
  type SourceFile,
} from "../language/mod.ts";
import { importKey, reservedNames, yieldingNames } from "../engine/mod.ts";
import { globalNames } from "../sandbox/mod.ts";
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
  const { program, problems } = await parseProgram(files, {
    readImport,
    builtins: reservedNames,
    checks: { globals: [...globalNames, ...yieldingNames] },
  });
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

/** The use of a program that it must be sound for. */
type ProgramUse =
  /** Its begin playbooks run. */
  | "begin"
  /** A call begins it, or nothing does: it needs no begin playbook. */
  | "call"
  /** It continues a session: a mistake that the session had before must not stop it. */
  | "continue";

/** Like {@linkcode readProgram}, but reports the problems and throws if one of them prevents the use. */
export async function requireProgram(
  paths: readonly string[],
  world: World,
  { use, ...access }: ProgramAccess & { readonly use: ProgramUse },
): Promise<ProgramSource> {
  return requireSound(await readProgram(paths, world, access), world, use);
}

/** Reports the problems of a program, and throws if one prevents the use. */
export function requireSound(source: ProgramSource, world: World, use: ProgramUse): ProgramSource {
  const problems = source.problems.flatMap((problem) => problemFor(use, problem));
  printProblems({ ...source, problems }, world);
  refuseErrors({ ...source, problems });
  return source;
}

/** Throws if a program that was read to continue a session has a problem that prevents this other use. */
export function requireBeginning(source: ProgramSource, world: World, use: "begin" | "call"): void {
  const isError = ({ severity }: Problem) => severity === "error";
  const added = source.problems.flatMap((problem) => problemFor(use, problem)).filter((problem) =>
    isError(problem) && !problemFor("continue", problem).some(isError)
  );
  printProblems({ ...source, problems: added }, world);
  refuseErrors({ ...source, problems: added });
}

function problemFor(use: ProgramUse, problem: Problem): Problem[] {
  if (use !== "begin" && beginningCodes.has(problem.code)) return [];
  return use === "continue" && laterCodes.has(problem.code)
    ? [{ ...problem, severity: "warning" }]
    : [problem];
}

/** Problems of a program that nothing begins. */
const beginningCodes: ReadonlySet<ProblemCode> = new Set(["document", "no-beginning"]);
/** Errors that only code which reaches them feels. Versions before 0.4 did not find them. */
const laterCodes: ReadonlySet<ProblemCode> = new Set([
  "placeholder",
  "private-playbook",
  "two-entries",
  "unknown-attendee",
  "unknown-name",
  "unknown-playbook",
]);

function refuseErrors(source: ProgramSource): void {
  const count = source.problems.filter(({ severity }) => severity === "error").length;
  if (count === 0) return;
  throw new PlaybooksError(
    `Cannot run ${source.paths.join(", ")}: ${
      count === 1 ? "one problem" : `${count} problems`
    }, shown above`,
    { exitCode: exitCodes.usage },
  );
}
