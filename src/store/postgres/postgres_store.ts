import { assert } from "@std/assert";
import { CheckpointSchedule } from "../checkpoint_schedule.ts";
import { checkNameIsFree, type FindResult, findSession } from "../find.ts";
import { formats } from "../format.ts";
import { sessionBusyError } from "../lease_errors.ts";
import { InOrder } from "../in_order.ts";
import type { RunnableSession } from "../runnable.ts";
import { checkName, isSessionId, newSessionId, parseReference } from "../session_id.ts";
import type {
  CheckedJournal,
  EntryPlace,
  HeldSession,
  LeasedSession,
  LoadedSession,
  NewestSessions,
  NewSession,
  SessionStore,
  StateChecks,
  StoredEntry,
  StoreProcess,
} from "../session_store.ts";
import {
  byRun,
  changeAtStart,
  changed,
  type LeaseHolder,
  newSessionFile,
  type SessionChange,
  type SessionFile,
} from "../session_summary.ts";
import type { IndexVerification, SessionVerification } from "../verification.ts";
import { parseDatabaseAddress } from "./address.ts";
import { Database, type DatabaseOptions, isDuplicate } from "./database.ts";
import { blobNamesIn } from "./entries.ts";
import { lastHolder, presentHolder } from "./held.ts";
import { LeaseRenewal } from "./lease_renewal.ts";
import type { Row, Run } from "./link.ts";
import { Listener } from "./listener.ts";
import { loadSession, notFound, readEntriesOf, type ReadSession } from "./loading.ts";
import { migrateDatabase, type MigrationResult } from "./migrate.ts";
import { PostgresInbox } from "./postgres_inbox.ts";
import { PostgresSession } from "./postgres_session.ts";
import { PostgresTrash } from "./postgres_trash.ts";
import { insertSummary, selectSessions, summaryIn, updateSummary, visible } from "./summaries.ts";
import { readCheckedJournal, verifySession } from "./verifying.ts";
import { WorkQueue } from "./work.ts";

interface PostgresStoreOptions extends Partial<DatabaseOptions> {
  /** A clock for the times in summaries, ms since 1970. Leases follow the server's clock. */
  readonly nowMs: () => number;
  /** A lease that is not extended ends after this time. */
  readonly leaseMs?: number;
  /** MiB; no bound by default. */
  readonly maxSessionMb?: number | undefined;
  /** Replaces the schedule of checkpoints, for simulated processes. */
  readonly schedule?: (last: ReadSession["lastCheckpoint"]) => CheckpointSchedule;
}

/** Defaults, in ms. */
export const defaultDatabaseTimes = { retryMs: 30_000, leaseMs: 20_000 };

/** Sessions in a schema of a Postgres database. It connects when it is first used; call `close` at the end. */
export class PostgresStore implements SessionStore, AsyncDisposable {
  /** `max_session_mb`: a larger journal is not read. */
  maxSessionMb: number;
  readonly trash: PostgresTrash;
  readonly #database: Database;
  readonly #leases: LeaseRenewal;
  readonly #listener: Listener;
  readonly #work: WorkQueue;
  readonly #changes = new InOrder();
  readonly #nowMs: () => number;
  readonly #leaseMs: number;
  readonly #schedule: NonNullable<PostgresStoreOptions["schedule"]>;

