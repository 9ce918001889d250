import { exitCodes, PlaybooksError } from "../../errors.ts";
import {
  type RunnableReason,
  type RunnableSession,
  type SessionChange,
  type SessionFile,
  StorageError,
} from "../../store/mod.ts";
import { parkNotification } from "../notify/notification.ts";
import type { HostedEnd, HostedSession } from "./hosted_run.ts";
import { planOrphan } from "./retry_policy.ts";
import type { SessionHost, SessionHostParts } from "./session_host.ts";

/** What a taker does, for people and scripts. Each `take` is followed by one `end`, and each `end` has its `take`. */
export type TakerFact =
  /** The session is open, and its lease is ours. */
  | {
    readonly type: "take";
    readonly session: SessionFile;
    readonly reason: RunnableReason;
    /** Of an orphan: how often its process has died at this place. */
    readonly deaths?: number;
  }
  | { readonly type: "end"; readonly session: SessionFile; readonly end: HostedEnd }
  /** The session does not run here and is unchanged: another process was faster, or a signal came. */
  | { readonly type: "miss"; readonly session: SessionFile }
  /** This process cannot run it; the session is as it was. Said once a session. */
  | { readonly type: "refuse"; readonly session: SessionFile; readonly error: unknown }
  /** Its process died too often at the same place, so that no worker takes it any more. */
  | { readonly type: "park"; readonly session: SessionFile; readonly deaths: number }
  /** The storage fails. It is tried again until it answers. Said again while it lasts, each time later. */
  | { readonly type: "trouble"; readonly error: unknown };

/** The sessions that are left when a taker is idle. */
export interface LeftSessions {
  /** The reasons for which this process refused sessions that could go on. */
  readonly refusals: readonly unknown[];
  /** The number of sessions that other processes run. */
  readonly held: number;
}

interface SessionTakerParts {
  readonly host: SessionHost;
  readonly store: SessionHostParts["store"];
  readonly now: () => number;
  readonly tell: (fact: TakerFact) => void;
  /** Whether a signal has come. Running code may know of it before the signal of `run` does. */
  readonly isStopping?: () => boolean;
  /** Whether a session is taken; all are if absent. One that is not is looked at again after a while. */
  readonly accepts?: (runnable: RunnableSession) => boolean;
  /** End when no session can be taken, none runs, and no timer is open. */
  readonly untilIdle?: boolean;
}

/**
 * Takes the sessions of a store that can go on, and runs them in a host: those that wait longest first, and no more than
 * the host has room for, so that other workers take the rest.
 */
export class SessionTaker {
  readonly #parts: SessionTakerParts;
  /** Sessions that are left alone for some time; `error` says why one cannot be run here. */
  readonly #refused = new Map<string, { readonly untilMs: number; readonly error?: unknown }>();
  readonly #said = new Set<string>();
  /** How often in a row the storage kept a session from beginning or going on. */
  readonly #storageFailures = new Map<string, number>();
  /** The session that runs alone, or waits for that, because its process has died several times. */
  #alone: { readonly id: string; readonly position: number } | undefined;
  #wake = Promise.withResolvers<void>();
  /** While the storage fails: the time of the next message about it, and the pause after that. */
  #trouble: { readonly againMs: number; readonly pauseMs: number } | undefined;
  /** Leases of other processes, as they were when this taker was idle first. */
  readonly #leases = new Map<string, string>();
  /** Whether the store has ever answered. */
  #hasLooked = false;

  constructor(parts: SessionTakerParts) {
    this.#parts = parts;
  }

  /** Looks for sessions at once, also for one that this process could not run before. */
  look(session?: string): void {
    if (session !== undefined) {
      this.#refused.delete(session);
      this.#said.delete(session);
    }
    this.#wake.resolve();
  }

