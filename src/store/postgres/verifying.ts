import { formats, NewerFormatError } from "../format.ts";
import type { CheckedEntry, CheckedJournal, StateChecks } from "../session_store.ts";
import { StateVerifier } from "../state_verifier.ts";
import { DamagedJournalError } from "../storage_error.ts";
import type { SessionVerification, StoredFault, StoredRemark } from "../verification.ts";
import type { Database } from "./database.ts";
import { decodeRow, type EntryRows, readRows, sha256Of } from "./entries.ts";
import { presentHolder } from "./held.ts";
import type { Row, Run } from "./link.ts";
import { notFound } from "./loading.ts";
import { summaryIn } from "./summaries.ts";

/** Checks all that the database holds of a session: each record, each blob by its hash, each checkpoint. */
export async function verifySession(
  database: Database,
  { row, checks }: { readonly row: Row; readonly checks: StateChecks },
): Promise<SessionVerification> {
  const { id, name } = summaryIn(row);
  const about = { id, ...(name === undefined ? {} : { name }), running: presentHolder(row) !== undefined };
  return await database.reading(`Cannot check session "${id}"`, async (run) => {
    const parts = await readParts(database, run, id);
    const faults: StoredFault[] = [];
    const remarks: StoredRemark[] = [];
    const result = {
      ...about,
      entries: parts.position,
      checkpoints: parts.checkpoints.length,
      blobs: parts.blobs.size,
      faults,
      remarks,
    };
    try {
      verifyParts(parts, { id, checks, faults, remarks });
    } catch (error) {
      if (!(error instanceof NewerFormatError || checks.isNewer(error))) throw error;
      return { ...result, faults: [{ kind: "newer", file: "entries", reason: error.message }], remarks: [] };
    }
    return result;
  });
}

/** Reads a session's entries as far as possible. */
export async function readCheckedJournal(database: Database, run: Run, id: string): Promise<CheckedJournal> {
  const table = (name: string) => database.table(name);
  const [head] = await run(`select base from ${table("heads")} where session = $1`, [id]);
  if (!head) throw notFound(id);
  const base = Number(head["base"]);
  const rows = await readRows(run, table, { session: id, after: base });
  const { entries, damage } = goodEntries({ base, ...rows }, id);
  return { present: true, base, entries, last: base + entries.length, ...(damage ? { damage } : {}) };
}

/** Everything that is stored of a session. */
interface SessionParts {
  readonly base: number;
  readonly position: number;
  readonly shown: number;
  readonly rows: EntryRows["rows"];
  readonly blobs: EntryRows["blobs"];
  readonly checkpoints: readonly Row[];
  readonly snapshots: readonly Row[];
}

async function readParts(database: Database, run: Run, id: string): Promise<SessionParts> {
  const of = (columns: string, table: string, order: string) =>
    run(`select ${columns} from ${database.table(table)} where session = $1 order by ${order}`, [id]);
  const [head] = await of("base, position, shown", "heads", "1");
  const base = Number(head?.["base"] ?? 0);
  const { rows } = await readRows(run, (name) => database.table(name), { session: id, after: base });
  const blobs = await of("hash, bytes", "blobs", "hash");
  return {
    base,
    position: Number(head?.["position"] ?? 0),
    shown: Number(head?.["shown"] ?? 0),
    rows,
    blobs: new Map(blobs.map(({ hash, bytes }) => [String(hash), bytes as Uint8Array])),
    checkpoints: await of("position, format, crc, state", "checkpoints", "position"),
    snapshots: await of("name, bytes", "snapshots", "name"),
  };
}

function verifyParts(
  parts: SessionParts,
  { id, checks, faults, remarks }: {
    readonly id: string;
    readonly checks: StateChecks;
    readonly faults: StoredFault[];
    readonly remarks: StoredRemark[];
  },
): void {
  const { base, position, shown, blobs, snapshots } = parts;
  for (const [hash, bytes] of blobs) {
    if (sha256Of(bytes) !== hash) faults.push({ kind: "blob", file: `blobs/${hash}` });
  }
  const { entries, damage } = goodEntries(parts, id);
  const states = new StateVerifier({
    file: "entries",
    base,
    entries,
    isDamaged: damage !== undefined,
    checks,
    faults,
  });
  for (const row of parts.checkpoints) verifyCheckpoint(row, states, { faults, remarks });
  states.finish();
  const { forkPosition } = states;
  const last = base + entries.length;
  if (damage) {
    const { position, trouble: reason } = damage;
    faults.push({
      kind: "damaged entry",
      file: "entries",
      position,
      byteOffset: undefined,
      reason,
      canResume: false,
      forkPosition,
    });
  } else if (last < Math.max(position, shown)) {
    const known = Math.max(position, shown);
    faults.push({ kind: "short", file: "entries", last, known, knownBy: "heads", forkPosition });
  }
  for (const { name, bytes } of snapshots) {
    if (checks.isOwnSnapshot?.(id, String(name), bytes as Uint8Array) !== false) continue;
    remarks.push({ kind: "unsealed snapshot", file: `snapshots/${name}` });
  }
  if (position === 0 && parts.checkpoints.length === 0) remarks.push({ kind: "never begun" });
}

/** The entries up to the first one that cannot be read. */
function goodEntries(
  { base, rows, blobs }: EntryRows & { readonly base: number },
  session: string,
): Pick<CheckedJournal, "entries" | "damage"> {
  const entries: CheckedEntry[] = [];
  try {
    for (const { line } of rows) {
      entries.push(decodeRow(line, blobs, { session, position: base + entries.length + 1 }));
    }
    return { entries };
  } catch (error) {
    if (!(error instanceof DamagedJournalError)) throw error;
    return { entries, damage: error };
  }
}

function verifyCheckpoint(
  { position, format, crc, state }: Row,
  states: StateVerifier,
  { faults, remarks }: { readonly faults: StoredFault[]; readonly remarks: StoredRemark[] },
): void {
  const file = `checkpoints/${position}`;
  if (Number(format) > formats.checkpoint) {
    remarks.push({ kind: "newer checkpoint", reason: `${file} was written by a newer playbooks` });
    return;
  }
  try {
    const stored = { position: Number(position), format: Number(format), state: JSON.parse(String(state)) };
    states.checkpoint(file, crc === null ? stored : { ...stored, crc: String(crc) });
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    faults.push({ kind: "damaged checkpoint", file });
  }
}
