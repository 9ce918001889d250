import process from "node:process";
import type { LeaseHolder } from "../session_summary.ts";
import type { Row } from "./link.ts";

/** The columns of `heads` that say who holds the lease. `is_held` is judged by the server's clock. */
export const holderColumns =
  "pid, host, held_since, held_until is not null as was_held, coalesce(held_until > clock_timestamp(), false) as is_held";

/** The process that a row names, if the lease was not given back. */
export function lastHolder(row: Row): LeaseHolder | undefined {
  if (row["was_held"] !== true) return undefined;
  return { pid: Number(row["pid"]), host: String(row["host"]), startedAt: String(row["held_since"]) };
}

/** The process that holds the lease now: its time has not passed, and it has not died on this machine. */
export function presentHolder(row: Row): LeaseHolder | undefined {
  const holder = row["is_held"] === true ? lastHolder(row) : undefined;
  return holder && !hasDiedHere(holder) ? holder : undefined;
}

/**
 * Whether a process of this machine has ended. Its lease can then be taken at once. A wrong answer harms nothing: a process
 * whose lease was taken over cannot write.
 */
function hasDiedHere({ pid, host }: LeaseHolder): boolean {
  if (host !== Deno.hostname() || pid === Deno.pid) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "ESRCH";
  }
}
