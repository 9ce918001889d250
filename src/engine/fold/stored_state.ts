import { decodeEntry } from "./encoding.ts";
import { type JournalPlace, maxInlineResults, type StoredHistory, TurnHistory } from "./history.ts";
import type { Frame, State, TurnExecution } from "./state.ts";
import { upcastState } from "./upcast_state.ts";

// A state as a checkpoint holds it: the same data, but a long history of a turn stays in the journal.

/** A turn in a checkpoint. */
type StoredExecution = Omit<TurnExecution, "history"> & { readonly history: StoredHistory };

/** A frame in a checkpoint. */
export type StoredFrame = Omit<Frame, "running"> & { readonly running?: StoredExecution };

/** A state in a checkpoint. */
export type StoredState = Omit<State, "frames"> & { readonly frames: Readonly<Record<string, StoredFrame>> };

/** A state for a checkpoint, without long histories; it shares the rest with the state. */
export function storedState(state: State, maxInline = maxInlineResults): StoredState {
  const frames: Record<string, StoredFrame> = {};
  for (const [id, { running, ...frame }] of Object.entries(state.frames)) {
    frames[id] = running ? { ...frame, running: storedExecution(state, running, maxInline) } : frame;
  }
  return { ...state, frames };
}

function storedExecution(state: State, running: TurnExecution, maxInline: number): StoredExecution {
  const { base, position: upTo } = state;
  const history = running.history.store({ open: running.open, base, upTo, maxInline });
  return { ...running, history };
}

/** Reads the entries behind a place, or all, as the journal holds them; throws what reading throws. */
type ReadStoredEntries = (
  after: JournalPlace | undefined,
) => Iterable<{ readonly position: number; readonly entry: unknown }>;

/** The state of a checkpoint; `read` is used when a deferred history is first needed. */
export function restoredState(
  checkpoint: { readonly state: unknown; readonly format: number },
  read: ReadStoredEntries,
): State {
  const state = upcastState(checkpoint) as State;
  const decoded = function* (after: JournalPlace | undefined) {
    for (const { position, entry } of read(after)) yield { position, entry: decodeEntry(entry) };
  };
  for (const frame of Object.values(state.frames)) {
    const running = frame.running as StoredExecution | undefined;
    if (!running) continue;
    const turn = { frame: frame.id, begun: running.position };
    frame.running = { ...running, history: TurnHistory.restore(running.history, turn, decoded) };
  }
  return state;
}

/** Reads all deferred histories of a state. */
export function loadHistories(state: State): void {
  for (const { running } of Object.values(state.frames)) running?.history.load();
}
