import { exitCodes, PlaybooksError } from "../../errors.ts";
import type { EntryPlace, LoadedSession, StoredEntry, SyncMode } from "../session_store.ts";
import type { TornTail } from "../session_store.ts";
import { BlobStore } from "./blobs.ts";
import type { Codec } from "./codec.ts";
import { type Checkpoint, checkpointName, listCheckpoints, readCheckpoint } from "./checkpoint.ts";
import { CheckpointSchedule } from "../checkpoint_schedule.ts";
import type { FileSystem } from "./file_system.ts";
import { Journal, journalName, journalStart, type RecordPlace } from "./journal.ts";
import { formats, NewerFormatError, newerFormatOf } from "../format.ts";
import { baseOf, readRecords, recordAt, recordPlace, type StoredRecord } from "./record.ts";
import { cursorFileName, parseCursor } from "./delivery_cursor.ts";
import { BlobError, DamagedJournalError, storageError } from "../storage_error.ts";

/** The parts of a session that recovery reads. */
export type Recovered = Pick<LoadedSession, "checkpoint" | "entries" | "position" | "notices">;

/**
 * Reads a session and opens its journal for appending. The folder must exist, and the caller must hold the lease.
 *
 * A torn tail is cut off, and the rest is made durable first. Only the newest good checkpoint and the tail after it are
 * read. Throws `DamagedJournalError` if acknowledged entries cannot be read, and `StorageError`.
 */
export function recover(
  fs: FileSystem,
  folder: string,
  options: {
    readonly session: string;
    readonly codec?: Codec;
    readonly sync: SyncMode;
    readonly now?: () => number;
    readonly holdsLease?: () => boolean;
  },
): Recovered & { readonly journal: Journal; readonly schedule: CheckpointSchedule } {
  const { session } = options;
  return onDisk(session, () => {
    const found = load(fs, folder, options);
    if (options.sync === "always") checkShown(fs, folder, { session, found });
    const whole = recovered({ session, found });
    for (const name of fs.list(folder)) if (isLeftover(name, session)) fs.remove(`${folder}/${name}`);
    const file = fs.open(`${folder}/${journalName}`, { create: true });
    try {
      if (file.size() !== found.fileSize) throw changedMeanwhile(session);
      if (found.fileSize > found.last.end) file.truncate(found.last.end);
      file.sync();
      if (found.position === 0) fs.syncFolder(folder);
      const { blobs, position, last: lastRecord } = found;
      const journal = new Journal(fs, file, { ...options, folder, blobs, position, lastRecord });
      const schedule = new CheckpointSchedule({
        journalSize: found.used?.journal.end ?? 0,
        bytes: found.used?.bytes ?? 0,
      });
      return { ...whole, journal, schedule };
    } catch (error) {
      file[Symbol.dispose]();
      throw error;
    }
  });
}

/**
 * Reads a session after its first `position` entries (all by default) and changes nothing.
 *
 * A good checkpoint of exactly that position is enough, even if the journal is damaged. Throws a `PlaybooksError` if
 * there are fewer entries, and the errors of `recover`.
 */
export function recoverAt(
  fs: FileSystem,
  folder: string,
  options: { readonly session: string; readonly codec?: Codec; readonly position?: number },
): Recovered & { readonly end: number } {
  const { session } = options;
  return onDisk(session, () => {
    const found = load(fs, folder, options);
    return { ...recovered({ session, found }), end: found.last.end };
  });
}

/**
 * Reads all entries of a session in order, or those after a place, and changes nothing. It skips a torn tail, because
 * another process may be writing it. A session that began from a checkpoint lacks the entries before it. Throws
 * `StorageError`. Throws `DamagedJournalError` after the last good entry, or if there are fewer than `atLeast`.
 */
