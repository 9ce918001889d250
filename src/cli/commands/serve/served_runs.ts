import { messageOf } from "../../../errors.ts";
import type { SessionEvent } from "../../../session/mod.ts";
import type { Config } from "../../config.ts";
import { retryChanges } from "../../host/retry_policy.ts";
import { hostSandbox, registryPaceMs, SessionHost } from "../../host/session_host.ts";
import { SessionTaker, type TakerFact } from "../../host/session_taker.ts";
import { rememberStorage, sessionsOf } from "../../stored_sessions.ts";
import type { RunnableSession } from "../../../store/mod.ts";
import type { World } from "../../world.ts";
import type { Interrupts } from "../run/interrupts.ts";
import { Listeners } from "./listeners.ts";
import { LiveEvents } from "./live_events.ts";
import type { ServeOptions } from "./options.ts";

/** The parts of the runs of a server. */
interface ServedRunsParts {
  readonly config: Config;
  readonly interrupts: Interrupts;
  readonly world: World;
  readonly tell: (fact: TakerFact) => void;
  /** Hears warnings about sessions. */
  readonly warn: (text: string) => void;
  /** Which sessions are run here by themselves; `isForServer` if absent. */
  readonly accepts?: (runnable: RunnableSession) => boolean;
  /** Hears each event of each session that runs here. */
  readonly hear?: (session: string, event: SessionEvent) => void;
}

/** The sessions that a server runs: those of its storage that can go on, as a worker takes them. */
export class ServedRuns implements AsyncDisposable {
  readonly store: ReturnType<typeof sessionsOf>;
  readonly host: SessionHost;
  readonly #listeners = new Listeners();
  readonly #live = new LiveEvents();
  readonly #taker: SessionTaker;
  readonly #signal: AbortSignal;
  /** Why sessions could not be run here, by id. */
  readonly #refusals = new Map<string, string>();

  constructor(
    { concurrency, trust, config: file }: Pick<ServeOptions, "concurrency" | "trust" | "config">,
    { config, interrupts, world, tell, warn, accepts = isForServer, hear }: ServedRunsParts,
  ) {
    this.#signal = interrupts.signal;
    const store = this.store = sessionsOf(config, world, { registryPaceMs });
    rememberStorage(store, world);
    this.host = new SessionHost({
      store,
      world,
      concurrency,
      sandbox: hostSandbox(world, interrupts),
      options: { trust, ...(file === undefined ? {} : { config: file }) },
      knownFiles: config.files,
      changes: retryChanges(world.now),
      observer: {
        event: (id, event) => {
          hear?.(id, event);
          this.#live.hear(id, event);
          this.#listeners.tell(id, event);
        },
        ended: (id) => this.#live.forget(id),
        fact: (_id, fact) => {
          if (fact.type === "warning") warn(fact.text);
        },
      },
      isStopping: interrupts.isPending,
    });
    this.#taker = new SessionTaker({
      store,
      host: this.host,
      now: world.now,
      accepts,
      tell: (fact) => {
        this.#hear(fact);
        tell(fact);
      },
      isStopping: interrupts.isPending,
    });
  }

  /** Runs sessions until a signal comes, then suspends them. Resolves to those that did not stop in time. */
  async run(): Promise<readonly string[]> {
    const { promise: signalled, resolve } = Promise.withResolvers<void>();
    this.#signal.addEventListener("abort", () => resolve(), { once: true });
    // It may have come while the server began.
    if (this.#signal.aborted) resolve();
    const closed = signalled.then(() => this.host.close({ handBack: true, withinMs: closeMs }));
    await this.#taker.run(this.#signal);
    return await closed;
  }

  /** Takes sessions that can go on at once; `session` may be one that could not be run before. */
  look(session?: string): void {
    if (session !== undefined) this.#refusals.delete(session);
    this.#taker.look(session);
  }

  /** Why a session could not be run here; `undefined` if it could. */
  refusalOf(session: string): string | undefined {
    return this.#refusals.get(session);
  }

  /** Calls `hear` with each event of a session while it runs here. */
  listen(session: string, hear: (event: SessionEvent) => void): Disposable {
    return this.#listeners.add(session, hear);
  }

  /** Events that were told only as they happened, before a reader listens. */
  liveSoFar(session: string): readonly SessionEvent[] {
    return this.#live.of(session);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.host.close({ handBack: true, withinMs: closeMs });
    await this.store.flushIndexes({ atOnce: true });
  }

  #hear(fact: TakerFact): void {
    if (fact.type === "refuse") this.#refusals.set(fact.session.id, messageOf(fact.error));
    if (fact.type === "take") this.#refusals.delete(fact.session.id);
  }
}

/**
 * Whether a server takes a session by itself. A run on a terminal that was killed, or that left a timer, is its person's:
 * they may not want it to go on, and pay for it, because they look at a page.
 */
function isForServer({ session, reason }: RunnableSession): boolean {
  return session.hosted === true || reason === "queued" || reason === "answered";
}

/**
 * A session stops between two entries. Code that runs without an await may take longer: a kill is safe for it. Containers are
 * killed after 10 seconds, and the answers under way and the connections to a database need some of them.
 */
const closeMs = 5_500;
