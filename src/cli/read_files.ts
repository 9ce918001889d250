import { expandGlobSync } from "@std/fs/expand-glob";
import { dirname, isAbsolute, normalize, relative, resolve } from "@std/path";
import { exitCodes, PlaybooksError } from "../errors.ts";
import { FileError, type ReadableFolder, readBoundedText } from "../files/mod.ts";
import { importCandidates, type ReadImport, type RefusedImport, type SourceFile } from "../language/mod.ts";
import { isThere } from "./is_there.ts";

/** Maximum size of a program file under all settings, because the parser refuses more. */
const maximumBytes = 4 * 1024 * 1024;
/** Maximum size of an imported file. */
const maximumImportBytes = 1024 * 1024;

/** The files that a program may read. */
export interface ProgramAccess {
  /** Folders of `[permissions] read`, from which imports may also come. */
  readonly folders: readonly string[];
  /** `max_file_kb`. */
  readonly maxFileKb: number;
}

/** The paths of a command line, in order. A pattern that the shell did not expand (`*.pb`) is expanded. */
export function expandPaths(paths: readonly string[], cwd: string): readonly string[] {
  return paths.flatMap((pattern) => expand(pattern, cwd));
}

/**
 * Reads program files in the given order, each once, also if a link names it again. Throws one `PlaybooksError` (exit code 2)
 * that names every unreadable file.
 */
export function readFiles(
  paths: readonly string[],
  cwd: string,
  { maxFileKb }: Pick<ProgramAccess, "maxFileKb">,
): readonly SourceFile[] {
  const faults: string[] = [];
  const files = new Map<string, SourceFile>();
  for (const path of paths) {
    const absolute = resolve(cwd, path);
    const file = withoutLinks(absolute);
    if (files.has(file)) continue;
    const read = readText(absolute, Math.min(maximumBytes, maxFileKb * 1024));
    if (typeof read === "string") faults.push(`${path} ${read}`);
    else files.set(file, { path, text: read.text });
  }
  if (faults.length > 0) throw unreadable(faults.join("; "));
  const texts = [...files.values()];
  if (texts.every(({ text }) => text.trim() === "")) {
    throw unreadable(
      texts.length === 1
        ? `${texts[0]!.path} is empty`
        : `${texts.map(({ path }) => path).join(", ")} are all empty`,
    );
  }
  return texts;
}

/**
 * Reads files for `!import` in the program files `paths`: beside the importing file, then in the current folder. The file
 * must be below the folder of a program file, or below a folder of the access. A program file has the same path here as in
 * `paths`, so that the parser knows it again.
 */
export function importReader(paths: readonly string[], cwd: string, access: ProgramAccess): ReadImport {
  const within: ReadableFolder[] = [
    ...paths.map((path) => ({ path: dirname(resolve(cwd, path)), visibleOnly: true })),
    ...access.folders.map((path) => ({ path, visibleOnly: false })),
  ];
  const maxBytes = Math.min(maximumImportBytes, access.maxFileKb * 1024);
  // The first name of a file counts, as in `readFiles`.
  const programFiles = new Map(paths.toReversed().map((path) => [withoutLinks(resolve(cwd, path)), path]));
  return (path, from) => {
    let refused: RefusedImport | undefined;
    for (const candidate of importCandidates(path, from, [cwd])) {
      try {
        const file = resolve(cwd, candidate);
        const text = readBoundedText(file, { maxBytes, within });
        return { path: programFiles.get(withoutLinks(file)) ?? normalize(candidate), text };
      } catch (error) {
        if (!(error instanceof FileError)) throw error;
        if (error.fault === "missing" || !isThere(resolve(cwd, candidate))) continue;
        const isClosed = error.fault === "outside" || error.fault === "hidden";
        refused ??= {
          reason: `it ${error.message}`,
          ...(isClosed ? { hint: "Add its folder to read under [permissions] in playbooks.toml" } : {}),
        };
      }
    }
    return refused;
  };
}

/** The path of the file itself. A path that leads to no file stays as it is. */
function withoutLinks(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    return path;
  }
}

function unreadable(reason: string): PlaybooksError {
  return new PlaybooksError(`Cannot read the program: ${reason}`, { exitCode: exitCodes.usage });
}

/** The files that a pattern matches, sorted. If a file has the pattern as its name, only that file. */
function expand(pattern: string, cwd: string): readonly string[] {
  if (!/[*?[]/.test(pattern) || isThere(resolve(cwd, pattern))) return [pattern];
  const found = Array.from(
    expandGlobSync(pattern, { root: cwd, includeDirs: false }),
    ({ path }) => isAbsolute(pattern) ? path : relative(cwd, path),
  ).filter((path) => !isHidden.test(path) || isHidden.test(pattern)).filter((path) =>
    !isFolder(resolve(cwd, path))
  ).sort();
  if (found.length === 0) throw unreadable(`no file matches ${pattern}`);
  return found;
}

/** A part of a path that begins with a dot. As in a shell, only a pattern with such a part matches it. */
const isHidden = /(^|[/\\])\.[^./\\]/;

/** The text of a program file, or an error text to follow its name. */
function readText(path: string, maxBytes: number): { readonly text: string } | string {
  try {
    const text = readBoundedText(path, { maxBytes });
    return text.includes("\0") ? "is not a text file" : { text };
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    if (error.fault === "folder") return "is a folder; name the files in it";
    if (error.fault === "special" || error.fault === "system" || isDescriptor(path)) {
      return `${error.message}; save the program in a file and name that`;
    }
    return error.message;
  }
}

/** Whether a path names an open file of a process, as a shell writes it for `<(…)`. */
function isDescriptor(path: string): boolean {
  return /^\/(dev|proc\/\w+)\/fd\//.test(path);
}

function isFolder(path: string): boolean {
  return Deno.statSync(path).isDirectory;
}