  /**
   * Takes sessions until `signal` aborts, even if the store does not answer then. Resolves to the sessions that are left,
   * if it ends because it is idle. Throws the store's errors; before the first look only those that a person must fix.
   */
  async run(signal: AbortSignal): Promise<LeftSessions | undefined> {
    const { promise: aborted, resolve: abort } = Promise.withResolvers<undefined>();
    const onAbort = () => {
      this.#wake.resolve();
      abort(undefined);
    };
    signal.addEventListener("abort", onAbort);
    try {
      // In a copied storage of thousands of sessions this takes seconds. Later it would delay the timers that are due.
      await Promise.race([this.#parts.store.completeIndexes?.({ look: true }), aborted]);
      while (!this.#isStopping(signal)) {
        this.#wake = Promise.withResolvers();
        // Signals and timers must come in, even if sessions end and begin all the time.
        await new Promise((resolve) => setTimeout(resolve, 0));
        const round = this.#round(signal);
        round.catch(() => {
          // It may fail long after the signal.
        });
        const left = await Promise.race([round, aborted]);
        if (left) return left;
      }
      return undefined;
    } finally {
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** A signal may have come. Running code may know of it before `signal` does. */
  #isStopping(signal: AbortSignal): boolean {
    return signal.aborted || this.#parts.isStopping?.() === true;
  }

  /** Takes sessions and waits for news. Returns what is left if there is nothing to do. */
  async #round(signal: AbortSignal): Promise<LeftSessions | undefined> {
    try {
      const taken = await this.#takeAll(signal);
      this.#trouble = undefined;
      this.#hasLooked = true;
      const left = this.#isIdle(taken) ? await this.#left() : undefined;
      if (left || this.#isStopping(signal)) return left;
      await this.#news();
    } catch (error) {
      if (!(error instanceof PlaybooksError) || error.exitCode !== exitCodes.storage) throw error;
      if (this.#isStopping(signal)) return undefined;
      // With a wrong password or missing tables, a job would not end, and a service would look sound.
      const mayPass = error instanceof StorageError && error.mayPass;
      if (!this.#hasLooked && (this.#parts.untilIdle || !mayPass)) throw error;
      this.#sayTrouble(error);
      await this.#wait(troubleMs);
    }
    return undefined;
  }

  /** A log that is read tomorrow must show that the storage still fails. */
  #sayTrouble(error: unknown): void {
    const { tell, now } = this.#parts;
    const { againMs, pauseMs } = this.#trouble ?? { againMs: -Infinity, pauseMs: firstTroublePauseMs };
    if (now() < againMs) return;
    this.#trouble = { againMs: now() + pauseMs, pauseMs: Math.min(2 * pauseMs, maxTroublePauseMs) };
    tell({ type: "trouble", error });
  }

  #isIdle(taken: number): boolean {
    const { untilIdle, host } = this.#parts;
    return untilIdle === true && taken === 0 && host.running().length + host.queued().length === 0;
  }

  /** The sessions that are left; `undefined` if one may be taken soon: its timer passes, or its lease ends or has ended. */
  async #left(): Promise<LeftSessions | undefined> {
    const { store, now } = this.#parts;
    if (await store.nextDueMs() !== Infinity) return undefined;
    const held = await store.held();
    for (const { id, leaseEnd } of held) {
      if (leaseEnd !== undefined && !this.#leases.has(id)) this.#leases.set(id, leaseEnd);
    }
    // A process that lives extends its lease. That of a dead one ends, and then the session is an orphan.
    if (held.some(({ id, leaseEnd }) => leaseEnd !== undefined && this.#leases.get(id) === leaseEnd)) {
      return undefined;
    }
    // Looked at last: a lease may have ended since the last look, and another worker may have run what was refused here.
    const limit = this.#refused.size + 1;
    const runnable = await store.runnable({ limit, nowMs: now() });
    if (runnable.some(({ session: { id } }) => !this.#refused.has(id))) return undefined;
    const refusals = runnable.flatMap(({ session: { id } }) => this.#refused.get(id)?.error ?? []);
    return { refusals, held: held.length };
  }

  /** Takes as many sessions as there is room for; returns how many. */
  async #takeAll(signal: AbortSignal): Promise<number> {
    const { host, store, now } = this.#parts;
    let taken = 0;
    while (host.free > 0 && !this.#isStopping(signal) && !this.#isReserved()) {
      const except = new Set([...host.running(), ...host.queued(), ...this.#leftAlone()]);
      const found = await store.runnable({ limit: host.free, nowMs: now(), except });
      if (found.length === 0) break;
      for (const each of found) {
        if (this.#parts.accepts?.(each) === false) {
          this.#leaveAlone(each.session.id, notAcceptedMs);
          continue;
        }
        if (this.#isStopping(signal)) break;
        if (!this.#isReserved() && await this.#take(each, signal)) taken++;
      }
    }
    return taken;
  }

  /** Whether a session runs alone here, or waits for that. It shares the process as soon as it has got further. */
  #isReserved(): boolean {
    const { host } = this.#parts;
    if (!this.#alone) return false;
    const { id, position } = this.#alone;
    const isRunning = host.has(id);
    if (!isRunning && host.running().length > 0) return true;
    const live = host.control(id);
    if (isRunning && (live?.snapshot().position ?? 0) <= position + entriesOfStart) return true;
    this.#alone = undefined;
    return false;
  }

  #leftAlone(): readonly string[] {
    const nowMs = this.#parts.now();
    for (const [id, { untilMs }] of this.#refused) if (untilMs <= nowMs) this.#refused.delete(id);
    return [...this.#refused.keys()];
  }

  #leaveAlone(id: string, ms: number, error?: unknown): void {
    this.#refused.set(id, { untilMs: this.#parts.now() + ms, ...(error === undefined ? {} : { error }) });
  }

  async #take(runnable: RunnableSession, signal: AbortSignal): Promise<boolean> {
    const { host, tell } = this.#parts;
    const { session, reason } = runnable;
    try {
      const hosted = await this.#prepared(runnable);
      if (!hosted || this.#isStopping(signal)) return false;
      const deaths = reason === "orphaned" ? hosted.change?.failures?.count : undefined;
      let isTaken = false;
      const onStart = () => {
        isTaken = true;
        tell({ type: "take", session, reason, ...(deaths === undefined ? {} : { deaths }) });
      };
      host.start({ ...hosted, onStart }).then((end) => this.#ended(session, end, { isTaken, signal }));
      return true;
    } catch (error) {
      if (this.#isStopping(signal)) return false;
      this.#refuse(session, error);
      return false;
    }
  }

  /** A session that is ready to run; `undefined` if it must not be run again. */
  async #prepared({ session, reason, sinceMs }: RunnableSession): Promise<HostedSession | undefined> {
    const { store, now, tell } = this.#parts;
    // A storage that failed in a run here may not have taken the end of that run, either. No process died then.
    if (reason !== "orphaned" || this.#storageFailures.has(session.id)) return { session };
    const { position } = await store.load(session.id);
    const plan = planOrphan(session, position, now());
    if (plan.kind === "run") {
      const isReady = !plan.isAlone || this.#reserve(session, { position, sinceMs });
      const heldUntil = plan.change.dueAt === undefined ? {} : { heldUntil: position + entriesOfStart };
      return isReady ? { session, change: plan.change, ...heldUntil } : undefined;
    }
    await this.#park(session, {
      ...plan.change,
      notification: parkNotification(session.id, position, plan.count, now()),
    });
    tell({ type: "park", session, deaths: plan.count });
    this.#parts.host.sendReports();
    return undefined;
  }

  /** Whether a session can run alone now. If not, another worker may be idle; after a while, this one becomes so. */
  #reserve(
    { id }: SessionFile,
    { position, sinceMs }: { readonly position: number; readonly sinceMs: number },
  ): boolean {
    const { host, now } = this.#parts;
    const isIdle = host.running().length === 0;
    if (isIdle || now() - sinceMs > maxSuspectMs) this.#alone = { id, position };
    if (!isIdle) this.#leaveAlone(id, busyMs);
    return isIdle;
  }

  async #park({ id, pid, host }: SessionFile, change: SessionChange): Promise<void> {
    const { store } = this.#parts;
    await using _ = await store.open(id, { pid, host, sync: "always" });
    await store.update(id, change);
  }

  #ended(
    session: SessionFile,
    end: HostedEnd,
    { isTaken, signal }: { readonly isTaken: boolean; readonly signal: AbortSignal },
  ): void {
    const { tell } = this.#parts;
    const { id } = session;
    if (isTaken) {
      this.#said.delete(id);
      if (end.exit === exitCodes.storage) this.#leaveAlone(id, this.#refusalMs(id, end.error), end.error);
      else this.#storageFailures.delete(id);
      tell({ type: "end", session, end });
    } else if (end.error === undefined || end.exit === exitCodes.sessionBusy || this.#isStopping(signal)) {
      tell({ type: "miss", session });
      this.#leaveAlone(id, busyMs);
    } else {
      this.#refuse(session, end.error);
    }
    this.#wake.resolve();
  }

  #refuse(session: SessionFile, error: unknown): void {
    const { tell } = this.#parts;
    this.#leaveAlone(session.id, this.#refusalMs(session.id, error), error);
    if (this.#said.has(session.id)) return;
    this.#said.add(session.id);
    tell({ type: "refuse", session, error });
  }

  /** A full disk or a lost database may be back soon. */
  #refusalMs(id: string, error: unknown): number {
    if (!(error instanceof PlaybooksError) || error.exitCode !== exitCodes.storage) return refusedMs;
    const count = this.#storageFailures.get(id) ?? 0;
    this.#storageFailures.set(id, count + 1);
    return Math.min(refusedMs, firstStorageMs * 2 ** count);
  }

  /** Resolves when there may be something to take: a slot, a new session, a message, a timer, or a dead process. */
  async #news(): Promise<void> {
    const { host, store, now } = this.#parts;
    if (host.free === 0) return await this.#wake.promise;
    if (this.#isReserved()) return await this.#wait(lookMs);
    const dueInMs = await store.nextDueMs() - now();
    const stop = new AbortController();
    const changed = store.changed({ signal: stop.signal });
    try {
      await this.#wait(dueInMs > 0 ? Math.min(dueInMs, lookMs) : lookMs, changed);
    } finally {
      stop.abort();
    }
  }

  /** Waits, but not longer than until a session ends here, a signal comes, or `news`. */
  async #wait(ms: number, news?: Promise<void>): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => timer = setTimeout(resolve, ms));
    try {
      await Promise.race([this.#wake.promise, late, ...(news ? [news] : [])]);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Nothing tells that a process has died, so a worker looks this often. */
const lookMs = 500;
/** A session that cannot be run here is tried again after this time: settings may have changed. */
const refusedMs = 600_000;
/** The time until the first further try after a failure of the storage. It doubles. */
const firstStorageMs = 5_000;
const busyMs = 1_000;
/** For so long, a session that must run alone waits for another worker that is idle. */
const maxSuspectMs = 30_000;
/** A run begins with an entry of its own. */
const entriesOfStart = 1;
const notAcceptedMs = 2_000;
/** The time between two tries while the storage fails. */
const troubleMs = 2_000;
/** The time until a failure of the storage is said again. It doubles. */
const firstTroublePauseMs = 60_000;
const maxTroublePauseMs = 3_600_000;
