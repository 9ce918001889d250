import { exitCodes, PlaybooksError } from "../../errors.ts";
import type { SyncMode } from "../session_store.ts";
import { version } from "../../version.ts";
import type { DatabaseAddress } from "./address.ts";
import {
  codeOf,
  ConnectionLostError,
  databaseError,
  isOfConnection,
  isOfPooler,
  isPassing,
  PoolerError,
} from "./database_error.ts";
import { type LinkFaults, noTimeLimits, type Row, type Run, ServerLink, type Value } from "./link.ts";
import { schemaVersion } from "./schema.ts";

/** How a database is used. */
export interface DatabaseOptions {
  /** How long a statement is repeated while the database does not answer. */
  readonly retryMs: number;
  readonly faults?: LinkFaults;
}

/** The kinds of connections: for loads and transactions, and for short statements with and without a wait for the disk. */
type LinkKind = "reads" | "writes" | "unsynced writes";

/**
 * A database that may be lost and come back, perhaps on another server.
 *
 * The first connection is tried once on each host. After that, a lost connection is made again until `retryMs` have
 * passed; then the operation fails with exit code 6, and the next one tries once.
 */
export class Database {
  readonly address: DatabaseAddress;
  readonly #options: DatabaseOptions;
  readonly #links = new Map<string, Promise<ServerLink>>();
  readonly #notices = new Set<string>();
  readonly #noticed = new Set<string>();
  /** Hosts that are poolers. */
  readonly #pooled = new Set<DatabaseAddress["hosts"][number]>();
  #wasConnected = false;
  #isClosed = false;

  constructor(address: DatabaseAddress, options: DatabaseOptions) {
    this.address = address;
    this.#options = options;
  }

  /** A table's name with its schema. */
  table(name: string): string {
    return `${this.address.schema}.${name}`;
  }

