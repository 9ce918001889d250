import { exitCodes, PlaybooksError } from "../../errors.ts";
import type { Hosting, LiveSession } from "../../session/mod.ts";
import type { Target } from "../choose_session.ts";
import type { RunOptions } from "../commands/run/options.ts";
import type { Interrupts } from "../commands/run/interrupts.ts";
import { sandboxLoader, type SandboxLoading } from "../commands/run/sandbox_loader.ts";
import { Reports } from "../reports.ts";
import type { World } from "../world.ts";
import {
  type HostedChanges,
  type HostedEnd,
  HostedRun,
  type HostedRunParts,
  type HostedSession,
  type HostObserver,
} from "./hosted_run.ts";

/** The parts of a host. */
export interface SessionHostParts {
  readonly store: Target["sessions"];
  readonly world: World;
  /** Sessions that run at the same time; others wait for their turn. */
  readonly concurrency: number;
  /** The sandbox of all sessions. See `hostSandbox`. */
  readonly sandbox: SandboxLoading;
  readonly observer?: HostObserver;
  /** Flags as of `resume`: `--trust`, `--config`, `--on-uncertain`, … */
  readonly options?: Partial<RunOptions>;
  readonly knownFiles?: readonly string[];
  /** How long a session that only waits stays in memory; `defaultMaxWaits` if absent. */
  readonly maxWaits?: Hosting["maxWaits"];
  /** Whether the front end decides about uncertain effects, through `LiveSession.decide`. If not, they stop the session. */
  readonly canDecide?: boolean;
  /** Changes of the summary at the end of a run, such as a retry. */
  readonly changes?: HostedChanges;
  /** Whether a signal has come. Then no queued session begins. */
  readonly isStopping?: () => boolean;
}

/** The registry is an index that nothing reads: a host need not write it at each change of a session. */
export const registryPaceMs = 10_000;

/** A person who answers within this time does not cause a resume. A timer that passes sooner stays in memory. */
const defaultMaxWaits: Hosting["maxWaits"] = { personMs: 2_000, timerMs: 3_000 };

/**
 * Runs many stored sessions in one process, without a terminal. Each runs with its own source, model and settings, under
 * the trust rules of `resume`; what needs consent is refused. A session that waits for a person or a distant timer
 * leaves memory, with status `waiting`; the caller starts it again when it is due or answered.
 *
 * An error of one session ends only that session. All share one thread: code that runs without an `await` delays the
 * others until its bound, `max_code_seconds`.
 *
 * ```ts
 * await using host = new SessionHost({ store, world, concurrency: 8, sandbox });
 * const { status } = await host.start(id);
 * ```
 */
export class SessionHost implements AsyncDisposable {
  readonly #store: SessionHostParts["store"];
  readonly #concurrency: number;
  readonly #observer: HostObserver;
  readonly #isStopping: () => boolean;
  readonly #parts: HostedRunParts;
  /** In the order of their starts. */
  readonly #runs = new Map<string, Started>();
  readonly #reports: Reports;
  readonly #sweepTimer: ReturnType<typeof setInterval>;
  #active = 0;
  #closed: Promise<readonly string[]> | undefined;

