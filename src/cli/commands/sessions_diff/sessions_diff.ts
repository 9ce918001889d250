import { type ExitCode, exitCodes } from "../../../errors.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { diffSessions, type SessionMoment } from "../../../session/mod.ts";
import { refuseNewer, type SessionFile } from "../../../store/mod.ts";
import { jsonText } from "../../../text/mod.ts";
import { findAnywhere, printNotices, storedSessions } from "../../stored_sessions.ts";
import type { World } from "../../world.ts";
import { diffInWords } from "./report.ts";

/** `playbooks sessions diff`: compares two sessions, or two moments of one. */
export async function sessionsDiff(
  command: { readonly a: string; readonly b: string; readonly json: boolean; readonly config?: string },
  world: World,
): Promise<ExitCode> {
  const stored = storedSessions(command, world);
  const [a, b] = [findAnywhere(command.a, stored, world), findAnywhere(command.b, stored, world)];
  printNotices(stored, world);
  for (const { session } of [a, b]) refuseNewer(session);
  const diff = await diffSessions(momentOf(a), momentOf(b));
  if (command.json) {
    writeAll(world.stdout, `${jsonText(diff, 2)}\n`);
  } else {
    const labels = { a: labelOf(a.session), b: labelOf(b.session) };
    writeAll(world.stdout, diffInWords(diff, labels, columnsOf(world)));
  }
  return exitCodes.ok;
}

function momentOf(
  { sessions, session, position }: ReturnType<typeof findAnywhere>,
): SessionMoment {
  return { store: sessions, id: session.id, ...(position === undefined ? {} : { position }) };
}

function labelOf({ id, name }: SessionFile): string {
  const short = id.slice(-shortIdLength);
  return name === undefined ? short : `${short} (${name})`;
}

const shortIdLength = 8;

/** The width of the terminal; 80 if there is none. */
function columnsOf(world: World): number {
  try {
    return world.columns();
  } catch {
    return 80;
  }
}
