import { exitCodes, PlaybooksError } from "../errors.ts";

/*
 * Invariants:
 * L1. Who holds the system's lock on `lock` in a session's folder is the one process that may write there. The lock is
 *     gone when its holder is, however that ended; the file stays, so that all lock the same one.
 * L2. The file says who holds the lease, and is emptied when it is given back. So words in it that nobody holds are those
 *     of a process that died.
 */

/** Who holds a lease, or held it when it died. */
export interface LeaseHolder {
  readonly pid: number;
  readonly host: string;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
}

/** The right to run a session, until it is disposed or the process ends. */
export interface Lease extends Disposable {
  /** The run before this one, if it died without giving the lease back. */
  readonly died?: LeaseHolder;
}

/** The name of the lock in a session's folder. */
export const lockName = "lock";

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
  },
): Promise<Lease> {
  const { session, nowMs, ...self } = options;
  const path = `${folder}/${lockName}`;
  const file = Deno.openSync(path, { read: true, write: true, create: true, mode: 0o600 });
  try {
    for (let attempt = 1; !file.tryLockSync(true); attempt++) {
      if (attempt === attempts) throw refusal(session, { holder: readHolder(path), nowMs });
      await new Promise((resolve) => setTimeout(resolve, betweenAttemptsMs));
    }
    const died = readHolder(path);
    file.truncateSync(0);
    file.writeSync(
      new TextEncoder().encode(`${JSON.stringify({ ...self, startedAt: new Date(nowMs).toISOString() })}\n`),
    );
    return { ...(died && { died }), [Symbol.dispose]: () => giveBack(file) };
  } catch (error) {
    file.close();
    throw error;
  }
}

/** Whether nobody holds the lease of a session. */
export function isLeaseFree(folder: string): boolean {
  try {
    using file = Deno.openSync(`${folder}/${lockName}`, { read: true, write: true });
    return file.tryLockSync(true);
  } catch (error) {
    // Without the file nobody ever took it; a file that cannot be opened tells nothing, so we do not claim it is free.
    return error instanceof Deno.errors.NotFound;
  }
}

/** Who holds the lease of a session, or died with it; `undefined` when the file does not say. */
export function leaseHolder(folder: string): LeaseHolder | undefined {
  return readHolder(`${folder}/${lockName}`);
}

/** Says how long ago a time was, in one unit: `3 minutes`. */
export function ageOf(time: string, nowMs: number): string {
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(time)) / 1000));
  const [unit, length] = units.find(([, length]) => seconds >= length) ?? ["second", 1];
  const count = Math.floor(seconds / length);
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

const attempts = 4;
const betweenAttemptsMs = 15;
const units: readonly (readonly [string, number])[] = [
  ["day", 86_400],
  ["hour", 3600],
  ["minute", 60],
  ["second", 1],
];

function giveBack(file: Deno.FsFile): void {
  try {
    file.truncateSync(0);
  } finally {
    // Closing gives the lock back.
    file.close();
  }
}

function readHolder(path: string): LeaseHolder | undefined {
  try {
    const { pid, host, startedAt } = JSON.parse(Deno.readTextFileSync(path));
    if (typeof pid !== "number" || typeof host !== "string" || Number.isNaN(Date.parse(startedAt))) {
      return undefined;
    }
    return { pid, host, startedAt };
  } catch {
    // Empty, half written, or (on Windows) not to be read while it is locked.
    return undefined;
  }
}

function refusal(
  session: string,
  options: { readonly holder: LeaseHolder | undefined; readonly nowMs: number },
): PlaybooksError {
  const { holder, nowMs } = options;
  const who = holder === undefined
    ? "another process holds its lease"
    : `another process holds its lease (pid ${holder.pid} on ${holder.host}, since ${
      ageOf(holder.startedAt, nowMs)
    })`;
  return new PlaybooksError(
    `Cannot run session "${session}": ${who}; wait for it or end it, or start a copy with --fork`,
    { exitCode: exitCodes.sessionBusy },
  );
}
