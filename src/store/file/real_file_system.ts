import { errorCode, LargeJournalError } from "../storage_error.ts";
import type { FileSystem, JournalFile } from "./file_system.ts";
import { journalName } from "./journal.ts";
import { checkFolder, createTrusted, isAt, openTrusted } from "./trusted_path.ts";

/**
 * The disk of this machine. It refuses files and folders that other users may control: see `trusted_path.ts`.
 *
 * `maxSessionMb` bounds the journals that are read, in MiB.
 */
export function realFileSystem(
  { maxSessionMb = () => Infinity }: { readonly maxSessionMb?: () => number } = {},
): FileSystem {
  const read: FileSystem["read"] = (path, options) =>
    readBounded(path, { from: 0, ...options }, maxSessionMb());
  return { open, read, create, replace, rename, remove, list, makeFolder, syncFolder, takeNotices };
}

function open(path: string, options: Parameters<FileSystem["open"]>[1]): JournalFile {
  const file = openTrusted(path, options);
  const opened = file.statSync();
  let cursor = 0;
  return {
    // `stat` takes twenty times as long.
    size: () => cursor = file.seekSync(0, Deno.SeekMode.End),
    write(bytes, at) {
      if (cursor !== at) file.seekSync(at, Deno.SeekMode.Start);
      cursor = -1;
      writeAll(file, bytes);
      cursor = at + bytes.length;
    },
    sync: () => file.syncDataSync(),
    truncate: (size) => file.truncateSync(size),
    bytes: (length, from = 0) => {
      cursor = -1;
      file.seekSync(from, Deno.SeekMode.Start);
      return readAll(file, length);
    },
    isInPlace: () => isAt(path, opened),
    [Symbol.dispose]: () => file.close(),
  };
}

function readBounded(
  path: string,
  options: { readonly from: number },
  maxSessionMb: number,
): Uint8Array | undefined {
  try {
    using file = openTrusted(path, { create: false, readOnly: true });
    // `stat` takes twenty times as long.
    const size = file.seekSync(0, Deno.SeekMode.End);
    if (nameOf(path) === journalName) {
      if (size > maxSessionMb * bytesPerMb + maxExcessBytes) {
        throw new LargeJournalError(path, { bytes: size, maxSessionMb });
      }
    } else if (size > maxBytes(path)) return damaged;
    const length = Math.max(0, size - options.from);
    file.seekSync(options.from, Deno.SeekMode.Start);
    return readAll(file, length);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

/** Stands for the content of a file that is too large. Every reader reports it as damaged. */
const damaged = new Uint8Array(1);

const bytesPerMb = 1024 * 1024;
/** A session stops after the append that passes `max_session_mb`. Its journal must stay readable. */
const maxExcessBytes = 64 * bytesPerMb;
/** The longest text that can be held. */
const maxFileBytes = 500 * 1024 * 1024;
/** Bound for other files, such as `session.json` and the JSON index of a very large storage. */
const maxDescriptionBytes = 64 * 1024 * 1024;

function maxBytes(path: string): number {
  return /^(shown|\.?lock|lease\.json|session\.json|\.sessions\.json)$/.test(nameOf(path))
    ? maxDescriptionBytes
    : maxFileBytes;
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

function replace(path: string, bytes: Uint8Array): void {
  writeAside(path, bytes, (aside) => Deno.renameSync(aside, path));
}

function create(path: string, bytes: Uint8Array): boolean {
  return writeAside(path, bytes, (aside) => {
    try {
      // A link fails if the name is taken; a rename would replace the other file.
      Deno.linkSync(aside, path);
      return true;
    } catch (error) {
      if (error instanceof Deno.errors.AlreadyExists) return false;
      throw error;
    } finally {
      Deno.removeSync(aside);
    }
  });
}

/** Writes and syncs a file under another name, and puts it in its place. If that fails, removes it. */
function writeAside<T>(path: string, bytes: Uint8Array, putInPlace: (aside: string) => T): T {
  const aside = `${path}.${crypto.randomUUID()}.tmp`;
  using file = createTrusted(aside);
  try {
    writeAll(file, bytes);
    file.syncSync();
    return putInPlace(aside);
  } catch (error) {
    try {
      Deno.removeSync(aside);
    } catch {
      // The first failure is reported.
    }
    throw error;
  }
}

function rename(from: string, to: string): void {
  Deno.renameSync(from, to);
}

function remove(path: string): void {
  Deno.removeSync(path);
}

function list(folder: string): readonly string[] {
  try {
    checkFolder(folder);
    return [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();
  } catch (error) {
    // A file in the place of a folder counts as an empty folder. The caller reports missing files.
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return [];
    throw error;
  }
}

function makeFolder(path: string): void {
  Deno.mkdirSync(path, { recursive: true, mode: 0o700 });
  checkFolder(path);
}

function syncFolder(path: string): void {
  // Windows cannot sync a folder and need not: NTFS journals names.
  if (Deno.build.os === "windows") return;
  try {
    using folder = Deno.openSync(path);
    folder.syncSync();
  } catch (error) {
    if (!noFolderSync.has(errorCode(error) ?? "")) throw error;
    noteNoFolderSync(path);
  }
}

/**
 * Error codes of file systems that cannot sync a folder: some network and user-space file systems. Files are synced
 * there too. A power loss may remove a new name; then the older checkpoint or blob is used.
 */
const noFolderSync: ReadonlySet<string> = new Set([
  "EINVAL",
  "ENOTSUP",
  "EOPNOTSUPP",
  "ENOSYS",
  "EACCES",
  "EPERM",
  "EISDIR",
  "EBADF",
]);

/** Shared by all file systems of the process. */
const notices = { isNoFolderSyncReported: false, pending: [] as string[] };

function noteNoFolderSync(path: string): void {
  if (notices.isNoFolderSyncReported) return;
  notices.isNoFolderSyncReported = true;
  notices.pending.push(
    `The file system of ${path} cannot sync folders: a killed process loses nothing, but a power loss may remove new ` +
      "files; set storage_path to a folder on another file system if that matters",
  );
}

function takeNotices(): readonly string[] {
  return notices.pending.splice(0);
}

function readAll(file: Deno.FsFile, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let filled = 0;
  while (filled < length) {
    const count = file.readSync(bytes.subarray(filled));
    if (count === null) break;
    filled += count;
  }
  return bytes.subarray(0, filled);
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  let written = 0;
  while (written < bytes.length) written += file.writeSync(bytes.subarray(written));
}
