import { decodeEntry, restoreState, wordsShownBy } from "../engine/mod.ts";
import { exitCodes, PlaybooksError } from "../errors.ts";
import { type SessionFile, type SessionStore, shortId, type StoreProcess } from "../store/mod.ts";
import { maxNameLength, PositionConflictError } from "../store/mod.ts";
import { firstFork, forkSession } from "./fork.ts";
import { programsOf } from "./programs_of.ts";
import { summaryCounts } from "./snapshot.ts";
import { restingStatus } from "./state_report.ts";

/** The consequences of a rewind, before it is done. */
interface RewindPreview {
  /** The number of entries that the session has now. */
  readonly position: number;
  /** The number of words that were shown to persons and would be shown again. */
  readonly words: number;
  /** Outside effects that would be done again and must not be repeated without a person's consent. */
  readonly effects: readonly { readonly position: number; readonly what: string }[];
}

/**
 * The consequences of a rewind of a session to its first `position` entries. Throws a `PlaybooksError`: exit 3 for a
 * position that it does not have, exit 2 for one at which nothing would change.
 */
export async function previewRewind(
  store: SessionStore,
  { session, position }: { readonly session: SessionFile; readonly position: number },
): Promise<RewindPreview> {
  const { id } = session;
  const { position: last } = await store.load(id);
  if (position < firstFork) {
    throw new PlaybooksError(
      `Cannot rewind session "${id}" to ${position}: its first ${firstFork} entries only begin it; run its program anew`,
      { exitCode: exitCodes.usage },
    );
  }
  if (position > last) {
    throw new PlaybooksError(`Cannot rewind session "${id}" to ${position}: it has ${last} entries`, {
      exitCode: exitCodes.noSuchSession,
    });
  }
  if (position === last) {
    throw new PlaybooksError(
      `Session "${id}" is at entry ${position} already; there is nothing to take back`,
      {
        exitCode: exitCodes.usage,
      },
    );
  }
  let words = 0;
  const effects: { readonly position: number; readonly what: string }[] = [];
  for (const record of await store.read(id)) {
    if (record.position <= position) continue;
    const entry = decodeEntry(record.entry);
    if (wordsShownBy(entry)) words++;
    if (entry.type === "start" && entry.wait.kind === "outside" && !entry.wait.repeatable) {
      effects.push({ position: record.position, what: entry.wait.what });
    }
  }
  return { position: last, words, effects };
}

/**
 * Takes a session back to its first `position` entries, and returns the id of a new session that keeps what it was. Throws
 * a `PlaybooksError` (exit 4) if a process runs the session, and those of `previewRewind`.
 *
 * The new session is complete and durable before the first one changes. So a kill leaves the session whole at its old or
 * its new place, and nothing is lost.
 */
export async function rewindSession(
  store: SessionStore,
  { session, position }: { readonly session: SessionFile; readonly position: number },
  process: StoreProcess,
): Promise<string> {
  await previewRewind(store, { session, position });
  const { id } = session;
  const kept = await keepWhole(store, { session, rewoundTo: position }, process);
  // Opened again, because the last opened session of a program is the one that it resumes.
  await using leased = await store.open(id, process);
  let status: SessionFile["status"] = "stopped";
  try {
    if (leased.position !== kept.position) {
      throw new PositionConflictError(id, {
        expected: kept.position,
        actual: leased.position,
      });
    }
    const state = restoreState(await store.load(id, { position }));
    const checkpoint = (await leased.checkpoints()).findLast((each) => each <= position) ?? 0;
    // The summary goes first: it may know fewer entries than there are, as after a kill, but not more.
    const traced = session.traced === undefined ? {} : { traced: Math.min(session.traced, position) };
    const origin = originAt(session, position);
    await store.update(id, { position, checkpoint, ...summaryCounts(state), ...origin, ...traced });
    await leased.rewind(position, { expectedPosition: leased.position, token: leased.token });
    status = restingStatus(state, await programsOf(Object.values(state.sources)));
    return kept.id;
  } finally {
    await store.update(id, { status }).catch(() => {});
  }
}

/** The origin of a fork that goes back to `position`: what it no longer has of its copy is not missing. */
function originAt({ forkedFrom }: SessionFile, position: number): Pick<SessionFile, "forkedFrom"> {
  if (!forkedFrom) return {};
  const { edits = 0, ...origin } = forkedFrom;
  const copied = Math.min(position, origin.position);
  const keptEdits = Math.min(edits, position - copied);
  return { forkedFrom: { ...origin, position: copied, ...(keptEdits > 0 ? { edits: keptEdits } : {}) } };
}

/** A name for the session that keeps all entries, so that a person can type it: `monday-before-rewind`. */
async function keptName(store: SessionStore, { id, name }: SessionFile): Promise<string> {
  const base = (name ?? shortId(id)).replace(/-before-rewind(-\d+)?$/, "");
  const taken = new Set((await store.list()).map((session) => session.name));
  for (let number = 1;; number++) {
    const suffix = `-before-rewind${number === 1 ? "" : `-${number}`}`;
    // A cut name may end with half a pair of surrogates, or with a space.
    const start = base.slice(0, maxNameLength - suffix.length).replace(/[\ud800-\udbff]$/, "").trimEnd();
    if (!taken.has(start + suffix)) return start + suffix;
  }
}

/** Keeps a session that no process runs in a new one. */
async function keepWhole(
  store: SessionStore,
  { session, rewoundTo }: { readonly session: SessionFile; readonly rewoundTo: number },
  process: StoreProcess,
): Promise<{ readonly id: string; readonly position: number }> {
  const { id, status, exit, turns, calls, tokens, costUsd } = session;
  await using leased = await store.open(id, process);
  try {
    const { position } = leased;
    const name = await keptName(store, session);
    await using fork = await forkSession(store, { session, position, rewoundTo, name }, process);
    await store.update(fork.id, { status, exit, position, turns, calls, tokens, costUsd });
    return { id: fork.id, position };
  } finally {
    await store.update(id, { status, exit });
  }
}
