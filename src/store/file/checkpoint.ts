import { tooBigNotice } from "../checkpoint_schedule.ts";
import { BlobStore, jsonOf } from "./blobs.ts";
import { type Codec, plainCodec, sha256 } from "./codec.ts";
import type { FileSystem } from "./file_system.ts";
import { formats, NewerFormatError } from "../format.ts";
import { type Journal, journalName, type RecordPlace } from "./journal.ts";
import { encodeBase } from "./record.ts";
import { diskTrouble } from "../storage_error.ts";

/** The folded state after the first `position` entries, read from a file. */
export interface Checkpoint {
  readonly position: number;
  readonly state: unknown;
  /** The format of the state. */
  readonly format: number;
  /** The place of entry `position` in the journal. */
  readonly journal: RecordPlace;
  /** Bytes of the file. */
  readonly bytes: number;
}

/** The outcome of a checkpoint; `bytes` counts its file and its new blobs. */
type CheckpointResult =
  | { readonly kind: "written"; readonly name: string; readonly position: number; readonly bytes: number }
  | { readonly kind: "too-big"; readonly bytes: number; readonly notice: string };

/** The name of a checkpoint's file, `<session>_program_ckpt_<N>.json`. */
export function checkpointName(session: string, position: number): string {
  return `${session}${infix}${position}.json`;
}

/**
 * Writes the state after all entries of the journal as a checkpoint: aside, synced, renamed, folder synced.
 *
 * The journal is flushed first, so that no checkpoint is ahead of it. Throws `StorageError` if the disk fails; the
 * journal then stops.
 *
 * The file is one line of JSON,
 * `{"version":5,"session":…,"position":N,"journal":{"start":…,"end":…,"crc":"…"},"sha256":"…","state":…}`. `sha256` is
 * the hash of the line with an empty `sha256`. In an encrypted session the version is 6, and the state is a text.
 */
export function writeCheckpoint(
  journal: Journal,
  state: unknown,
  options: { readonly maxCheckpointSizeMb: number },
): CheckpointResult {
  const json = jsonIfShort(state);
  if (json === undefined) {
    const { position } = journal;
    const notice = tooBigNotice(position, maxTextBytes, options.maxCheckpointSizeMb);
    return { kind: "too-big", bytes: maxTextBytes, notice };
  }
  journal.flush();
  return journal.use((fs) => {
    const { session, folder, position } = journal;
    const blobBytes = journal.blobs.bytesWritten;
    const place = { session, position, journal: journal.lastRecord };
    const text = seal(place, journal.blobs.packState(state, json), journal.blobs.codec);
    const bytes = new TextEncoder().encode(text);
    if (bytes.length > options.maxCheckpointSizeMb * bytesPerMb) {
      return {
        kind: "too-big",
        bytes: bytes.length,
        notice: tooBigNotice(position, bytes.length, options.maxCheckpointSizeMb),
      };
    }
    const name = checkpointName(session, position);
    replace(fs, folder, { name, bytes });
    return { kind: "written", name, position, bytes: bytes.length + journal.blobs.bytesWritten - blobBytes };
  });
}

/**
 * Begins a session's files from a state, when the entries before it cannot be read. It writes a journal with a base,
 * and the checkpoint. The folder must be empty. Throws the disk's errors.
 */
export function beginFromState(
  fs: FileSystem,
  folder: string,
  given: {
    readonly session: string;
    readonly position: number;
    readonly state: unknown;
    readonly codec?: Codec;
  },
): void {
  const { session, position, codec = plainCodec } = given;
  const { line, crc } = encodeBase(position);
  const state = new BlobStore(fs, folder, codec).packState(given.state);
  const text = seal({ session, position, journal: { start: 0, end: line.length, crc } }, state, codec);
  replace(fs, folder, { name: journalName, bytes: line });
  replace(fs, folder, { name: checkpointName(session, position), bytes: new TextEncoder().encode(text) });
}

/** The longest string that V8 makes. */
const maxTextBytes = 512 * 1024 * 1024;

