import type { Inbox, PostedMessage } from "../session_store.ts";
import type { Database } from "./database.ts";
import { sha256Of } from "./entries.ts";
import { Listener } from "./listener.ts";
import { notFound } from "./loading.ts";

/** Messages in the table `messages`. Posting locks the session's row for a moment, so that numbers have no gaps. */
export class PostgresInbox implements Pick<Inbox, "post" | "read"> {
  readonly #database: Database;
  readonly #session: string;

  constructor(database: Database, session: string) {
    this.#database = database;
    this.#session = session;
  }

  async post(key: string, message: unknown): Promise<{ readonly number: number; readonly isNew: boolean }> {
    const database = this.#database;
    const [post, hash] = [crypto.randomUUID(), sha256Of(key)];
    return await database.transaction("Cannot post a message", async (run) => {
      const [session] = await run(
        `select id from ${database.table("sessions")} where id = $1 and removed_at is null for no key update`,
        [this.#session],
      );
      if (!session) throw notFound(this.#session);
      const [known] = await run(
        `select number, post from ${database.table("messages")} where session = $1 and key_hash = $2`,
        [this.#session, hash],
      );
      // A repeated statement finds its own message: the first answer was lost.
      if (known) return { number: Number(known["number"]), isNew: known["post"] === post };
      const [added] = await run(
        `insert into ${database.table("messages")} (session, number, key_hash, post, message)
          select $1, coalesce(max(number), 0) + 1, $2, $3, $4 from ${
          database.table("messages")
        } where session = $1
          returning number, pg_notify($5, $1::text)`,
        [this.#session, hash, post, JSON.stringify({ key, message }), Listener.channelOf(database)],
      );
      return { number: Number(added!["number"]), isNew: true };
    });
  }

  async read(): Promise<readonly PostedMessage[]> {
    const database = this.#database;
    const rows = await database.query(
      "Cannot read the messages",
      `select session.id, waiting.number, waiting.message from ${database.table("sessions")} as session
        left join ${
        database.table("messages")
      } as waiting on waiting.session = session.id and not waiting.is_taken
        where session.id = $1 and session.removed_at is null order by waiting.number`,
      [this.#session],
    );
    if (rows.length === 0) throw notFound(this.#session);
    return rows.filter(({ number }) => number !== null).map(({ number, message }) => {
      const { key, message: content } = JSON.parse(String(message));
      return { key, number: Number(number), message: content };
    });
  }
}

/** The inbox of a session that this process runs. It asks the database only when there may be news. */
export class LeasedInbox implements Inbox, Disposable {
  readonly #inbox: PostgresInbox;
  readonly #listener: Listener;
  readonly #take: (hashes: readonly string[]) => Promise<void>;
  readonly #watching: Disposable;
  #known: readonly PostedMessage[] | undefined;
  #readAt = 0;

  constructor(inbox: PostgresInbox, parts: {
    readonly session: string;
    readonly listener: Listener;
    /** Marks messages as taken, if this process still holds the lease. */
    readonly take: (hashes: readonly string[]) => Promise<void>;
  }) {
    this.#inbox = inbox;
    this.#listener = parts.listener;
    this.#take = parts.take;
    this.#watching = parts.listener.watch(parts.session, () => this.#known = undefined);
  }

  async post(key: string, message: unknown): Promise<{ readonly number: number; readonly isNew: boolean }> {
    const posted = await this.#inbox.post(key, message);
    this.#known = undefined;
    return posted;
  }

  read(): readonly PostedMessage[] | Promise<readonly PostedMessage[]> {
    const isFresh = this.#listener.isListening && performance.now() - this.#readAt < maxAgeMs;
    return isFresh && this.#known ? this.#known : this.#ask();
  }

  async take(keys: readonly string[]): Promise<void> {
    await this.#take(keys.map(sha256Of));
    this.#known = this.#known?.filter(({ key }) => !keys.includes(key));
  }

  [Symbol.dispose](): void {
    this.#watching[Symbol.dispose]();
  }

  async #ask(): Promise<readonly PostedMessage[]> {
    // News that arrive while the answer is on its way make it old.
    const none: readonly PostedMessage[] = [];
    this.#known = none;
    const found = await this.#inbox.read();
    if (this.#known === none) {
      this.#known = found;
      this.#readAt = performance.now();
    }
    return found;
  }
}

/** News may be lost, so messages are asked for in any case after this time. */
const maxAgeMs = 5000;
