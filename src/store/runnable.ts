import { exitCodes } from "../errors.ts";
import type { SessionFile } from "./session_summary.ts";

/** Why a worker may take a session. */
export type RunnableReason =
  /** It was queued, and no backoff holds it. */
  | "queued"
  /** Its timer has passed. */
  | "due"
  /** A message has come that is news to it: words, or a decision about an uncertain effect. */
  | "answered"
  /** The process that ran it has died. */
  | "orphaned";

/** A session that a worker may take. Taking it may still fail, because another worker was faster. */
export interface RunnableSession {
  /** As it is stored: an orphan is `running`. */
  readonly session: SessionFile;
  readonly reason: RunnableReason;
  /** Since when it waits for a worker, ms since 1970. */
  readonly sinceMs: number;
}

/** The facts about a session that its summary does not have. */
interface RunnableFacts {
  readonly nowMs: number;
  /** Whether there is a message that is not taken, with a higher number than `heard`. */
  readonly hasNews: boolean;
  /** Whether no process holds its lease. */
  readonly isFree: boolean;
}

/** Why a worker may take a session now; `undefined` if it may not. `session` is as stored: an orphan is `running`. */
export function runnableReason(
  session: Pick<SessionFile, "status" | "dueAt" | "exit">,
  { nowMs, hasNews, isFree }: RunnableFacts,
): RunnableReason | undefined {
  const isDue = session.dueAt !== undefined && Date.parse(session.dueAt) <= nowMs;
  const isHeld = session.dueAt !== undefined && !isDue;
  if (!isFree) return undefined;
  switch (session.status) {
    case "queued":
      return isHeld ? undefined : "queued";
    case "waiting":
      return isDue ? "due" : hasNews ? "answered" : undefined;
    case "stopped":
      return session.exit === choiceNeeded && hasNews ? "answered" : undefined;
    case "running":
      return isHeld ? undefined : "orphaned";
    case "completed":
    case "failed":
      return undefined;
  }
}

/** Whether a session may become runnable without a change of its summary. */
export function mayBecomeRunnable({ status, exit }: Pick<SessionFile, "status" | "exit">): boolean {
  return status === "queued" || status === "waiting" || status === "running" ||
    (status === "stopped" && exit === choiceNeeded);
}

/** Whether only a process that runs it keeps a session from a worker. */
export function isWork(status: SessionFile["status"]): boolean {
  return status === "queued" || status === "running";
}

/** Since when a session waits for a worker, ms since 1970. */
export function runnableSinceMs(session: Pick<SessionFile, "updatedAt" | "dueAt">): number {
  const { updatedAt, dueAt } = session;
  return dueAt === undefined ? Date.parse(updatedAt) : Date.parse(dueAt);
}

const choiceNeeded = exitCodes.choiceNeeded;
