import { exitCodes } from "../../errors.ts";
import { runnableReason, type RunnableSession, runnableSinceMs } from "../runnable.ts";
import type { SessionFile } from "../session_summary.ts";
import type { Database } from "./database.ts";
import type { HeldSession } from "../session_store.ts";
import { presentHolder } from "./held.ts";
import type { Listener } from "./listener.ts";
import { selectSessions, visible } from "./summaries.ts";

/** Finds the sessions that a worker may take. Each query reads only rows of indexes that such sessions are in. */
export class WorkQueue implements Disposable {
  readonly #database: Database;
  readonly #listener: Listener;
  #watching: Disposable | undefined;
  #hasNews = false;
  #wake: (() => void) | undefined;

  constructor(database: Database, listener: Listener) {
    this.#database = database;
    this.#listener = listener;
  }

  async runnable(
    { limit, nowMs, except = new Set() }: {
      readonly limit: number;
      readonly nowMs: number;
      readonly except?: ReadonlySet<string>;
    },
  ): Promise<readonly RunnableSession[]> {
    this.#watch();
    this.#hasNews = false;
    const rows = await this.#database.query(
      "Cannot find sessions that can go on",
      `${selectSessions(this.#table, hasNews(this.#table))}
        where id in (${this.#candidates()}) and ${visible}
          and coalesce(held_until <= clock_timestamp(), true) and not id = any(string_to_array($2, ',')::uuid[])
        order by coalesce(due_ms, updated_ms), id limit $3`,
      [nowMs, [...except].join(), limit],
    );
    return rows.flatMap((row): RunnableSession[] => {
      const session = JSON.parse(String(row["summary"])) as SessionFile;
      const isFree = presentHolder(row) === undefined;
      const reason = runnableReason(session, { nowMs, hasNews: row["has_news"] === true, isFree });
      return reason === undefined ? [] : [{ session, reason, sinceMs: runnableSinceMs(session) }];
    });
  }

  async held(): Promise<readonly HeldSession[]> {
    const rows = await this.#database.query(
      "Cannot find sessions that run",
      `${selectSessions(this.#table, ", held_until::text as lease_end")}
        where status in ('queued', 'running') and held_until > clock_timestamp() and ${visible}`,
    );
    // Also those of a process that has died on this machine: a worker takes them when the lease has ended.
    return rows.map((row) => ({ id: String(row["id"]), leaseEnd: String(row["lease_end"]) }));
  }

  async nextDueMs(): Promise<number> {
    const [row] = await this.#database.query(
      "Cannot find the next timer",
      `select min(due_ms) as due from ${this.#table("sessions")} where ${visible} and due_ms is not null`,
    );
    return row?.["due"] === null ? Infinity : Number(row!["due"]);
  }

  /** Resolves at news. Without notifications of the server, it resolves after a second. */
  async changed({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    this.#watch();
    if (this.#hasNews || signal.aborted) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const wake = this.#wake = () => resolve();
    const timer = setInterval(() => this.#listener.isListening || resolve(), pollMs);
    signal.addEventListener("abort", wake, { once: true });
    try {
      await promise;
    } finally {
      clearInterval(timer);
      signal.removeEventListener("abort", wake);
      this.#wake = undefined;
    }
  }

  [Symbol.dispose](): void {
    this.#watching?.[Symbol.dispose]();
  }

  #watch(): void {
    this.#watching ??= this.#listener.watch("", () => {
      this.#hasNews = true;
      this.#wake?.();
    });
  }

  /** Ids of the sessions that are queued, due, orphaned or answered. Some of them have a process. $1: the time. */
  #candidates(): string {
    const sessions = this.#table("sessions");
    return `select id from ${sessions} where status in ('queued', 'running') and coalesce(due_ms <= $1, true)
      union all select id from ${sessions} where status = 'waiting' and due_ms <= $1
      union all select answered.id from ${this.#table("messages")} as message
        join ${sessions} as answered on answered.id = message.session
        where not message.is_taken and message.number > answered.heard and (answered.status = 'waiting'
          or (answered.status = 'stopped' and answered.exit = ${exitCodes.choiceNeeded}))`;
  }

  readonly #table = (name: string): string => this.#database.table(name);
}

function hasNews(table: (name: string) => string): string {
  return `, exists (select from ${table("messages")} as message
    where message.session = session.id and not message.is_taken and message.number > session.heard) as has_news`;
}

const pollMs = 1000;
