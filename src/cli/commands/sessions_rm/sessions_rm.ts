import { type ExitCode, exitCodes } from "../../../errors.ts";
import { counted } from "../../../frontends/counted.ts";
import { writeAll } from "../../../frontends/streams.ts";
import {
  ageOf,
  findSession,
  notFoundError,
  type SessionFile,
  type SessionStore,
  shortId,
  type TrashedSession,
} from "../../../store/mod.ts";
import { confirmed } from "../../confirm.ts";
import { requireIdle } from "../../idle_session.ts";
import { nameCell, widthOf } from "../../session_columns.ts";
import { programNames } from "../../session_filter.ts";
import { sessionLabel } from "../../session_label.ts";
import {
  bytesInWords,
  findWhole,
  type FoundSession,
  printNotices,
  storedSessions,
} from "../../stored_sessions.ts";
import { terminalTable } from "../../table.ts";
import type { World } from "../../world.ts";
import type { RmOptions } from "./options.ts";

/** `playbooks sessions rm`: moves sessions to the trash, restores them, lists the trash or empties it. */
export async function sessionsRm(command: RmOptions, world: World): Promise<ExitCode> {
  const sessions = storedSessions(command, world);
  switch (command.action) {
    case "remove":
      return await remove(command, sessions, world);
    case "restore":
      return await restore(command, sessions, world);
    case "list":
      return listTrash(await sessions.trash.list(), sessions, world);
    case "empty":
      return await emptyTrash(sessions, command, world);
  }
}

async function remove(
  { sessions: references, yes }: RmOptions,
  here: SessionStore,
  world: World,
): Promise<ExitCode> {
  const found = new Map<string, Omit<FoundSession, "position">>();
  for (const reference of references) {
    const each = await findWhole(reference, here, world);
    found.set(each.session.id, each);
  }
  const all = [...found.values()];
  for (const { sessions, session } of all) await requireIdle(sessions, session, "remove", world);
  const names = all.map(({ session }) => sessionLabel(session)).join(", ");
  if (!await confirmed(`Move ${names} to the trash?`, { yes }, world)) {
    return unchanged(world);
  }
  for (const { sessions, session } of all) {
    await sessions.remove(session.id);
    writeAll(
      world.stdout,
      `Moved ${sessionLabel(session)} to the trash; playbooks sessions rm --restore ${
        shortId(session.id)
      } brings it back\n`,
    );
  }
  for (const sessions of new Set(all.map((each) => each.sessions))) {
    await sessions.flushIndexes();
    printNotices(sessions, world);
  }
  return exitCodes.ok;
}

async function restore(
  { sessions: references }: RmOptions,
  sessions: SessionStore,
  world: World,
): Promise<ExitCode> {
  const trashed = (await sessions.trash.list()).map(({ session }) => session);
  const wanted = references.map((reference) => {
    const found = findSession(trashed, reference);
    if (found.kind !== "found") throw notFoundError(reference, found, "the trash");
    return found.session;
  });
  for (const session of new Set(wanted)) {
    const restored = await sessions.trash.restore(session.id);
    const hasLostName = session.name !== undefined && restored.name === undefined;
    const lost = hasLostName ? `; another session has the name ${session.name} now` : "";
    writeAll(world.stdout, `Restored ${sessionLabel(restored)}${lost}\n`);
  }
  printNotices(sessions, world);
  return exitCodes.ok;
}

function listTrash(trash: readonly TrashedSession[], sessions: SessionStore, world: World): ExitCode {
  if (trash.length === 0) writeAll(world.stdout, `The trash of ${sessions.location} is empty\n`);
  else {
    const rows = trash.map(({ session, removedAt, bytes }) =>
      trashRow(session, removedAt, bytes, world.now())
    );
    const headings = ["ID", "NAME", "STATUS", "PROGRAM", "REMOVED", "SIZE"];
    writeAll(
      world.stdout,
      terminalTable(headings, rows, { width: widthOf(world), shrinks: ["PROGRAM", "NAME"] }),
    );
  }
  return exitCodes.ok;
}

function trashRow(session: SessionFile, removedAt: string, bytes: number, nowMs: number): readonly string[] {
  return [
    shortId(session.id),
    nameCell(session),
    session.status,
    programNames(session),
    `${ageOf(removedAt, nowMs)} ago`,
    bytesInWords(bytes),
  ];
}

/** Deletes everything in the trash for ever, after a question. */
export async function emptyTrash(
  sessions: SessionStore,
  { yes }: { readonly yes: boolean },
  world: World,
): Promise<ExitCode> {
  const trash = await sessions.trash.list();
  if (trash.length === 0) {
    writeAll(world.stdout, `The trash of ${sessions.location} is empty\n`);
    return exitCodes.ok;
  }
  const size = bytesInWords(trash.reduce((sum, { bytes }) => sum + bytes, 0));
  const what = `${counted(trash.length, "session")} in the trash (${size})`;
  if (!await confirmed(`Delete ${what} for ever?`, { yes }, world)) return unchanged(world);
  for (const { session } of trash) await sessions.trash.delete(session.id);
  writeAll(world.stdout, `Deleted ${what}\n`);
  return exitCodes.ok;
}

function unchanged(world: World): ExitCode {
  writeAll(world.stdout, "Nothing was changed\n");
  return exitCodes.ok;
}
