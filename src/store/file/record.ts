import { crc32 } from "node:zlib";
import { assert } from "@std/assert";
import type { TornTail } from "../session_store.ts";
import { DamagedJournalError } from "../storage_error.ts";

/*
 * A journal is lines of JSON, one record each. Positions count from 1 without a gap:
 *
 *     {"n":12,"s":9,"crc":"9a8b7c6d","e":{…}}
 *
 * Invariants:
 * R1. The crc covers everything in the line that could differ, so a changed byte is always noticed.
 * R2. `s` is the number of entries that were durable when the record was made. Records of one append share it. Without
 *     `s`, all entries before this one were durable.
 * R3. The first bad record, at position p, and all after it are *torn* (never acknowledged, to be dropped) unless a
 *     later readable record contradicts. It contradicts if its `s` shows that entry p was durable, or if its position
 *     is p or less, which no crash leaves behind. Then p is *damaged*.
 * R4. Line feeds after the last record are room for more. A record is torn only if something other than line feeds is
 *     there.
 *
 * So unsynced records may be lost together and in any order, as disks do. R3 cannot tell a crash from damage to the
 * records of the last append. Then they are dropped, with a notice.
 */

/** A record of the journal, read from its bytes. */
export interface StoredRecord {
  readonly position: number;
  readonly synced: number;
  readonly crc: string;
  /** JSON of the entry. */
  readonly json: string;
  /** Offsets of the line in the given bytes, newline included. */
  readonly start: number;
  readonly end: number;
}

/** The place of a record for a {@linkcode Codec}. */
export function recordPlace({ position, synced }: Pick<StoredRecord, "position" | "synced">): string {
  return `entry ${position} ${synced}`;
}

/**
 * Encodes an entry as one line `{"n":12,"s":9,"crc":"9a8b7c6d","e":…}` with a newline; `s` is left out if it is 11.
 *
 * The crc is the CRC-32 (IEEE), in 8 hexadecimal digits, of the bytes `12 9 ` (position, space, `synced`, space) and
 * the JSON of the entry. `synced` is the number of durable entries; its default is the position - 1.
 */
export function encodeRecord(
  position: number,
  entry: unknown,
  options: { readonly synced?: number } = {},
): Uint8Array {
  const json = JSON.stringify(entry);
  assert(json !== undefined, "An entry must be JSON");
  return encodeJson(position, json, options.synced ?? position - 1).line;
}

/** As {@linkcode encodeRecord}, for an entry that is already JSON text. */
function encodeJson(
  position: number,
  json: string,
  synced: number,
): { readonly line: Uint8Array; readonly crc: string } {
  const lines = new RecordLines();
  const { crc } = lines.add(position, json, synced);
  return { line: lines.bytes, crc };
}

/** The line of a record without its newline, for an entry that is JSON text. */
export function recordLine(position: number, json: string, synced: number): string {
  return `${headOf(position, synced, checksum(position, synced, json))}${json}}`;
}

/** The record of a line without its newline, if it is complete and good. */
export function recordIn(line: string): StoredRecord | undefined {
  return recordAt(encoder.encode(`${line}\n`), 0);
}

/** A record in an append: the start and end of its line, and its checksum. */
interface AddedRecord {
  readonly start: number;
  readonly end: number;
  readonly crc: string;
}

/** The encoded records of one append, in memory that the next append reuses. */
export class RecordLines {
  #bytes = new Uint8Array(minBufferBytes);
  #length = 0;

