import fs from "node:fs";
import { basename, dirname, join, SEPARATOR } from "@std/path";
import { FileError, isBelow, isHiddenBelow, isSameFile, realOrSame, requireRegular } from "./bounded_file.ts";
import { messageOf } from "../errors.ts";

/** Where code may write. All paths are absolute. */
export interface WriteAccess {
  /** Folders and files that may be written. Names in a folder that begin with a dot stay closed. */
  readonly within: readonly string[];
  /** Folders that stay closed, whatever `within` says. */
  readonly closed: readonly string[];
  /** Files that are open only if `within` names exactly them. */
  readonly guarded: readonly string[];
  readonly maxBytes: number;
}

/** An append that may have happened before. */
interface EarlierAppend {
  /** The length of the file before it. */
  readonly from: number;
}

/**
 * Writes a file whole: into a new file beside it, which then takes its name. So the file always has the old or the new
 * content, and a repetition changes nothing. Throws a {@linkcode FileError}.
 *
 * `token` names the new file. A repetition after a kill has the same one, so it removes what is left of the first.
 */
export function overwriteFile(path: string, text: string, access: WriteAccess, token: string): void {
  const bytes = encoded(text, access.maxBytes);
  const target = targetWithin(path, access);
  makeFolders(target);
  const aside = join(dirname(target.path), `.playbooks-${token}.tmp`);
  toDisk(() => fs.rmSync(aside, { force: true }));
  const file = toDisk(() => fs.openSync(aside, exclusive, 0o666));
  try {
    try {
      if (target.existing !== undefined) toDisk(() => fs.chmodSync(aside, target.existing!.mode & 0o777));
      requireSamePlace(aside, file);
      writeAll(file, bytes);
      toDisk(() => fs.fsyncSync(file));
    } finally {
      fs.closeSync(file);
    }
    requireSameTarget(target);
    toDisk(() => fs.renameSync(aside, target.path));
  } catch (error) {
    fs.rmSync(aside, { force: true });
    throw error;
  }
  syncFolder(dirname(target.path));
}

/**
 * Appends to a file, which is made if it is not there. Throws a {@linkcode FileError}. With `earlier`, the file shows
 * whether it was done before: then it is completed, or nothing is done. Returns `unclear` if the file does not show it.
 */
export function appendToFile(
  path: string,
  text: string,
  access: WriteAccess,
  earlier?: EarlierAppend,
): "done" | "unclear" {
  const bytes = encoded(text, access.maxBytes);
  const target = targetWithin(path, access);
  makeFolders(target);
  const flags = target.existing === undefined ? exclusive : appending;
  const file = toDisk(() => fs.openSync(target.path, flags, 0o666));
  try {
    const info = toDisk(() => fs.fstatSync(file));
    requireRegular(info);
    requireSamePlace(target.path, file);
    if (info.nlink > 1) throw new FileError("special", "has several names (hard links)");
    const rest = earlier === undefined ? bytes : restOf(bytes, earlier, target.path, info.size);
    if (rest === undefined) return "unclear";
    if (info.size + rest.length > access.maxBytes) throw tooLargeToWrite(access.maxBytes);
    try {
      writeAll(file, rest);
      toDisk(() => fs.fsyncSync(file));
    } catch (error) {
      // Part of a line must not stay.
      fs.ftruncateSync(file, info.size);
      throw error;
    }
  } finally {
    fs.closeSync(file);
  }
  if (target.existing === undefined) syncFolder(dirname(target.path));
  return "done";
}

/** The real path of a file that may be appended to, and its length; 0 if it is not there. */
export function appendPlace(
  path: string,
  access: WriteAccess,
): { readonly path: string; readonly bytes: number } {
  const target = targetWithin(path, access);
  return { path: target.path, bytes: target.existing?.size ?? 0 };
}

/** The bytes that an earlier append did not write; `undefined` if that is not clear. */
function restOf(
  bytes: Uint8Array,
  { from }: EarlierAppend,
  path: string,
  size: number,
): Uint8Array | undefined {
  if (size < from) return undefined;
  const there = new Uint8Array(Math.min(size - from, bytes.length));
  const file = toDisk(() => fs.openSync(path, fs.constants.O_RDONLY | noFollow));
  try {
    for (let read = 0; read < there.length;) {
      const count = toDisk(() => fs.readSync(file, there, read, there.length - read, from + read));
      if (count === 0) return undefined;
      read += count;
    }
  } finally {
    fs.closeSync(file);
  }
  for (let i = 0; i < there.length; i++) if (there[i] !== bytes[i]) return undefined;
  // A part without an end is completed only if nothing was written after it.
  return bytes.subarray(there.length);
}

interface Target {
  /** The real path. */
  readonly path: string;
  readonly existing: fs.Stats | undefined;
  /** The real path of the nearest folder that exists. */
  readonly folder: string;
}

