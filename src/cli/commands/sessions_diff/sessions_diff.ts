import { type ExitCode, exitCodes } from "../../../errors.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { diffSessions, type SessionMoment } from "../../../session/mod.ts";
import { refuseUnreadable } from "../../../store/mod.ts";
import { jsonText } from "../../../text/mod.ts";
import { widthOf } from "../../session_columns.ts";
import { sessionLabel } from "../../session_label.ts";
import { findAnywhere, type FoundSession, printNotices, storedSessions } from "../../stored_sessions.ts";
import type { World } from "../../world.ts";
import { diffInWords } from "./report.ts";

/** `playbooks sessions diff`: compares two sessions, or two moments of one. */
export async function sessionsDiff(
  command: { readonly a: string; readonly b: string; readonly json: boolean; readonly config?: string },
  world: World,
): Promise<ExitCode> {
  const stored = storedSessions(command, world);
  const a = await findAnywhere(command.a, stored, world);
  const b = await findAnywhere(command.b, stored, world);
  printNotices(stored, world);
  for (const { session } of [a, b]) refuseUnreadable(session);
  const diff = await diffSessions(momentOf(a), momentOf(b));
  if (command.json) {
    writeAll(world.stdout, `${jsonText(diff, 2)}\n`);
  } else {
    const labels = { a: sessionLabel(a.session), b: sessionLabel(b.session) };
    writeAll(world.stdout, diffInWords(diff, labels, widthOf(world)));
  }
  return exitCodes.ok;
}

function momentOf(
  { sessions, session, position }: FoundSession,
): SessionMoment {
  return { store: sessions, id: session.id, ...(position === undefined ? {} : { position }) };
}