  /** Throws a `PlaybooksError` (exit 2) for an address that is not valid. */
  constructor(address: string, options: PostgresStoreOptions) {
    const { retryMs, leaseMs } = { ...defaultDatabaseTimes, ...options };
    const { faults } = options;
    this.#database = new Database(parseDatabaseAddress(address), { retryMs, ...(faults ? { faults } : {}) });
    this.#leases = new LeaseRenewal(this.#database, leaseMs);
    this.#listener = new Listener(this.#database);
    this.#work = new WorkQueue(this.#database, this.#listener);
    this.#nowMs = options.nowMs;
    this.#leaseMs = leaseMs;
    this.#schedule = options.schedule ?? ((last) => new CheckpointSchedule(last));
    this.maxSessionMb = options.maxSessionMb ?? Infinity;
    this.trash = new PostgresTrash(this.#database);
  }

  get location(): string {
    return this.#database.address.shown;
  }

  readonly folder = undefined;

  placeOf(): string {
    return this.location;
  }

  /** Makes the tables, or brings them to this version. */
  migrate(): Promise<MigrationResult> {
    return migrateDatabase(this.#database);
  }

  async begin(given: NewSession, process: StoreProcess): Promise<LeasedSession> {
    return await this.#begin(given, process, { isWhole: true });
  }

  async insert(
    given: NewSession,
    process: StoreProcess,
    fill: (session: LeasedSession) => Promise<SessionChange>,
  ): Promise<SessionFile> {
    await this.#removeUnfinished();
    const session = await this.#begin(given, process, { isWhole: false });
    try {
      const change = await fill(session);
      await session.flush();
      // Under the lease: without it, another process may remove what is not whole.
      const made = await this.#finish(session, change);
      await session.close();
      return made;
    } catch (error) {
      await this.trash.eraseOwn(session).catch(() => {});
      await session.close();
      throw error;
    }
  }

  async open(
    id: string,
    process: StoreProcess & { readonly change?: SessionChange },
  ): Promise<LeasedSession> {
    const run = crypto.randomUUID();
    let died: LeaseHolder | undefined;
    const { read, summary, token } = await this.#database.transaction(
      `Cannot take the lease of session "${id}"`,
      async (query) => {
        const row = await this.#locked(query, id);
        // A repeated transaction finds its own lease: the first answer was lost.
        if (row["run"] !== run) {
          const holder = presentHolder(row);
          if (holder) throw this.#busy(id, holder);
          died = lastHolder(row);
        }
        const token = Number(row["token"]) + 1;
        const { pid, host, change } = process;
        const before = JSON.parse(String(row["summary"])) as SessionFile;
        const now = { nowMs: this.#nowMs() };
        const summary = changed(before, changeAtStart({ ...change, token }, process, now), now);
        if (change?.name !== undefined) await this.#checkName(query, change.name, id);
        await updateSummary(query, this.#table, summary);
        await this.#setLease(query, id, { pid, host, token, run, since: summary.runAt });
        const { maxSessionMb } = this;
        const read = await loadSession(this.#database, query, { id, maxSessionMb, forRun: true });
        return { read, summary, token };
      },
    );
    return this.#leased({ read, session: summary, token, died, process });
  }

  async load(id: string, options: { readonly position?: number } = {}): Promise<LoadedSession> {
    if (!isSessionId(id)) throw notFound(id);
    const { maxSessionMb } = this;
    const { loaded } = await this.#database.reading(
      `Cannot read session "${id}"`,
      (run) => loadSession(this.#database, run, { id, ...options, maxSessionMb }),
    );
    return loaded;
  }

  async read(
    id: string,
    options: { readonly after?: EntryPlace; readonly atLeast?: number } = {},
  ): Promise<Iterable<StoredEntry>> {
    if (!isSessionId(id)) throw notFound(id);
    return await readEntriesOf(this.#database, { id, ...options });
  }

  async mayContain(id: string, pattern: RegExp): Promise<boolean> {
    for (let after = 0;;) {
      const rows = await this.#database.query(
        `Cannot search session "${id}"`,
        `select position, record from ${this.#table("entries")}
          where session = $1 and position > $2 order by position limit 2000`,
        [id, after],
      );
      const found = rows.some(({ record }) => {
        const line = String(record);
        // Long texts are in another table.
        return pattern.test(line) || blobNamesIn(line).length > 0;
      });
      if (found || rows.length === 0) return found;
      after = Number(rows.at(-1)!["position"]);
    }
  }

  async checkJournal(id: string): Promise<CheckedJournal> {
    if (!isSessionId(id)) throw notFound(id);
    return await this.#database.reading(
      `Cannot read session "${id}"`,
      (run) => readCheckedJournal(this.#database, run, id),
    );
  }

  async verify(id: string, checks: StateChecks): Promise<SessionVerification> {
    const row = await this.#row(id);
    if (!row) throw notFound(id);
    return await verifySession(this.#database, { row, checks });
  }

  async verifyAll(checks: StateChecks): ReturnType<SessionStore["verifyAll"]> {
    const ids = await this.#database.query(
      "Cannot list the sessions",
      `select id from ${this.#table("sessions")} where ${visible} order by id`,
    );
    const sessions: SessionVerification[] = [];
    for (const { id } of ids) sessions.push(await this.verify(String(id), checks));
    return { sessions, index: await this.verifyIndexes() };
  }

  /** The server keeps its indexes right. */
  verifyIndexes(): Promise<IndexVerification> {
    return Promise.resolve({ damaged: [], remarks: [] });
  }

  async get(id: string): Promise<SessionFile | undefined> {
    const row = await this.#row(id);
    return row && summaryIn(row);
  }

  async list(): Promise<readonly SessionFile[]> {
    return await this.#select(`where ${visible} order by run_at desc, id desc`);
  }

  async newest(limit: number): Promise<NewestSessions> {
    const ids = await this.#database.query(
      "Cannot list the sessions",
      `select id from ${this.#table("sessions")} where ${visible} order by run_at desc, id desc`,
    );
    const bound = Number.isFinite(limit) ? String(Math.trunc(limit)) : "all";
    const newest = `where ${visible} order by run_at desc, id desc limit ${bound}`;
    return { sessions: await this.#select(newest), ids: ids.map(({ id }) => String(id)) };
  }

  async sizeOf(id: string): Promise<number> {
    if (await this.#row(id) === undefined) return 0;
    return await this.trash.sizeOf(id);
  }

  async find(reference: string): Promise<FindResult> {
    const candidates = await this.#candidates(reference);
    const found = findSession(candidates, reference);
    if (found.kind !== "missing") return found;
    return findSession(
      await this.#select(`where ${visible} order by run_at desc, id desc limit 1000`),
      reference,
    );
  }

  async lastFor(key: string): Promise<SessionFile | undefined> {
    const [last] = await this.#select(
      `where ${visible} and key = $1 order by run_at desc, id desc limit 1`,
      [key],
    );
    return last;
  }

  async update(id: string, change: SessionChange): Promise<SessionFile> {
    return await this.#changes.run(id, () => this.#update(id, change));
  }

  async #update(id: string, change: SessionChange): Promise<SessionFile> {
    return await this.#database.transaction(`Cannot change session "${id}"`, async (run) => {
      const row = await this.#locked(run, id);
      if (change.name !== undefined) await this.#checkName(run, change.name, id);
      const before = JSON.parse(String(row["summary"])) as SessionFile;
      const summary = changed(before, change, { nowMs: this.#nowMs() });
      await this.#unlessNameIsTaken(summary, () => updateSummary(run, this.#table, summary));
      await run(Listener.notice(this.#database), [id]);
      return summary;
    });
  }

  async holder(id: string): Promise<LeaseHolder | undefined> {
    const row = await this.#row(id);
    if (!row) throw notFound(id);
    return presentHolder(row);
  }

  async remove(id: string): Promise<void> {
    await this.#database.transaction(`Cannot remove session "${id}"`, async (run, attempt) => {
      const row = await this.#locked(run, id, { evenRemoved: attempt > 1 });
      const holder = presentHolder(row);
      if (holder) throw this.#busy(id, holder);
      const removedAt = new Date(this.#nowMs()).toISOString();
      await run(`update ${this.#table("sessions")} set removed_at = $2 where id = $1`, [id, removedAt]);
      // A process whose lease has ended by its time must not write to a removed session.
      await run(
        `update ${this.#table("heads")} set token = token + 1, held_until = null where session = $1`,
        [id],
      );
    });
  }

  inbox(id: string): PostgresInbox {
    if (!isSessionId(id)) throw notFound(id);
    return new PostgresInbox(this.#database, id);
  }

  async runnable(options: Parameters<SessionStore["runnable"]>[0]): Promise<readonly RunnableSession[]> {
    return await this.#work.runnable(options);
  }

  held(): Promise<readonly HeldSession[]> {
    return this.#work.held();
  }

  nextDueMs(): Promise<number> {
    return this.#work.nextDueMs();
  }

  changed(options: Parameters<SessionStore["changed"]>[0]): Promise<void> {
    return this.#work.changed(options);
  }

  async flushIndexes(): Promise<void> {}

  takeNotices(): readonly string[] {
    return this.#database.takeNotices();
  }

  /** Ends the connections. Sessions that are still open keep their leases until these end by their time. */
  async close(): Promise<void> {
    this.#leases.stop();
    this.#work[Symbol.dispose]();
    await Promise.all([this.#listener.close(), this.#database.close()]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  readonly #table = (name: string): string => this.#database.table(name);

  async #begin(
    { base, ...given }: NewSession,
    process: StoreProcess,
    { isWhole }: { readonly isWhole: boolean },
  ): Promise<PostgresSession> {
    assert(!given.encrypted, "Only folders keep encrypted sessions");
    const { pid, host } = process;
    const id = newSessionId(this.#nowMs());
    const name = given.name === undefined ? {} : { name: checkName(given.name) };
    const session: SessionFile = {
      ...newSessionFile({ ...given, ...name, id, pid, host }, { nowMs: this.#nowMs() }),
      token: 1,
    };
    const run = crypto.randomUUID();
    await this.#database.transaction("Cannot begin a session", async (query, attempt) => {
      const known = await query(`select id from ${this.#table("sessions")} where id = $1`, [id]);
      if (attempt > 1 && known.length > 0) return;
      if (name.name !== undefined) await this.#checkName(query, name.name, id);
      await this.#unlessNameIsTaken(session, () => insertSummary(query, this.#table, session, { isWhole }));
      await query(
        `insert into ${this.#table("heads")} (session, base, position) values ($1, $2, $2)`,
        [id, base?.position ?? 0],
      );
      await this.#setLease(query, id, { pid, host, token: 1, run, since: session.runAt });
      if (base) {
        await query(
          `insert into ${
            this.#table("checkpoints")
          } (session, position, format, state) values ($1, $2, $3, $4)`,
          [id, base.position, formats.checkpoint, JSON.stringify(base.state)],
        );
      }
      await query(Listener.notice(this.#database), [id]);
    });
    return this.#leased({
      read: newRead(this.#database, id, base),
      session,
      token: 1,
      died: undefined,
      process,
    });
  }

  /** Makes a session visible that was made whole. */
  async #finish({ id, token }: LeasedSession, change: SessionChange): Promise<SessionFile> {
    return await this.#database.transaction("Cannot keep a session", async (run) => {
      const row = await this.#locked(run, id, { evenRemoved: true });
      // It was done before, the answer was lost, and another process has taken the session.
      if (Number(row["token"]) !== token) return summaryIn(row);
      const before = JSON.parse(String(row["summary"])) as SessionFile;
      const summary = changed(before, change, { nowMs: this.#nowMs() });
      if (summary.name !== undefined) await this.#checkName(run, summary.name, id);
      await this.#unlessNameIsTaken(summary, async () => {
        await updateSummary(run, this.#table, summary);
        await run(`update ${this.#table("sessions")} set is_whole = true where id = $1`, [id]);
      });
      await run(Listener.notice(this.#database), [id]);
      return summary;
    });
  }

  /** Removes sessions whose process died before they were whole. */
  async #removeUnfinished(): Promise<void> {
    const rows = await this.#database.query(
      "Cannot list the unfinished sessions",
      `${selectSessions(this.#table)} where not is_whole`,
    );
    for (const row of rows) if (!presentHolder(row)) await this.trash.eraseUnfinished(String(row["id"]));
  }

  #leased({ read, process: { sync }, ...parts }: {
    readonly read: ReadSession;
    readonly session: SessionFile;
    readonly token: number;
    readonly died: LeaseHolder | undefined;
    readonly process: StoreProcess;
  }): PostgresSession {
    return new PostgresSession({
      ...parts,
      ...read,
      sync,
      database: this.#database,
      leases: this.#leases,
      listener: this.#listener,
      leaseMs: this.#leaseMs,
      schedule: this.#schedule(read.lastCheckpoint),
    });
  }

  async #setLease(
    run: Run,
    id: string,
    lease: {
      readonly pid: number;
      readonly host: string;
      readonly token: number;
      readonly run: string;
      readonly since: string;
    },
  ): Promise<void> {
    await run(
      `update ${this.#table("heads")} set token = $2, run = $3, pid = $4, host = $5, held_since = $6,
        held_until = clock_timestamp() + $7 * interval '1 millisecond' where session = $1`,
      [id, lease.token, lease.run, lease.pid, lease.host, lease.since, this.#leaseMs],
    );
  }

  #busy(id: string, holder: LeaseHolder): Error {
    const ends = `its lease ends ${Math.ceil(this.#leaseMs / 1000)} seconds after it died`;
    return sessionBusyError(id, { holder, nowMs: this.#nowMs(), ifDead: ends });
  }

  async #row(id: string): Promise<Row | undefined> {
    if (!isSessionId(id)) return undefined;
    const [row] = await this.#database.query(
      `Cannot read session "${id}"`,
      `${selectSessions(this.#table)} where id = $1 and ${visible}`,
      [id],
    );
    return row;
  }

  /** The row of a session, locked until the transaction ends. */
  async #locked(
    run: Run,
    id: string,
    { evenRemoved = false }: { readonly evenRemoved?: boolean } = {},
  ): Promise<Row> {
    const condition = evenRemoved ? "" : `and ${visible}`;
    const [row] = isSessionId(id)
      ? await run(`${selectSessions(this.#table)} where id = $1 ${condition} for no key update`, [id])
      : [];
    if (!row) throw notFound(id);
    return row;
  }

  async #select(rest: string, values: readonly string[] = []): Promise<readonly SessionFile[]> {
    const rows = await this.#database.query(
      "Cannot list the sessions",
      `${selectSessions(this.#table)} ${rest}`,
      values,
    );
    return rows.map(summaryIn);
  }

  /** The sessions that a reference may mean: by id, by a part of it, or by name. */
  async #candidates(reference: string): Promise<readonly SessionFile[]> {
    const found = new Map<string, SessionFile>();
    for (const text of new Set([reference, parseReference(reference).session])) {
      for (const session of await this.#select(`where ${visible} and ${mayMean}`, [text.normalize("NFC")])) {
        found.set(session.id, session);
      }
    }
    return [...found.values()].sort(byRun);
  }

