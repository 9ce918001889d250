import { type Database, endedSoon } from "./database.ts";
import type { ServerLink } from "./link.ts";

/**
 * Hears of news in the database: posted messages, and sessions that can run. Without it, everything is found by polling,
 * so a server without notifications only makes answers slower.
 */
export class Listener {
  readonly #database: Database;
  readonly #watchers = new Map<string, Set<() => void>>();
  /** The last connection, perhaps not there yet. */
  #made: Promise<ServerLink> | undefined;
  /** The connection that listens. */
  #link: ServerLink | undefined;
  #isStarted = false;
  #isClosed = false;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(database: Database) {
    this.#database = database;
  }

  /** Whether news arrive at once. */
  get isListening(): boolean {
    return this.#link !== undefined && !this.#link.isBroken;
  }

  /** The channel of a schema. The payload is the id of a session. */
  static channelOf(database: Database): string {
    return `playbooks_${database.address.schema}`;
  }

  /** A statement that tells all listeners of news of session $1. They hear it after the commit. */
  static notice(database: Database): string {
    return `select pg_notify('${Listener.channelOf(database)}', $1::text)`;
  }

  /** Calls a function at news of a session, and when news may have been missed; `""` means every session. */
  watch(session: string, onNews: () => void): Disposable {
    const watchers = this.#watchers.get(session) ?? new Set();
    this.#watchers.set(session, watchers.add(onNews));
    this.#start();
    return {
      [Symbol.dispose]: () => {
        watchers.delete(onNews);
        if (watchers.size === 0 && this.#watchers.get(session) === watchers) this.#watchers.delete(session);
      },
    };
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    await endedSoon(this.#made?.then((link) => link.close()));
  }

  #start(): void {
    if (this.#isStarted) return;
    this.#isStarted = true;
    this.#listen();
  }

  async #listen(): Promise<void> {
    try {
      this.#made = this.#database.connect({
        onNotify: (_, session) => this.#tell([session, ""]),
        onClose: () => this.#listenLater(),
      });
      const link = await this.#made;
      // A pooler gives the notifications of a connection to someone else; everything is found by polling then.
      if (this.#isClosed || this.#database.isPooled) return await link.close();
      await link.run(`listen ${Listener.channelOf(this.#database)}`);
      this.#link = link;
      this.#tell(this.#watchers.keys());
    } catch {
      this.#listenLater();
    }
  }

  #listenLater(): void {
    if (this.#isClosed) return;
    this.#link = undefined;
    clearTimeout(this.#retry);
    const timer = this.#retry = setTimeout(() => this.#listen(), retryMs);
    Deno.unrefTimer(timer);
  }

  #tell(sessions: Iterable<string>): void {
    for (const session of sessions) {
      for (const onNews of this.#watchers.get(session) ?? []) onNews();
    }
  }
}

const retryMs = 2000;