  /** All lines. They are valid until `clear` is called. */
  get bytes(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  clear(): void {
    this.#length = 0;
    if (this.#bytes.length > maxKeptBytes) this.#bytes = new Uint8Array(minBufferBytes);
  }

  /** Adds the record of an entry that is JSON text. */
  add(position: number, json: string, synced: number): AddedRecord {
    const start = this.#length;
    this.#write(headOf(position, synced));
    const bodyStart = this.#length;
    this.#write(json);
    const crc = checksum(position, synced, this.#bytes.subarray(bodyStart, this.#length));
    encoder.encodeInto(crc, this.#bytes.subarray(bodyStart - headEnd.length - crcDigits));
    this.#write("}\n");
    return { start, end: this.#length, crc };
  }

  #write(text: string): void {
    if (text.length > maxKeptBytes) {
      const bytes = encoder.encode(text);
      this.#reserve(bytes.length);
      this.#bytes.set(bytes, this.#length);
      this.#length += bytes.length;
      return;
    }
    // UTF-8 takes at most three bytes for a UTF-16 unit. The buffer must hold them all: Deno 2.7 reports a truncated
    // text as read completely.
    this.#reserve(3 * text.length);
    this.#length += encoder.encodeInto(text, this.#bytes.subarray(this.#length)).written;
  }

  #reserve(more: number): void {
    const needed = this.#length + more;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }
}

/** A record or two. */
const minBufferBytes = 1024;
/** More than an append of a usual session. */
const maxKeptBytes = 1024 * 1024;

const crcDigits = 8;
const headEnd = `","e":`;

/** The start of a record's line, by default with space for the checksum. */
function headOf(position: number, synced: number, crc = "00000000"): string {
  const s = synced === position - 1 ? "" : `,"s":${synced}`;
  return `{"n":${position}${s},"crc":"${crc}${headEnd}`;
}

/**
 * Decodes the bytes of a journal, dropping a torn tail.
 *
 * `validBytes` is the end of the last good record. Throws `DamagedJournalError` for damage; `name` is the journal's
 * name in the message.
 */
export function decodeJournal(bytes: Uint8Array, name: string): {
  readonly entries: readonly unknown[];
  readonly validBytes: number;
  readonly torn?: TornTail;
} {
  const entries: unknown[] = [];
  const records = readRecords(bytes, { name, position: 1, byteOffset: 0 });
  let next = records.next();
  for (; !next.done; next = records.next()) entries.push(JSON.parse(next.value.json));
  return { entries, ...next.value };
}

/**
 * Reads records in order; the first must have `position`. Returns the end of the good records.
 *
 * `byteOffset` is the place of `bytes` in the file, for messages only. Throws `DamagedJournalError` at a damaged
 * record.
 */
export function* readRecords(
  bytes: Uint8Array,
  options: { readonly name: string; readonly position: number; readonly byteOffset: number },
): Generator<StoredRecord, { readonly validBytes: number; readonly torn?: TornTail }> {
  let { position } = options;
  let offset = 0;
  while (offset < bytes.length) {
    const record = recordAt(bytes, offset);
    if (record === undefined || record.position !== position) {
      const end = endOfText(bytes, offset);
      if (end === offset) break;
      if (contradicts(bytes, offset, position)) {
        throw new DamagedJournalError(options.name, { position, byteOffset: options.byteOffset + offset });
      }
      return { validBytes: offset, torn: { bytes: Math.min(end + 1, bytes.length) - offset, position } };
    }
    yield record;
    offset = record.end;
    position++;
  }
  return { validBytes: offset };
}

/**
 * Encodes the first record of a journal whose first `position` entries are only in a checkpoint. Its entry is
 * `{"base":true}`.
 */
export function encodeBase(position: number): { readonly line: Uint8Array; readonly crc: string } {
  return encodeJson(position, baseJson, position);
}

/** The place where the entries begin: after the base, if there is one. */
export function baseOf(bytes: Uint8Array): { readonly position: number; readonly end: number } {
  const first = recordAt(bytes, 0);
  return first?.json === baseJson ? first : { position: 0, end: 0 };
}

/** The record that begins at this offset, if it is complete and good. */
export function recordAt(bytes: Uint8Array, start: number): StoredRecord | undefined {
  const head = headPattern.exec(latin1.decode(bytes.subarray(start, start + maxHeadBytes)));
  if (head === null) return undefined;
  const stop = bytes.indexOf(newline, start);
  if (stop < 0 || bytes[stop - 1] !== closingBrace) return undefined;
  const body = bytes.subarray(start + head[0].length, stop - 1);
  const position = Number(head[1]);
  const synced = Number(head[2] ?? position - 1);
  const crc = checksum(position, synced, body);
  if (crc !== head[3]) return undefined;
  return { position, synced, crc, json: decoder.decode(body), start, end: stop + 1 };
}

const baseJson = '{"base":true}';
const encoder = new TextEncoder();
const decoder = new TextDecoder();
const latin1 = new TextDecoder("latin1");
const newline = 10;
const closingBrace = 125;
const headPattern = /^\{"n":([1-9]\d{0,14})(?:,"s":(0|[1-9]\d{0,14}))?,"crc":"([0-9a-f]{8})","e":/;
/** Bound on a head with two numbers of 15 digits. */
const maxHeadBytes = 64;
/** The first bytes of every record: `{"n":`. */
const opening = [123, 34, 110, 34, 58];

function checksum(position: number, synced: number, body: Uint8Array | string): string {
  return crc32(body, crc32(`${position} ${synced} `)).toString(16).padStart(crcDigits, "0");
}

/** The offset after the last byte that is not a line feed. */
function endOfText(bytes: Uint8Array, offset: number): number {
  let end = bytes.length;
  while (end > offset && bytes[end - 1] === newline) end--;
  return end;
}

/** Whether a record after a bad one shows damage and not a crash (R3), even if the start of its line is lost. */
function contradicts(bytes: Uint8Array, from: number, position: number): boolean {
  for (let at = bytes.indexOf(opening[0]!, from); at >= 0; at = bytes.indexOf(opening[0]!, at + 1)) {
    if (!opening.every((byte, index) => bytes[at + index] === byte)) continue;
    const record = recordAt(bytes, at);
    if (record === undefined) continue;
    if (record.position <= position || record.synced >= position) return true;
  }
  return false;
}
