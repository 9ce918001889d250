import type { FindResult } from "./find.ts";
import type { RunnableSession } from "./runnable.ts";
import type { GivenSession, LeaseHolder, SessionChange, SessionFile } from "./session_summary.ts";
import type { DamagedJournalError } from "./storage_error.ts";
import type { IndexVerification, SessionVerification } from "./verification.ts";

/**
 * A value, or a promise of it.
 *
 * A store that has the answer at once returns the value itself, so a hot loop need not yield to the event loop:
 *
 * ```ts
 * const pending = session.append(entries, fence);
 * if (pending) await pending;
 * ```
 *
 * Measured with the folder store: an append takes the time of one `fdatasync` (about 0.3 ms); awaiting a settled promise
 * after each one would add a turn of the event loop, and asynchronous file operations double the time.
 */
export type Awaitable<T> = T | Promise<T>;

/** How an append makes entries durable: always, within 100 ms, or when the system writes them. */
export type SyncMode = "always" | "batch" | "off";

/** A session whose lease a process holds. */
export interface HeldSession {
  readonly id: string;
  /**
   * When the lease ends if its holder does not extend it. It changes with each extension, and is only good to be compared.
   * Absent if the lease ends with its process.
   */
  readonly leaseEnd?: string;
}

/**
 * Keeps sessions: their entries, checkpoints, snapshots, messages and summaries.
 *
 * Only the process that holds a session's lease may write to it (`begin`, `open`). Everything else here needs no lease:
 * it reads, or it writes something that has its own rule (`update`, `remove`, `inbox`).
 *
 * Errors: `PlaybooksError`s with a recovery hint. Exit 3: no such session. Exit 4: another process has the lease
 * (`LostLeaseError`, `PositionConflictError`). Exit 6: the storage fails or is damaged.
 */
export interface SessionStore {
  /** The store's name in messages: the path of a folder, or an address without its password. */
  readonly location: string;
  /** The folder of a store that keeps sessions in folders. */
  readonly folder: string | undefined;
  /** `max_session_mb`: a larger session is not read. A resume sets it when it knows the program's settings. */
  maxSessionMb: number;

  /** Makes a session and takes its lease. If that fails, everything it made is removed. */
  begin(given: NewSession, process: StoreProcess): Promise<LeasedSession>;

  /**
   * Makes a whole session. `fill` writes to it and returns changes of its summary. Others see the session only after
   * that, with all of it; the store then counts it as run last. If anything fails, or the process dies, there is no
   * session.
   */
  insert(
    given: NewSession,
    process: StoreProcess,
    fill: (session: LeasedSession) => Promise<SessionChange>,
  ): Promise<SessionFile>;

  /** Takes the lease of a session and reads the parts that a run needs. `change` is applied to its summary. */
  open(id: string, process: StoreProcess & { readonly change?: SessionChange }): Promise<LeasedSession>;

  /** Reads a session after its first `position` entries, or all by default, and changes nothing. */
  load(id: string, options?: { readonly position?: number }): Promise<LoadedSession>;

  /**
   * Reads entries in order, without the lease: those after a place, or all. It skips a torn tail, because another
   * process may be writing it. Throws after the last good entry if the rest is damaged, and if there are fewer than
   * `atLeast`.
   */
  read(
    id: string,
    options?: { readonly after?: EntryPlace; readonly atLeast?: number },
  ): Awaitable<Iterable<StoredEntry>>;

  /**
   * Whether the JSON of a session's entries may match a pattern, for a search through many sessions. False only if it
   * certainly does not.
   */
  mayContain(id: string, pattern: RegExp): Awaitable<boolean>;

  /** Reads a session's entries as far as possible. Damage is a value here. Throws if the storage fails. */
  checkJournal(id: string): Awaitable<CheckedJournal>;
  /** Checks what is stored of a session, and changes nothing. */
  verify(id: string, checks: StateChecks): Awaitable<SessionVerification>;
  /**
   * Checks all sessions, also those that were never begun, the oldest first; and the indexes. A session that the key does
   * not open is `locked` in the result.
   */
  verifyAll(
    checks: StateChecks,
  ): Promise<{ readonly sessions: readonly SessionVerification[]; readonly index: IndexVerification }>;

  /** Compares the indexes with the sessions, and changes nothing. */
  verifyIndexes(): Promise<IndexVerification>;

