import { exitCodes, PlaybooksError } from "../../errors.ts";
import { LostLeaseError } from "../lease_errors.ts";
import type { SyncMode } from "../session_store.ts";
import { BlobStore, jsonOf } from "./blobs.ts";
import type { FileSystem, JournalFile } from "./file_system.ts";
import { baseOf, readRecords, recordAt, RecordLines, recordPlace } from "./record.ts";
import { diskTrouble, remedyFor, StorageError } from "../storage_error.ts";

/*
 * Invariants:
 * J1. When append() returns, its entries are acknowledged. With `always` they are durable. With `batch` they are
 *     durable within 100 ms if appends follow, and after flush(). With `off` the system decides. A process that dies
 *     loses no acknowledged entry in any mode. A power loss can take entries, but not with `always`.
 * J2. An append that throws has acknowledged nothing. After that the journal cannot be used.
 * J3. A failed sync is not retried: the page cache may show bytes that the disk does not hold. So the bytes of that
 *     append are cut off, and the next run cannot read them.
 * J4. Each append begins where this process left the file. If the file is longer or shorter, another process writes to
 *     it. In a burst that is noticed within 10 ms, less than a process needs to start and take over the session. The
 *     lease is compared at the same moments, before anything is written. The path must also still lead to this file:
 *     entries in a removed file are gone when the process ends.
 * J5. Many appends without a wait leave room after the last record: line feeds, which mean nothing (R4) and are removed
 *     at the next wait. A file that need not grow syncs in two thirds of the time.
 */

/** The name of the journal in a session's folder. */
export const journalName = "journal.jsonl";

/** The name of a copy that a running process makes if its journal is removed. */
export const savedJournalName = `${journalName}.saved`;

/** The place and checksum of a record. A checkpoint uses them to find its place again. */
export interface RecordPlace {
  readonly start: number;
  readonly end: number;
  readonly crc: string;
}

/** The place of entry 0, before the first record. */
export const journalStart: RecordPlace = { start: 0, end: 0, crc: "" };

/** After this many appends without a wait, room is left. Most sessions wait much earlier. */
const burstLength = 32;
/** Bytes of room left at once. A higher number gains nothing. */
const roomBytes = 32 * 1024;

/** Interval of the check for other writers, while there is room. */
const writerCheckMs = 10;

/** With `batch`, entries wait at most this long for a sync if others follow. */
export const batchSyncMs = 100;

/** The journal of a session, open for appending. It holds its file until it is disposed. */
export class Journal implements Disposable {
  readonly folder: string;
  readonly session: string;
  /** Holds long strings of entries and states. */
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
  /** Bytes of room after the last record, and the number of appends since the last wait. */
  #room = 0;
  #burst = 0;
  #checkedAtMs = -Infinity;
  #closed = false;
  #failure: PlaybooksError | undefined;

  /** `file` must hold exactly `position` durable entries, up to the end of `lastRecord`: `recover` ensures that. */
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
      /** A clock in ms that never goes back. It times only batches. */
      readonly now?: () => number;
      /** Whether this process still holds the lease. */
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

  get position(): number {
    return this.#position;
  }

  /** The bytes of all records. */
  get size(): number {
    return this.#last.end;
  }

  /** The place of the last entry's record. */
  get lastRecord(): RecordPlace {
    return this.#last;
  }

  /**
   * Appends entries with one write and at most one sync; on return they are acknowledged. Returns the new position.
   *
   * Throws `StorageError` if the disk fails, and a `PlaybooksError` if another process has written to the file. All
   * later calls throw the same error.
   */
  append(entries: readonly unknown[]): number {
    this.#check();
    if (entries.length === 0) return this.#position;
    // An entry without a JSON form is our own mistake; it must not stop the journal.
    const jsons = entries.map(jsonOf);
    this.#guard(() => this.#appendAll(entries, jsons));
    return this.#position;
  }

  /** Makes all appended entries durable. With `batch`, call this before each wait. Throws as `append` does. */
  flush(): void {
    this.#check();
    if (this.#synced < this.#position) this.#guard(() => this.#syncFile());
  }

  /**
   * Removes the room after the last record. Call this before each wait. Throws as `append` does.
   *
   * The removal is not synced: after a power loss the room may be there again, and it means nothing.
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

  /** The record of an entry. Throws a `PlaybooksError` (exit 3) if there is none, and `DamagedJournalError`. */
  recordOf(position: number): RecordPlace {
    this.flush();
    const bytes = this.#file.bytes(this.size);
    const base = baseOf(bytes);
    if (position === base.position) {
      return base.end === 0 ? journalStart : { start: 0, end: base.end, crc: recordAt(bytes, 0)!.crc };
    }
    const records = readRecords(bytes.subarray(base.end), {
      name: `The journal of session "${this.session}"`,
      position: base.position + 1,
      byteOffset: base.end,
    });
    for (const record of records) {
      if (record.position !== position) continue;
      return { start: base.end + record.start, end: base.end + record.end, crc: record.crc };
    }
    throw new PlaybooksError(
      `Cannot find "${this.session}@${position}": the session has ${this.#position} entries; name one of them`,
      { exitCode: exitCodes.noSuchSession },
    );
  }

  /** Removes all entries after a position, whose record is `last`. It is durable on return. Throws as `append`. */
  truncateTo(position: number, last: RecordPlace): void {
    this.trim();
    this.#guard(() => {
      this.#checkLease();
      this.#file.truncate(last.end);
      this.#file.sync();
    });
    this.#position = position;
    this.#synced = position;
    this.#last = last;
  }

  /**
   * Runs `work` on the session's files, for example to write a checkpoint. If the disk fails, the journal stops. Throws
   * `StorageError`.
   */
  use<T>(work: (fs: FileSystem) => T): T {
    this.#check();
    return this.#guard(() => work(this.#fs));
  }

  /** As `use`, but throws `LostLeaseError` if this process has lost the lease. */
  useFenced<T>(work: (fs: FileSystem) => T): T {
    return this.use((fs) => {
      this.#checkLease();
      return work(fs);
    });
  }

  /** Stops the journal because this process has lost the lease. */
  stop(): PlaybooksError {
    return this.#failure ??= new LostLeaseError(this.session, this.#position);
  }

  /** Flushes and trims unless the journal has failed, and closes the file. A second call does nothing. */
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

  /** The bytes are valid until the next call. */
  #encode(
    entries: readonly unknown[],
    jsons: readonly string[],
  ): { readonly bytes: Uint8Array; readonly last: RecordPlace } {
    const lines = this.#lines;
    lines.clear();
    let last = this.#last;
    for (const [index, json] of jsons.entries()) {
      const place = { position: this.#position + index + 1, synced: this.#synced };
      const packed = this.blobs.pack(entries[index], json);
      const stored = this.blobs.codec.sealJson(recordPlace(place), packed);
      const { start, end, crc } = lines.add(place.position, stored, place.synced);
      last = { start: this.size + start, end: this.size + end, crc };
    }
    return { bytes: lines.bytes, last };
  }

  #syncFile(position = this.#position): void {
    this.#file.sync();
    this.#synced = position;
    this.#syncedAtMs = this.#now();
  }

  /** Removes unacknowledged bytes. If that fails, recovery drops the rest of a partial record. */
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

  /** Saves the removed file's content while it is still open, and returns the error with a recovery hint. */
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
