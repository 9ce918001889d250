import { sessionBusyError } from "../lease_errors.ts";
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
 * L1. Who holds the system's lock on `lock` in a session's folder is the one process that may write there. The lock is
 *     gone when its holder is, however that ended; the file stays, so that all lock the same one.
 * L2. The file says who holds the lease, and the token; when the lease is given back, the token alone stays. So a holder in
 *     it that nobody locks is a process that died.
 * L3. Where the file system has no locks, `lease.json` is the lease: see `lease_file.ts`.
 */

/** The right to run a session, until it is disposed or the process ends. */
export interface Lease extends Disposable {
  /** The run before this one, if it died without giving the lease back. */
  readonly died?: LeaseHolder;
  /** One more than that of the lease before this one. */
  readonly token: number;
  /** Whether nobody has taken the lease over: the file is still in its place, and names this holder. */
  isHeld(): boolean;
}

/** The name of the lock in a session's folder. */
export const lockName = "lock";

/** The name of the file that is the lease where the file system has no locks. */
const leaseFileName = "lease.json";

/**
 * Takes the lease of a session whose folder exists; throws a `PlaybooksError` (exit 4) when another process holds it.
 *
 * It does not wait for the holder: it tries for some hundredths of a second, as those who only look hold the lock for
 * a moment.
 */
export async function takeLease(
  folder: string,
  options: {
    readonly session: string;
    readonly pid: number;
    readonly host: string;
    readonly nowMs: number;
    /** A token that is known to have been given out, in case the file was lost. */
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
        // Then the next run says that this one died; nothing else depends on it.
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

/** Whether nobody holds the lease of a session. */
export function isLeaseFree(folder: string): boolean {
  try {
    using file = openTrusted(`${folder}/${lockName}`, { create: false });
    const locked = tryLock(file);
    if (locked !== "unsupported") return locked === "locked";
    return leaseFileHolder(`${folder}/${leaseFileName}`, Deno.hostname()) === undefined;
  } catch (error) {
    // Without the file nobody ever took it; a file that cannot be opened tells nothing, so we do not claim it is free.
    return error instanceof Deno.errors.NotFound;
  }
}

/** Who holds the lease of a session, or died with it; `undefined` when the file does not say. */
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
