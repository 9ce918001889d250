import { durationInWords } from "../text/mod.ts";
import { exitCodes, PlaybooksError } from "../errors.ts";
import type { LeaseHolder } from "./session_summary.ts";

/** This process no longer holds the session's lease. Nothing was written. */
export class LostLeaseError extends PlaybooksError {
  override readonly name = "LostLeaseError";

  constructor(id: string, position: number) {
    super(
      `Cannot go on with session "${id}": another process has taken it over; stopped at entry ${position}; ` +
        "end that process, then resume, or start a copy with --fork",
      { exitCode: exitCodes.sessionBusy },
    );
  }
}

/** The session has more or fewer entries than its writer expects. Nothing was written. */
export class PositionConflictError extends PlaybooksError {
  override readonly name = "PositionConflictError";

  constructor(id: string, { expected, actual }: { readonly expected: number; readonly actual: number }) {
    super(
      `Cannot append to session "${id}": it has ${actual} entries, and ${expected} were expected; ` +
        "end other processes that write to it, then resume",
      { exitCode: exitCodes.sessionBusy },
    );
  }
}

/** The error for a session whose lease another process holds. */
export function sessionBusyError(
  session: string,
  options: {
    readonly holder: LeaseHolder | undefined;
    readonly nowMs: number;
    /** The lease file, on file systems without locks. */
    readonly leaseFile?: string | undefined;
    /** The end of the lease of a process that died, if it does not end at once. */
    readonly ifDead?: string;
  },
): PlaybooksError {
  const { holder, nowMs, leaseFile } = options;
  const who = holder === undefined
    ? "another process holds its lease"
    : `another process holds its lease (pid ${holder.pid} on ${holder.host}, for ${
      ageOf(holder.startedAt, nowMs)
    })`;
  const ifDead = leaseFile === undefined
    ? options.ifDead === undefined ? "" : `; ${options.ifDead}`
    : `; if it no longer runs, remove ${leaseFile}, which this file system needs in place of a lock`;
  return new PlaybooksError(
    `Cannot run session "${session}": ${who}; wait for it or end it, or start a copy with --fork${ifDead}`,
    { exitCode: exitCodes.sessionBusy },
  );
}

/** The age of a time in one unit: `3 minutes`. */
export function ageOf(time: string, nowMs: number): string {
  return durationInWords(nowMs - Date.parse(time));
}
