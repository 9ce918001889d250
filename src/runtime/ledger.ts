import type { Asked, Entry } from "./entry.ts";
import { unpackEntry } from "./pack.ts";
import type { Frame, Result, Running, State } from "./state.ts";

// The ledger of a long turn in a checkpoint: all of it is in the journal, so the checkpoint says where.

/** Results above which a ledger is told by positions: a file with fewer stands on its own, be the journal damaged. */
const longestInlineLedger = 256;

/** Positions from the first to the second, both included. */
export type Span = readonly [number, number];

/** A turn in flight whose ledger is told by the positions of its entries; `asked` has what is still open. */
type PackedRunning = Omit<Running, "results"> & { readonly ledger: readonly Span[] };

/** A state for a checkpoint, with long ledgers by position; it shares the rest with the state. */
export function packLedgers(state: State): unknown {
  const long = Object.values(state.frames).filter(({ running }) =>
    running !== undefined && running.results.length > longestInlineLedger && running.position > state.base
  );
  if (long.length === 0) return state;
  const frames: Record<string, unknown> = { ...state.frames };
  for (const frame of long) frames[frame.id] = { ...frame, running: packed(frame.running!) };
  return { ...state, frames };
}

/** The state that was packed; `read` gives the entries at positions, in their order, and throws what reading throws. */
export function unpackLedgers(
  stored: unknown,
  read: (spans: readonly Span[]) => Iterable<{ readonly position: number; readonly entry: unknown }>,
): State {
  const state = stored as State;
  for (const frame of Object.values(state.frames)) {
    const running = frame.running as PackedRunning | undefined;
    if (running && "ledger" in running) frame.running = unpacked(frame, running, read(running.ledger));
  }
  return state;
}

function packed(running: Running): PackedRunning {
  const { results, asked, ...rest } = running;
  const open: Record<number, Asked> = {};
  for (const key of Object.keys(running.open)) open[Number(key)] = asked[Number(key)]!;
  return { ...rest, asked: open, ledger: spansOf(results) };
}

function unpacked(
  frame: Frame,
  { ledger: _, ...rest }: PackedRunning,
  entries: Iterable<{ readonly position: number; readonly entry: unknown }>,
): Running {
  const results: Result[] = [];
  const asked: Record<number, Asked> = {};
  const begun = new Map<number, number>();
  const calls = new Map<string, number>();
  for (const { position, entry: stored } of entries) {
    const entry = unpackEntry(stored);
    switch (entry.type) {
      case "start":
      case "call":
        asked[entry.asked.ordinal] = entry.asked;
        begun.set(entry.asked.ordinal, position);
        if (entry.type === "call") calls.set(entry.callee.id, entry.asked.ordinal);
        break;
      case "effect":
        if (entry.asked) asked[entry.ordinal] = entry.asked;
        results.push(resultOf(entry, entry.ordinal, { position, begun: begun.get(entry.ordinal) }));
        break;
      case "return": {
        const ordinal = calls.get(entry.frame)!;
        results.push(resultOf(entry, ordinal, { position, begun: begun.get(ordinal) }));
        break;
      }
      default:
        throw new TypeError(`Entry ${position} is not of the ledger of frame ${frame.id}`);
    }
  }
  return { ...rest, asked: { ...asked, ...rest.asked }, results };
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

/** Where the entries of results stand, ascending; results are only ever added, so what was found is kept. */
function spansOf(results: readonly Result[]): readonly Span[] {
  const known = spansKnown.get(results) ?? { count: 0, spans: [] };
  for (const { position, begun } of results.slice(known.count)) {
    if (begun !== undefined) addPosition(known.spans, begun);
    addPosition(known.spans, position);
  }
  known.count = results.length;
  spansKnown.set(results, known);
  return known.spans;
}

const spansKnown = new WeakMap<readonly Result[], { count: number; readonly spans: [number, number][] }>();

/** Adds a position, most often the highest, to spans that do not touch each other. */
function addPosition(spans: [number, number][], position: number): void {
  let after = spans.length;
  while (after > 0 && spans[after - 1]![0] > position) after--;
  const before = spans[after - 1];
  const next = spans[after];
  if (before && before[1] + 1 === position) before[1] = position;
  else if (next && next[0] - 1 === position) next[0] = position;
  else spans.splice(after, 0, [position, position]);
  if (before && next && before[1] + 1 === next[0]) {
    before[1] = next[1];
    spans.splice(after, 1);
  }
}
