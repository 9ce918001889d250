import { notFoundError } from "./find.ts";
import type { SessionStore } from "./session_store.ts";
import type { SessionFile } from "./session_summary.ts";

/** The session that `--resume` continues. */
export type ResumeTarget =
  /** `explicit` if the user named it; otherwise it is the last one of its program. */
  | {
    readonly kind: "resume";
    readonly session: SessionFile;
    readonly explicit: boolean;
    readonly position?: number;
  }
  /** No session of these program files exists: a new one begins. */
  | { readonly kind: "none" };

/**
 * Chooses the session to resume: the named one, else the last of the key. Throws a `PlaybooksError` (exit 3) for an
 * unknown or ambiguous name.
 */
export async function resumeTarget(
  sessions: Pick<SessionStore, "find" | "lastFor">,
  wanted: { readonly reference: string } | { readonly key: string },
): Promise<ResumeTarget> {
  if ("reference" in wanted) {
    const result = await sessions.find(wanted.reference);
    if (result.kind !== "found") throw notFoundError(wanted.reference, result);
    return { ...result, kind: "resume", explicit: true };
  }
  const session = await sessions.lastFor(wanted.key);
  return session === undefined ? { kind: "none" } : { kind: "resume", session, explicit: false };
}

/** Whether a session can be resumed: its program has not ended. */
export function canGoOn({ status }: Pick<SessionFile, "status">): boolean {
  return status !== "completed" && status !== "failed";
}

/**
 * For `playbooks resume` without an id: the session of any program that ran last and can continue.
 *
 * A session that another process runs counts too. Its user gets an error, instead of an older session.
 */
export async function newestToResume(
  sessions: Pick<SessionStore, "list" | "newestToGoOn">,
): Promise<SessionFile | undefined> {
  return sessions.newestToGoOn ? await sessions.newestToGoOn() : (await sessions.list()).find(canGoOn);
}
