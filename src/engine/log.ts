import type { Awaitable } from "../store/session_store.ts";
import type { Entry } from "./fold/entry.ts";
import type { ScopeSnapshots } from "./turn/scope_snapshots.ts";
import type { State } from "./fold/state.ts";

/**
 * Stores a session's entries. A log whose entries are durable at once returns no promise, so that an append costs no turn
 * of the event loop. Its functions throw a `PlaybooksError` when the storage fails; the session then stops.
 */
export interface SessionLog {
  /** On return, or when the promise resolves, the entries are durable. */
  append(entries: readonly Entry[]): Awaitable<void>;
  /** Bytes of the session on disk, without checkpoints and other caches. */
  readonly bytes: number;
  /** Makes durable the entries that a sync mode other than `always` holds back. Called before each wait. */
  flush(): Awaitable<void>;
  /** Writes a checkpoint of the state if one is due, or if it is the last one. Returns its position if written. */
  checkpoint(state: State, options: { readonly last: boolean }): Awaitable<number | undefined>;
  /** Position up to which words to persons were certainly shown. */
  shown(): number;
  markShown(position: number): Awaitable<void>;
  /** Snapshots of waiting scopes, if the log can store them. */
  readonly snapshots?: ScopeSnapshots;
  /** Entries after a position, read back. */
  entriesAfter(position: number): Awaitable<readonly Entry[]>;
}

/** A log in memory: for tests, and for runs with `durability.enabled = false`. */
export function memoryLog(entries: Entry[] = []): SessionLog {
  let shown = 0;
  return {
    append: (fresh) => {
      entries.push(...fresh);
    },
    bytes: 0,
    flush: () => {},
    checkpoint: () => undefined,
    shown: () => shown,
    markShown: (position) => {
      shown = position;
    },
    entriesAfter: (position) => entries.slice(position),
  };
}
