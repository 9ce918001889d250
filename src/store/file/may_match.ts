import { reservedKeyEnd } from "../packed_value.ts";
import type { Codec } from "./codec.ts";
import type { FileSystem } from "./file_system.ts";
import { journalName } from "./journal.ts";
import { baseOf, readRecords, recordPlace } from "./record.ts";

/**
 * Whether a pattern may match the JSON of a session's entries, for a search through many sessions. False only if it
 * certainly does not. Long texts are in other files, so entries that refer to some may match.
 */
export function mayMatch(
  fs: FileSystem,
  folder: string,
  { pattern, codec, partBytes = maxPartBytes }: {
    readonly pattern: RegExp;
    readonly codec: Codec;
    /** Bytes that are decoded at once, to the end of a line. */
    readonly partBytes?: number;
  },
): boolean {
  const bytes = fs.read(`${folder}/${journalName}`);
  // The search reads the session and reports that its journal is gone.
  if (!bytes?.length) return true;
  const matches = (text: string) => pattern.test(text) || text.includes(reservedKeyEnd);
  return codec.isSealed ? anyOpened(bytes, codec, matches) : anyPart(bytes, partBytes, matches);
}

/** Tests the text of whole lines, in parts that a string can hold. */
function anyPart(bytes: Uint8Array, partBytes: number, matches: (text: string) => boolean): boolean {
  for (let start = 0; start < bytes.length;) {
    const end = lineEnd(bytes, start + partBytes);
    if (matches(decoder.decode(bytes.subarray(start, end)))) return true;
    start = end;
  }
  return false;
}

/** The end of the line at an offset, or of the bytes. */
function lineEnd(bytes: Uint8Array, from: number): number {
  if (from >= bytes.length) return bytes.length;
  const end = bytes.indexOf(lineFeed, from);
  return end < 0 ? bytes.length : end + 1;
}

/** Opens each entry. If one does not open, or is damaged, the search reads the session and reports it. */
function anyOpened(bytes: Uint8Array, codec: Codec, matches: (text: string) => boolean): boolean {
  const base = baseOf(bytes);
  const place = { name: "", position: base.position + 1, byteOffset: 0 };
  try {
    for (const record of readRecords(bytes.subarray(base.end), place)) {
      const json = codec.openJson(recordPlace(record), record.json);
      if (json === undefined || matches(json)) return true;
    }
  } catch {
    return true;
  }
  return false;
}

/** Making one takes longer than decoding a short journal. */
const decoder = new TextDecoder();
const lineFeed = 10;
/** Far below the longest string, and few parts. */
const maxPartBytes = 64 * 1024 * 1024;
