import { exitCodes, PlaybooksError } from "../../errors.ts";
import { formats } from "../format.ts";
import type { EntryPlace, LoadedSession, StoredCheckpoint, StoredEntry } from "../session_store.ts";
import { StorageError } from "../storage_error.ts";
import type { Database } from "./database.ts";
import { decodeRows, readRows } from "./entries.ts";
import type { Run } from "./link.ts";
import { readSnapshots } from "./side_tables.ts";

/** A session that was read: what a run needs, and the numbers that the writer continues with. */
export interface ReadSession {
  readonly loaded: LoadedSession;
  readonly base: number;
  readonly bytes: number;
  /** Bytes of the journal at the checkpoint, and the checkpoint's own bytes; 0 without one. */
  readonly lastCheckpoint: { readonly journalSize: number; readonly bytes: number };
  readonly shown: number;
  readonly snapshots: Awaited<ReturnType<typeof readSnapshots>>;
}

/** Reads a session after its first `position` entries, or all by default. */
export async function loadSession(
  database: Database,
  run: Run,
  { id, position, maxSessionMb, forRun = false }: {
    readonly id: string;
    readonly position?: number | undefined;
    readonly maxSessionMb: number;
    readonly forRun?: boolean;
  },
): Promise<ReadSession> {
  const table = (name: string) => database.table(name);
  const [head] = await run(`select base, position, bytes, shown from ${table("heads")} where session = $1`, [
    id,
  ]);
  if (!head) throw notFound(id);
  const [base, last, bytes] = [Number(head["base"]), Number(head["position"]), Number(head["bytes"])];
  refuseLarge(id, bytes, maxSessionMb);
  const upTo = position ?? last;
  if (upTo > last || upTo < base) throw noSuchPosition(id, upTo, last);
  const { checkpoint, checkpointBytes, notices } = await newestCheckpoint(database, run, { id, upTo });
  const after = checkpoint?.position ?? 0;
  const rows = await readRows(run, table, { session: id, after, upTo });
  const entries = [...decodeRows(rows, { session: id, after })];
  if (after + entries.length !== upTo) throw missingEntries(id, after + entries.length + 1);
  const snapshots = await readSnapshots(run, table, { session: id, forRun });
  const tail = rows.rows.reduce((sum, { line }) => sum + line.length, 0);
  return {
    loaded: {
      id,
      ...(checkpoint ? { checkpoint } : {}),
      entries: entries.map(({ entry }) => entry),
      position: upTo,
      notices,
      read: (options) => readEntriesOf(database, { id, ...options }),
      hasSnapshot: (name) => snapshots.names.includes(name),
    },
    base,
    bytes,
    lastCheckpoint: checkpoint
      ? { journalSize: Math.max(0, bytes - tail), bytes: checkpointBytes }
      : { journalSize: 0, bytes: 0 },
    shown: Number(head["shown"]),
    snapshots,
  };
}

/** Reads entries after a place, or all. Decodes each when it is reached, so a damaged one comes after the good ones. */
export async function readEntriesOf(
  database: Database,
  { id, after, atLeast = 0 }: {
    readonly id: string;
    readonly after?: EntryPlace | undefined;
    readonly atLeast?: number | undefined;
  },
): Promise<Iterable<StoredEntry>> {
  const table = (name: string) => database.table(name);
  const { base, rows } = await database.reading(`Cannot read session "${id}"`, async (run) => {
    const [head] = await run(`select base from ${table("heads")} where session = $1`, [id]);
    if (!head) throw notFound(id);
    const base = Number(head["base"]);
    return { base, rows: await readRows(run, table, { session: id, after: after?.position ?? base }) };
  });
  const from = Math.max(base, after?.position ?? base);
  return function* () {
    let last = from;
    for (const entry of decodeRows(rows, { session: id, after: from })) {
      yield entry;
      last = entry.position;
    }
    if (last < atLeast) throw missingEntries(id, last + 1);
  }();
}

/** The newest checkpoint that this version reads. Newer formats are skipped with a notice. */
async function newestCheckpoint(
  database: Database,
  run: Run,
  { id, upTo }: { readonly id: string; readonly upTo: number },
): Promise<{
  readonly checkpoint?: StoredCheckpoint;
  readonly checkpointBytes: number;
  readonly notices: readonly string[];
}> {
  const notices: string[] = [];
  const rows = await run(
    `select position, format, octet_length(state) as bytes from ${database.table("checkpoints")}
      where session = $1 and position <= $2 order by position desc`,
    [id, upTo],
  );
  for (const { position, format, bytes } of rows) {
    if (Number(format) > formats.checkpoint) {
      notices.push(`Checkpoint ${position} was written by a newer playbooks and was skipped`);
      continue;
    }
    const [row] = await run(
      `select state from ${database.table("checkpoints")} where session = $1 and position = $2`,
      [id, position!],
    );
    const state: unknown = JSON.parse(String(row!["state"]));
    const checkpoint = { position: Number(position), state, format: Number(format) };
    return { checkpoint, checkpointBytes: Number(bytes), notices };
  }
  return { checkpointBytes: 0, notices };
}

/** The error for a session that the database does not have. */
export function notFound(id: string): PlaybooksError {
  return new PlaybooksError(`Session "${id}" not found; list all with: playbooks sessions`, {
    exitCode: exitCodes.noSuchSession,
  });
}

/** The error for a position that a session does not have. */
export function noSuchPosition(id: string, position: number, last: number): PlaybooksError {
  return new PlaybooksError(
    `Cannot find "${id}@${position}": the session has ${last} entries; name one of them`,
    { exitCode: exitCodes.noSuchSession },
  );
}

function missingEntries(id: string, position: number): StorageError {
  return new StorageError(
    `Cannot read session "${id}": entry ${position} is missing in the database; restore it from a backup`,
  );
}

function refuseLarge(id: string, bytes: number, maxSessionMb: number): void {
  if (bytes <= maxSessionMb * 1024 * 1024) return;
  throw new StorageError(
    `Cannot read session "${id}": it takes ${Math.round(bytes / 1024 / 1024)} MB, and max_session_mb = ` +
      `${maxSessionMb}; raise the setting under [limits]`,
  );
}
