import fs from "node:fs";
import { SEPARATOR } from "@std/path";
import { messageOf } from "../errors.ts";

/** Why a file was not read. */
export type FileFault =
  | "missing"
  | "folder"
  /** A pipe, a device or a socket. */
  | "special"
  /** A virtual file, such as /dev/stdin or a file of /proc. Deno does not let us inspect it. */
  | "system"
  /** Not below one of the folders that may be read. */
  | "outside"
  /** Below such a folder, but with a part of the path that begins with a dot. */
  | "hidden"
  /** In the storage of sessions, which code never writes. */
  | "closed"
  /** A file of the program itself, which code writes only if it is named exactly. */
  | "guarded"
  | "large"
  /** Another process replaced it while it was read. */
  | "changing"
  | "encoding"
  | "unreadable";

/** A file that was not read. The message is a phrase that follows the file's name: `is a folder`. */
export class FileError extends Error {
  override readonly name = "FileError";
  readonly fault: FileFault;

  constructor(fault: FileFault, message: string) {
    super(message);
    this.fault = fault;
  }
}

/** A folder, or one file, from which files may be read. */
export interface ReadableFolder {
  /** Absolute; links in it are followed. */
  readonly path: string;
  /** Files and folders in it whose names begin with a dot stay closed: `.env`, `.git`, `.checkpoints`. */
  readonly visibleOnly: boolean;
}

/** The bounds of a read. */
export interface BoundedRead {
  readonly maxBytes: number;
  /** The file must be below one of these by its real path. Any path is allowed if absent. */
  readonly within?: readonly ReadableFolder[];
}

/**
 * Reads a file that may be hostile. Throws a {@linkcode FileError}.
 *
 * - It never waits: it refuses a pipe or a device before opening it, and checks again afterwards.
 * - It counts bytes while it reads: a file may grow, be sparse, or claim to be empty.
 * - It checks the opened file: a path may lead elsewhere between a check and the opening.
 */
function readBoundedFile(path: string, read: BoundedRead): Uint8Array {
  for (let attempt = 1;; attempt++) {
    try {
      return readOnce(path, read);
    } catch (error) {
      // An editor may replace the file when it saves. The next attempt then reads the new file.
      const isChanging = error instanceof FileError && error.fault === "changing";
      if (!isChanging || attempt === attempts) throw error;
    }
  }
}

/** As {@linkcode readBoundedFile}, for text in UTF-8. A byte order mark is left out. */
export function readBoundedText(path: string, read: BoundedRead): string {
  const bytes = readBoundedFile(path, read);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    throw new FileError("encoding", "is not a text file in UTF-8");
  }
}

/** Whether `path` is `folder` or below it. Both are absolute and contain no links. */
export function isBelow(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(SEPARATOR) ? folder : folder + SEPARATOR);
}

function readOnce(path: string, { maxBytes, within }: BoundedRead): Uint8Array {
  const real = within === undefined ? path : realPathWithin(path, within);
  // Opening a device may have an effect, so check the kind first.
  requireRegular(onDisk(() => fs.statSync(real)));
  // Do not block: the file may be a pipe by now.
  const file = onDisk(() => fs.openSync(real, fs.constants.O_RDONLY | (fs.constants.O_NONBLOCK ?? 0)));
  try {
    const opened = onDisk(() => fs.fstatSync(file));
    requireRegular(opened);
    if (within !== undefined) requireSame(real, opened);
    if (opened.size > maxBytes) throw tooLarge(maxBytes);
    return readAll(file, maxBytes);
  } finally {
    fs.closeSync(file);
  }
}

/** The real path of a file, which must be below one of the folders. Throws a {@linkcode FileError}. */
export function realPathWithin(path: string, within: readonly ReadableFolder[]): string {
  const folders = within.map((folder) => ({ ...folder, path: realOrSame(folder.path) }));
  let real: string;
  try {
    real = onDisk(() => Deno.realPathSync(path));
  } catch (error) {
    // The error must not reveal whether a file outside exists.
    if ([...within, ...folders].some((folder) => isBelow(path, folder.path))) throw error;
    throw outside();
  }
  const around = folders.filter((folder) => isBelow(real, folder.path));
  if (around.length === 0) throw outside();
  if (around.every((folder) => folder.visibleOnly && isHiddenBelow(real, folder.path))) {
    throw new FileError("hidden", "has a name that begins with a dot, or is in such a folder");
  }
  return real;
}