  async #checkName(run: Run, name: string, id: string): Promise<void> {
    const rows = await run(`${selectSessions(this.#table)} where ${visible} and ${mayMean}`, [name]);
    checkNameIsFree(name, id, rows.map(summaryIn));
  }

  /** Another process may take a name between the check and the write. */
  async #unlessNameIsTaken({ name }: SessionFile, write: () => Promise<void>): Promise<void> {
    try {
      await write();
    } catch (error) {
      if (!isDuplicate(error) || name === undefined) throw error;
      checkNameIsFree(name, "", [await this.#named(name)].filter((each) => each !== undefined));
      throw error;
    }
  }

  async #named(name: string): Promise<SessionFile | undefined> {
    const [session] = await this.#select(`where ${visible} and name = $1`, [name]);
    return session;
  }
}

/** The sessions whose id or name a text may be. `strpos` knows no wildcards. */
const mayMean = `(name = $1 or strpos(id::text, lower($1)) = 1
  or (length($1) between 4 and 36 and right(id::text, length($1)) = lower($1)))`;

/** A session that was just begun, as if it had been read. */
function newRead(database: Database, id: string, base: NewSession["base"]): ReadSession {
  const position = base?.position ?? 0;
  return {
    loaded: {
      id,
      ...(base ? { checkpoint: { ...base, format: formats.checkpoint } } : {}),
      entries: [],
      position,
      notices: [],
      read: (options) => readEntriesOf(database, { id, ...options }),
      hasSnapshot: () => false,
    },
    base: position,
    bytes: 0,
    shown: 0,
    lastCheckpoint: { journalSize: 0, bytes: 0 },
    snapshots: { names: [], near: new Map() },
  };
}
