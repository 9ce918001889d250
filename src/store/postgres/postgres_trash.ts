import { exitCodes, PlaybooksError } from "../../errors.ts";
import { isSessionId } from "../session_id.ts";
import type { Trash, TrashedSession } from "../session_store.ts";
import type { SessionFile } from "../session_summary.ts";
import type { Database } from "./database.ts";
import { presentHolder } from "./held.ts";
import type { Row, Run } from "./link.ts";
import { selectSessions, summaryIn, updateSummary } from "./summaries.ts";

/** Removed sessions: rows with a time of removal. */
export class PostgresTrash implements Trash {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  async list(): Promise<readonly TrashedSession[]> {
    const rows = await this.#database.query(
      "Cannot list the removed sessions",
      `${
        selectSessions(this.#table)
      } where removed_at is not null and is_whole order by removed_at desc, id desc`,
    );
    const trashed: TrashedSession[] = [];
    for (const row of rows) {
      const session = summaryIn(row);
      trashed.push({
        session,
        removedAt: String(row["removed_at"]),
        bytes: await this.sizeOf(session.id),
      });
    }
    return trashed;
  }

  async restore(id: string): Promise<SessionFile> {
    return await this.#database.transaction(`Cannot restore session "${id}"`, async (run) => {
      const row = await this.#trashed(run, id);
      const { name, ...withoutName } = summaryIn(row);
      const others = name === undefined ? [] : await run(
        `select id from ${this.#table("sessions")} where name = $1 and removed_at is null and is_whole`,
        [name],
      );
      const summary = name === undefined || others.length > 0 ? withoutName : { ...withoutName, name };
      await updateSummary(run, this.#table, summary);
      await run(`update ${this.#table("sessions")} set removed_at = null where id = $1`, [id]);
      return summary;
    });
  }

  async delete(id: string): Promise<void> {
    await this.#database.transaction(`Cannot delete session "${id}"`, async (run) => {
      await this.#trashed(run, id);
      await this.#erase(run, id);
    });
  }

  /** Bytes of everything that is stored of a session. */
  async sizeOf(id: string): Promise<number> {
    const sums = Object.entries(textOf).map(([name, text]) =>
      `(select coalesce(sum(octet_length(${text})), 0) from ${this.#table(name)} where session = $1)`
    );
    const [row] = await this.#database.query(
      `Cannot measure session "${id}"`,
      `select ${sums.join(" + ")} + octet_length(summary) as bytes from ${
        this.#table("sessions")
      } where id = $1`,
      [id],
    );
    return Number(row?.["bytes"] ?? 0);
  }

  /** Deletes a session whose lease has this token, whether it is whole or not: with another one, a process has taken it. */
  async eraseOwn({ id, token }: { readonly id: string; readonly token: number }): Promise<void> {
    await this.#database.transaction(`Cannot delete session "${id}"`, async (run) => {
      const [row] = await run(`${selectSessions(this.#table)} where id = $1 for no key update`, [id]);
      if (Number(row?.["token"]) === token) await this.#erase(run, id);
    });
  }

  /** Deletes a session that is not whole and has no process, judged under the lock: it may have become whole just now. */
  async eraseUnfinished(id: string): Promise<void> {
    await this.#database.transaction(`Cannot delete session "${id}"`, async (run) => {
      const [row] = await run(
        `${selectSessions(this.#table)} where id = $1 and not is_whole for no key update`,
        [id],
      );
      if (row && !presentHolder(row)) await this.#erase(run, id);
    });
  }

  readonly #table = (name: string): string => this.#database.table(name);

  async #trashed(run: Run, id: string): Promise<Row> {
    const [row] = isSessionId(id)
      ? await run(
        `${selectSessions(this.#table)} where id = $1 and removed_at is not null for no key update`,
        [id],
      )
      : [];
    if (row) return row;
    throw new PlaybooksError(`Session "${id}" is not in the trash`, { exitCode: exitCodes.noSuchSession });
  }

  async #erase(run: Run, id: string): Promise<void> {
    // The head goes first: an append that comes later finds no lease.
    await run(`delete from ${this.#table("heads")} where session = $1`, [id]);
    for (const name of Object.keys(textOf)) {
      await run(`delete from ${this.#table(name)} where session = $1`, [id]);
    }
    await run(`delete from ${this.#table("sessions")} where id = $1`, [id]);
  }
}

/** The tables of a session's parts, and the column that takes the most space. */
const textOf = {
  entries: "record",
  blobs: "bytes",
  checkpoints: "state",
  snapshots: "bytes",
  messages: "message",
};