  constructor(parts: SessionHostParts) {
    const { store, world, concurrency, sandbox, observer = {}, options } = parts;
    this.#store = store;
    this.#concurrency = concurrency;
    this.#observer = observer;
    this.#isStopping = parts.isStopping ?? (() => false);
    this.#reports = new Reports(
      world,
      options ?? {},
      (text, id) => observer.fact?.(id, { type: "warning", text }),
    );
    this.#parts = {
      reports: this.#reports,
      store,
      world,
      sandbox,
      observer,
      options: { ...withoutFlags, ...options },
      knownFiles: parts.knownFiles ?? [],
      canDecide: parts.canDecide ?? false,
      maxWaits: parts.maxWaits ?? defaultMaxWaits,
      changes: parts.changes ?? { atEnd: () => ({}), atError: () => ({}) },
    };
    this.sendReports();
    this.#sweepTimer = setInterval(() => this.sendReports(), sweepEveryMs);
    Deno.unrefTimer(this.#sweepTimer);
  }

  /** Sends the notifications and the telemetry that this process could not send, or that dead processes left. */
  sendReports(): void {
    this.#reports.sweep(this.#store);
  }

  /** The number of sessions that could begin at once. */
  get free(): number {
    return this.#closed ? 0 : Math.max(0, this.#concurrency - this.#runs.size);
  }

  /** Ids of the sessions that run here. */
  running(): readonly string[] {
    return [...this.#runs.values()].filter(({ isActive }) => isActive).map(({ run }) => run.id);
  }

  /** Ids of the sessions that wait for their turn, the next one first. */
  queued(): readonly string[] {
    return [...this.#runs.values()].filter(({ isActive }) => !isActive).map(({ run }) => run.id);
  }

  /** Whether a session runs here or waits for its turn. */
  has(id: string): boolean {
    return this.#runs.has(id);
  }

  /** The session, while it runs here: for its events, for words and decisions. */
  control(id: string): LiveSession | undefined {
    return this.#runs.get(id)?.run.live;
  }

  /**
   * Runs a session now, or when its turn comes. Resolves when the run has ended, and never rejects. A second start joins
   * the first one.
   */
  start(given: string | HostedSession): Promise<HostedEnd> {
    const id = typeof given === "string" ? given : given.session.id;
    const known = this.#runs.get(id);
    if (known) return known.ended.promise;
    const run = new HostedRun(id, this.#parts);
    const started: Started = { run, given, isActive: false, ended: Promise.withResolvers() };
    if (this.#closed) return Promise.resolve(notStarted);
    this.#runs.set(id, started);
    this.#next();
    return started.ended.promise;
  }

  /**
   * Stops a session that runs or waits for its turn here, and resolves when it has stopped. It can be resumed. With
   * `handBack` its status is `queued`, so that any worker takes it.
   */
  async stop(id: string, { handBack = false }: { readonly handBack?: boolean } = {}): Promise<void> {
    const started = this.#runs.get(id);
    if (!started) return;
    if (started.isActive) started.run.stop({ handBack });
    else this.#end(started, notStarted);
    await started.ended.promise;
  }

  /**
   * Starts nothing more, and stops all sessions. Resolves when they have stopped, or after `withinMs` with the ids of
   * those that still run: a kill is safe for them. A second call waits for the first one.
   */
  close(
    { handBack = true, withinMs = Infinity }: { readonly handBack?: boolean; readonly withinMs?: number } =
      {},
  ): Promise<readonly string[]> {
    const { promise, resolve, reject } = Promise.withResolvers<readonly string[]>();
    if (this.#closed) return this.#closed;
    this.#closed = promise;
    this.#close({ handBack, withinMs }).then(resolve, reject);
    return promise;
  }

  async #close(
    { handBack, withinMs }: { readonly handBack: boolean; readonly withinMs: number },
  ): Promise<readonly string[]> {
    const late = withinMs === Infinity ? undefined : AbortSignal.timeout(withinMs);
    const stopped = Promise.all([...this.#runs.keys()].map((id) => this.stop(id, { handBack })));
    await within(stopped, withinMs);
    clearInterval(this.#sweepTimer);
    await this.#reports.close(late);
    return this.running();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  #next(): void {
    if (this.#closed) return;
    for (const started of this.#runs.values()) {
      if (this.#active >= this.#concurrency || this.#isStopping()) return;
      if (!started.isActive) this.#run(started);
    }
  }

  #run(started: Started): void {
    started.isActive = true;
    this.#active++;
    this.#hosted(started).then((hosted) => started.run.run(hosted)).catch((error) => ({
      exit: error instanceof PlaybooksError ? error.exitCode : exitCodes.failed,
      error,
      hasRun: false,
    })).then((end) => {
      this.#active--;
      this.#end(started, end);
      this.#next();
    });
  }

  async #hosted({ given, run: { id } }: Started): Promise<HostedSession> {
    if (typeof given !== "string") return given;
    const session = await this.#store.get(given);
    if (session) return { session };
    throw new PlaybooksError(`Session "${id}" not found; list all with: playbooks sessions`, {
      exitCode: exitCodes.noSuchSession,
    });
  }

  #end(started: Started, end: HostedEnd): void {
    const { id } = started.run;
    if (this.#runs.get(id) !== started) return;
    this.#runs.delete(id);
    try {
      this.#observer.ended?.(id, end);
    } finally {
      started.ended.resolve(end);
    }
  }
}

/** Reads the list of all sessions, so it does not happen often. */
const sweepEveryMs = 300_000;

interface Started {
  readonly run: HostedRun;
  readonly given: string | HostedSession;
  isActive: boolean;
  readonly ended: PromiseWithResolvers<HostedEnd>;
}

/** The end of a session whose turn did not come. */
const notStarted: HostedEnd = { exit: exitCodes.terminated, hasRun: false };

/** The options of `resume` without a flag. */
export const withoutFlags: RunOptions = {
  detach: false,
  fork: false,
  plan: false,
  allow: {},
  snoop: false,
  stream: true,
  plain: true,
  verbose: false,
  quiet: true,
  json: false,
  nonInteractive: true,
  trust: false,
};

/** One sandbox for all sessions of a host. A signal ends a process whose code does not react. */
export function hostSandbox(world: World, interrupts: Interrupts): SandboxLoading {
  // The sessions' tool servers may need the right to start programs.
  return sandboxLoader(world, interrupts, { session: undefined, startsPrograms: true });
}

async function within(work: Promise<unknown>, ms: number): Promise<void> {
  if (ms === Infinity) return void await work;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
  try {
    await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
