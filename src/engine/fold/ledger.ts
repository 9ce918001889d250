import { DamagedJournalError, type Place } from "../../store/file/mod.ts";
import type { StatePatch } from "../../sandbox/sandbox.ts";
import type { Asked, Entry } from "./entry.ts";
import { decodeEntry } from "./encoding.ts";
import type { Frame, Result, State, TurnExecution } from "./state.ts";

// The ledger of a long turn in a checkpoint: all of it is in the journal, so the checkpoint says how long it is. What is
// needed of it is read when it is: a turn that goes on from an image of its scope needs but what came after that.

/** Results above which a ledger is not in a checkpoint: a file with fewer stands on its own, be the journal damaged. */
export const maxInlineResults = 256;

/** Reads the entries behind a place, or all, in order; throws what reading throws. */
export type ReadEntries = (
  after: Place | undefined,
) => Iterable<{ readonly position: number; readonly entry: unknown }>;

/** A turn in flight whose ledger has so many results; `asked` has what is still open, and what it `saw` is not there. */
type PackedRunning = Omit<TurnExecution, "results" | "saw"> & { readonly ledger: number };

/** A frame in a checkpoint. */
export type PackedFrame = Omit<Frame, "running"> & { readonly running?: TurnExecution | PackedRunning };

/** A state in a checkpoint. */
export type PackedState = Omit<State, "frames"> & { readonly frames: Readonly<Record<string, PackedFrame>> };

/** A state for a checkpoint, without long ledgers; it shares the rest with the state. */
export function packLedgers(state: State, longestInline = maxInlineResults): PackedState {
  const long = Object.values(state.frames).filter(({ running }) =>
    running !== undefined &&
    (unread.has(running) || running.results.length > longestInline && running.position > state.base)
  );
  if (long.length === 0) return state;
  const frames: Record<string, PackedFrame> = { ...state.frames };
  for (const frame of long) frames[frame.id] = { ...frame, running: packed(frame.running!) };
  return { ...state, frames };
}

/**
 * The state that was packed. The results of its long ledgers are holes until `readLedger` has read them; they must be
 * before anybody looks at them.
 */
export function unpackLedgers(stored: unknown, read: ReadEntries): State {
  const state = stored as State;
  for (const frame of Object.values(state.frames)) {
    const packed = frame.running as PackedRunning | undefined;
    if (!packed || !("ledger" in packed)) continue;
    const { ledger, ...rest } = packed;
    const results: Result[] = [];
    results.length = ledger;
    frame.running = { ...rest, results, saw: {} };
    const { position } = frame.running;
    unread.set(frame.running, {
      frame: frame.id,
      begun: position,
      count: ledger,
      upTo: state.position,
      read,
    });
  }
  return state;
}

/** Where an image of a turn's scope stands in its ledger. */
export interface LedgerPlace {
  /** Results before it, and the position of the last of them. */
  readonly delivered: number;
  readonly last: number;
  /** A place before that, and before the entries that began what had no result then. */
  readonly after?: Place;
}

/**
 * Reads what is not there yet of a turn's ledger: all of it, or all behind a place and the result just before it. A place
 * that is none of this ledger reads nothing. Throws `DamagedJournalError` when an entry cannot be read, and `StorageError`.
 */
export function readLedger(running: TurnExecution, place?: LedgerPlace): void {
  const ledger = unread.get(running);
  if (!ledger) return;
  const first = place ? place.delivered - 1 : 0;
  let found: Found;
  try {
    found = entriesOf(ledger, place);
  } catch (error) {
    if (place?.after && error instanceof DamagedJournalError) return;
    throw error;
  }
  const { results, asked, saw } = found;
  if (place && (results[0]?.position !== place.last || first + results.length !== ledger.count)) return;
  if (results.length !== ledger.count - first) {
    throw new TypeError(
      `The journal has ${results.length} results of frame ${ledger.frame}, not ${ledger.count}`,
    );
  }
  for (const [index, result] of results.entries()) running.results[first + index] = result;
  running.asked = { ...asked, ...running.asked };
  running.saw = { ...saw, ...running.saw };
  if (!place) unread.delete(running);
}

