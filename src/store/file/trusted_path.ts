import { StorageError } from "../storage_error.ts";

/*
 * A storage folder may lie in a folder that others made: a cloned repository, an unpacked archive, a shared disk. Whoever
 * can put a link there chooses which file is read or overwritten in our user's name.
 *
 * T1. A folder of a storage is a real folder, belongs to the user, and nobody else may write to it.
 * T2. A file of a storage is regular, belongs to the user, and has one name. It is checked before it is opened, because
 *     opening a pipe or a device may wait or do something; and after, because the path may lead elsewhere by then.
 * T3. A new file is made exclusively, under a random name if it has a final one: nothing that is there is written to.
 *
 * Deno cannot open a path without following its last link. Between the two checks only somebody who may write to the
 * folder can put one there, and T1 excludes others.
 */

/** A file or folder of a storage that somebody else may control. It was neither read nor written. */
export class UntrustedPathError extends StorageError {
  /** A phrase that stands behind the path: `is a link`. */
  readonly trouble: string;

  constructor(path: string, trouble: string, advice: string) {
    super(`Cannot use ${path}: it ${trouble}; ${advice}`);
    this.trouble = trouble;
  }
}

/** What opens a file: all of {@linkcode Deno.OpenOptions} that a storage needs. */
interface OpenTrusted {
  /** Whether a missing file is made. */
  readonly create: boolean;
  /** Whether the file is opened for reading alone. */
  readonly readOnly?: boolean;
}

/**
 * Opens a file of a storage for reading and writing; a new one has mode 0600.
 *
 * Throws {@linkcode UntrustedPathError}, and what the system says.
 */
export function openTrusted(path: string, options: OpenTrusted): Deno.FsFile {
  checkFolder(folderOf(path));
  return openOwnFile(path, options);
}

/** As {@linkcode openTrusted}, in a folder that the user named, whoever else may write to it. */
export function openOwnFile(path: string, { create, readOnly = false }: OpenTrusted): Deno.FsFile {
  for (let attempt = 1;; attempt++) {
    const before = lstat(path);
    if (before === undefined && create) {
      try {
        return Deno.openSync(path, { read: true, write: true, createNew: true, mode: 0o600 });
      } catch (error) {
        // Another process made it since.
        if (!(error instanceof Deno.errors.AlreadyExists) || attempt === attempts) throw error;
        continue;
      }
    }
    if (before !== undefined) checkFile(path, before);
    const file = Deno.openSync(path, { read: true, write: !readOnly });
    try {
      const opened = file.statSync();
      if (before !== undefined && isSameFile(before, opened)) {
        checkFile(path, opened);
        return file;
      }
      // Another process replaced it since, as happens to session.json and to the mirror.
      if (attempt === attempts) throw replaced(path);
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
  }
}

/** Makes a new file with mode 0600 that nobody else has open, for writing; throws what the system says. */
export function createTrusted(path: string): Deno.FsFile {
  checkFolder(folderOf(path));
  return Deno.openSync(path, { write: true, createNew: true, mode: 0o600 });
}

/** Throws {@linkcode UntrustedPathError} if this is a file that must not be opened; a missing one is fine. */
export function checkFileAt(path: string): void {
  const info = lstat(path);
  if (info !== undefined) checkFile(path, info);
}

/** Throws {@linkcode UntrustedPathError} if somebody else may control what the folder holds; a missing one is fine. */
export function checkFolder(path: string): void {
  const info = lstat(path);
  if (info === undefined) return;
  if (info.isSymlink) {
    throw new UntrustedPathError(path, "is a link", `remove the link, or ${elsewhere} the folder itself`);
  }
  if (!info.isDirectory || Deno.build.os === "windows") return;
  if (info.uid !== Deno.uid()) {
    throw new UntrustedPathError(
      path,
      `belongs to another user (${info.uid})`,
      `${elsewhere} a folder of your own`,
    );
  }
  if (((info.mode ?? 0) & writableByOthers) !== 0) {
    const advice = `take that right away with: chmod go-w '${path}', or ${elsewhere} a folder of your own`;
    throw new UntrustedPathError(path, "can be written by other users", advice);
  }
}

/** Whether both are one file of the disk; a system that does not number its files counts all as the same. */
function isSameFile(a: Deno.FileInfo, b: Deno.FileInfo): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

/** Whether a path still leads to a file that was opened. */
export function isAt(path: string, opened: Deno.FileInfo): boolean {
  try {
    return isSameFile(Deno.lstatSync(path), opened);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound || error instanceof Deno.errors.NotADirectory) return false;
    throw error;
  }
}

const attempts = 5;
const writableByOthers = 0o022;
const elsewhere = "set storage_path under [durability] in playbooks.toml to";
const moveAway = "move it away, then run again";

function checkFile(path: string, info: Deno.FileInfo): void {
  if (info.isSymlink) throw new UntrustedPathError(path, "is a link", moveAway);
  if (info.isDirectory) throw new UntrustedPathError(path, "is a folder", moveAway);
  if (!info.isFile) throw new UntrustedPathError(path, "is not a regular file", moveAway);
  if (Deno.build.os === "windows") return;
  if (info.uid !== Deno.uid()) {
    throw new UntrustedPathError(path, `belongs to another user (${info.uid})`, moveAway);
  }
  if ((info.nlink ?? 1) > 1) {
    const advice = "put a copy in its place, or move it away, then run again";
    throw new UntrustedPathError(path, "has a second name (a hard link)", advice);
  }
}

function replaced(path: string): UntrustedPathError {
  return new UntrustedPathError(
    path,
    "was replaced while it was opened",
    "end the process that does so, then run again",
  );
}

function lstat(path: string): Deno.FileInfo | undefined {
  try {
    return Deno.lstatSync(path);
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return undefined;
    throw error;
  }
}

function folderOf(path: string): string {
  return path.slice(0, Math.max(path.lastIndexOf("/"), path.lastIndexOf("\\"))) || ".";
}
