import { exitCodes, PlaybooksError } from "../errors.ts";
import {
  beginFromState,
  DamagedJournalError,
  readEntries,
  realFileSystem,
  recover,
  recoverAt,
  ShownMark,
} from "../store/file/mod.ts";
import { type Entry, loadHistories, restoreState, storedState } from "../engine/mod.ts";
import {
  beginSession,
  type OpenSession,
  type ResumeTarget,
  type Runner,
  type Sessions,
} from "../store/mod.ts";

/** Entries that are copied with one write. */
const chunk = 1000;

/**
 * Makes a session of its own out of the first entries of another one, which it does not touch: those up to `@N`, or all
 * but an end of the program, so that a session that completed can go on from just before.
 */
export async function forkSession(
  sessions: Sessions,
  target: Extract<ResumeTarget, { kind: "resume" }> & { readonly name?: string },
  runner: Runner,
): Promise<OpenSession> {
  const { session } = target;
  const fs = realFileSystem();
  const { base, entries } = readUpTo(sessions.folderOf(session.id), { ...target, session: session.id });
  if (target.position === undefined) { while (entries.at(-1)?.type === "end") entries.pop(); }
  const position = (base?.position ?? 0) + entries.length;
  if (target.position !== undefined && position < target.position) {
    throw new PlaybooksError(
      `Cannot fork session "${session.id}" at ${target.position}: it has ${position} entries`,
      { exitCode: exitCodes.noSuchSession },
    );
  }
  if (position < firstFork) throw tooEarly(session.id, target.position);
  const opened = await beginSession(sessions, {
    key: session.key,
    programPaths: session.programPaths,
    ...(session.programMark === undefined ? {} : { programMark: session.programMark }),
    ...(session.storage === undefined ? {} : { storage: session.storage }),
    ...(target.name === undefined ? {} : { name: target.name }),
    forkedFrom: { id: session.id, position },
  }, runner);
  try {
    if (base) beginFromState(fs, opened.folder, { ...base, session: opened.session.id });
    using journal = recover(fs, opened.folder, { session: opened.session.id, sync: "always" }).journal;
    for (let index = 0; index < entries.length; index += chunk) {
      journal.append(entries.slice(index, index + chunk));
    }
    // All that the other session had shown counts as shown.
    using mark = new ShownMark(opened.folder, opened.session.id);
    mark.write(journal.position);
    mark.sync();
    fs.syncFolder(opened.folder);
    return opened;
  } catch (error) {
    opened[Symbol.dispose]();
    throw error;
  }
}

/** The first two entries only begin a session: with them alone a copy would be the same as a new one. */
export const firstFork = 2;

/** The refusal of a fork, or of going back, to before a session had done anything. */
export function tooEarly(id: string, position: number | undefined): PlaybooksError {
  const message = position === undefined
    ? `Cannot fork session "${id}": it stopped before anything was kept; run its program anew`
    : `Cannot fork session "${id}" at ${position}: its first ${firstFork} entries only begin it; ` +
      `name a later one, or run its program anew`;
  return new PlaybooksError(message, { exitCode: exitCodes.usage });
}

/** The entries up to a position, or all; where early ones cannot be read, a checkpoint's state and the entries behind it. */
function readUpTo(
  folder: string,
  options: { readonly session: string; readonly position?: number },
): { readonly base?: { readonly position: number; readonly state: unknown }; readonly entries: Entry[] } {
  const fs = realFileSystem();
  const { checkpoint, entries: behind, position } = recoverAt(fs, folder, options);
  const entries: Entry[] = [];
  try {
    for (const record of readEntries(fs, folder, options)) {
      if (record.position > position) break;
      entries.push(record.entry as Entry);
      if (record.position === position) break;
    }
  } catch (error) {
    if (!(error instanceof DamagedJournalError)) throw error;
  }
  if (entries.length === position) return { entries };
  if (!checkpoint) return { entries: behind as Entry[] };
  const recovered = { checkpoint, entries: [] };
  const state = restoreState(fs, folder, { session: options.session, recovered });
  // Where the state goes there is no journal to read them from.
  loadHistories(state);
  const base = { position: checkpoint.position, state: storedState({ ...state, base: checkpoint.position }) };
  return { base, entries: behind as Entry[] };
}