  /** The summary of a session; `undefined` if there is none, which is not an error. */
  get(id: string): Awaitable<SessionFile | undefined>;
  /** All sessions, the last started or resumed first. */
  list(): Awaitable<readonly SessionFile[]>;
  /** The first `limit` of `list`, and all ids. Absent if that takes as long as `list`. */
  newest?(limit: number): Awaitable<NewestSessions>;
  /** The session of any program that ran last and can go on. Absent if `list` is as fast. */
  newestToGoOn?(): Awaitable<SessionFile | undefined>;
  /**
   * Completes indexes that a listing has found incomplete; with `look`, also if there was no listing. It never fails. Absent
   * if they cannot be incomplete.
   */
  completeIndexes?(options?: { readonly look?: boolean }): Promise<void>;
  /** The place of a session, for people: its folder, or the store's location. */
  placeOf(id: string): string;
  /** Bytes of everything that is stored of a session; 0 if there is none. */
  sizeOf(id: string): Awaitable<number>;
  /** Finds a session by its id, a part of it, or its name, perhaps with `@N`. */
  find(reference: string): Awaitable<FindResult>;
  /** The session of a program's key that was started or resumed last. */
  lastFor(key: string): Promise<SessionFile | undefined>;
  /** Changes the summary of a session: its name, status, counts. With a new key it is the last session of that key. */
  update(id: string, change: SessionChange): Promise<SessionFile>;
  /** The process that holds a session's lease now; `undefined` if none does. */
  holder(id: string): Awaitable<LeaseHolder | undefined>;
  /** Moves a session to the trash. `flushIndexes` updates the indexes. Throws (exit 4) if a process holds its lease. */
  remove(id: string): Promise<void>;
  /** Removed sessions. They are not listed or found until they are restored. */
  readonly trash: Trash;

  /** The messages that others have posted to a session; posting needs no lease. */
  inbox(id: string): Pick<Inbox, "post" | "read">;

  /**
   * Sessions that a worker may take now, at most `limit`, those that wait longest first: queued, due, answered and
   * orphaned ones. `runnableReason` has the rules. It is cheap with many sessions that wait.
   */
  runnable(options: {
    readonly limit: number;
    readonly nowMs: number;
    /** Ids of sessions that the caller cannot take. */
    readonly except?: ReadonlySet<string>;
  }): Awaitable<readonly RunnableSession[]>;
  /** Sessions that would go on in a worker if no process held their leases. */
  held(): Awaitable<readonly HeldSession[]>;
  /** When the next session becomes runnable by itself, ms since 1970; `Infinity` if none does. May be too early. */
  nextDueMs(): Awaitable<number>;
  /**
   * Resolves when sessions may have become runnable since the last `runnable`, or when `signal` aborts. It does not
   * notice that a process has died or that a timer has passed; so ask again after some time.
   */
  changed(options: { readonly signal: AbortSignal }): Promise<void>;

  /**
   * Brings the indexes up to date; a failure of an index is a notice, not an error. The store of a worker collects the
   * changes of some seconds, except `atOnce`.
   */
  flushIndexes(options?: { readonly atOnce?: boolean }): Promise<void>;
  /** Notices about the store, each once. */
  takeNotices(): readonly string[];
}

/** The sessions that ran last, and the ids of all. */
export interface NewestSessions {
  readonly sessions: readonly SessionFile[];
  readonly ids: readonly string[];
}

/** The trash of a store. */
export interface Trash {
  /** The last removed first. */
  list(): Awaitable<readonly TrashedSession[]>;
  /** Puts a session back. If another one has its name by now, it loses the name. */
  restore(id: string): Promise<SessionFile>;
  /** Deletes a removed session for ever. */
  delete(id: string): Awaitable<void>;
}

/** A removed session. */
export interface TrashedSession {
  readonly session: SessionFile;
  /** ISO 8601, UTC. */
  readonly removedAt: string;
  readonly bytes: number;
}

