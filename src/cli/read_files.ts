import { globSync } from "node:fs";
// @ts-types="#types/path.d.ts"
import { normalize, resolve } from "@std/path";
import { exitCodes, messageOf, PlaybooksError } from "../errors.ts";
import { importCandidates, type ReadImport, type SourceFile } from "../program/mod.ts";

/** More is no program that a person wrote. */
const maximumBytes = 4 * 1024 * 1024;
/** What an import may hold, and one byte more, by which the parser sees that it is too large. */
const maximumImportBytes = 1024 * 1024 + 1;

/**
 * Reads program files in the order named; a pattern that the shell left alone (`*.pb`) is expanded, and a file that is
 * named twice is read once. Throws one `PlaybooksError` (exit code 2) that names every file that cannot be read.
 */
export function readFiles(paths: readonly string[], cwd: string): readonly SourceFile[] {
  const faults: string[] = [];
  const files = new Map<string, SourceFile>();
  for (const path of paths.flatMap((pattern) => expand(pattern, cwd))) {
    const absolute = resolve(cwd, path);
    if (files.has(absolute)) continue;
    const read = readText(absolute);
    if (typeof read === "string") faults.push(`${path} ${read}`);
    else files.set(absolute, { path, text: read.text });
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

/** What `!import` reads: beside the importing file, then in the current folder. */
export function importReader(cwd: string): ReadImport {
  return (path, from) => {
    for (const candidate of importCandidates(path, from, [cwd])) {
      const text = readImported(resolve(cwd, candidate));
      if (text !== undefined) return { path: normalize(candidate), text };
    }
    return undefined;
  };
}

function unreadable(reason: string): PlaybooksError {
  return new PlaybooksError(`Cannot read the program: ${reason}`, { exitCode: exitCodes.usage });
}

/** The files that a pattern means, sorted; a file that is really called so means itself. */
function expand(pattern: string, cwd: string): readonly string[] {
  if (!/[*?[]/.test(pattern) || exists(resolve(cwd, pattern))) return [pattern];
  const found = globSync(pattern, { cwd }).filter((path) => !isFolder(resolve(cwd, path))).sort();
  if (found.length === 0) throw unreadable(`no file matches ${pattern}`);
  return found;
}

/** The text of a program file, or what is wrong with it, to stand behind its name. */
function readText(path: string): { readonly text: string } | string {
  try {
    if (isFolder(path)) return "is a folder; name the files in it";
    const bytes = readAtMost(path, maximumBytes + 1);
    if (bytes.length > maximumBytes) return `is larger than ${maximumBytes / 1024 / 1024} MiB`;
    if (bytes.includes(0)) return "is not a text file";
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes) };
  } catch (error) {
    if (isMissing(error)) return "is not there";
    if (error instanceof TypeError) return "is not a text file in UTF-8";
    return `cannot be opened: ${messageOf(error)}`;
  }
}

/** The text of an imported file, as it is: what is wrong with it is a problem of the program, with a place. */
function readImported(path: string): string | undefined {
  try {
    return isFolder(path) ? undefined : new TextDecoder().decode(readAtMost(path, maximumImportBytes));
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw unreadable(`${path}, which it imports, cannot be opened: ${messageOf(error)}`);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory;
}

/** Reads no more than `most` bytes, so that a huge file, or a device without end, is not swallowed whole. */
function readAtMost(path: string, most: number): Uint8Array {
  using file = Deno.openSync(path);
  const chunks: Uint8Array[] = [];
  let length = 0;
  while (length < most) {
    const chunk = new Uint8Array(Math.min(65536, most - length));
    const count = file.readSync(chunk);
    if (count === null) break;
    chunks.push(chunk.subarray(0, count));
    length += count;
  }
  const bytes = new Uint8Array(length);
  chunks.reduce((at, chunk) => (bytes.set(chunk, at), at + chunk.length), 0);
  return bytes;
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
  }
}

function isFolder(path: string): boolean {
  return Deno.statSync(path).isDirectory;
}
