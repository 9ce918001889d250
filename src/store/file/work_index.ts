import {
  isWork,
  mayBecomeRunnable,
  runnableReason,
  type RunnableSession,
  runnableSinceMs,
} from "../runnable.ts";
import type { SessionFile } from "../session_summary.ts";
import type { IndexTail } from "./list_index.ts";

/** What the work index needs to know about sessions. It asks only about candidates. */
export interface WorkSource {
  /** The summary as it is stored: one whose process has died is `running`. */
  stored(id: string): SessionFile | undefined;
  /** The summaries of all sessions, as they are stored. One at a time, because all of them need much memory. */
  storedAll(): Iterable<SessionFile>;
  /** Whether the session has a message with a number above `heard` that is not taken. */
  hasNews(session: Pick<SessionFile, "id" | "heard">): boolean;
  isFree(id: string): boolean;
  /** Makes the list index, some time later. Without one, each look reads the summary of each session. */
  makeIndex(): void;
}

type Tail = Pick<IndexTail, "lines" | "hasMore">;

/** A session that may become runnable. Small, because a storage may have many that wait. */
interface Candidate {
  readonly status: SessionFile["status"];
  /** Not before this time, or due at it; ms since 1970. */
  readonly dueMs: number | undefined;
  readonly sinceMs: number;
  readonly heard: number | undefined;
  /** A message may have been posted to it since it was looked at. */
  mayHaveNews: boolean;
}

/**
 * Finds the sessions of a folder that a worker may take. It follows the lines of the list index, so a look costs little
 * if nothing has changed: no session's own file is read, except those of sessions whose time has come.
 *
 * Invariants:
 * W1. The index gives candidates. A session counts as runnable only by its own files.
 * W2. A lost line hides a session at most until the next look through all sessions, every `lookAtAllMs`.
 */
export class WorkIndex {
  readonly #source: WorkSource;
  readonly #tail: Tail;
  readonly #elapsed: () => number;
  readonly #candidates = new Map<string, Candidate>();
  /** Ids of those that may be ready although no timer has passed. */
  readonly #active = new Set<string>();
  /** A lower bound of the next due time of all candidates; `undefined` if it must be found. */
  #nextDueMs: number | undefined;
  /** When the next look through all sessions is due, by `elapsed`. */
  #lookAtAllMs = -Infinity;

  constructor(source: WorkSource, tail: Tail, elapsed: () => number = () => performance.now()) {
    this.#source = source;
    this.#tail = tail;
    this.#elapsed = elapsed;
  }

  /** Whether sessions have changed since the last `runnable`. */
  hasChanged(): boolean {
    return this.#tail.hasMore() || this.#elapsed() > this.#lookAtAllMs;
  }

