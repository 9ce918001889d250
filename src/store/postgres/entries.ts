import { createHash } from "node:crypto";
import { recordIn, recordLine } from "../file/record.ts";
import { formats, NewerFormatError, newerFormatOf } from "../format.ts";
import { maxInlineLength, packValue, reservedKeyEnd, unpackValue } from "../packed_value.ts";
import type { StoredEntry } from "../session_store.ts";
import { DamagedJournalError } from "../storage_error.ts";
import type { Row, Run } from "./link.ts";

/** Entries for the tables: a line for each, and the long strings that the lines refer to. */
export interface EncodedEntries {
  readonly count: number;
  /** The records' lines with a line feed between them. JSON has no line feed, so the server can split them again. */
  readonly lines: string;
  readonly lastLine: string;
  readonly bytes: number;
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

/** Encodes entries that follow the first `position` ones. */
export function encodeEntries(entries: readonly unknown[], position: number): EncodedEntries {
  const blobs = new Map<string, Uint8Array>();
  const lines = entries.map((entry, index) =>
    recordLine(position + index + 1, jsonWith(blobs, entry), position)
  );
  const text = lines.join("\n");
  const bytes = new TextEncoder().encode(text).length + 1;
  const ofBlobs = [...blobs.values()].reduce((sum, { length }) => sum + length, 0);
  return { count: lines.length, lines: text, lastLine: lines.at(-1) ?? "", bytes: bytes + ofBlobs, blobs };
}

/** JSON of an entry. Its long strings are put into `blobs`. */
function jsonWith(blobs: Map<string, Uint8Array>, entry: unknown): string {
  const json = JSON.stringify(entry);
  if (json.length <= maxInlineLength && !json.includes(reservedKeyEnd)) return json;
  return JSON.stringify(packValue(entry, {
    put: (text) => {
      const bytes = new TextEncoder().encode(text);
      const hash = sha256Of(bytes);
      blobs.set(hash, bytes);
      return hash;
    },
    list: ({ items }) => items,
  }));
}

/** SHA-256 of bytes, as 64 hexadecimal digits. */
export function sha256Of(bytes: Uint8Array | string): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Rows of a page: enough for few round trips, and few enough for the memory. */
const pageRows = 2000;

/** The rows of a session's entries in a range, and the blobs that they refer to. */
export interface EntryRows {
  readonly rows: readonly { readonly position: number; readonly line: string }[];
  readonly blobs: ReadonlyMap<string, Uint8Array>;
}

/** Reads the entries after `after`, up to `upTo`, in pages. */
export async function readRows(
  run: Run,
  table: (name: string) => string,
  { session, after, upTo = Number.MAX_SAFE_INTEGER }: {
    readonly session: string;
    readonly after: number;
    readonly upTo?: number | undefined;
  },
): Promise<EntryRows> {
  const rows: { position: number; line: string }[] = [];
  const blobs = new Map<string, Uint8Array>();
  for (let last = after, page: readonly Row[] = [];; last = rows.at(-1)!.position) {
    page = await run(
      `select position, record from ${
        table("entries")
      } where session = $1 and position > $2 and position <= $3
        order by position limit ${pageRows}`,
      [session, last, upTo],
    );
    for (const { position, record } of page) rows.push({ position: Number(position), line: String(record) });
    if (page.length < pageRows) break;
  }
  const names = new Set(rows.flatMap(({ line }) => blobNamesIn(line)));
  for (const name of names) {
    const [row] = await run(`select bytes from ${table("blobs")} where session = $1 and hash = $2`, [
      session,
      name,
    ]);
    if (row) blobs.set(name, row["bytes"] as Uint8Array);
  }
  return { rows, blobs };
}

/** Decodes rows one by one. Throws `DamagedJournalError` at the first one that cannot be read. */
export function* decodeRows(
  { rows, blobs }: EntryRows,
  { session, after }: { readonly session: string; readonly after: number },
): Generator<StoredEntry> {
  let expected = after + 1;
  for (const { position, line } of rows) {
    if (position !== expected) throw damaged(session, expected, "is missing");
    yield decodeRow(line, blobs, { session, position });
    expected++;
  }
}

/** Decodes the entry of a line. Throws `DamagedJournalError` and `NewerFormatError`. */
export function decodeRow(
  line: string,
  blobs: EntryRows["blobs"],
  { session, position }: { readonly session: string; readonly position: number },
): StoredEntry & { readonly crc: string } {
  const record = recordIn(line);
  if (record?.position !== position) throw damaged(session, position, "is damaged");
  const { json, synced, crc } = record;
  const get = (name: string) => {
    const bytes = blobs.get(name);
    if (bytes === undefined) throw damaged(session, position, `needs the blob ${name}, which is missing`);
    if (sha256Of(bytes) !== name) {
      throw damaged(session, position, `needs the blob ${name}, which is damaged`);
    }
    return new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);
  };
  const value: unknown = JSON.parse(json);
  const list = (_: readonly unknown[], items: readonly unknown[]) => [...items];
  const entry = json.includes(reservedKeyEnd) ? unpackValue(value, { get, list }) : value;
  const newer = newerFormatOf(entry, formats.journal);
  if (newer) throw new NewerFormatError(`The journal of session "${session}"`, newer, formats.journal);
  return { position, synced, crc, entry };
}

/** The hashes of the blobs that a line refers to. Other texts that look like one only cost a look. */
export function blobNamesIn(line: string): string[] {
  return line.includes(reservedKeyEnd)
    ? [...line.matchAll(/\$blob":"([0-9a-f]{64})"/g)].map(([, name]) => name!)
    : [];
}

function damaged(session: string, position: number, trouble: string): DamagedJournalError {
  return new DamagedJournalError(`the journal of session "${session}"`, {
    position,
    trouble,
    recoveryHint: position > 2
      ? `restore the database from a backup, or go on before it with: playbooks resume ${session}@${
        position - 1
      } --fork`
      : "restore the database from a backup",
  });
}
