import type {
  Awaitable,
  CheckpointLimits,
  CheckpointOutcome,
  DeliveryCursor,
  EntryPlace,
  Fence,
  Inbox,
  LeasedSession,
  LoadedSession,
  Snapshots,
  StoredEntry,
} from "../session_store.ts";
import { PositionConflictError } from "../lease_errors.ts";
import { listCheckpoints, pruneCheckpoints, removeCheckpoints, writeCheckpoint } from "./checkpoint.ts";
import type { CheckpointSchedule } from "../checkpoint_schedule.ts";
import { type Codec, plainCodec } from "./codec.ts";
import { type CursorFile, FileCursor } from "./delivery_cursor.ts";
import type { FileSystem } from "./file_system.ts";
import { FileInbox } from "./inbox.ts";
import type { Journal } from "./journal.ts";
import type { Lease } from "./lease.ts";
import type { LeaseHolder } from "../session_summary.ts";
import { readEntries } from "./recover.ts";
import type { SessionFile } from "../session_summary.ts";
import { FileSnapshots } from "./snapshots.ts";

/** A session in its folder, open for writing. All calls block; only `close` returns a promise. */
export class FileSession implements LeasedSession {
  readonly id: string;
  readonly readsAtOnce = true;
  readonly session: SessionFile;
  readonly loaded: LoadedSession;
  readonly cursor: DeliveryCursor;
  readonly snapshots: Snapshots;
  readonly inbox: Inbox;
  readonly #fs: FileSystem;
  readonly #journal: Journal;
  readonly #schedule: CheckpointSchedule;
  readonly #lease: Pick<Lease, "token" | "died"> & Disposable;
  readonly #cursor: FileCursor;

  /** Owns `given` and closes it with the session. */
  constructor(
    fs: FileSystem,
    given: {
      readonly session: SessionFile;
      readonly journal: Journal;
      readonly schedule: CheckpointSchedule;
      readonly loaded: LoadedSession;
      readonly lease: Pick<Lease, "token" | "died"> & Disposable;
      /** Replaces the file in the session's folder, for simulated disks. */
      readonly cursorFile?: CursorFile;
      readonly nowMs: () => number;
    },
  ) {
    const { journal } = given;
    this.id = given.session.id;
    this.session = given.session;
    this.loaded = given.loaded;
    this.#fs = fs;
    this.#journal = journal;
    this.#schedule = given.schedule;
    this.#lease = given.lease;
    this.#cursor = new FileCursor(journal, given.cursorFile);
    this.cursor = this.#cursor;
    this.snapshots = new FileSnapshots(fs, journal);
    this.inbox = new FileInbox(fs, journal.folder, { id: this.id, nowMs: given.nowMs, journal });
  }

  get token(): number {
    return this.#lease.token;
  }

  get died(): LeaseHolder | undefined {
    return this.#lease.died;
  }

  get position(): number {
    return this.#journal.position;
  }

  get bytes(): number {
    return this.#journal.size + this.#journal.blobs.bytes;
  }

  append(entries: readonly unknown[], fence: Fence): void {
    this.#check(fence);
    this.#journal.append(entries);
  }

  flush(): void {
    this.#journal.flush();
    this.#journal.trim();
  }

  place(): EntryPlace {
    return { position: this.#journal.position, end: this.#journal.size };
  }

  read(options: { readonly after?: EntryPlace } = {}): Iterable<StoredEntry> {
    const { codec } = this.#journal.blobs;
    return readEntries(this.#fs, this.#journal.folder, { session: this.id, codec, ...options });
  }

  rewind(position: number, fence: Fence): void {
    this.#check(fence);
    const last = this.#journal.recordOf(position);
    // Checkpoints and snapshots are caches, and the cursor may lag: a kill before the last line leaves all entries.
    this.snapshots.prune(new Set());
    removeCheckpoints(this.#journal, { after: position });
    if (this.cursor.position > position) this.cursor.replace(position);
    this.#journal.truncateTo(position, last);
  }

  isCheckpointDue(): boolean {
    return this.#schedule.due(this.#journal.size);
  }

  checkpoint(state: unknown, options: Fence & CheckpointLimits): CheckpointOutcome {
    this.#check(options);
    const result = writeCheckpoint(this.#journal, state, options);
    this.#schedule.done(this.#journal.size, result.bytes);
    if (result.kind === "written") pruneCheckpoints(this.#journal, options);
    return result;
  }

  checkpoints(): readonly number[] {
    return listCheckpoints(this.#fs, this.#journal.folder, this.id);
  }

  // deno-lint-ignore require-await -- a store may take its time to close
  async close(): Promise<void> {
    this[Symbol.dispose]();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [Symbol.dispose](): void {
    using _lease = this.#lease;
    using _journal = this.#journal;
    this.#cursor[Symbol.dispose]();
  }

  #check({ expectedPosition, token }: Fence): void {
    if (token !== this.token) throw this.#journal.stop();
    const { position } = this.#journal;
    if (expectedPosition !== position) {
      throw new PositionConflictError(this.id, { expected: expectedPosition, actual: position });
    }
  }
}

/** The result of `load` and `open`, from the result of recovery. */
export function loadedFrom(
  fs: FileSystem,
  folder: string,
  { codec = plainCodec, ...found }:
    & Pick<LoadedSession, "id" | "checkpoint" | "entries" | "position" | "end" | "notices">
    & { readonly codec?: Codec },
): LoadedSession {
  return {
    ...found,
    read: (options = {}): Awaitable<Iterable<StoredEntry>> =>
      readEntries(fs, folder, { session: found.id, codec, ...options }),
    hasSnapshot: (name) => FileSnapshots.has(fs, folder, name),
  };
}
