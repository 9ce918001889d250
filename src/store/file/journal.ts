import { exitCodes, PlaybooksError } from "../../errors.ts";
import { LostLeaseError } from "../lease_errors.ts";
import type { SyncMode } from "../session_store.ts";
import { BlobStore, jsonOf } from "./blobs.ts";
import type { FileSystem, JournalFile } from "./file_system.ts";
import { RecordLines } from "./record.ts";
import { diskTrouble, remedyFor, StorageError } from "../storage_error.ts";

/*
 * Invariants:
 * J1. When append() returns, its entries are acknowledged. With `always` they are durable; with `batch` they are within
 *     100 ms of further appends or at flush(); with `off` when the system pleases. A process that dies loses none of
 *     them in any mode: only a loss of power can, and not with `always`.
 * J2. Nothing of an append that threw was acknowledged, and the journal is of no use from then on.
 * J3. A sync that failed is never believed, nor tried again: the page cache may go on showing bytes that the disk does
 *     not hold, so those of the append in hand are cut off, lest the next run reads them back.
 * J4. Each append begins where this process left the file. If it is longer or shorter, somebody else writes to it: in a
 *     burst that is seen within 10 ms, less than a process takes to come up and take the session over. The lease is
 *     compared at the same moments, before anything is written.
 *     The path must also still lead to this file: entries in a file that was removed are gone when the process ends.
 * J5. Many appends without a wait leave room behind the last record: line feeds, which say nothing (R4) and go at the
 *     next wait. A file that need not grow syncs in two thirds of the time.
 */

/** The name of the journal in a session's folder. */
export const journalName = "journal.jsonl";

/** The name of a copy that a running process makes of its journal when somebody removes that. */
export const savedJournalName = `${journalName}.saved`;

/** Where in the journal a record stands, and its checksum: how a checkpoint knows its place again. */
export interface RecordPlace {
  readonly start: number;
  readonly end: number;
  readonly crc: string;
}

/** The place of entry 0, before the first record. */
export const journalStart: RecordPlace = { start: 0, end: 0, crc: "" };

/** Appends without a wait after which room is left for more; most sessions wait long before. */
const burstLength = 32;
/** Room that is left at once; more gains nothing. */
const roomBytes = 32 * 1024;

/** How long it is believed, while there is room, that nobody else writes. */
const writerCheckMs = 10;

/** With `batch`, entries wait at most this long for a sync while others follow. */
export const batchSyncMs = 100;

/** The journal of a session, open for appending; holds its file until it is disposed. */
export class Journal implements Disposable {
  readonly folder: string;
  readonly session: string;
  /** Where long strings of entries and states live. */
  readonly blobs: BlobStore;
  readonly #fs: FileSystem;
  readonly #file: JournalFile;
  readonly #sync: SyncMode;
  readonly #now: () => number;
  readonly #holdsLease: () => boolean;
  readonly #lines = new RecordLines();
  #position: number;
  #last: RecordPlace;
  #synced: number;
  #syncedAtMs: number;
  /** Bytes of room behind the last record, and appends since the last wait. */
  #room = 0;
  #burst = 0;
  #checkedAtMs = -Infinity;
  #closed = false;
  #failure: PlaybooksError | undefined;

  /** `file` must hold `position` durable entries up to the end of `lastRecord`, and nothing else: `recover` sees to it. */
  constructor(
    fs: FileSystem,
    file: JournalFile,
    options: {
      readonly folder: string;
      readonly session: string;
      readonly blobs?: BlobStore;
      readonly position: number;
      readonly lastRecord: RecordPlace;
      readonly sync: SyncMode;
      /** A clock in ms that never goes back; times nothing but batches. */
      readonly now?: () => number;
      /** Whether the lease under which this process writes is still its own. */
      readonly holdsLease?: (() => boolean) | undefined;
    },
  ) {
    this.#fs = fs;
    this.#file = file;
    this.folder = options.folder;
    this.session = options.session;
    this.blobs = options.blobs ?? new BlobStore(fs, options.folder);
    this.#sync = options.sync;
    this.#now = options.now ?? (() => performance.now());
    this.#holdsLease = options.holdsLease ?? (() => true);
    this.#position = options.position;
    this.#synced = options.position;
    this.#last = options.lastRecord;
    this.#syncedAtMs = this.#now();
  }

  /** The number of entries. */
  get position(): number {
    return this.#position;
  }

  /** The bytes of all records. */
  get size(): number {
    return this.#last.end;
  }

  /** Where the record of the last entry stands. */
  get lastRecord(): RecordPlace {
    return this.#last;
  }

  /**
   * Appends entries with one write and at most one sync; on return they are acknowledged. Returns the new position.
   *
   * Throws `StorageError` when the disk fails, and a `PlaybooksError` when another process has written to the file; all
   * later calls throw the same.
   */
  append(entries: readonly unknown[]): number {
    this.#check();
    if (entries.length === 0) return this.#position;
    // An entry that is no JSON is our own mistake, and nothing to stop for.
    const jsons = entries.map(jsonOf);
    this.#guard(() => this.#appendAll(entries, jsons));
    return this.#position;
  }

  /** Makes durable all that was appended: for `batch` to be called before a wait; throws as `append` does. */
  flush(): void {
    this.#check();
    if (this.#synced < this.#position) this.#guard(() => this.#syncFile());
  }

  /**
   * Takes back the room behind the last record: to be called before a wait; throws as `append` does.
   *
   * It is not synced: after a loss of power the room may be there again, and means nothing then either.
   */
  trim(): void {
    this.#check();
    this.#burst = 0;
    if (this.#room === 0) return;
    this.#guard(() => {
      this.#checkedAtMs = -Infinity;
      this.#checkWriter();
      this.#file.truncate(this.size);
    });
    this.#room = 0;
  }

