import { exitCodes, PlaybooksError } from "../../errors.ts";
import type { EntryPlace, LoadedSession, StoredEntry, SyncMode } from "../session_store.ts";
import { BlobStore } from "./blobs.ts";
import { type Checkpoint, checkpointName, listCheckpoints, readCheckpoint } from "./checkpoint.ts";
import { CheckpointSchedule } from "../checkpoint_schedule.ts";
import type { FileSystem } from "./file_system.ts";
import { Journal, journalName, journalStart, type RecordPlace } from "./journal.ts";
import { formats, NewerFormatError, newerFormatOf } from "../format.ts";
import { baseOf, readRecords, recordAt, type StoredRecord, type TornTail } from "./record.ts";
import { cursorFileName, parseCursor } from "./delivery_cursor.ts";
import { BlobError, DamagedJournalError, storageError } from "../storage_error.ts";

/** What recovery reads of a session. */
export type Recovered = Pick<LoadedSession, "checkpoint" | "entries" | "position" | "notices">;

/**
 * Reads a session and opens its journal for appending; the folder must exist, and the caller must hold the lease.
 *
 * A torn tail is cut off, and what remains is made durable before it is returned. Only the newest good checkpoint and the
 * tail behind it are read. Throws `DamagedJournalError` when acknowledged entries cannot be read, and `StorageError`.
 */
