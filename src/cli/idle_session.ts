import { exitCodes, PlaybooksError } from "../errors.ts";
import { ageOf, type SessionFile, type SessionStore, shortId } from "../store/mod.ts";
import { sessionLabel } from "./session_label.ts";
import type { World } from "./world.ts";

/** Throws a `PlaybooksError` (exit 4) if a process runs the session, because only that process may change it. */
export async function requireIdle(
  sessions: SessionStore,
  session: SessionFile,
  action: string,
  world: World,
): Promise<void> {
  const holder = await sessions.holder(session.id);
  if (!holder) return;
  const { pid, host, startedAt } = holder;
  const reason = pid === 0
    // It holds the lock, and has not written its name.
    ? "another process uses it just now; run again"
    : `process ${pid} on ${host} has run it for ${ageOf(startedAt, world.now())}; ` +
      `stop it with: playbooks sessions stop ${shortId(session.id)}`;
  throw new PlaybooksError(`Cannot ${action} session ${sessionLabel(session)}: ${reason}`, {
    exitCode: exitCodes.sessionBusy,
  });
}
