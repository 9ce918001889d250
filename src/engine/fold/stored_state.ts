import { decodeEntry } from "./encoding.ts";
import {
  type JournalPlace,
  maxInlineResults,
  type ReadEntries,
  type StoredHistory,
  TurnHistory,
} from "./history.ts";
import type { EndedTurn, Frame, State, TurnExecution } from "./state.ts";
import { upcastState } from "./upcast_state.ts";

// A state as a checkpoint holds it: the same data, but a long history of a turn stays in the journal.

/** A part of a frame whose history is in the form of a checkpoint. */
type Stored<T> = Omit<T, "history"> & { readonly history: StoredHistory };

/** A frame in a checkpoint. */
export type StoredFrame = Omit<Frame, TurnOfFrame> & {
  readonly running?: Stored<TurnExecution>;
  readonly endedTurn?: Stored<EndedTurn>;
  readonly toldTurn?: Stored<EndedTurn>;
};

type TurnOfFrame = "running" | "endedTurn" | "toldTurn";
const turnsOfFrame: readonly TurnOfFrame[] = ["running", "endedTurn", "toldTurn"];

/** A state in a checkpoint. */
export type StoredState = Omit<State, "frames"> & { readonly frames: Readonly<Record<string, StoredFrame>> };

/** A state for a checkpoint, without long histories. It shares the rest with the state. */
export function storedState(state: State, maxInline = maxInlineResults): StoredState {
  const { base, position: upTo } = state;
  const execution = (turn: TurnExecution): Stored<TurnExecution> => {
    return { ...turn, history: turn.history.store({ open: turn.open, base, upTo, maxInline }) };
  };
  // A model's turn has few results, and the next request needs them.
  const ended = (turn: EndedTurn): Stored<EndedTurn> => {
    return { ...turn, history: turn.history.store({ open: {}, base, upTo, maxInline: Infinity }) };
  };
  const frames: Record<string, StoredFrame> = {};
  for (const [id, frame] of Object.entries(state.frames)) {
    const { running, endedTurn, toldTurn } = frame;
    frames[id] = {
      ...frame as Omit<Frame, TurnOfFrame>,
      ...(running ? { running: execution(running) } : {}),
      ...(endedTurn ? { endedTurn: ended(endedTurn) } : {}),
      ...(toldTurn ? { toldTurn: ended(toldTurn) } : {}),
    };
  }
  return { ...state, frames };
}

/** Reads stored entries after a place, or all. Throws the store's errors. */
type ReadStoredEntries = (
  after: JournalPlace | undefined,
) => Iterable<{ readonly position: number; readonly entry: unknown }>;

/** The state of a checkpoint; `read` is called when a deferred history is first needed. */
export function restoredState(
  checkpoint: { readonly state: unknown; readonly format: number },
  read: ReadStoredEntries,
): State {
  const state = upcastState(checkpoint) as State;
  const decoded: ReadEntries = function* (after) {
    for (const { position, entry } of read(after)) yield { position, entry: decodeEntry(entry) };
  };
  for (const frame of Object.values(state.frames)) {
    for (const name of turnsOfFrame) {
      const turn = frame[name] as Stored<EndedTurn | TurnExecution> | undefined;
      if (!turn) continue;
      const history = TurnHistory.restore(turn.history, frame.id, decoded);
      Object.assign(frame, { [name]: { ...turn, history } });
    }
  }
  return state;
}

/** Reads all deferred histories of a state. */
export function loadHistories(state: State): void {
  for (const frame of Object.values(state.frames)) {
    for (const name of turnsOfFrame) frame[name]?.history.load();
  }
}