/** Whether a part of the path below the folder begins with a dot. */
export function isHiddenBelow(path: string, folder: string): boolean {
  return path.slice(folder.length).split(SEPARATOR).some((name) => name.startsWith("."));
}

/** Whether names that begin with a dot stay closed in a folder, given by its real path. */
export function hidesDotNames(real: string, within: readonly ReadableFolder[]): boolean {
  return within.every(({ path, visibleOnly }) => visibleOnly || !isBelow(real, realOrSame(path)));
}

/**
 * Throws unless the opened file is the one at `real`, and no part of that path is a link.
 *
 * The checks are several calls, so another process may change the path between them and change it back. To stay
 * undetected, it must hit each of many gaps of a few microseconds. Linux names an opened file in /proc, but Deno allows
 * that only to programs with all permissions.
 */
function requireSame(real: string, opened: fs.Stats): void {
  for (let round = 0; round < rounds; round++) {
    if (!isSameFile(real, opened)) throw new FileError("changing", "was replaced while it was read");
  }
}

/** Whether a real path leads to an opened file, and no part of it is a link. */
export function isSameFile(real: string, opened: fs.Stats): boolean {
  const entry = onDisk(() => fs.lstatSync(real));
  const isSame = entry.isFile() && entry.ino === opened.ino && entry.dev === opened.dev;
  return isSame && onDisk(() => Deno.realPathSync(real)) === real;
}

function readAll(file: number, maxBytes: number): Uint8Array {
  const chunks: Uint8Array[] = [];
  let length = 0;
  for (;;) {
    // Read one byte more than allowed, to detect a file that is too large.
    const chunk = new Uint8Array(Math.min(chunkBytes, maxBytes + 1 - length));
    const count = onDisk(() => fs.readSync(file, chunk));
    if (count === 0) break;
    length += count;
    if (length > maxBytes) throw tooLarge(maxBytes);
    chunks.push(chunk.subarray(0, count));
  }
  const bytes = new Uint8Array(length);
  chunks.reduce((at, chunk) => (bytes.set(chunk, at), at + chunk.length), 0);
  return bytes;
}

export function requireRegular(info: fs.Stats): void {
  if (info.isFile()) return;
  if (info.isDirectory()) throw new FileError("folder", "is a folder");
  const kind = info.isFIFO() ? "a pipe" : info.isSocket() ? "a socket" : "a device";
  throw new FileError("special", `is ${kind}, not a regular file`);
}

function outside(): FileError {
  return new FileError("outside", "is outside the program's folder");
}

function tooLarge(maxBytes: number): FileError {
  return new FileError("large", `is larger than ${sizeInWords(maxBytes)}`);
}

function sizeInWords(bytes: number): string {
  return bytes % (1024 * 1024) === 0 ? `${bytes / 1024 / 1024} MiB` : `${Math.floor(bytes / 1024)} KiB`;
}

/** The real path of a file; the path itself if there is none. */
export function realOrSame(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    return path;
  }
}

/** Runs a file operation and converts its errors to a {@linkcode FileError}. */
export function onDisk<Value>(action: () => Value): Value {
  try {
    return action();
  } catch (error) {
    if (error instanceof FileError) throw error;
    // A path with a NUL character gives a TypeError.
    if (isMissing(error) || error instanceof TypeError) throw new FileError("missing", "is not there");
    if (error instanceof Deno.errors.NotCapable) {
      throw new FileError("system", "is a file of the system, not a regular file");
    }
    throw new FileError("unreadable", `cannot be opened: ${messageOf(error)}`);
  }
}

function isMissing(error: unknown): boolean {
  if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return true;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  return code === "ENOENT" || code === "ENOTDIR";
}

/** Attempts for a file that other processes replace meanwhile. */
const attempts = 3;
/** One round takes about 8 µs. The chance that a change passes all rounds is below 1 in 2 ** 32. */
const rounds = 16;
const chunkBytes = 65536;
