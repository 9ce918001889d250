import { exitCodes, PlaybooksError } from "../errors.ts";
import {
  DamagedJournalError,
  type LeasedSession,
  type NewSession,
  type ResumeTarget,
  type SessionFile,
  type SessionStore,
  type StoreProcess,
} from "../store/mod.ts";
import { type Entry, loadHistories, restoreState, storedState } from "../engine/mod.ts";

/** Entries per append. */
const chunkEntries = 1000;

/**
 * Makes a new session from the first entries of another one, which stays unchanged. It copies entries up to `@N`, or
 * all except the end of the program. So a completed session can continue from just before its end.
 */
export async function forkSession(
  sessions: SessionStore,
  target: Extract<ResumeTarget, { kind: "resume" }> & { readonly name?: string },
  process: StoreProcess,
): Promise<LeasedSession> {
  const { session } = target;
  checkForkIsWhole(session, (await sessions.load(session.id)).position);
  const { base, entries } = await readUpTo(sessions, { ...target, id: session.id });
  if (target.position === undefined) { while (entries.at(-1)?.type === "end") entries.pop(); }
  const position = (base?.position ?? 0) + entries.length;
  if (target.position !== undefined && position < target.position) {
    throw new PlaybooksError(
      `Cannot fork session "${session.id}" at ${target.position}: it has ${position} entries`,
      { exitCode: exitCodes.noSuchSession },
    );
  }
  if (position < firstFork) throw tooEarly(session.id, target.position);
  const fork = await sessions.begin({
    key: session.key,
    programPaths: session.programPaths,
    ...(session.programMark === undefined ? {} : { programMark: session.programMark }),
    ...(session.storage === undefined ? {} : { storage: session.storage }),
    ...(target.name === undefined ? {} : { name: target.name }),
    ...(base ? { base } : {}),
    forkedFrom: { id: session.id, position },
  }, process);
  try {
    for (let index = 0; index < entries.length; index += chunkEntries) {
      const fence = { expectedPosition: fork.position, token: fork.token };
      await fork.append(entries.slice(index, index + chunkEntries), fence);
    }
    await fork.flush();
    // Words that the other session showed count as shown.
    await fork.cursor.replace(fork.position);
    return fork;
  } catch (error) {
    await fork.close();
    throw error;
  }
}

/**
 * Refuses a fork whose copy a kill interrupted: it would run as a shorter one than was asked for. `position` is the
 * number of its entries.
 */
export function checkForkIsWhole(
  { id, forkedFrom }: Pick<SessionFile, "id" | "forkedFrom">,
  position: number,
): void {
  if (!forkedFrom || position >= forkedFrom.position) return;
  throw new PlaybooksError(
    `Session "${id}" is an unfinished copy: it has ${position} of the ${forkedFrom.position} entries of ` +
      `${forkedFrom.id}; fork that session again`,
    { exitCode: exitCodes.usage },
  );
}

/** The first two entries only begin a session. A fork at 1 would equal a new session. */
export const firstFork = 2;

/** The error for a position before the session did anything. */
export function tooEarly(id: string, position: number | undefined): PlaybooksError {
  const message = position === undefined
    ? `Cannot fork session "${id}": it stopped before anything was kept; run its program anew`
    : `Cannot fork session "${id}" at ${position}: its first ${firstFork} entries only begin it; ` +
      `name a later one, or run its program anew`;
  return new PlaybooksError(message, { exitCode: exitCodes.usage });
}

/** The entries up to a position, or all. If early ones cannot be read: a checkpoint's state and the later entries. */
async function readUpTo(
  sessions: SessionStore,
  { id, position: upTo }: { readonly id: string; readonly position?: number },
): Promise<{ readonly base?: NonNullable<NewSession["base"]>; readonly entries: Entry[] }> {
  const loaded = await sessions.load(id, upTo === undefined ? {} : { position: upTo });
  const { checkpoint, entries: behind, position } = loaded;
  const entries: Entry[] = [];
  try {
    for (const record of await sessions.read(id)) {
      if (record.position > position) break;
      entries.push(record.entry as Entry);
      if (record.position === position) break;
    }
  } catch (error) {
    if (!(error instanceof DamagedJournalError)) throw error;
  }
  if (entries.length === position) return { entries };
  if (!checkpoint) return { entries: behind as Entry[] };
  const state = restoreState({ ...loaded, entries: [] });
  // The new session has no journal to read deferred histories from.
  loadHistories(state);
  const base = { position: checkpoint.position, state: storedState({ ...state, base: checkpoint.position }) };
  return { base, entries: behind as Entry[] };
}