export function* readEntries(
  fs: FileSystem,
  folder: string,
  { session, codec, after, atLeast = 0 }: {
    readonly session: string;
    readonly codec?: Codec;
    readonly after?: EntryPlace | undefined;
    readonly atLeast?: number;
  },
): Generator<StoredEntry> {
  const path = `${folder}/${journalName}`;
  const known = after && after.end > 0 ? after : undefined;
  const bytes = onDisk(session, () => fs.read(path, { from: known?.end ?? 0 })) ?? new Uint8Array();
  const blobs = new BlobStore(fs, folder, codec);
  const { position, end } = known ? { position: known.position, end: 0 } : baseOf(bytes);
  const fileOffset = (known?.end ?? 0) + end;
  const last = { position, byteOffset: fileOffset };
  const source = readRecords(bytes.subarray(end), {
    name: nameOf(session),
    position: position + 1,
    byteOffset: fileOffset,
  });
  for (const record of withRecoveryHints(session, source)) {
    const { position, synced } = record;
    const end = fileOffset + record.end;
    // Decoding an entry takes most of the time.
    if (position > (after?.position ?? 0)) {
      yield { position, synced, entry: entryOf(blobs, record, { session, fileOffset }), end };
    }
    last.position = record.position;
    last.byteOffset = end;
  }
  if (last.position < atLeast) throw withRecoveryHint(session, { ...last, position: last.position + 1 });
}

function* withRecoveryHints(session: string, source: Iterable<StoredRecord>): Generator<StoredRecord> {
  try {
    yield* source;
  } catch (error) {
    throw error instanceof DamagedJournalError ? withRecoveryHint(session, error) : error;
  }
}

/** Adds a recovery hint to a damage: resume from a position before it. */
function withRecoveryHint(
  session: string,
  { position, byteOffset }: Pick<DamagedJournalError, "position" | "byteOffset">,
): DamagedJournalError {
  const resumePosition = recoverablePosition(position, undefined);
  return new DamagedJournalError(nameOf(session), {
    position,
    byteOffset,
    ...(resumePosition !== undefined && { recoveryHint: recoveryHintFor(session, resumePosition) }),
  });
}

/** The first record of a session's journal as it is stored, without a base; `undefined` if it cannot be read. */
export function firstRecord(fs: FileSystem, folder: string): string | undefined {
  try {
    const bytes = fs.read(`${folder}/${journalName}`) ?? new Uint8Array();
    return recordAt(bytes, baseOf(bytes).end)?.json;
  } catch {
    return undefined;
  }
}

interface Found {
  /** Knows the blobs of the lists in the checkpoint's state. */
  readonly blobs: BlobStore;
  readonly used?: Checkpoint;
  readonly records: readonly StoredRecord[];
  readonly position: number;
  readonly last: RecordPlace;
  /** Bytes of the journal, with a torn tail or room after the last record. */
  readonly fileSize: number;
  readonly torn?: TornTail;
  readonly notices: readonly string[];
}

function load(
  fs: FileSystem,
  folder: string,
  options: { readonly session: string; readonly codec?: Codec; readonly position?: number },
): Found {
  const { session } = options;
  const upTo = options.position ?? Infinity;
  const blobs = new BlobStore(fs, folder, options.codec);
  const notices: string[] = [];
  let newerCheckpoint: NewerFormatError | undefined;
  let whole: Tail | undefined;
  let good: number | undefined;
  try {
    for (
      const position of listCheckpoints(fs, folder, session).filter((position) => position <= upTo).reverse()
    ) {
      const read = readCheckpoint(fs, folder, { session, position, blobs });
      if ("notice" in read) {
        notices.push(read.notice);
        newerCheckpoint ??= read.newer;
        continue;
      }
      const { checkpoint } = read;
      good ??= position;
      if (position === upTo) {
        const { journal: last } = checkpoint;
        return { blobs, used: checkpoint, records: [], position, last, fileSize: last.end, notices };
      }
      const near = tailBehind(fs, folder, { session, checkpoint, upTo });
      if (near !== undefined) return finish(near, checkpoint);
      whole ??= wholeJournal(fs, folder, { session, upTo, checkpoint: position });
      if (whole.position >= position && whole.records[position - 1]?.crc === checkpoint.journal.crc) {
        return finish({ ...whole, records: whole.records.slice(position) }, checkpoint);
      }
      // A checkpoint is written after the journal is synced up to its position. So acknowledged entries are gone.
      throw new DamagedJournalError(nameOf(session), {
        position: Math.min(whole.position + 1, position),
        byteOffset: Math.min(whole.last.end, checkpoint.journal.start),
      });
    }
    return finish(whole ?? wholeJournal(fs, folder, { session, upTo }));
  } catch (error) {
    if (!(error instanceof DamagedJournalError)) throw error;
    // A checkpoint that only the newer version reads may hold the missing entries.
    if (good === undefined && newerCheckpoint) throw newerCheckpoint;
    const resumePosition = recoverablePosition(error.position, good);
    if (resumePosition === undefined) throw error;
    const { position, byteOffset } = error;
    throw new DamagedJournalError(nameOf(session), {
      position,
      byteOffset,
      recoveryHint: recoveryHintFor(session, resumePosition),
    });
  }

  function finish(tail: Tail, used?: Checkpoint): Found {
    if (options.position !== undefined && tail.position < options.position) {
      throw noSuchEntry(session, options.position, tail.position);
    }
    const notice = tail.torn === undefined ? [] : [tornNotice(tail.torn)];
    return { blobs, ...tail, ...(used && { used }), notices: [...notices, ...notice] };
  }
}

