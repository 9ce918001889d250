import process from "node:process";
import { type ExitCode, exitCodes, messageOf, PlaybooksError } from "../../../errors.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { SessionHandle } from "../../../session/mod.ts";
import {
  canGoOn,
  type LeaseHolder,
  type SessionFile,
  type SessionStore,
  shortId,
} from "../../../store/mod.ts";
import { sessionLabel } from "../../session_label.ts";
import { findWhole, storedSessions } from "../../stored_sessions.ts";
import type { World } from "../../world.ts";

/** `playbooks sessions stop`: asks the process that runs a session to stop, and waits until the lease is free. */
export async function sessionsStop(
  command: { readonly session: string; readonly timeoutSeconds: number; readonly config?: string },
  world: World,
): Promise<ExitCode> {
  const { sessions, session } = await findWhole(command.session, storedSessions(command, world), world);
  const holder = await sessions.holder(session.id);
  if (!holder && session.status === "queued") return await unqueue(sessions, session, world);
  if (!holder) {
    const { status } = session;
    writeAll(world.stdout, `No process runs session ${sessionLabel(session)}; it is ${status}\n`);
    return exitCodes.ok;
  }
  // A worker runs other sessions, too.
  if (session.hosted) await new SessionHandle(sessions, session.id).stop();
  else requestStop(holder, session);
  const ended = await untilFree(sessions, session, holder, command.timeoutSeconds * 1000);
  if (!ended) {
    throw new PlaybooksError(
      `Session ${sessionLabel(session)} still runs: process ${holder.pid} has not stopped within ` +
        `${command.timeoutSeconds} s; wait longer with --timeout SECONDS`,
      { exitCode: exitCodes.sessionBusy },
    );
  }
  const after = await sessions.get(session.id);
  writeAll(
    world.stdout,
    after && !canGoOn(after)
      ? `Session ${sessionLabel(session)} has ended: ${after.status}\n`
      : `Stopped session ${sessionLabel(session)}; go on with: playbooks resume ${shortId(session.id)}\n`,
  );
  return exitCodes.ok;
}

/** Takes a session off the queue, so that no worker runs it. Throws (exit 4) if a worker has just taken it. */
async function unqueue(sessions: SessionStore, session: SessionFile, world: World): Promise<ExitCode> {
  const { id } = session;
  await using _ = await sessions.open(id, { pid: Deno.pid, host: Deno.hostname(), sync: "always" });
  await sessions.update(id, { status: "stopped" });
  const goOn = `playbooks resume ${shortId(id)} --detach`;
  writeAll(world.stdout, `Session ${sessionLabel(session)} is no longer queued; queue it with: ${goOn}\n`);
  return exitCodes.ok;
}

/** Sends SIGTERM to the holder of the lease. The caller has just seen that it holds the lease. */
function requestStop({ pid, host }: LeaseHolder, session: SessionFile): void {
  if (host !== Deno.hostname() || pid <= 0) {
    throw new PlaybooksError(
      `Cannot stop session ${sessionLabel(session)}: it runs on ${host}, as process ${pid}; stop it there`,
      { exitCode: exitCodes.sessionBusy },
    );
  }
  try {
    process.kill(pid, "SIGTERM");
  } catch (error) {
    // It has ended by itself.
    if (error instanceof Error && "code" in error && error.code === "ESRCH") return;
    throw new PlaybooksError(
      `Cannot stop session ${sessionLabel(session)}: process ${pid} does not take a signal: ${
        messageOf(error)
      }`,
      { exitCode: exitCodes.sessionBusy, cause: error },
    );
  }
}

/** Whether the holder gives the lease back in time. Another process may take the lease at once; that is not waited for. */
async function untilFree(
  sessions: SessionStore,
  { id }: SessionFile,
  holder: LeaseHolder,
  timeoutMs: number,
): Promise<boolean> {
  const deadlineMs = performance.now() + timeoutMs;
  for (;;) {
    const now = await sessions.holder(id);
    if (now?.pid !== holder.pid || now.startedAt !== holder.startedAt) return true;
    if (performance.now() >= deadlineMs) return false;
    await new Promise((resolve) => setTimeout(resolve, pollMs));
  }
}

const pollMs = 30;