/** Reads what is not there yet of all ledgers of a state. */
export function readLedgers(state: State): void {
  for (const { running } of Object.values(state.frames)) if (running) readLedger(running);
}

interface Unread {
  readonly frame: string;
  /** Position of the entry that began the turn. */
  readonly begun: number;
  readonly count: number;
  /** Position of the checkpoint: what came after it is in the state. */
  readonly upTo: number;
  readonly read: ReadEntries;
}

const unread = new WeakMap<TurnExecution, Unread>();

function packed(running: TurnExecution): PackedRunning {
  const { results, asked, saw: _, ...rest } = running;
  const open: Record<number, Asked> = {};
  for (const key of Object.keys(running.open)) open[Number(key)] = asked[Number(key)]!;
  return { ...rest, asked: open, ledger: results.length };
}

interface Found {
  readonly results: readonly Result[];
  readonly asked: Readonly<Record<number, Asked>>;
  readonly saw: Readonly<Record<number, StatePatch>>;
}

/** The results of a turn, what it had asked for, and what it had seen of others' writes; from a place on when one is given. */
function entriesOf({ frame, begun: since, upTo, read }: Unread, place: LedgerPlace | undefined): Found {
  let results: Result[] = [];
  const asked: Record<number, Asked> = {};
  let saw: Record<number, StatePatch> = {};
  const begun = new Map<number, number>();
  const calls = new Map<string, number>();
  const add = (entry: Extract<Entry, { type: "effect" | "return" }>, ordinal: number, position: number) => {
    if (position >= (place?.last ?? 0)) {
      results.push(resultOf(entry, ordinal, { position, begun: begun.get(ordinal) }));
    }
  };
  for (const { position, entry: stored } of read(place?.after)) {
    if (position <= since) continue;
    if (position > upTo) break;
    const entry = decodeEntry(stored);
    switch (entry.type) {
      case "start":
      case "call":
        if (entry.frame !== frame) break;
        Object.assign(saw, entry.out?.in);
        asked[entry.asked.ordinal] = entry.asked;
        begun.set(entry.asked.ordinal, position);
        if (entry.type === "call") calls.set(entry.callee.id, entry.asked.ordinal);
        break;
      case "effect":
        if (entry.frame !== frame) break;
        Object.assign(saw, entry.out?.in);
        if (entry.asked) asked[entry.ordinal] = entry.asked;
        if (!entry.cancelled) add(entry, entry.ordinal, position);
        break;
      case "return": {
        const ordinal = calls.get(entry.frame);
        if (ordinal !== undefined) add(entry, ordinal, position);
        break;
      }
      case "patch":
        if (entry.frame === frame) Object.assign(saw, entry.out.in);
        break;
      case "redo":
        if (entry.frame !== frame) break;
        saw = {};
        results = results.filter(({ ordinal }) => ordinal < entry.ordinal);
        for (const ordinal of Object.keys(asked).map(Number)) {
          if (ordinal >= entry.ordinal) delete asked[ordinal];
        }
        break;
      default:
        break;
    }
  }
  // What it saw before its first result is in the variables that it began with.
  delete saw[0];
  return { results, asked, saw };
}

/** What a ledger holds of the entry that brought a result. */
export function resultOf(
  entry: Extract<Entry, { type: "effect" | "return" }>,
  ordinal: number,
  { position, begun }: { readonly position: number; readonly begun: number | undefined },
): Result {
  const summary = entry.type === "return" ? entry.summary : undefined;
  return {
    ordinal,
    outcome: entry.outcome,
    position,
    at: entry.at,
    ...(begun === undefined ? {} : { begun }),
    ...(summary === undefined ? {} : { summary }),
  };
}
