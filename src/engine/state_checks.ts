import type { StateChecks } from "../store/mod.ts";
import type { State } from "./fold/state.ts";
import { loadHistories } from "./fold/stored_state.ts";
import { UnknownEntryError } from "./fold/upcast.ts";
import { foldEntries, restoreState } from "./restore.ts";
import { isSealed, type SnapshotSeal } from "./turn/scope_snapshots.ts";

/** Computes states for a store that verifies a session; with `seal`, it also tells whose the snapshots are. */
export function stateChecks(seal?: SnapshotSeal): StateChecks {
  return {
    fold: (from, entries) => foldEntries(from as State | undefined, entries),
    restore: (loaded) => {
      const state = restoreState(loaded);
      loadHistories(state);
      return state;
    },
    isNewer: (error) => error instanceof UnknownEntryError,
    ...(seal && { isOwnSnapshot: (session, name, bytes) => isSealed(seal, session, name, bytes) }),
  };
}
