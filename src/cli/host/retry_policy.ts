import { type ExitCode, exitCodes } from "../../errors.ts";
import type { ChangeAtEnd, RunResult } from "../../session/mod.ts";
import type { RunFailures, SessionChange, SessionFile } from "../../store/mod.ts";
import type { HostedChanges } from "./hosted_run.ts";

/** Failed runs in a row, without progress between them, after which a session stops. */
export const maxFailures = 8;
/**
 * Deaths of its process, as above, after which no worker takes a session. More than of failures: a death may be the
 * fault of another session, or of the machine.
 */
export const maxDeaths = 12;
/** From so many deaths on, a session runs alone in its process, so that it harms no other one. */
const aloneFrom = 3;

/** A run that failed for a reason outside of the session may have recorded so many entries without progress. */
const entriesOfFailure = 3;
/** A run whose process died at once has recorded the entry that begins it. */
const entriesOfDeath = 1;

const firstFailureMs = 5_000;
const firstDeathMs = 1_000;
const maxDeathMs = 600_000;

/** What a worker does with a session whose process died. */
type OrphanPlan =
  | { readonly kind: "run"; readonly change: SessionChange; readonly isAlone: boolean }
  /** It has died too often at the same place. */
  | { readonly kind: "park"; readonly change: SessionChange; readonly count: number };

/**
 * Plans a run of a session whose process died at `position`. The change is stored before the run: if the process dies
 * again, no worker takes the session before `dueAt`.
 */
export function planOrphan(session: SessionFile, position: number, nowMs: number): OrphanPlan {
  const failures = nextFailures(session.failures, { position, slack: entriesOfDeath });
  const { count } = failures;
  if (count > maxDeaths) {
    return {
      kind: "park",
      count: maxDeaths,
      change: { status: "stopped", exit: exitCodes.failed, failures },
    };
  }
  // A process may die once for a reason that is not the session's.
  const waitMs = Math.min(maxDeathMs, firstDeathMs * 2 ** (count - 2));
  const dueAt = count < 2 ? {} : { dueAt: timeAfter(nowMs, waitMs) };
  return { kind: "run", isAlone: count >= aloneFrom, change: { failures, ...dueAt } };
}

/** Lets a worker take a session again after a failure that may pass: of a model, a tool server or the storage. */
export function retryChanges(now: () => number): HostedChanges {
  return {
    atEnd: (session, result) => isPassing(result) ? retryOf(session, now()) : { failures: undefined },
    atError: (session, exit) => isPassingError(exit) ? retryOf(session, now()) : {},
  };
}

function retryOf(session: SessionFile, nowMs: number): ChangeAtEnd {
  const { position } = session;
  const failures = nextFailures(session.failures, { position, slack: entriesOfFailure });
  if (failures.count > maxFailures) return { failures };
  return { status: "queued", dueAt: timeAfter(nowMs, firstFailureMs * 2 ** (failures.count - 1)), failures };
}

function isPassing({ kind }: RunResult): boolean {
  return kind === "model" || kind === "tools" || kind === "input";
}

/** Wrong settings and lost leases do not pass by themselves. */
function isPassingError(exit: ExitCode): boolean {
  return exit === exitCodes.failed || exit === exitCodes.storage;
}

function nextFailures(
  before: RunFailures | undefined,
  { position, slack }: { readonly position: number; readonly slack: number },
): RunFailures {
  const isStuck = before !== undefined && position <= before.position + slack;
  return { count: isStuck ? before.count + 1 : 1, position };
}

function timeAfter(nowMs: number, ms: number): string {
  return new Date(nowMs + ms).toISOString();
}