  /**
   * Runs a piece of work on the session's files under the rule of the journal: when the disk fails, all stops.
   *
   * A checkpoint is written in this way. Throws `StorageError`.
   */
  use<T>(work: (fs: FileSystem) => T): T {
    this.#check();
    return this.#guard(() => work(this.#fs));
  }

  /** As `use`, of work that a process which lost its lease must not do. Throws `LostLeaseError`. */
  useFenced<T>(work: (fs: FileSystem) => T): T {
    return this.use((fs) => {
      this.#checkLease();
      return work(fs);
    });
  }

  /** Ends all use of the journal by a writer that is known to have lost its lease. */
  stop(): PlaybooksError {
    return this.#failure ??= new LostLeaseError(this.session, this.#position);
  }

  /** Flushes and trims, unless the journal has failed, and closes the file; a second time does nothing. */
  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    try {
      if (this.#failure === undefined) {
        this.flush();
        this.trim();
      }
    } finally {
      this.#failure ??= new StorageError(`The journal of session "${this.session}" is closed`);
      this.#file[Symbol.dispose]();
    }
  }

  #appendAll(entries: readonly unknown[], jsons: readonly string[]): void {
    const { size } = this;
    this.#checkWriter();
    const { bytes, last } = this.#encode(entries, jsons);
    const position = this.#position + jsons.length;
    try {
      this.#write(bytes);
      if (
        this.#sync === "always" || (this.#sync === "batch" && this.#now() - this.#syncedAtMs >= batchSyncMs)
      ) {
        this.#syncFile(position);
      }
    } catch (error) {
      this.#cutTo(size);
      throw error;
    }
    this.#position = position;
    this.#last = last;
  }

  #checkWriter(): void {
    const now = this.#now();
    if (this.#room > 0 && now - this.#checkedAtMs < writerCheckMs) return;
    if (!this.#file.isInPlace()) throw this.#removed();
    this.#checkLease();
    if (this.#file.size() !== this.size + this.#room) throw this.#foreignWriter();
    this.#checkedAtMs = now;
  }

  #checkLease(): void {
    if (!this.#holdsLease()) throw new LostLeaseError(this.session, this.#position);
  }

  #write(bytes: Uint8Array): void {
    if (bytes.length <= this.#room) {
      this.#file.write(bytes, this.size);
      this.#room -= bytes.length;
      return;
    }
    const room = ++this.#burst > burstLength ? roomBytes : 0;
    this.#file.write(room === 0 ? bytes : withRoom(bytes, room), this.size);
    this.#room = room;
  }

  /** The bytes are good until the next call. */
  #encode(
    entries: readonly unknown[],
    jsons: readonly string[],
  ): { readonly bytes: Uint8Array; readonly last: RecordPlace } {
    const lines = this.#lines;
    lines.clear();
    let last = this.#last;
    for (const [index, json] of jsons.entries()) {
      const packed = this.blobs.pack(entries[index], json);
      const { start, end, crc } = lines.add(this.#position + index + 1, packed, this.#synced);
      last = { start: this.size + start, end: this.size + end, crc };
    }
    return { bytes: lines.bytes, last };
  }

  #syncFile(position = this.#position): void {
    this.#file.sync();
    this.#synced = position;
    this.#syncedAtMs = this.#now();
  }

  /** Takes back bytes that nobody was told of; what remains of half a record, recovery drops. */
  #cutTo(size: number): void {
    try {
      this.#file.truncate(size);
    } catch {
      // The first failure is the one to report.
    }
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      this.#failure = error instanceof PlaybooksError ? error : this.#diskFailed(error);
      throw this.#failure;
    }
  }

  #diskFailed(error: unknown): StorageError {
    return new StorageError(
      `Cannot write to session "${this.session}": ${diskTrouble(error)}; ` +
        `stopped at entry ${this.#position}; ${remedyFor(error)}, then resume`,
      { cause: error },
    );
  }

  /** Saves what the file holds, as nobody else can once it is closed, and says how to go on. */
  #removed(): StorageError {
    const path = `${this.folder}/${journalName}`;
    const saved = `${this.folder}/${savedJournalName}`;
    const failed =
      `Cannot go on with session "${this.session}": ${path} was removed or replaced while it ran; ` +
      `stopped at entry ${this.#position}`;
    try {
      this.#fs.replace(saved, this.#file.bytes(this.size));
    } catch {
      return new StorageError(
        `${failed}; restore ${this.folder} from a copy and resume, or run the program anew`,
      );
    }
    return new StorageError(
      `${failed}; its entries are saved in ${saved}: rename that to ${journalName}, then resume`,
    );
  }

  #foreignWriter(): PlaybooksError {
    return new PlaybooksError(
      `Cannot go on with session "${this.session}": another process has written to its journal; ` +
        `stopped at entry ${this.#position}; end that process, then resume, or start a copy with --fork`,
      { exitCode: exitCodes.sessionBusy },
    );
  }
}

function withRoom(bytes: Uint8Array, room: number): Uint8Array {
  const all = new Uint8Array(bytes.length + room).fill(lineFeed, bytes.length);
  all.set(bytes);
  return all;
}

const lineFeed = 10;