  /** Runs one statement that may be repeated: a read, or a change that changes nothing the second time. */
  async query(failed: string, text: string, values: readonly Value[] = []): Promise<readonly Row[]> {
    return await this.retried(failed, async () => (await this.#link("reads")).run(text, values));
  }

  /**
   * Runs one short statement of a session's writer. It is not repeated. Statements of one session stay in order. The
   * sessions share a few connections, so that the server can sync several commits at once.
   */
  async write(
    { session, sync }: { readonly session: string; readonly sync: SyncMode },
    text: string,
    values: readonly Value[],
  ): Promise<readonly Row[]> {
    const lane = parseInt(session.slice(-4), 16) % writeLanes;
    return await (await this.#link(sync === "always" ? "writes" : "unsynced writes", lane)).run(text, values);
  }

  /** Runs a transaction that may be repeated. */
  async transaction<T>(failed: string, work: (run: Run, attempt: number) => Promise<T>): Promise<T> {
    return await this.retried(failed, async (attempt) => {
      const link = await this.#link("reads");
      return await link.transaction("read write", (run) => work(run, attempt));
    });
  }

  /** Reads in one transaction, so that all results are of one moment. */
  async reading<T>(failed: string, work: (run: Run) => Promise<T>): Promise<T> {
    return await this.retried(failed, async () => {
      const link = await this.#link("reads");
      return await link.transaction("isolation level repeatable read read only", work);
    });
  }

  /** Repeats the work while the database does not answer. `failed` begins the message: `Cannot list the sessions`. */
  async retried<T>(failed: string, work: (attempt: number) => Promise<T>): Promise<T> {
    const until = performance.now() + this.#options.retryMs;
    for (let attempt = 1;; attempt++) {
      try {
        return await work(attempt);
      } catch (error) {
        if (error instanceof PlaybooksError) throw error;
        const isFirst = !this.#wasConnected;
        const pauseMs = Math.min(maxPauseMs, 10 * 2 ** attempt);
        const isLate = performance.now() + pauseMs > until;
        if (!isPassing(error) || isFirst || isLate || this.#isClosed) {
          // What comes next would wait in vain for as long again.
          if (isLate && isPassing(error)) this.#wasConnected = false;
          throw databaseError(failed, error, this.address.shown);
        }
        await new Promise((resolve) => setTimeout(resolve, pauseMs));
      }
    }
  }

  /** Connects to a server for other uses, such as `listen` and migrations. The caller closes the link. */
  async connect(
    more: { readonly onNotify?: (channel: string, payload: string) => void; readonly onClose?: () => void } =
      {},
  ) {
    return await this.#connect({ connections: 1, ...more }, { needsTables: false });
  }

  /** Whether a pooler is in between, so that notifications do not arrive. Known after the first connection. */
  get isPooled(): boolean {
    return this.#pooled.size > 0;
  }

  /** Notices about the server, each once. */
  takeNotices(): readonly string[] {
    const notices = [...this.#notices];
    this.#notices.clear();
    return notices;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    const links = [...this.#links.values()];
    this.#links.clear();
    await endedSoon(Promise.all(links.map(async (link) => (await link).close().catch(() => {}))));
  }

  async #link(kind: LinkKind, lane = 0): Promise<ServerLink> {
    const key = `${kind} ${lane}`;
    const known = this.#links.get(key);
    if (known) {
      const link = await known;
      if (!link.isBroken) return link;
      if (this.#links.get(key) !== known) return await this.#link(kind, lane);
    }
    if (this.#isClosed) throw new ConnectionLostError("The connections were closed");
    const made = this.#connect(linkOptions[kind], { needsTables: true });
    this.#links.set(key, made);
    try {
      const link = await made;
      this.#wasConnected = true;
      return link;
    } catch (error) {
      if (this.#links.get(key) === made) this.#links.delete(key);
      throw error;
    }
  }

  /** Connects to the first host that takes writes. */
  async #connect(
    options: Omit<Parameters<typeof ServerLink.to>[2], "answerMs">,
    { needsTables }: { readonly needsTables: boolean },
  ): Promise<ServerLink> {
    const errors: unknown[] = [];
    const answerMs = Math.max(minAnswerMs, this.#options.retryMs / 3);
    for (const host of this.address.hosts) {
      try {
        return await this.#connectTo(host, { ...options, answerMs }, { needsTables });
      } catch (error) {
        if (error instanceof PlaybooksError) throw error;
        errors.push(error);
      }
    }
    // An error of a server says more than a host that does not answer.
    throw errors.find((error) => !isOfConnection(error)) ?? errors[0];
  }

  /** Connects to a host. If a pooler turns out to be in between, connects again for it. */
  async #connectTo(
    host: DatabaseAddress["hosts"][number],
    options: Parameters<typeof ServerLink.to>[2],
    needs: { readonly needsTables: boolean },
  ): Promise<ServerLink> {
    const { faults } = this.#options;
    const isPooled = this.#pooled.has(host);
    const link = await ServerLink.to(this.address, host, { faults, ...options, isPooled });
    try {
      await this.#check(link, needs);
      return link;
    } catch (error) {
      link.cut();
      if (isPooled || !isOfPooler(error)) throw error;
      this.#pooled.add(host);
      return await this.#connectTo(host, options, needs);
    }
  }

  /** Checks that a server is the primary, has our tables, and keeps what it acknowledges. */
  async #check(link: ServerLink, { needsTables }: { readonly needsTables: boolean }): Promise<void> {
    const answer = await link.run(checkStatement, [this.table("meta")]);
    const { readonly, encoding, fsync, synced, tables, pid, limits } = answer[0]!;
    // Only a pooler names another process in the handshake than the one that answers.
    if (!link.isPooled && pid !== answer.state?.pid) throw new PoolerError();
    if (limits !== "0 0 0") throw this.#limitedError(String(limits));
    if (readonly === "on") throw new ReadOnlyServerError();
    if (encoding !== "UTF8") {
      throw new PlaybooksError(
        `Cannot keep sessions in the database ${this.address.shown}: its encoding is ${encoding}; ` +
          "create one with: createdb --encoding=UTF8 --template=template0 NAME",
        { exitCode: exitCodes.storage },
      );
    }
    if (fsync === "off") {
      this.#notice(
        "the server has fsync = off, so a crash of its machine can destroy all sessions; set it to on",
      );
    }
    if (synced === "off" && !this.#isUnsyncedByUs(link)) {
      this.#notice(
        "the server has synchronous_commit = off, so a crash of the server can lose the last acknowledged entries; " +
          "set it to on for this database or user",
      );
    }
    if (needsTables) this.checkVersion(tables === null ? 0 : await this.schemaVersion(link));
  }

  /** See `noTimeLimits`. Settings of ours would not reach the server through a pooler. */
  #limitedError(limits: string): PlaybooksError {
    const names = Object.keys(noTimeLimits);
    const found = names.map((name, index) => `${name} = ${limits.split(" ")[index]}`);
    return new PlaybooksError(
      `Cannot keep sessions in the database ${this.address.shown}: behind its pooler the server has ` +
        `${
          found.filter((each) => !each.endsWith(" = 0")).join(", ")
        }, which could end a write half-way; set it to 0 with: ` +
        `alter role NAME set ${found.find((each) => !each.endsWith(" = 0"))!.split(" ")[0]} = 0`,
      { exitCode: exitCodes.storage },
    );
  }

  #isUnsyncedByUs(link: ServerLink): boolean {
    return link.settings?.["synchronous_commit"] === "off";
  }

  /** The version of the tables; 0 without tables. */
  async schemaVersion(link: Pick<ServerLink, "run">): Promise<number> {
    const [row] = await link.run(`select max(version) as version from ${this.table("meta")}`);
    return Number(row?.["version"] ?? 0);
  }

  /** Throws a `PlaybooksError` (exit 6) unless the tables have the version of this program. */
  checkVersion(found: number): void {
    if (found === schemaVersion) return;
    const { shown, schema } = this.address;
    const message = found === 0
      ? `Cannot use the database ${shown}: it has no tables of playbooks in the schema ${schema}; ` +
        "make them with: playbooks store migrate"
      : found > schemaVersion
      ? `Cannot use the database ${shown}: its tables have version ${found}; this is playbooks ${version} and knows ` +
        `version ${schemaVersion}: install the newer version`
      : `Cannot use the database ${shown}: its tables have version ${found}, and playbooks ${version} needs ` +
        `${schemaVersion}; upgrade them with: playbooks store migrate`;
    throw new PlaybooksError(message, { exitCode: exitCodes.storage });
  }

  #notice(text: string): void {
    const notice = `The database ${this.address.shown} may lose entries: ${text}`;
    if (this.#noticed.has(notice)) return;
    this.#noticed.add(notice);
    this.#notices.add(notice);
  }
}

const checkStatement = `select
  case when pg_is_in_recovery() then 'on' else current_setting('transaction_read_only') end as readonly,
  current_setting('server_encoding') as encoding,
  current_setting('fsync', true) as fsync,
  current_setting('synchronous_commit', true) as synced,
  pg_backend_pid() as pid,
  ${Object.keys(noTimeLimits).map((name) => `current_setting('${name}')`).join(" || ' ' || ")} as limits,
  to_regclass($1)::text as tables`;

const linkOptions: Readonly<Record<LinkKind, Omit<Parameters<typeof ServerLink.to>[2], "answerMs">>> = {
  reads: { connections: 4 },
  writes: { connections: 1 },
  "unsynced writes": { connections: 1, settings: { synchronous_commit: "off" } },
};

/** Connections for the appends of all sessions. More would not make a disk faster. */
const writeLanes = 4;
const maxPauseMs = 500;
const maxCloseMs = 1500;
const minAnswerMs = 1000;

/** The server is a standby, or read-only for another reason. */
class ReadOnlyServerError extends Error {
  readonly code = "25006";
}

/** Waits for the end of connections. One that is being made may wait for an answer for long: it ends with the process. */
export async function endedSoon(ended: Promise<unknown> | undefined): Promise<void> {
  const late = Promise.withResolvers<void>();
  const timer = setTimeout(late.resolve, maxCloseMs);
  await Promise.race([ended, late.promise]).catch(() => {});
  clearTimeout(timer);
}

/** Whether the error says that a row with the same key exists. */
export function isDuplicate(error: unknown): boolean {
  return codeOf(error) === "23505";
}
