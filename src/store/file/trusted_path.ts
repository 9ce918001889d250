import { StorageError } from "../storage_error.ts";

/*
 * A storage folder may be in a folder that others made: a cloned repository, an unpacked archive, a shared disk. Others
 * who can put a link there choose which file is read or overwritten in our user's name.
 *
 * T1. A folder of a storage is a real folder, belongs to the user, and no other user may write to it.
 * T2. A file of a storage is regular, belongs to the user, and has one name. It is checked before it is opened, because
 *     opening a pipe or a device may wait or have an effect. It is checked again after it is opened, because the path
 *     may lead elsewhere by then.
 * T3. A new file is created exclusively, under a random name if it is renamed later. So no existing file is written to.
 *
 * Deno cannot open a path without following its last link. Between the two checks, only a user who may write to the
 * folder can put a link there, and T1 excludes others.
 */

/** A file or folder of a storage that another user may control. It was neither read nor written. */
export class UntrustedPathError extends StorageError {
  /** A phrase that follows the path in the message: `is a link`. */
  readonly trouble: string;

  constructor(path: string, trouble: string, recoveryHint: string) {
    super(`Cannot use ${path}: it ${trouble}; ${recoveryHint}`);
    this.trouble = trouble;
  }
}

/** The subset of {@linkcode Deno.OpenOptions} that a storage needs. */
interface OpenTrusted {
  /** Whether a missing file is created. */
  readonly create: boolean;
  /** Whether the file is opened only for reading. */
  readonly readOnly?: boolean;
  /** Whether each write goes to the end of the file, also if other processes write there. */
  readonly append?: boolean;
}

/**
 * Opens a file of a storage for reading and writing; a new one has mode 0600.
 *
 * Throws {@linkcode UntrustedPathError} and the system's errors.
 */
export function openTrusted(path: string, options: OpenTrusted): Deno.FsFile {
  checkFolder(folderOf(path));
  return openOwnFile(path, options);
}

/** As {@linkcode openTrusted}, in a folder that the user named, even if others may write to the folder. */
export function openOwnFile(
  path: string,
  { create, readOnly = false, append = false }: OpenTrusted,
): Deno.FsFile {
  for (let attempt = 1;; attempt++) {
    const before = lstat(path);
    if (before === undefined && create) {
      try {
        return Deno.openSync(path, { read: true, write: true, append, createNew: true, mode: 0o600 });
      } catch (error) {
        // Another process made it in the meantime.
        if (!(error instanceof Deno.errors.AlreadyExists) || attempt === attempts) throw error;
        continue;
      }
    }
    if (before !== undefined) checkFile(path, before);
    const file = Deno.openSync(path, { read: true, write: !readOnly, append });
    try {
      const opened = file.statSync();
      if (before !== undefined && isSameFile(before, opened)) {
        checkFile(path, opened);
        return file;
      }
      // Another process replaced it in the meantime, as happens to session.json and the JSON index.
      if (attempt === attempts) throw replaced(path);
    } catch (error) {
      file.close();
      throw error;
    }
    file.close();
  }
}

/** Creates a file with mode 0600 exclusively, for writing. Throws the system's errors. */
export function createTrusted(path: string): Deno.FsFile {
  checkFolder(folderOf(path));
  return Deno.openSync(path, { write: true, createNew: true, mode: 0o600 });
}

/** Throws {@linkcode UntrustedPathError} for a file that must not be opened. A missing file is allowed. */
export function checkFileAt(path: string): void {
  const info = lstat(path);
  if (info !== undefined) checkFile(path, info);
}

/** Throws {@linkcode UntrustedPathError} if another user may control the content. A missing folder is allowed. */
export function checkFolder(path: string): void {
  const info = lstat(path);
  if (info === undefined) return;
  if (info.isSymlink) {
    throw new UntrustedPathError(path, "is a link", `remove the link, or ${elsewhere} the folder itself`);
  }
  if (!info.isDirectory || Deno.build.os === "windows") return;
  if (info.uid !== ownUid()) {
    throw new UntrustedPathError(
      path,
      `belongs to another user (${info.uid})`,
      `${elsewhere} a folder of your own`,
    );
  }
  if (((info.mode ?? 0) & writableByOthers) !== 0) {
    const recoveryHint = `remove that right with: chmod go-w '${path}', or ${elsewhere} a folder of your own`;
    throw new UntrustedPathError(path, "can be written by other users", recoveryHint);
  }
}

/** Throws `ENOTDIR` if something else than a folder is at a path. Nothing may be there. */
export function requireFolder(path: string): void {
  const info = lstat(path);
  if (info === undefined || info.isDirectory) return;
  throw Object.assign(new Deno.errors.NotADirectory(`not a folder: '${path}'`), { code: "ENOTDIR" });
}

/** The user of this process. A search asks it for thousands of files. */
function ownUid(): number | null {
  uid ??= Deno.uid();
  return uid;
}

let uid: number | null | undefined;

/** Whether both are the same file on disk. Always true on a system that does not number its files. */
function isSameFile(a: Deno.FileInfo, b: Deno.FileInfo): boolean {
  return a.ino === b.ino && a.dev === b.dev;
}

/** Whether a path still leads to the opened file. */
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
  if (info.uid !== ownUid()) {
    throw new UntrustedPathError(path, `belongs to another user (${info.uid})`, moveAway);
  }
  if ((info.nlink ?? 1) > 1) {
    const recoveryHint = "put a copy in its place, or move it away, then run again";
    throw new UntrustedPathError(path, "has a second name (a hard link)", recoveryHint);
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
