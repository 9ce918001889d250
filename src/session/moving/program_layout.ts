import { posix } from "node:path";
import type { Source } from "../../engine/mod.ts";

/** A program's files, by their paths below one folder. */
export interface ProgramLayout {
  /** The files that a user names, then those that they import; each once. */
  readonly files: readonly { readonly path: string; readonly text: string }[];
  /** The number of the files that a user names. */
  readonly named: number;
  /** The folder, from the folder in which the files were named; absent if it is not below that. */
  readonly folder?: string;
}

/**
 * Lays out a program of the journal so that it can be put into another folder. Returns `undefined` if that is not
 * possible: an import is named by its absolute path, or is outside the folders of the files that a user names.
 *
 * `realPaths` are the absolute paths of the named files; they tell the folder from which the names count.
 */
export function programLayout(source: Source, realPaths: readonly string[]): ProgramLayout | undefined {
  const { files, imports } = source;
  const isAbsolute = ({ key }: { readonly key: string }) =>
    posix.isAbsolute(slashed(key.split("\n")[1] ?? ""));
  if (imports.some(isAbsolute)) return undefined;
  const root = rootOf(files, realPaths.map(slashed));
  const absolute = ({ path, text }: { readonly path: string; readonly text: string }) => ({
    path: posix.resolve(root, slashed(path)),
    text,
  });
  const named = files.map(absolute);
  const folders = named.map(({ path }) => posix.dirname(path));
  const all = new Map(named.map(({ path, text }) => [path, text]));
  for (const { path, text } of imports.map(absolute)) {
    if (!folders.some((folder) => isIn(path, folder))) return undefined;
    if (!all.has(path)) all.set(path, text);
  }
  const folder = folders.reduce(commonFolder);
  const below = posix.relative(root, folder);
  return {
    files: Array.from(all, ([path, text]) => ({ path: posix.relative(folder, path), text })),
    named: new Set(named.map(({ path }) => path)).size,
    ...(below.startsWith("..") || posix.isAbsolute(below) ? {} : { folder: below }),
  };
}

/**
 * The faults of paths that a file from elsewhere gives: each must lead to a file of its own below a folder, on every
 * system. Returns the first fault, as a phrase.
 */
export function layoutFault(paths: readonly string[]): string | undefined {
  if (paths.length > maxFiles) return `has more than ${maxFiles} program files`;
  const seen = new Set<string>();
  for (const path of paths) {
    const parts = path.split("/");
    if (path.length > maxPathLength || !parts.every((part) => isPlainName(part))) {
      return `has the path ${JSON.stringify(path)}, which is not a plain path below a folder`;
    }
    const folded = foldedName(path);
    if (seen.has(folded)) return `has the path ${JSON.stringify(path)} twice`;
    seen.add(folded);
  }
  for (const path of seen) {
    for (let folder = posix.dirname(path); folder !== "."; folder = posix.dirname(folder)) {
      if (seen.has(folder)) return `has the path ${JSON.stringify(path)} below a file`;
    }
  }
  return undefined;
}

/** Names of devices on Windows, and names that its programs change. */
const windowsName = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)|[. ]$/i;
// deno-lint-ignore no-control-regex -- control characters are refused
const oddCharacter = /[\x00-\x1f\x7f-\x9f\\:*?"<>|\u2028-\u202e\u2066-\u2069]/;
const maxPathLength = 500;
const maxFiles = 1000;

/** Hidden names and settings are refused: a file such as `.env` or `playbooks.toml` would change what the folder means. */
function isPlainName(name: string): boolean {
  const folded = foldedName(name);
  return name !== "" && name.length <= 200 && !folded.startsWith(".") && !folded.startsWith("-") &&
    name.isWellFormed() && folded !== "playbooks.toml" &&
    !oddCharacter.test(name) && !windowsName.test(name);
}

/** Names with the same result can be one file: some systems ignore case, and characters that nobody sees. */
function foldedName(name: string): string {
  return name.replaceAll(/\p{Default_Ignorable_Code_Point}/gu, "").normalize("NFKD").toUpperCase()
    .toLowerCase();
}

/** The folder from which relative names count: the rest of a real path that ends with one. */
function rootOf(files: Source["files"], realPaths: readonly string[]): string {
  for (const { path } of files) {
    const name = posix.normalize(slashed(path));
    if (posix.isAbsolute(name) || name.startsWith("..")) continue;
    const real = realPaths.find((each) => each.endsWith(`/${name}`));
    if (real !== undefined) return real.slice(0, -name.length - 1) || "/";
  }
  // Deep enough for names that begin with some `..`.
  return "/a/b/c/d/e/f/g/h";
}

function commonFolder(a: string, b: string): string {
  let folder = a;
  while (!isIn(b, folder)) folder = posix.dirname(folder);
  return folder;
}

function isIn(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith("/") ? folder : `${folder}/`);
}

/** A path with `/` in place of `\` and without a drive. */
function slashed(path: string): string {
  return path.replace(/^[A-Za-z]:(?=[\\/])/, "").replaceAll("\\", "/");
}
