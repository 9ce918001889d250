import { sessionBusyError } from "../lease_errors.ts";
import { errorCode } from "../storage_error.ts";
import { isAt, openTrusted } from "./trusted_path.ts";
import { tryLock } from "./file_lock.ts";
import {
  giveLeaseFileBack,
  holderLine,
  leaseFileHolder,
  readHolder,
  readToken,
  takeLeaseFile,
  tokenLine,
} from "./lease_file.ts";
import type { LeaseHolder } from "../session_summary.ts";

/*
 * Invariants:
 * L1. Only the process that holds the system's lock on `lock` may write in the session's folder. The lock ends with its
 *     holder, in every kind of death. The file stays, so that all processes lock the same file.
 * L2. The file names the holder and the token. When the lease is given back, only the token stays. So an unlocked file
 *     that names a holder means that the holder died.
 * L3. On a file system without locks, `lease.json` is the lease: see `lease_file.ts`.
 */

/** The right to run a session. It ends when it is disposed or the process ends. */
export interface Lease extends Disposable {
  /** The holder before this one, if it died without giving the lease back. */
  readonly died?: LeaseHolder;
  /** One more than the token of the lease before. */
  readonly token: number;
  /** Whether this process still holds the lease: the file is still in its place and names this holder. */
  isHeld(): boolean;
}

/** The name of the lock in a session's folder. */
export const lockName = "lock";

/** The name of the lease file on file systems without locks. */
const leaseFileName = "lease.json";

/**
 * Takes the lease of a session whose folder exists. Throws a `PlaybooksError` (exit 4) if another process holds it.
 *
 * It does not wait for the holder. It retries for some hundredths of a second, because a process that only checks the
 * lease holds the lock for a moment.
 */
export async function takeLease(
  folder: string,
  options: {
    readonly session: string;
    readonly pid: number;
    readonly host: string;
    readonly nowMs: number;
    /** A token that was certainly given out, in case the file was lost. */
    readonly lastToken?: number;
  },
): Promise<Lease> {
  const { session, nowMs, pid, host } = options;
  const self = { pid, host, startedAt: new Date(nowMs).toISOString() };
  const path = `${folder}/${lockName}`;
  const file = openTrusted(path, { create: true });
  try {
    let locked = tryLock(file);
    for (let attempt = 1; locked === "busy"; attempt++) {
      if (attempt === attempts) throw sessionBusyError(session, { holder: readHolder(path), nowMs });
      await new Promise((resolve) => setTimeout(resolve, betweenAttemptsMs));
      locked = tryLock(file);
    }
    const leaseFile = locked === "unsupported" ? `${folder}/${leaseFileName}` : undefined;
    const other = leaseFile && takeLeaseFile(leaseFile, self);
    if (other) throw sessionBusyError(session, { holder: other, nowMs, leaseFile });
    const died = readHolder(path);
    const token = Math.max(readToken(path), options.lastToken ?? 0) + 1;
    const line = holderLine(self, token);
    replaceContent(file, line);
    const opened = file.statSync();
    const giveBack = () => {
      try {
        replaceContent(file, tokenLine(token));
      } catch {
        // The next run then reports that this holder died. Nothing else depends on the line.
      } finally {
        // Closing gives the lock back.
        file.close();
      }
      if (leaseFile !== undefined) giveLeaseFileBack(leaseFile, self);
    };
    return {
      ...(died && { died }),
      token,
      isHeld: () => isAt(path, opened) && hasContent(file, line),
      [Symbol.dispose]: giveBack,
    };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Whether no process holds the lease of a session. If that cannot be known, assumes that one does. */
export function isLeaseFree(folder: string): boolean {
  try {
    return checkLease(folder) === "free";
  } catch {
    return false;
  }
}

/** Whether a process holds the lease of a session. Throws the errors of the lock file. */
export function checkLease(folder: string): "free" | "held" {
  const path = `${folder}/${lockName}`;
  let file: Deno.FsFile;
  try {
    file = openForCheck(path);
  } catch (error) {
    // Without the file, no process ever took the lease.
    if (error instanceof Deno.errors.NotFound) return "free";
    throw error;
  }
  using _ = file;
  const locked = tryLock(file);
  if (locked !== "unsupported") return locked === "locked" ? "free" : "held";
  return leaseFileHolder(`${folder}/${leaseFileName}`, Deno.hostname()) === undefined ? "free" : "held";
}

/** Some network file systems lock only files that are open for writing. A read-only one has files that are not. */
function openForCheck(path: string): Deno.FsFile {
  try {
    return openTrusted(path, { create: false });
  } catch (error) {
    const code = errorCode(error);
    if (code !== "EROFS" && code !== "EACCES" && code !== "EPERM") throw error;
    return openTrusted(path, { create: false, readOnly: true });
  }
}

/** The process that holds the lease, or died with it; `undefined` if the file does not name one. */
export function leaseHolder(folder: string): LeaseHolder | undefined {
  return readHolder(`${folder}/${lockName}`);
}

const attempts = 4;
const betweenAttemptsMs = 15;

function replaceContent(file: Deno.FsFile, content: Uint8Array): void {
  file.truncateSync(0);
  file.seekSync(0, Deno.SeekMode.Start);
  file.writeSync(content);
}

function hasContent(file: Deno.FsFile, content: Uint8Array): boolean {
  file.seekSync(0, Deno.SeekMode.Start);
  const bytes = new Uint8Array(content.length + 1);
  return file.readSync(bytes) === content.length && content.every((byte, index) => bytes[index] === byte);
}
