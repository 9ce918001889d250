import { formats, newerFormatOf } from "../format.ts";
import type { SessionFile } from "../session_summary.ts";
import { holderColumns, presentHolder } from "./held.ts";
import type { Row, Run, Value } from "./link.ts";

type Table = (name: string) => string;

/** Selects sessions with their holders; add `where`. `more` are further columns, each after a comma. */
export function selectSessions(table: Table, more = ""): string {
  return `select id, summary, removed_at, run, token, ${holderColumns} ${more} from ${
    table("sessions")
  } as session
    join ${table("heads")} as head on head.session = session.id`;
}

/** The condition for sessions that can be seen. */
export const visible = "removed_at is null and is_whole";

/** The summary of a session. Without a process that runs it, a running session has stopped. */
export function summaryIn(row: Row): SessionFile {
  const summary = JSON.parse(String(row["summary"])) as SessionFile;
  const newer = newerFormatOf(summary, formats.session);
  const status = summary.status === "running" && !presentHolder(row) ? "stopped" : summary.status;
  return { ...summary, version: formats.session, status, ...(newer ? { newer } : {}) };
}

/** Stores a new summary. */
export async function insertSummary(
  run: Run,
  table: Table,
  summary: SessionFile,
  { isWhole }: { readonly isWhole: boolean },
): Promise<void> {
  await run(
    `insert into ${table("sessions")}
      (id, key, name, status, run_at, summary, exit, heard, due_ms, updated_ms, is_whole)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    [...columnsOf(summary), isWhole],
  );
}

/** Replaces the summary of a session. */
export async function updateSummary(run: Run, table: Table, summary: SessionFile): Promise<void> {
  await run(
    `update ${table("sessions")} set key = $2, name = $3, status = $4, run_at = $5, summary = $6,
      exit = $7, heard = $8, due_ms = $9, updated_ms = $10 where id = $1`,
    columnsOf(summary),
  );
}

function columnsOf(summary: SessionFile): Value[] {
  const { id, key, name = null, status, runAt, exit = null, heard = 0, dueAt, updatedAt } = summary;
  const dueMs = dueAt === undefined ? null : Date.parse(dueAt);
  return [id, key, name, status, runAt, JSON.stringify(summary), exit, heard, dueMs, Date.parse(updatedAt)];
}
