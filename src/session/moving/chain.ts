import { createHash } from "node:crypto";
import { exitCodes, PlaybooksError } from "../../errors.ts";

/*
 * An exported session is lines of JSON, one record each:
 *
 *     {"h":"<SHA-256, 64 hexadecimal digits>","r":<record>}
 *
 * Invariants:
 * C1. `h` is the SHA-256 of the `h` of the line before (nothing for the first line) and the bytes of `r`. So a changed,
 *     removed, inserted or moved line is noticed at its place.
 * C2. The record begins at byte 76 of its line and ends before the last brace, so that any tool can cut it out.
 * C3. The last record says that it is the last, because a chain alone does not show that its end is missing.
 */

/** A damage of an exported file, with its place (exit 6). */
export class DamagedExportError extends PlaybooksError {
  override readonly name = "DamagedExportError";

  constructor(file: string, { line, byteOffset, entries, trouble }: LinePlace & Fault) {
    const behind = entries === 0 ? "" : `, after entry ${entries}`;
    super(
      `Cannot read the exported session ${file}: line ${line}, at byte ${byteOffset}${behind}, ${trouble}; ` +
        "nothing was taken from it; get the file again",
      { exitCode: exitCodes.storage },
    );
  }
}

/** A fault, and the last entry before it. */
interface Fault {
  readonly trouble: string;
  readonly entries: number;
}

/** The place of a line; lines count from 1, bytes from 0. */
interface LinePlace {
  readonly line: number;
  readonly byteOffset: number;
}

/** A line whose hash holds. */
export interface Link extends LinePlace {
  readonly hash: string;
  /** Bytes of the line, without its end. */
  readonly length: number;
  /** JSON of the record. */
  readonly json: string;
}

/** The bytes of an exported file. */
export interface ExportBytes {
  /** The name of the file in messages. */
  readonly name: string;
  /** Fills `buffer` with the bytes at a place; returns their number, 0 at the end. */
  readAt(buffer: Uint8Array, at: number): number;
}

/** Makes the lines of a file, in order. */
export class ChainWriter {
  #hash = "";
  lines = 0;

  /** The hash of the last line. */
  get hash(): string {
    return this.#hash;
  }

  line(record: unknown): Uint8Array {
    const json = JSON.stringify(record);
    this.#hash = linkHash(this.#hash, json);
    this.lines++;
    return encoder.encode(`{"h":"${this.#hash}","r":${json}}\n`);
  }
}

/**
 * Reads the lines of a file and checks their hashes. Throws `DamagedExportError` at the first that does not fit.
 * `entries` gives the last entry so far, for the message.
 */
export function* readChain(bytes: ExportBytes, entries: () => number): Generator<Link> {
  let before = "";
  for (const { line, byteOffset, text } of readLines(bytes, entries)) {
    const fail = (trouble: string) =>
      new DamagedExportError(bytes.name, { line, byteOffset, trouble, entries: entries() });
    if (text === undefined) throw fail("has no end: the file was cut off");
    const [, hash] = headPattern.exec(latin1.decode(text.subarray(0, headLength))) ?? [];
    if (hash === undefined || text.at(-1) !== closingBrace) throw fail("is not a record");
    const record = text.subarray(headLength, -1);
    if (linkHash(before, record) !== hash) {
      throw fail("does not fit the hash chain: it was changed after the export");
    }
    let json;
    try {
      json = decoder.decode(record);
    } catch {
      throw fail("is not UTF-8");
    }
    yield { line, byteOffset, length: text.length, hash, json };
    before = hash;
  }
}

/** Whether the file begins like an exported session. */
export function isExport(bytes: ExportBytes): boolean {
  const start = new Uint8Array(headLength);
  return headPattern.test(latin1.decode(start.subarray(0, bytes.readAt(start, 0))));
}

/** The record of a line that was read before. */
export function recordAgain(
  bytes: ExportBytes,
  { byteOffset, length }: Pick<Link, "byteOffset" | "length">,
): string {
  const text = new Uint8Array(length);
  for (let filled = 0; filled < length;) {
    const count = bytes.readAt(text.subarray(filled), byteOffset + filled);
    if (count === 0) break;
    filled += count;
  }
  return decoder.decode(text.subarray(headLength, -1));
}

/** The lines of a file. The text of the last is `undefined` if it has no line feed. */
function* readLines(
  bytes: ExportBytes,
  entries: () => number,
): Generator<LinePlace & { readonly text: Uint8Array | undefined }> {
  let buffer = new Uint8Array(chunkBytes);
  /** The part of the buffer that was read and not yet given. */
  let start = 0;
  let filled = 0;
  let byteOffset = 0;
  for (let line = 1;; line++) {
    let searched = start;
    let end;
    while ((end = buffer.subarray(0, filled).indexOf(newline, searched)) < 0) {
      const length = filled - start;
      if (length === maxLineBytes) {
        const trouble = `is longer than ${maxLineBytes} bytes, which playbooks does not write`;
        throw new DamagedExportError(bytes.name, { line, byteOffset, trouble, entries: entries() });
      }
      const larger = length < buffer.length ? buffer : new Uint8Array(Math.min(2 * length, maxLineBytes));
      larger.set(buffer.subarray(start, filled));
      buffer = larger;
      [start, filled, searched] = [0, length, length];
      const count = bytes.readAt(buffer.subarray(filled), byteOffset + filled);
      if (count === 0) {
        if (filled > 0) yield { line, byteOffset, text: undefined };
        return;
      }
      filled += count;
    }
    yield { line, byteOffset, text: buffer.subarray(start, end) };
    byteOffset += end + 1 - start;
    start = end + 1;
  }
}

function linkHash(before: string, record: string | Uint8Array): string {
  return createHash("sha256").update(before).update(record).digest("hex");
}

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
const latin1 = new TextDecoder("latin1");
const newline = 10;
const closingBrace = 125;
const headPattern = /^\{"h":"([0-9a-f]{64})","r":/;
/** Bytes of a line before its record: `{"h":"`, the hash, `","r":`. */
const headLength = 6 + 64 + 6;
const chunkBytes = 256 * 1024;
/** A text that can be held is shorter. */
const maxLineBytes = 500 * 1024 * 1024;
