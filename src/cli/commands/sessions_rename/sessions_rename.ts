import { type ExitCode, exitCodes } from "../../../errors.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { checkName, refuseUnreadable, shortId } from "../../../store/mod.ts";
import { requireIdle } from "../../idle_session.ts";
import { findWhole, printNotices, storedSessions } from "../../stored_sessions.ts";
import type { World } from "../../world.ts";

/** `playbooks sessions rename`: changes a session's name. Without `name`, takes it away. */
export async function sessionsRename(
  command: { readonly session: string; readonly name?: string; readonly config?: string },
  world: World,
): Promise<ExitCode> {
  const name = command.name === undefined ? undefined : checkName(command.name);
  const { sessions, session } = await findWhole(command.session, storedSessions(command, world), world);
  refuseUnreadable(session);
  const id = shortId(session.id);
  if (session.name === name) {
    writeAll(
      world.stdout,
      name === undefined ? `${id} has no name\n` : `${id} has the name ${name} already\n`,
    );
    return exitCodes.ok;
  }
  await requireIdle(sessions, session, "rename", world);
  await sessions.update(session.id, { name });
  printNotices(sessions, world);
  const before = session.name === undefined ? "" : `, not ${session.name} any more`;
  writeAll(world.stdout, `${id} ${name === undefined ? "has no name" : `is now ${name}`}${before}\n`);
  return exitCodes.ok;
}