interface Tail {
  readonly records: readonly StoredRecord[];
  readonly position: number;
  readonly last: RecordPlace;
  readonly fileSize: number;
  readonly torn?: TornTail;
}

/**
 * The records after a checkpoint, without reading those before. `undefined` if the checkpoint's place does not hold its
 * record.
 */
function tailBehind(
  fs: FileSystem,
  folder: string,
  options: { readonly session: string; readonly checkpoint: Checkpoint; readonly upTo: number },
): Tail | undefined {
  const { position, journal } = options.checkpoint;
  const bytes = fs.read(`${folder}/${journalName}`, { from: journal.start });
  if (bytes === undefined) return undefined;
  if (position > 0) {
    const record = recordAt(bytes, 0);
    if (
      record?.position !== position || record.crc !== journal.crc ||
      record.end !== journal.end - journal.start
    ) {
      return undefined;
    }
  }
  const rest = bytes.subarray(journal.end - journal.start);
  return readTail(rest, { ...options, position, last: journal });
}

function wholeJournal(
  fs: FileSystem,
  folder: string,
  options: { readonly session: string; readonly upTo: number; readonly checkpoint?: number },
): Tail {
  const bytes = fs.read(`${folder}/${journalName}`);
  // Checkpoints prove that there was a journal. No crash removes it, and a new one would repeat everything.
  if (bytes === undefined && options.checkpoint !== undefined) {
    throw new DamagedJournalError(nameOf(options.session), { position: 1, byteOffset: 0 });
  }
  return readTail(bytes ?? new Uint8Array(), { ...options, position: 0, last: journalStart });
}

function readTail(
  bytes: Uint8Array,
  options: {
    readonly session: string;
    readonly position: number;
    readonly last: RecordPlace;
    readonly upTo: number;
  },
): Tail {
  const byteOffset = options.last.end;
  const fileSize = byteOffset + bytes.length;
  const records: StoredRecord[] = [];
  const source = readRecords(bytes, {
    name: nameOf(options.session),
    position: options.position + 1,
    byteOffset,
  });
  let { position, last } = options;
  while (position < options.upTo) {
    const next = source.next();
    if (next.done) {
      return { records, position, last, fileSize, ...(next.value.torn && { torn: next.value.torn }) };
    }
    const { start, end, crc } = next.value;
    records.push(next.value);
    position = next.value.position;
    last = { start: byteOffset + start, end: byteOffset + end, crc };
  }
  return { records, position, last, fileSize };
}

/**
 * Words are shown after their entry is durable. So a journal that ends before shown words has lost acknowledged
 * entries.
 */