  runnable(
    { limit, nowMs, except }: {
      readonly limit: number;
      readonly nowMs: number;
      readonly except?: ReadonlySet<string>;
    },
  ): readonly RunnableSession[] {
    this.#update();
    const ready = this.#lookedAt(nowMs)
      .filter(([id, candidate]) => !except?.has(id) && this.#mayBeReady(id, candidate, nowMs))
      .sort(([, a], [, b]) => a.sinceMs - b.sinceMs);
    const found: RunnableSession[] = [];
    for (const [id] of ready) {
      if (found.length >= limit) break;
      found.push(...this.#checked(id, nowMs));
    }
    return found;
  }

  /** Sessions that a worker could take if no process ran them, as of the last `runnable`. */
  held(): readonly { readonly id: string }[] {
    return [...this.#active].flatMap((id) =>
      isWork(this.#candidates.get(id)?.status ?? "stopped") && !this.#source.isFree(id) ? [{ id }] : []
    );
  }

  nextDueMs(): number {
    if (this.#nextDueMs !== undefined) return this.#nextDueMs;
    let next = Infinity;
    for (const { dueMs } of this.#candidates.values()) if (dueMs !== undefined && dueMs < next) next = dueMs;
    return this.#nextDueMs = next;
  }

  /** The candidates that are worth a look. Most sessions only wait for a time that is not near. */
  #lookedAt(nowMs: number): readonly (readonly [string, Candidate])[] {
    if (this.nextDueMs() <= nowMs) {
      this.#nextDueMs = undefined;
      return [...this.#candidates];
    }
    return [...this.#active].flatMap((id) => {
      const candidate = this.#candidates.get(id);
      return candidate ? [[id, candidate] as const] : [];
    });
  }

  /** Whether a look at the session's summary is worthwhile. */
  #mayBeReady(id: string, candidate: Candidate, nowMs: number): boolean {
    const { status, dueMs, heard } = candidate;
    const isDue = dueMs !== undefined && dueMs <= nowMs;
    if (status === "queued") return dueMs === undefined || isDue;
    if (status === "running") return (dueMs === undefined || isDue) && this.#source.isFree(id);
    if (status === "waiting" && isDue) return true;
    if (!candidate.mayHaveNews) return false;
    candidate.mayHaveNews = this.#source.hasNews({ id, ...(heard === undefined ? {} : { heard }) });
    if (!candidate.mayHaveNews) this.#active.delete(id);
    return candidate.mayHaveNews;
  }

  /** The session if its own files say that it is runnable. What they say is kept for the next look. */
  #checked(id: string, nowMs: number): readonly RunnableSession[] {
    const session = this.#source.stored(id);
    if (!session) {
      this.#forget(id);
      return [];
    }
    this.#take(session, this.#candidates.get(id)?.mayHaveNews ?? false);
    const candidate = this.#candidates.get(id);
    if (!candidate) return [];
    const hasNews = candidate.mayHaveNews && this.#source.hasNews(session);
    const reason = runnableReason(session, { nowMs, hasNews, isFree: this.#source.isFree(id) });
    return reason === undefined ? [] : [{ session, reason, sinceMs: runnableSinceMs(session) }];
  }

  #update(): void {
    const lines = this.#tail.lines();
    if (lines === undefined || this.#elapsed() > this.#lookAtAllMs) {
      return this.#lookAtAll(lines !== undefined);
    }
    for (const line of lines) {
      if (line.kind === "restart") return this.#lookAtAll(true);
      // A message may have come shortly before the end of the run.
      if (line.kind === "summary") this.#take(line.session, true);
      else {
        const candidate = this.#candidates.get(line.id);
        if (!candidate) continue;
        candidate.mayHaveNews = true;
        this.#active.add(line.id);
      }
    }
  }

  #lookAtAll(hasIndex: boolean): void {
    const startMs = this.#elapsed();
    // Without an index, each change is found only here.
    if (!hasIndex && startMs < this.#lookAtAllMs) return;
    this.#candidates.clear();
    this.#active.clear();
    this.#nextDueMs = undefined;
    for (const session of this.#source.storedAll()) this.#take(session, true);
    if (!hasIndex && this.#candidates.size > 0) this.#source.makeIndex();
    const tookMs = this.#elapsed() - startMs;
    this.#lookAtAllMs = this.#elapsed() + (hasIndex ? lookAtAllMs : Math.max(minLookMs, 20 * tookMs));
  }

  #forget(id: string): void {
    this.#candidates.delete(id);
    this.#active.delete(id);
  }

  #take(session: SessionFile, mayHaveNews: boolean): void {
    const { id, status, dueAt } = session;
    if (session.newer || !mayBecomeRunnable(session)) return this.#forget(id);
    const dueMs = dueAt === undefined ? undefined : Date.parse(dueAt);
    if (dueMs !== undefined && dueMs < (this.#nextDueMs ?? -Infinity)) this.#nextDueMs = dueMs;
    if (mayHaveNews || status === "queued" || status === "running") this.#active.add(id);
    else this.#active.delete(id);
    this.#candidates.set(id, {
      status,
      dueMs,
      sinceMs: runnableSinceMs(session),
      heard: session.heard,
      mayHaveNews,
    });
  }
}

const lookAtAllMs = 300_000;
/** The time between two looks through all sessions while there is no index. */
const minLookMs = 1_000;
