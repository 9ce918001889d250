import type { CheckedEntry, CheckedJournal } from "../session_store.ts";
import { BlobStore } from "./blobs.ts";
import type { Codec } from "./codec.ts";
import type { FileSystem } from "./file_system.ts";
import { journalName } from "./journal.ts";
import { baseOf, readRecords } from "./record.ts";
import { entryOf, nameOf } from "./recover.ts";
import { DamagedJournalError } from "../storage_error.ts";

/** Reads a whole journal to find its faults. Returns damage as a value, and throws only the disk's errors. */
export function readChecked(
  fs: FileSystem,
  folder: string,
  options: { readonly session: string; readonly codec?: Codec },
): CheckedJournal {
  const { session, codec } = options;
  const bytes = fs.read(`${folder}/${journalName}`);
  const { position: base, end: byteOffset } = baseOf(bytes ?? new Uint8Array());
  const rest = (bytes ?? new Uint8Array()).subarray(byteOffset);
  const blobs = new BlobStore(fs, folder, codec);
  const entries: CheckedEntry[] = [];
  const whole = () => ({ present: bytes !== undefined, base, entries, last: base + entries.length });
  try {
    const records = readRecords(rest, { name: nameOf(session), position: base + 1, byteOffset });
    let next = records.next();
    for (; !next.done; next = records.next()) {
      const record = next.value;
      const entry = entryOf(blobs, record, { session, fileOffset: byteOffset });
      entries.push({
        position: record.position,
        synced: record.synced,
        entry,
        crc: record.crc,
        byteOffset: byteOffset + record.start,
      });
    }
    return { ...whole(), ...(next.value.torn && { torn: next.value.torn }) };
  } catch (error) {
    if (!(error instanceof DamagedJournalError)) throw error;
    return { ...whole(), damage: error };
  }
}