function checkShown(
  fs: FileSystem,
  folder: string,
  { session, found }: { readonly session: string; readonly found: Found },
): void {
  const mark = parseCursor(fs.read(`${folder}/${cursorFileName}`) ?? new Uint8Array(), session);
  // A cursor without a valid checksum must not stop the session: `JournalLog` handles it.
  if (mark === "damaged" || !mark.isChecked || mark.position <= found.position) return;
  const shown = mark.position;
  const resumePosition = recoverablePosition(found.position + 1, undefined);
  throw new DamagedJournalError(nameOf(session), {
    position: found.position + 1,
    byteOffset: found.last.end,
    trouble: `is gone, though words of entry ${shown} were shown`,
    ...(resumePosition !== undefined && { recoveryHint: recoveryHintFor(session, resumePosition) }),
  });
}

function recovered({ session, found }: { readonly session: string; readonly found: Found }): Recovered {
  const { blobs, used, records, position, notices, last } = found;
  const fileOffset = last.end - (records.at(-1)?.end ?? 0);
  return {
    ...(used && { checkpoint: { position: used.position, state: used.state, format: used.format } }),
    entries: records.map((record) => entryOf(blobs, record, { session, fileOffset })),
    position,
    notices,
  };
}

/**
 * The entry of a record, with its blobs. `fileOffset` is the place in the file that the record's offsets count from.
 * Throws `DamagedJournalError` if a blob is missing, and `NewerFormatError` for an entry of a newer version.
 */
export function entryOf(
  blobs: BlobStore,
  record: StoredRecord,
  { session, fileOffset }: { readonly session: string; readonly fileOffset: number },
): unknown {
  try {
    const json = blobs.codec.openJson(recordPlace(record), record.json);
    if (json === undefined) {
      throw damageAt(record, { session, fileOffset, trouble: "was changed or moved after it was encrypted" });
    }
    const entry = blobs.unpack(json);
    const newer = newerFormatOf(entry, formats.journal);
    if (newer) throw new NewerFormatError(capitalised(nameOf(session)), newer, formats.journal);
    return entry;
  } catch (error) {
    if (!(error instanceof BlobError)) throw error;
    throw damageAt(record, { session, fileOffset, trouble: error.trouble });
  }
}

function damageAt(
  { position, start }: StoredRecord,
  { session, fileOffset, trouble }: {
    readonly session: string;
    readonly fileOffset: number;
    readonly trouble: string;
  },
): DamagedJournalError {
  const resumePosition = recoverablePosition(position, undefined);
  return new DamagedJournalError(nameOf(session), {
    position,
    byteOffset: fileOffset + start,
    trouble,
    ...(resumePosition !== undefined &&
      { recoveryHint: `restore that file from a copy, or ${recoveryHintFor(session, resumePosition)}` }),
  });
}

function isLeftover(name: string, session: string): boolean {
  return name.startsWith(checkpointName(session, 0).replace("0.json", "")) && name.endsWith(".tmp");
}

function onDisk<T>(session: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw storageError(`Cannot open session "${session}"`, error, "resume");
  }
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** The name of a journal in messages. */
export function nameOf(session: string): string {
  return `the journal of session "${session}"`;
}

function tornNotice(torn: TornTail): string {
  return `The journal's last ${torn.bytes} bytes, after entry ${
    torn.position - 1
  }, were never acknowledged and were dropped`;
}

/** The last recoverable position: that of a checkpoint after the damage, else the one before the damage. */
function recoverablePosition(damaged: number, checkpoint: number | undefined): number | undefined {
  const position = Math.max(damaged - 1, checkpoint ?? 0);
  return position >= minForkPosition ? position : undefined;
}

/** A session runs only after its second entry. */
const minForkPosition = 2;

function recoveryHintFor(session: string, position: number): string {
  return `go on from the last good checkpoint with: playbooks resume ${session}@${position} --fork`;
}

function changedMeanwhile(session: string): PlaybooksError {
  return new PlaybooksError(
    `Cannot open session "${session}": another process has written to its journal meanwhile; end that process, then resume`,
    { exitCode: exitCodes.sessionBusy },
  );
}

function noSuchEntry(session: string, position: number, last: number): PlaybooksError {
  return new PlaybooksError(
    `Cannot find "${session}@${position}": the session has ${last} entries; name one of them`,
    { exitCode: exitCodes.noSuchSession },
  );
}