/** Computes states of sessions for a store, which does not know what entries mean. */
export interface StateChecks {
  /** Applies entries to a state, or to the one before the first entry. Throws for an entry that does not fit. */
  fold(from: unknown, entries: readonly unknown[]): unknown;
  /** The state from which a resume would continue. Throws if that needs entries that `read` does not give. */
  restore(loaded: Pick<LoadedSession, "checkpoint" | "entries" | "read" | "hasSnapshot">): unknown;
  /** Whether `fold` threw this because a newer version wrote an entry. */
  isNewer(error: unknown): error is Error;
  /** Whether this user's own processes wrote a snapshot; absent if that cannot be known. */
  isOwnSnapshot?(id: string, name: string, bytes: Uint8Array): boolean;
}

/** A session to begin. */
export interface NewSession extends GivenSession {
  /** The initial state, if the entries before it cannot be read. */
  readonly base?: { readonly position: number; readonly state: unknown };
}

/** The process that runs a session. */
export interface StoreProcess {
  readonly pid: number;
  readonly host: string;
  readonly sync: SyncMode;
}

/** A stored session: the state at the newest good checkpoint, if any, and the entries after it. */
export interface LoadedSession {
  readonly id: string;
  readonly checkpoint?: StoredCheckpoint;
  readonly entries: readonly unknown[];
  /** The number of all entries, including those before the checkpoint. */
  readonly position: number;
  /** The hint of the {@linkcode EntryPlace} after the last entry; absent if the store needs none. */
  readonly end?: number;
  /** Notices: a torn tail was dropped, a checkpoint was skipped. */
  readonly notices: readonly string[];
  /** Reads entries after a place, or all; as {@linkcode SessionStore.read}. */
  read(
    options?: { readonly after?: EntryPlace; readonly atLeast?: number },
  ): Awaitable<Iterable<StoredEntry>>;
  /** Whether there is a snapshot of this name. */
  hasSnapshot(name: string): boolean;
}

/** The state at a checkpoint, in the format of the version that stored it. */
export interface StoredCheckpoint {
  readonly position: number;
  readonly state: unknown;
  readonly format: number;
}

/**
 * A place between two entries: the number of entries before it, and a hint for the store that gave it. Without the hint,
 * `end` is 0; then the store searches the place.
 */
export interface EntryPlace {
  readonly position: number;
  readonly end: number;
}

/** An entry as it was stored. */
export interface StoredEntry {
  readonly position: number;
  /** The number of durable entries when this one was appended. Entries of one append share it. */
  readonly synced: number;
  readonly entry: unknown;
  /** The hint of the {@linkcode EntryPlace} after this entry; absent if the store needs none. */
  readonly end?: number;
}

/** The bytes that a crash left after the last good record. */
export interface TornTail {
  readonly bytes: number;
  /** The position of the first lost entry. */
  readonly position: number;
}

/** An entry with the place of its record, if it is in a file. */
export interface CheckedEntry extends StoredEntry {
  readonly crc: string;
  readonly byteOffset?: number;
}

/** The readable part of a journal from its beginning, and its end. */
export interface CheckedJournal {
  readonly present: boolean;
  /** Entries before the first record: only a checkpoint holds them. */
  readonly base: number;
  readonly entries: readonly CheckedEntry[];
  /** The position of the last readable entry. */
  readonly last: number;
  readonly torn?: TornTail;
  readonly damage?: DamagedJournalError;
}

/** Conditions of an append. If one of them fails, nothing is written. */
export interface Fence {
  /** The number of entries before the append. */
  readonly expectedPosition: number;
  /** The token of the lease under which the writer runs. */
  readonly token: number;
}

/**
 * A session that this process may write to until it closes it or loses its lease.
 *
 * A caller need not await the cursor and the snapshots: they are written in order with the appends. If one of these writes
 * fails, the next `append` or `flush` throws its error.
 */
export interface LeasedSession extends AsyncDisposable {
  readonly id: string;
  readonly session: SessionFile;
  /** Grows with each lease of the session. An older token shows that a writer has lost its lease. */
  readonly token: number;
  /** The holder before this one, if it died without giving the lease back. */
  readonly died: LeaseHolder | undefined;
  /** The session as it was when the lease was taken. */
  readonly loaded: LoadedSession;
  /**
   * Whether `read` answers at once. Then a checkpoint may leave long histories to the entries, because the engine reads
   * them in places where it cannot wait.
   */
  readonly readsAtOnce: boolean;
  /** The number of entries. */
  readonly position: number;
  /** Bytes of entries and their blobs, without checkpoints. */
  readonly bytes: number;