/** Finds the real place of a path and checks that it may be written. */
function targetWithin(path: string, { within, closed, guarded }: WriteAccess): Target {
  if (path.includes("\0")) throw new FileError("missing", "has a name that no file can have");
  const existing = lstatOf(path);
  if (existing?.isSymbolicLink() && statOf(path) === undefined) {
    // The place of the link's target is not known, so it may be anywhere.
    throw new FileError("outside", "is a link to a file that is not there");
  }
  const { real, folder } = realPlace(path);
  const allowed = within.map((each) => realPlace(each).real);
  const around = allowed.filter((each) => isBelow(real, each));
  if (around.length === 0) throw new FileError("outside", "is not in a folder that may be written");
  if (around.every((each) => isHiddenBelow(real, each))) {
    throw new FileError("hidden", "has a name that begins with a dot, or is in such a folder");
  }
  if (closed.some((each) => isBelow(real, realPlace(each).real))) {
    throw new FileError("closed", "is in the storage of sessions");
  }
  const isGuarded = basename(real).toLowerCase() === "playbooks.toml" ||
    guarded.some((each) => realPlace(each).real === real);
  if (isGuarded && !allowed.includes(real)) {
    throw new FileError("guarded", "is a file of the program itself");
  }
  const info = existing === undefined ? undefined : toDisk(() => fs.statSync(real));
  if (info !== undefined) requireRegular(info);
  return { path: real, existing: info, folder };
}

/** The real path of a file that need not exist, and of the nearest folder above it that does. */
function realPlace(path: string): { readonly real: string; readonly folder: string } {
  try {
    const real = Deno.realPathSync(path);
    return { real, folder: dirname(real) };
  } catch {
    const above = dirname(path);
    if (above === path) return { real: path, folder: path };
    if (lstatOf(above) !== undefined) {
      const folder = realOrSame(above);
      return { real: join(folder, basename(path)), folder };
    }
    const upper = realPlace(above);
    return { real: join(upper.real, basename(path)), folder: upper.folder };
  }
}

/** Makes the folders between the nearest existing one and the file, one by one, so that no link is followed. */
function makeFolders({ path, folder }: Target): void {
  const missing = dirname(path).slice(folder.length).split(SEPARATOR).filter((name) => name !== "");
  let at = folder;
  for (const name of missing) {
    at = join(at, name);
    try {
      fs.mkdirSync(at);
    } catch (error) {
      // Another effect may have made it meanwhile.
      if (lstatOf(at)?.isDirectory() !== true) toDisk(() => rethrow(error));
    }
  }
  if (realOrSame(dirname(path)) !== dirname(path)) {
    throw new FileError("changing", "was moved while it was written");
  }
}

function rethrow(error: unknown): never {
  throw error;
}

function requireSamePlace(path: string, file: number): void {
  const opened = toDisk(() => fs.fstatSync(file));
  if (!isSameFile(path, opened)) throw new FileError("changing", "was replaced while it was written");
}

/** Throws if the file that will be replaced became something else. */
function requireSameTarget({ path }: Target): void {
  const now = lstatOf(path);
  if (now !== undefined && !now.isFile()) {
    throw new FileError("changing", "was replaced while it was written");
  }
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let written = 0; written < bytes.length;) {
    written += toDisk(() => fs.writeSync(file, bytes, written, bytes.length - written));
  }
}

function syncFolder(path: string): void {
  try {
    const folder = fs.openSync(path, fs.constants.O_RDONLY);
    try {
      fs.fsyncSync(folder);
    } finally {
      fs.closeSync(folder);
    }
  } catch {
    // Windows opens no folders.
  }
}

function encoded(text: string, maxBytes: number): Uint8Array {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length > maxBytes) throw tooLargeToWrite(maxBytes);
  return bytes;
}

function tooLargeToWrite(maxBytes: number): FileError {
  return new FileError("large", `would be larger than ${Math.floor(maxBytes / 1024)} KiB`);
}

function lstatOf(path: string): fs.Stats | undefined {
  try {
    return fs.lstatSync(path);
  } catch {
    return undefined;
  }
}

function statOf(path: string): fs.Stats | undefined {
  try {
    return fs.statSync(path);
  } catch {
    return undefined;
  }
}

/** Runs a file operation and converts its errors to a {@linkcode FileError}. */
function toDisk<Value>(action: () => Value): Value {
  try {
    return action();
  } catch (error) {
    if (error instanceof FileError) throw error;
    if (error instanceof Deno.errors.NotCapable) {
      throw new FileError("system", "is a file of the system, not a regular file");
    }
    throw new FileError("unreadable", `cannot be written: ${messageOf(error)}`);
  }
}

const noFollow = fs.constants.O_NOFOLLOW ?? 0;
const exclusive = fs.constants.O_WRONLY | fs.constants.O_CREAT | fs.constants.O_EXCL | noFollow;
const appending = fs.constants.O_WRONLY | fs.constants.O_APPEND | noFollow | (fs.constants.O_NONBLOCK ?? 0);
