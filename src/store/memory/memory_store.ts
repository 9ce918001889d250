import { exitCodes, PlaybooksError } from "../../errors.ts";
import { checkNameIsFree, type FindResult, findSession } from "../find.ts";
import { sessionBusyError } from "../lease_errors.ts";
import { pollUntil } from "../poll_until.ts";
import { isWork, runnableReason, type RunnableSession, runnableSinceMs } from "../runnable.ts";
import { checkName, newSessionId } from "../session_id.ts";
import type {
  CheckedJournal,
  EntryPlace,
  HeldSession,
  Inbox,
  LeasedSession,
  LoadedSession,
  NewSession,
  SessionStore,
  StateChecks,
  StoredEntry,
  StoreProcess,
  Trash,
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
import { MemoryInbox, MemorySession, type StoredSession } from "./memory_session.ts";
import { compareAscii } from "../session_summary.ts";

/** The data of a memory store. Several stores may share it, as several processes share a folder. */
export type MemoryData = Map<string, StoredSession>;

/** Sessions in memory, kept as JSON, so that callers share no value with the store. They end with the process. */
export class MemoryStore implements SessionStore {
  readonly location = "memory";
  readonly folder = undefined;
  maxSessionMb = Infinity;
  readonly #data: MemoryData;
  readonly #nowMs: () => number;
  #seen = "";

  constructor(options: { readonly nowMs: () => number; readonly data?: MemoryData }) {
    this.#nowMs = options.nowMs;
    this.#data = options.data ?? new Map();
  }

  // deno-lint-ignore require-await -- an error must reject the promise
  async begin({ base, ...given }: NewSession, process: StoreProcess): Promise<MemorySession> {
    const { pid, host } = process;
    const id = newSessionId(this.#nowMs());
    const name = given.name === undefined ? {} : { name: checkName(given.name) };
    if (name.name !== undefined) checkNameIsFree(name.name, id, this.list());
    const summary = newSessionFile({ ...given, ...name, id, pid, host }, { nowMs: this.#nowMs() });
    const stored: StoredSession = {
      summary,
      base: base?.position ?? 0,
      entries: [],
      checkpoints: new Map(base ? [[base.position, JSON.stringify(base.state)]] : []),
      cursor: 0,
      snapshots: new Map(),
      messages: [],
      taken: new Set(),
      token: 0,
    };
    this.#data.set(id, stored);
    return this.#lease(stored, process);
  }

  async insert(
    given: NewSession,
    process: StoreProcess,
    fill: (session: LeasedSession) => Promise<SessionChange>,
  ): Promise<SessionFile> {
    const data: MemoryData = new Map();
    const session = await new MemoryStore({ nowMs: this.#nowMs, data }).begin(given, process);
    const change = await fill(session);
    await session.close();
    const stored = data.get(session.id)!;
    const { name } = stored.summary;
    if (name !== undefined) checkNameIsFree(name, session.id, this.list());
    this.#data.set(session.id, stored);
    return this.#change(stored, change);
  }

  // deno-lint-ignore require-await -- an error must reject the promise
  async open(
    id: string,
    process: StoreProcess & { readonly change?: SessionChange },
  ): Promise<MemorySession> {
    const stored = this.#required(id);
    if (stored.holder) {
      throw sessionBusyError(id, { holder: stored.holder, nowMs: this.#nowMs() });
    }
    this.#change(stored, changeAtStart(process.change, process, { nowMs: this.#nowMs() }));
    return this.#lease(stored, process);
  }

  // deno-lint-ignore require-await -- an error must reject the promise
  async load(id: string, { position }: { readonly position?: number } = {}): Promise<LoadedSession> {
    return MemorySession.load(this.#required(id), position);
  }

  read(
    id: string,
    options: { readonly after?: EntryPlace; readonly atLeast?: number } = {},
  ): Iterable<StoredEntry> {
    return MemorySession.read(this.#required(id), options);
  }

  mayContain(id: string, pattern: RegExp): boolean {
    return this.#required(id).entries.some(({ json }) => pattern.test(json));
  }

  checkJournal(id: string): CheckedJournal {
    return MemorySession.checkJournal(this.#required(id));
  }

  verify(id: string, checks: StateChecks): SessionVerification {
    return MemorySession.verify(this.#required(id), checks);
  }

  async verifyAll(checks: StateChecks): ReturnType<SessionStore["verifyAll"]> {
    const sessions = this.list().map(({ id }) => id).toSorted().map((id) => this.verify(id, checks));
    return { sessions, index: await this.verifyIndexes() };
  }

  verifyIndexes(): Promise<IndexVerification> {
    return Promise.resolve({ damaged: [], remarks: [] });
  }

  placeOf(): string {
    return this.location;
  }

  sizeOf(id: string): number {
    const stored = this.get(id) && this.#data.get(id);
    return stored ? MemorySession.sizeOf(stored) : 0;
  }

  get(id: string): SessionFile | undefined {
    const stored = this.#data.get(id);
    return stored && stored.removedAt === undefined ? summaryOf(stored) : undefined;
  }

  list(): readonly SessionFile[] {
    return [...this.#data.keys()]
      .map((id) => this.get(id))
      .filter((session) => session !== undefined)
      .sort(byRun);
  }

  find(reference: string): FindResult {
    return findSession(this.list(), reference);
  }

  // deno-lint-ignore require-await -- other stores ask their index
  async lastFor(key: string): Promise<SessionFile | undefined> {
    return this.list().find((session) => session.key === key);
  }

  // deno-lint-ignore require-await -- an error must reject the promise
  async update(id: string, change: SessionChange): Promise<SessionFile> {
    const stored = this.#required(id);
    if (change.name !== undefined) checkNameIsFree(change.name, id, this.list());
    return this.#change(stored, change);
  }

  // deno-lint-ignore require-await -- an error must reject the promise
  async remove(id: string): Promise<void> {
    const stored = this.#required(id);
    const { holder } = stored;
    if (holder) throw sessionBusyError(id, { holder, nowMs: this.#nowMs() });
    stored.removedAt = new Date(this.#nowMs()).toISOString();
  }

  holder(id: string): LeaseHolder | undefined {
    return this.#required(id).holder;
  }

  readonly trash: Trash = {
    list: () =>
      [...this.#data.values()].flatMap((stored) => {
        const { removedAt } = stored;
        const bytes = MemorySession.sizeOf(stored);
        return removedAt === undefined ? [] : [{ session: summaryOf(stored), removedAt, bytes }];
      }).sort((a, b) => compareAscii(b.removedAt, a.removedAt)),
    // deno-lint-ignore require-await -- an error must reject the promise
    restore: async (id) => {
      const stored = this.#trashed(id);
      const { name, ...withoutName } = stored.summary;
      if (name !== undefined && this.list().some((other) => other.name === name)) {
        stored.summary = withoutName;
      }
      delete stored.removedAt;
      return summaryOf(stored);
    },
    delete: (id) => {
      this.#trashed(id);
      this.#data.delete(id);
    },
  };

  inbox(id: string): Pick<Inbox, "post" | "read"> {
    return new MemoryInbox(this.#required(id));
  }

  runnable(
    { limit, nowMs, except }: {
      readonly limit: number;
      readonly nowMs: number;
      readonly except?: ReadonlySet<string>;
    },
  ): readonly RunnableSession[] {
    this.#seen = this.#signature();
    const stored = [...this.#data.values()].filter(({ removedAt }) => removedAt === undefined);
    return stored.flatMap((each): RunnableSession[] => {
      const { summary: session, holder } = each;
      const hasNews = new MemoryInbox(each).read().some(({ number }) => number > (session.heard ?? 0));
      const reason = runnableReason(session, { nowMs, hasNews, isFree: holder === undefined });
      if (reason === undefined || except?.has(session.id)) return [];
      return [{ session, reason, sinceMs: runnableSinceMs(session) }];
    }).sort((a, b) => a.sinceMs - b.sinceMs).slice(0, limit);
  }

  held(): readonly HeldSession[] {
    return [...this.#data.values()].flatMap(({ summary: { id, status }, holder, removedAt }) =>
      holder && removedAt === undefined && isWork(status) ? [{ id }] : []
    );
  }

  nextDueMs(): number {
    const dues = [...this.#data.values()].flatMap(({ summary, removedAt }) =>
      summary.dueAt === undefined || removedAt !== undefined ? [] : [Date.parse(summary.dueAt)]
    );
    return Math.min(Infinity, ...dues);
  }

  changed({ signal }: { readonly signal: AbortSignal }): Promise<void> {
    return pollUntil(() => this.#signature() !== this.#seen, { everyMs: pollMs, signal });
  }

  #signature(): string {
    return [...this.#data.values()].map(({ summary: { id, updatedAt, status }, messages, holder }) =>
      [id, updatedAt, status, messages.length, holder?.pid].join()
    ).join();
  }

  async flushIndexes(): Promise<void> {}

  takeNotices(): readonly string[] {
    return [];
  }

  #lease(stored: StoredSession, { pid, host }: StoreProcess): MemorySession {
    stored.token++;
    stored.holder = { pid, host, startedAt: new Date(this.#nowMs()).toISOString() };
    return new MemorySession(stored);
  }

  #change(stored: StoredSession, change: SessionChange): SessionFile {
    return stored.summary = changed(stored.summary, change, { nowMs: this.#nowMs() });
  }

  #required(id: string): StoredSession {
    const stored = this.#data.get(id);
    if (stored && stored.removedAt === undefined) return stored;
    throw new PlaybooksError(`Session "${id}" not found; list all with: playbooks sessions`, {
      exitCode: exitCodes.noSuchSession,
    });
  }

  #trashed(id: string): StoredSession {
    const stored = this.#data.get(id);
    if (stored?.removedAt !== undefined) return stored;
    throw new PlaybooksError(`Session "${id}" is not in the trash`, { exitCode: exitCodes.noSuchSession });
  }
}

const pollMs = 10;

function summaryOf({ summary, holder }: StoredSession): SessionFile {
  return summary.status === "running" && !holder ? { ...summary, status: "stopped" } : summary;
}