  /**
   * Appends entries. When it returns (or its promise resolves) they are acknowledged; with sync `always` they are
   * durable.
   *
   * Throws `LostLeaseError`, `PositionConflictError` and the storage's errors. Then the append has acknowledged
   * nothing, and this process can no longer use the session.
   */
  append(entries: readonly unknown[], fence: Fence): Awaitable<void>;
  /** Makes durable the entries that `batch` holds back, and waits for all other writes. Call this before each wait. */
  flush(): Awaitable<void>;
  /** The place after the last entry. */
  place(): EntryPlace;
  /** Reads entries after a place, or all; as {@linkcode SessionStore.read}. */
  read(options?: { readonly after?: EntryPlace }): Awaitable<Iterable<StoredEntry>>;

  /**
   * Removes all entries after the first `position`, and what depends on them: later checkpoints, and all snapshots. The
   * delivery cursor goes back to that position if it is beyond it. A killed process leaves all entries, or the first
   * `position`. Blobs, and the keys of messages that were taken, stay. Throws as `append`, and (exit 3) for a position
   * that the session does not have.
   */
  rewind(position: number, fence: Fence): Awaitable<void>;

  /** Whether enough bytes were appended since the last checkpoint to make another one worthwhile. */
  isCheckpointDue(): boolean;
  /**
   * Stores the state after the first `expectedPosition` entries, which must be all. Then removes all but the newest
   * few.
   */
  checkpoint(state: unknown, options: Fence & CheckpointLimits): Awaitable<CheckpointOutcome>;
  /** Positions of the checkpoints that are kept, ascending. */
  checkpoints(): Awaitable<readonly number[]>;

  readonly cursor: DeliveryCursor;
  readonly snapshots: Snapshots;
  readonly inbox: Inbox;

  /** Gives the lease back. A second call does nothing. */
  close(): Promise<void>;
}

/** How many checkpoints are kept, and how large one may be. */
export interface CheckpointLimits {
  readonly keepLastN: number;
  readonly maxCheckpointSizeMb: number;
}

/** The outcome of a checkpoint. One that is too large is not stored, and `notice` says so. */
export type CheckpointOutcome =
  | { readonly kind: "written"; readonly position: number; readonly bytes: number }
  | { readonly kind: "too-big"; readonly bytes: number; readonly notice: string };

/** The delivery cursor: the position up to which words were shown to persons. Only `rewind` moves it back. */
export interface DeliveryCursor {
  /** The cursor found at opening, or its replacement: a position, or the reason why it is not valid. */
  readonly found: number | "missing" | "damaged" | "too high";
  /** The position; 0 until a missing one is replaced. */
  readonly position: number;
  /** Moves the cursor forward. An earlier position changes nothing. A killed process leaves it exact. */
  advance(position: number): Awaitable<void>;
  /** Replaces an invalid cursor. It is durable on return. */
  replace(position: number): Awaitable<void>;
}

/** Bytes that restore the memory of waiting code, by frame. A cache: the entries alone are enough. */
export interface Snapshots {
  /** Throws `LostLeaseError`. */
  put(name: string, bytes: Uint8Array): Awaitable<void>;
  get(name: string): Awaitable<Uint8Array | undefined>;
  /** Removes all other snapshots. */
  prune(keep: ReadonlySet<string>): Awaitable<void>;
}

/** A message that was posted to a session. */
export interface PostedMessage {
  /** Chosen by the sender; a second post with it changes nothing. */
  readonly key: string;
  /** Counts the messages of the session, from 1, in the order in which they were posted. */
  readonly number: number;
  readonly message: unknown;
}

/**
 * Durable messages from others.
 *
 * A message is delivered once if its reader appends an entry with the message's key before it takes the message. After
 * a crash, the reader takes the messages whose keys are in the entries.
 */
export interface Inbox {
  /** Keeps a message; it is durable on return. A repeated key returns the first message's number. */
  post(key: string, message: unknown): Awaitable<{ readonly number: number; readonly isNew: boolean }>;
  /** The messages that are not taken yet, in order. */
  read(): Awaitable<readonly PostedMessage[]>;
  /** Takes messages out; their keys stay used. Throws `LostLeaseError`. */
  take(keys: readonly string[]): Awaitable<void>;
}
