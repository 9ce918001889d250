import { exitCodes, PlaybooksError } from "../errors.ts";
import {
  DamagedJournalError,
  type LeasedSession,
  type LoadedSession,
  type NewSession,
  type ResumeTarget,
  type SessionChange,
  type SessionFile,
  type SessionRequest,
  type SessionStore,
  type StoreProcess,
} from "../store/mod.ts";
import {
  decodeEntry,
  editResult,
  editVariables,
  encodeEntry,
  type Entry,
  loadHistories,
  restoreState,
  storedState,
  type ValueEdit,
} from "../engine/mod.ts";
import { refuseRedacted } from "./moving/import_session.ts";

/** Entries per append. */
const chunkEntries = 1000;

/** Values that a person sets in a fork. `by` is the person, as the system knows it. */
export interface ForkEdits {
  readonly set: readonly ValueEdit[];
  readonly by: string;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The place of a fork, its name, and values to set there. */
type ForkTarget = Pick<Extract<ResumeTarget, { kind: "resume" }>, "session" | "position"> & {
  readonly name?: string;
  readonly edits?: ForkEdits;
  /** The request of a client that makes it. */
  readonly request?: SessionRequest;
  /** The fork keeps what the session was before a rewind to this position. */
  readonly rewoundTo?: number;
};

/**
 * Makes a new session from the first entries of another one, which stays unchanged. It copies entries up to `@N`, or
 * all except the end of the program. So a completed session can continue from just before its end. A `result` to set
 * takes the place of its entry, and the fork ends there. Others see the fork when it is whole: a kill leaves none.
 */
export async function forkSession(
  sessions: SessionStore,
  target: ForkTarget,
  process: StoreProcess,
): Promise<LeasedSession> {
  const { session } = target;
  refuseRedacted(session);
  if (session.forkedFrom) checkForkIsWhole(session, await lengthOf(sessions, session.id));
  const result = resultToSet(target);
  const upTo = result?.position ?? target.position;
  const { base, entries } = await readUpTo(sessions, {
    id: session.id,
    ...(upTo === undefined ? {} : { position: upTo }),
  });
  const replaced = result ? entries.pop() : undefined;
  // Only a checkpoint has what a damaged journal lost, and a checkpoint has no single results.
  if (result && !replaced) throw unreadableResult(session.id, result.position);
  if (upTo === undefined) { while (entries.at(-1)?.type === "end") entries.pop(); }
  const position = (base?.position ?? 0) + entries.length;
  if (upTo !== undefined && position < (result ? upTo - 1 : upTo)) {
    throw new PlaybooksError(
      `Cannot fork session "${session.id}" at ${upTo}: it has ${position} entries`,
      { exitCode: exitCodes.noSuchSession },
    );
  }
  if (position < firstFork) throw tooEarly(session.id, upTo);
  const edits = target.edits
    ? editEntries(await sessions.load(session.id, { position }), { ...target.edits, result, replaced })
    : [];
  const { id } = await sessions.insert(
    {
      key: session.key,
      programPaths: session.programPaths,
      ...(session.programMark === undefined ? {} : { programMark: session.programMark }),
      ...(session.storage === undefined ? {} : { storage: session.storage }),
      ...(target.name === undefined ? {} : { name: target.name }),
      ...(target.request ? { request: target.request } : {}),
      // A fork of a session from elsewhere is from elsewhere, too.
      ...(session.importedFrom === undefined ? {} : { importedFrom: session.importedFrom }),
      ...(session.encrypted ? { encrypted: true } : {}),
      ...(base ? { base } : {}),
      forkedFrom: {
        id: session.id,
        position,
        ...(edits.length > 0 ? { edits: edits.length } : {}),
        ...(target.rewoundTo === undefined ? {} : { rewoundTo: target.rewoundTo }),
      },
    },
    process,
    (fork) => fill(fork, [...entries, ...edits.map(encodeEntry)]),
  );
  return await sessions.open(id, process);
}

/** Writes the entries of a fork, and returns the change of its summary. */
async function fill(fork: LeasedSession, entries: readonly unknown[]): Promise<SessionChange> {
  for (let index = 0; index < entries.length; index += chunkEntries) {
    const fence = { expectedPosition: fork.position, token: fork.token };
    await fork.append(entries.slice(index, index + chunkEntries), fence);
  }
  await fork.flush();
  // Words that the other session showed count as shown.
  await fork.cursor.replace(fork.position);
  return { status: "stopped", position: fork.position };
}

function unreadableResult(id: string, position: number): PlaybooksError {
  return new PlaybooksError(
    `Cannot set result@${position} in a fork of session "${id}": its journal is damaged, and entry ${position} cannot ` +
      `be read; fork it at ${position} without a result, or set that of an entry after ${position}`,
    { exitCode: exitCodes.storage },
  );
}

/** The number of a session's entries. A damaged journal counts as long enough: a copy that a kill interrupted is sound. */
async function lengthOf(sessions: SessionStore, id: string): Promise<number> {
  try {
    return (await sessions.load(id)).position;
  } catch (error) {
    if (error instanceof DamagedJournalError) return Infinity;
    throw error;
  }
}

type ResultEdit = Extract<ValueEdit, { kind: "result" }>;

/** The result to set, if there is one. It decides the position of the fork. */
function resultToSet({ session, position, edits }: ForkTarget): ResultEdit | undefined {
  const results = edits?.set.filter((edit) => edit.kind === "result") ?? [];
  const [result] = results;
  if (!result) return undefined;
  if (results.length > 1) {
    throw new PlaybooksError("Only one result can be set in a fork: everything after it is done anew", {
      exitCode: exitCodes.usage,
    });
  }
  const { position: at } = result;
  if (position !== undefined && position !== at && position !== at - 1) {
    throw new PlaybooksError(
      `Cannot set result@${at} in a fork at ${position}: the fork ends with the result; name @${at}, or no position`,
      { exitCode: exitCodes.usage },
    );
  }
  if (at <= firstFork) throw tooEarly(session.id, at);
  return result;
}

function editEntries(
  loaded: LoadedSession,
  { set, by, at, result, replaced }: ForkEdits & {
    readonly result: ResultEdit | undefined;
    readonly replaced: Entry | undefined;
  },
): readonly Entry[] {
  const state = restoreState(loaded);
  const variables = set.filter((edit) => edit.kind !== "result");
  const entries = editVariables(state, variables, { by, at });
  if (!result || !replaced) return entries;
  return [...entries, ...editResult(state, decodeEntry(replaced), result, { by, at })];
}

/**
 * Refuses a fork whose copy a kill interrupted: it would run as a shorter one than was asked for. `position` is the
 * number of its entries.
 */
export function checkForkIsWhole(
  { id, forkedFrom }: Pick<SessionFile, "id" | "forkedFrom">,
  position: number,
): void {
  if (!forkedFrom) return;
  const whole = forkedFrom.position + (forkedFrom.edits ?? 0);
  if (position >= whole) return;
  throw new PlaybooksError(
    `Session "${id}" is an unfinished copy: it has ${position} of the ${whole} entries of the fork of ` +
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