export function recover(
  fs: FileSystem,
  folder: string,
  options: {
    readonly session: string;
    readonly sync: SyncMode;
    readonly now?: () => number;
    readonly holdsLease?: () => boolean;
  },
): Recovered & { readonly journal: Journal; readonly schedule: CheckpointSchedule } {
  const { session } = options;
  return onDisk(session, () => {
    const found = load(fs, folder, { session });
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
 * Reads a session as it was after its first `position` entries (all, when not given) and changes nothing.
 *
 * A good checkpoint of just that position is enough, be the journal damaged. Throws a `PlaybooksError` when there are not
 * so many entries, and as `recover` does.
 */
export function recoverAt(
  fs: FileSystem,
  folder: string,
  options: { readonly session: string; readonly position?: number },
): Recovered {
  const { session } = options;
  return onDisk(session, () => recovered({ session, found: load(fs, folder, options) }));
}

/**
 * Reads all entries of a session in order, or those behind a place, and changes nothing: a torn tail is passed over, as
 * another process may be writing it. A session that was begun from a checkpoint has none of the entries before that.
 * Throws `DamagedJournalError` after the last entry before the damage, or where there are fewer than `atLeast`, and
 * `StorageError`.
 */
export function* readEntries(
  fs: FileSystem,
  folder: string,
  { session, after, atLeast = 0 }: {
    readonly session: string;
    readonly after?: EntryPlace | undefined;
    readonly atLeast?: number;
  },
): Generator<StoredEntry> {
  const path = `${folder}/${journalName}`;
  const bytes = onDisk(session, () => fs.read(path, { from: after?.end ?? 0 })) ?? new Uint8Array();
  const blobs = new BlobStore(fs, folder);
  const { position, end } = after ? { position: after.position, end: 0 } : baseOf(bytes);
  const fileOffset = (after?.end ?? 0) + end;
  const last = { position, byteOffset: fileOffset };
  const source = readRecords(bytes.subarray(end), {
    name: nameOf(session),
    position: position + 1,
    byteOffset: fileOffset,
  });
  for (const record of advised(session, source)) {
    const { position, synced } = record;
    yield { position, synced, entry: entryOf(blobs, record, { session, fileOffset }) };
    last.position = record.position;
    last.byteOffset = fileOffset + record.end;
  }
  if (last.position < atLeast) throw withWayOut(session, { ...last, position: last.position + 1 });
}

function* advised(session: string, source: Iterable<StoredRecord>): Generator<StoredRecord> {
  try {
    yield* source;
  } catch (error) {
    throw error instanceof DamagedJournalError ? withWayOut(session, error) : error;
  }
}

/** A damage of which it is said that the session can go on from before it. */
function withWayOut(
  session: string,
  { position, byteOffset }: Pick<DamagedJournalError, "position" | "byteOffset">,
): DamagedJournalError {
  const way = wayOut(position, undefined);
  return new DamagedJournalError(nameOf(session), {
    position,
    byteOffset,
    ...(way !== undefined && { advice: adviceFor(session, way) }),
  });
}

interface Found {
  /** It knows which blobs hold the lists of the checkpoint's state. */
  readonly blobs: BlobStore;
  readonly used?: Checkpoint;
  readonly records: readonly StoredRecord[];
  readonly position: number;
  readonly last: RecordPlace;
  /** Bytes of the journal, with what follows the last record: a torn one, room for others. */
  readonly fileSize: number;
  readonly torn?: TornTail;
  readonly notices: readonly string[];
}

function load(
  fs: FileSystem,
  folder: string,
  options: { readonly session: string; readonly position?: number },
): Found {
  const { session } = options;
  const upTo = options.position ?? Infinity;
  const blobs = new BlobStore(fs, folder);
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
      // A checkpoint is written after the journal was synced up to its position: so acknowledged entries are gone.
      throw new DamagedJournalError(nameOf(session), {
        position: Math.min(whole.position + 1, position),
        byteOffset: Math.min(whole.last.end, checkpoint.journal.start),
      });
    }
    return finish(whole ?? wholeJournal(fs, folder, { session, upTo }));
  } catch (error) {
    if (!(error instanceof DamagedJournalError)) throw error;
    // What the journal lacks may stand in a checkpoint that only the newer version reads.
    if (good === undefined && newerCheckpoint) throw newerCheckpoint;
    const way = wayOut(error.position, good);
    if (way === undefined) throw error;
    const { position, byteOffset } = error;
    throw new DamagedJournalError(nameOf(session), { position, byteOffset, advice: adviceFor(session, way) });
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

/** The records behind a checkpoint, without reading those before it; `undefined` when its place does not hold its record. */
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
  // With checkpoints there was a journal: no crash takes it away, and to begin anew would do everything twice.
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

/** Words are shown when their entry is durable: so a journal that ends before them has lost acknowledged entries. */
function checkShown(
  fs: FileSystem,
  folder: string,
  { session, found }: { readonly session: string; readonly found: Found },
): void {
  const mark = parseCursor(fs.read(`${folder}/${cursorFileName}`) ?? new Uint8Array(), session);
  // A mark that nothing vouches for strands no session: `JournalLog` says what becomes of it.
  if (mark === "damaged" || !mark.isChecked || mark.position <= found.position) return;
  const shown = mark.position;
  const way = wayOut(found.position + 1, undefined);
  throw new DamagedJournalError(nameOf(session), {
    position: found.position + 1,
    byteOffset: found.last.end,
    trouble: `is gone, though words of entry ${shown} were shown`,
    ...(way !== undefined && { advice: adviceFor(session, way) }),
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
 * The entry of a record, with its blobs; `fileOffset` is where in the file the record's offsets count from. Throws
 * `DamagedJournalError` when a blob is not there, and `NewerFormatError` for what a newer version wrote.
 */
export function entryOf(
  blobs: BlobStore,
  record: StoredRecord,
  { session, fileOffset }: { readonly session: string; readonly fileOffset: number },
): unknown {
  try {
    const entry = blobs.unpack(record.json);
    const newer = newerFormatOf(entry, formats.journal);
    if (newer) throw new NewerFormatError(capitalised(nameOf(session)), newer, formats.journal);
    return entry;
  } catch (error) {
    if (!(error instanceof BlobError)) throw error;
    const { position, start } = record;
    const way = wayOut(position, undefined);
    throw new DamagedJournalError(nameOf(session), {
      position,
      byteOffset: fileOffset + start,
      trouble: error.trouble,
      ...(way !== undefined && { advice: `restore that file from a copy, or ${adviceFor(session, way)}` }),
    });
  }
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

/** How a journal is called in messages. */
export function nameOf(session: string): string {
  return `the journal of session "${session}"`;
}

function tornNotice(torn: TornTail): string {
  return `The journal's last ${torn.bytes} bytes, after entry ${
    torn.position - 1
  }, were never acknowledged and were dropped`;
}

/** The last position whose state can be had: that of a checkpoint behind the damage, else the one before the damage. */
function wayOut(damaged: number, checkpoint: number | undefined): number | undefined {
  const position = Math.max(damaged - 1, checkpoint ?? 0);
  return position >= leastToForkFrom ? position : undefined;
}

/** Before its second entry a session has not begun to run. */
const leastToForkFrom = 2;

function adviceFor(session: string, position: number): string {
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
    `Cannot go back to "${session}@${position}": the session has ${last} entries; name one of those`,
    { exitCode: exitCodes.noSuchSession },
  );
}