/** JSON of a state; `undefined` if it is longer than a string can be. */
function jsonIfShort(state: unknown): string | undefined {
  try {
    return jsonOf(state);
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** The positions of a session's checkpoint files, ascending. */
export function listCheckpoints(fs: FileSystem, folder: string, session: string): readonly number[] {
  const prefix = session + infix;
  return fs.list(folder)
    .filter((name) => name.startsWith(prefix))
    .map((name) => /^([1-9]\d{0,14}|0)\.json$/.exec(name.slice(prefix.length))?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}

/** The reason why a checkpoint was skipped. */
interface UnreadCheckpoint {
  readonly notice: string;
  /** An older version wrote it. */
  readonly isOutdated?: true;
  /** A newer version wrote it. */
  readonly newer?: NewerFormatError;
}

/** Reads and verifies a checkpoint. A missing or damaged one gives a notice, never a wrong state. */
export function readCheckpoint(
  fs: FileSystem,
  folder: string,
  options: { readonly session: string; readonly position: number; readonly blobs: BlobStore },
): { readonly checkpoint: Checkpoint } | UnreadCheckpoint {
  const { session, position, blobs } = options;
  const name = checkpointName(session, position);
  try {
    const bytes = fs.read(`${folder}/${name}`);
    if (bytes === undefined) return { notice: `Checkpoint ${name} is missing; it was skipped` };
    const head = new TextDecoder("latin1").decode(bytes.subarray(0, maxHeadBytes));
    const format = Number(/^\{"version":(\d{1,9})[,}]/.exec(head)?.[1] ?? 0);
    if (format > formats.encryptedCheckpoint) {
      const newer = new NewerFormatError(`Checkpoint ${name}`, { format }, formats.encryptedCheckpoint);
      const notice = `Checkpoint ${name} was written by a newer playbooks (format ${format}); it was skipped`;
      return { notice, newer };
    }
    if (format > 0 && format < oldestFormat) {
      return {
        notice: `Checkpoint ${name} was written by an older version; it was skipped`,
        isOutdated: true,
      };
    }
    const content = unseal(bytes, head);
    const isOurs = content?.session === session && content.position === position;
    const json = isOurs ? openState(content, format, blobs.codec) : undefined;
    if (content === undefined || json === undefined) {
      return { notice: `Checkpoint ${name} is damaged; it was skipped` };
    }
    const { journal } = content;
    // The state has the same form in both.
    const stateFormat = format === formats.encryptedCheckpoint ? formats.checkpoint : format;
    return {
      checkpoint: { position, state: blobs.unpack(json), format: stateFormat, journal, bytes: bytes.length },
    };
  } catch (error) {
    return { notice: `Checkpoint ${name} could not be read, and was skipped: ${diskTrouble(error)}` };
  }
}

/** Removes all checkpoints except the newest `keepLastN` (at least one). Returns the removed positions. */
export function pruneCheckpoints(
  journal: Journal,
  options: { readonly keepLastN: number },
): readonly number[] {
  const { folder, session } = journal;
  return journal.use((fs) => {
    const positions = listCheckpoints(fs, folder, session);
    const gone = positions.slice(0, Math.max(0, positions.length - Math.max(1, options.keepLastN)));
    for (const position of gone) fs.remove(`${folder}/${checkpointName(session, position)}`);
    return gone;
  });
}

/** Removes all checkpoints after a position. It is durable on return. */
export function removeCheckpoints(journal: Journal, { after }: { readonly after: number }): void {
  const { folder, session } = journal;
  journal.useFenced((fs) => {
    const gone = listCheckpoints(fs, folder, session).filter((position) => position > after);
    for (const position of gone) fs.remove(`${folder}/${checkpointName(session, position)}`);
    fs.syncFolder(folder);
  });
}

function replace(
  fs: FileSystem,
  folder: string,
  file: { readonly name: string; readonly bytes: Uint8Array },
) {
  fs.replace(`${folder}/${file.name}`, file.bytes);
  fs.syncFolder(folder);
}

const infix = "_program_ckpt_";
const bytesPerMb = 1024 * 1024;
/** A bound on the head: the session's name, as long as a folder's name may be, and four numbers of 15 digits. */
const maxHeadBytes = 1024;
const closingBrace = 125;
const lineFeed = 10;
/** Older formats are skipped. A session that began from a state may have only a checkpoint of this format. */
const oldestFormat = 4;
const emptySum = '"sha256":""';
const sealPattern =
  /^\{"version":[456],"session":("[^"\\]*"),"position":(\d+),"journal":\{"start":(\d+),"end":(\d+),"crc":"([0-9a-f]*)"\},"sha256":"([0-9a-f]{64})","state":/;

/** The session, position and record of a checkpoint. */
interface CheckpointPlace {
  readonly session: string;
  readonly position: number;
  readonly journal: RecordPlace;
}

interface Content extends CheckpointPlace {
  /** As it is in the file. */
  readonly state: string;
}

function seal(place: CheckpointPlace, json: string, codec: Codec): string {
  const { session, position, journal } = place;
  const version = codec.isSealed ? formats.encryptedCheckpoint : formats.checkpoint;
  const head = `{"version":${version},"session":${JSON.stringify(session)},"position":${position},` +
    `"journal":{"start":${journal.start},"end":${journal.end},"crc":"${journal.crc}"},`;
  const tail = `,"state":${codec.sealJson(sealedPlace(place), json)}}\n`;
  return `${head}"sha256":"${sha256(head, emptySum, tail)}"${tail}`;
}

/** JSON of a state; `undefined` if it was not written for this place, or not in the form of the session. */
function openState(content: Content, format: number, codec: Codec): string | undefined {
  if (codec.isSealed !== (format === formats.encryptedCheckpoint)) return undefined;
  return codec.openJson(sealedPlace(content), content.state);
}

function sealedPlace({ position, journal: { start, end, crc } }: CheckpointPlace): string {
  return `checkpoint ${position} ${start} ${end} ${crc}`;
}

function unseal(bytes: Uint8Array, start: string): Content | undefined {
  const head = sealPattern.exec(start);
  if (head === null || bytes.at(-2) !== closingBrace || bytes.at(-1) !== lineFeed) return undefined;
  const sum = head[6]!;
  const sumAt = head[0].indexOf(`"sha256":"${sum}"`);
  const rest = bytes.subarray(sumAt + emptySum.length + sum.length);
  if (sha256(bytes.subarray(0, sumAt), emptySum, rest) !== sum) return undefined;
  return {
    session: JSON.parse(head[1]!),
    position: Number(head[2]),
    journal: { start: Number(head[3]), end: Number(head[4]), crc: head[5]! },
    state: new TextDecoder().decode(bytes.subarray(head[0].length, -2)),
  };
}
