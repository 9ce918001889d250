import { basename } from "@std/path";
import { type ExitCode, exitCodes } from "../../../errors.ts";
import { ageOf, type SessionFile } from "../../../store/mod.ts";
import { jsonText } from "../../../text/mod.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { thousands } from "../../../frontends/thousands.ts";
import { bytesInWords, costInWords, printNotices, storedSessions } from "../../stored_sessions.ts";
import { table } from "../../table.ts";
import type { World } from "../../world.ts";

/** `playbooks sessions list`: prints one line a session, the last run first. */
export function sessionsList(
  command: { readonly json: boolean; readonly config?: string },
  world: World,
): ExitCode {
  const sessions = storedSessions(command, world);
  const list = sessions.list().map((session) => ({
    ...session,
    bytes: sessions.sizeOf(session.id),
  }));
  printNotices(sessions, world);
  if (command.json) writeAll(world.stdout, `${jsonText(list, 2)}\n`);
  else if (list.length === 0) writeAll(world.stdout, `There are no sessions in ${sessions.storagePath}\n`);
  else writeAll(world.stdout, asTable(list, world.now()));
  return exitCodes.ok;
}

function asTable(list: readonly (SessionFile & { readonly bytes: number })[], nowMs: number): string {
  const length = endLength(list.map(({ id }) => id));
  return table(
    ["ID", "NAME", "STATUS", "PROGRAM", "AGE", "TURNS", "TOKENS", "COST", "SIZE"],
    list.map((session) => [
      session.id.slice(-length),
      session.name ?? "",
      session.newer ? `newer (format ${session.newer.format})` : session.status,
      session.programPaths.map((path) => basename(path)).join(" "),
      ageOf(session.runAt, nowMs),
      String(session.turns),
      thousands(session.tokens),
      costInWords(session.costUsd),
      bytesInWords(session.bytes),
    ]),
  );
}

/**
 * The number of last characters that tell the ids apart. The first characters are the time, so ids of one minute start
 * alike.
 */
function endLength(ids: readonly string[]): number {
  for (let length = minEndLength;; length++) {
    const ends = new Set(ids.map((id) => id.slice(-length)));
    if (ends.size === ids.length && !ids.some((id) => id.at(-length) === "-")) return length;
  }
}

const minEndLength = 8;
