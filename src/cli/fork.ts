import { exitCodes, PlaybooksError } from "../errors.ts";
import { readEntries, realFileSystem, recover } from "../journal/mod.ts";
import type { Entry } from "../runtime/mod.ts";
import {
  beginSession,
  type OpenSession,
  type ResumeTarget,
  type Runner,
  type Sessions,
} from "../sessions/mod.ts";

/** Entries that are copied with one write. */
const chunk = 1000;

/**
 * Makes a session of its own out of the first entries of another one, which it does not touch: those up to `@N`, or all
 * but an end of the program, so that a session that completed can go on from just before.
 */
export async function forkSession(
  sessions: Sessions,
  target: Extract<ResumeTarget, { kind: "resume" }>,
  runner: Runner,
): Promise<OpenSession> {
  const { session } = target;
  const fs = realFileSystem();
  const entries: Entry[] = [];
  for (const record of readEntries(fs, sessions.folderOf(session.id), { session: session.id })) {
    if (target.position !== undefined && record.position > target.position) break;
    entries.push(record.entry as Entry);
  }
  if (target.position === undefined) { while (entries.at(-1)?.type === "end") entries.pop(); }
  const position = entries.length;
  if (target.position !== undefined && position < target.position) {
    throw new PlaybooksError(
      `Cannot fork session "${session.id}" at ${target.position}: it has ${position} entries`,
      { exitCode: exitCodes.noSuchSession },
    );
  }
  if (position < 2) {
    throw new PlaybooksError(
      `Cannot fork session "${session.id}": it stopped before anything was kept; run its program anew`,
      { exitCode: exitCodes.usage },
    );
  }
  const opened = await beginSession(sessions, {
    key: session.key,
    programPaths: session.programPaths,
    forkedFrom: { id: session.id, position },
  }, runner);
  try {
    using journal = recover(fs, opened.folder, { session: opened.session.id, sync: "always" }).journal;
    for (let index = 0; index < entries.length; index += chunk) {
      journal.append(entries.slice(index, index + chunk));
    }
    return opened;
  } catch (error) {
    opened[Symbol.dispose]();
    throw error;
  }
}
