import { type ExitCode, exitCodes } from "../../errors.ts";
import { type EventReader, isReplayable, type OpenQuestion, type SessionEvent } from "../../session/mod.ts";
import { endLine, type JsonFact, sessionLine } from "../json_line.ts";

/** A session for its readers, whether this process runs it, another one does, or none. */
export interface WatchedSession {
  readonly id: string;
  /** Reads the events after the first `position` entries, or after all if there are fewer. */
  reader(position: number): Promise<EventReader>;
  /** Whether this process runs the session, so that `listen` tells of each event. */
  isHere(): boolean;
  /** The session's summary now. */
  summary(): Promise<SessionState | undefined>;
  /** The questions that are open now. */
  questions(): Promise<readonly OpenQuestion[]>;
  /**
   * Calls `hear` with each event while this process runs the session; first with those that were only told and that a later
   * reader needs, such as the text that a model has written so far. Dispose of the result to end that.
   */
  listen(hear: (event: SessionEvent) => void): Disposable;
}

/** The facts of a session that its journal does not have. */
interface SessionState {
  readonly name?: string;
  readonly status: string;
  /** The time of its last run. */
  readonly runAt: string;
  readonly exit?: number;
  /** The number of journal entries when it was written. */
  readonly position: number;
}

/** A line of `--json`, its position, and the id under which a reader continues after it. */
export interface StreamLine {
  readonly fact: JsonFact;
  readonly position: number;
  readonly id?: string;
}

/** A place in the events of a session: after an entry, or after the first `events` events of the next one. */
interface EventPlace {
  readonly position: number;
  readonly events: number;
}

/** Reads `12`, or `12.1`: after the first event of entry 12. Returns `undefined` if it is neither. */
export function readEventPlace(text: string): EventPlace | undefined {
  const [, position, events] = /^(\d{1,15})(?:\.(\d{1,9}))?$/.exec(text) ?? [];
  if (position === undefined) return undefined;
  return events === undefined
    ? { position: Number(position), events: 0 }
    : { position: Number(position) - 1, events: Number(events) };
}

/**
 * The lines of a session from a place on, in batches: those of `--json`, schema 1. It waits for more until the program has
 * ended, or `signal` aborts. It is at most `idleLookMs` behind the journal.
 *
 * Events of the journal have an id: the position if it is the entry's last event, else the position and the number of
 * the event. So a reader that lost its connection between two events of one entry misses none and gets none twice.
 */
export async function* sessionLines(
  session: WatchedSession,
  { from, signal }: { readonly from: EventPlace; readonly signal: AbortSignal },
): AsyncGenerator<readonly StreamLine[]> {
  const reader = await session.reader(from.position);
  const news = new News(signal);
  using _ = session.listen((event) => news.hear(event));
  const asked = new AskedQuestions(session);
  const ends = new RunEnds(session.id);
  const first = await session.summary();
  if (!first) return;
  yield [beginning(session.id, first, from)];
  while (!signal.aborted) {
    // Read the status before the entries, so that the last entries of a run are not missed.
    const state = await session.summary();
    const before = reader.position;
    yield* journalLines(reader, from, signal);
    yield news.take(reader.position);
    if (reader.position === before) {
      yield await asked.since(reader.position);
      const end = ends.of(state);
      if (end) yield [{ fact: end, position: reader.position }];
      if (!state || isFinal(state)) return;
      await news.next(session.isHere() ? hostedLookMs : state.status === "running" ? lookMs : idleLookMs);
    }
  }
}

/** Whether a session cannot go on. */
export function isFinal({ status }: Pick<SessionState, "status">): boolean {
  return status === "completed" || status === "failed";
}

function beginning(session: string, { name }: SessionState, { position, events }: EventPlace): StreamLine {
  const resumed = position + events > 0;
  return {
    fact: sessionLine({ session, ...(name === undefined ? {} : { name }), resumed }),
    position,
  };
}

/** The lines of the entries that a reader has not read. */
async function* journalLines(
  reader: EventReader,
  from: EventPlace,
  signal: AbortSignal,
): AsyncGenerator<readonly StreamLine[]> {
  let batch: StreamLine[] = [];
  for await (const events of reader.next()) {
    if (signal.aborted) return;
    batch.push(...numbered(events, from));
    if (batch.length < maxBatch) continue;
    yield batch;
    batch = [];
  }
  yield batch;
}

/** The events of one entry after a place, with their ids. */
function numbered(events: readonly SessionEvent[], from: EventPlace): readonly StreamLine[] {
  return events.flatMap((event, index) => {
    const { position, ...fact } = event;
    if (position <= from.position) return [];
    if (position === from.position + 1 && index < from.events) return [];
    const id = index === events.length - 1 ? `${position}` : `${position}.${index + 1}`;
    return isLine(fact) ? [{ fact, position, id }] : [];
  });
}

/** Whether `--json` has a line for an event: decisions are the snapshot's, and an answer is heard. */
function isLine(fact: { readonly type: string }): fact is JsonFact {
  return !["decision", "decision-end", "ask-end"].includes(fact.type);
}

/** Events that are told only as they happen, for one reader. */
class News {
  readonly #signal: AbortSignal;
  #events: SessionEvent[] = [];
  #wake: (() => void) | undefined;
  #hasNews = false;

  constructor(signal: AbortSignal) {
    this.#signal = signal;
    signal.addEventListener("abort", () => this.#wake?.(), { once: true });
  }

  hear(event: SessionEvent): void {
    this.#hasNews = true;
    // Events of the journal are read from there. A reader that is too slow misses what was only told.
    if (!isReplayable(event)) this.#keep(event);
    this.#wake?.();
  }

  #keep(event: SessionEvent): void {
    const last = this.#events.at(-1);
    const continues = event.type === "text" && last?.type === "text" && last.agent === event.agent &&
      last.position === event.position;
    if (continues) this.#events[this.#events.length - 1] = { ...last, text: last.text + event.text };
    else if (this.#events.length < maxNews) this.#events.push(event);
  }

  /** Takes the events that happened before the entry after `position`. */
  take(position: number): readonly StreamLine[] {
    const count = this.#events.findIndex((event) => event.position > position);
    const taken = this.#events.splice(0, count < 0 ? this.#events.length : count);
    return taken.flatMap(({ position, ...fact }) => isLine(fact) ? [{ fact, position }] : []);
  }

  /** Resolves when something happened, and at the latest when it is time to look at the journal. */
  async next(withinMs: number): Promise<void> {
    if (!this.#hasNews && !this.#signal.aborted) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      const timer = setTimeout(resolve, withinMs);
      await promise;
      clearTimeout(timer);
    }
    this.#hasNews = false;
  }
}

/** Tells each open question once. The journal has no events for them. */
class AskedQuestions {
  readonly #session: WatchedSession;
  #position = -1;
  #told: ReadonlySet<string> = new Set();

  constructor(session: WatchedSession) {
    this.#session = session;
  }

  /** The questions that were opened since the last call. */
  async since(position: number): Promise<readonly StreamLine[]> {
    if (position === this.#position) return [];
    this.#position = position;
    const open = await this.#session.questions();
    const fresh = open.filter(({ id, person }) => !this.#told.has(`${id} ${person}`));
    this.#told = new Set(open.map(({ id, person }) => `${id} ${person}`));
    return fresh.map(({ said: _, ...question }) => ({ fact: { type: "ask", ...question }, position }));
  }
}

/** Tells each end of a run once. */
class RunEnds {
  readonly #session: string;
  #told: string | undefined;

  constructor(session: string) {
    this.#session = session;
  }

  of(state: SessionState | undefined): JsonFact | undefined {
    const status = state && statuses.find((each) => each === state.status);
    if (!state || !status) return undefined;
    const run = `${state.runAt} ${status}`;
    if (run === this.#told) return undefined;
    this.#told = run;
    const exit = (state.exit ?? exitOf[status]) as ExitCode;
    return endLine({ session: this.#session, status, exit });
  }
}

/** The statuses of a session that no process runs. */
const statuses = ["completed", "failed", "waiting", "stopped"] as const;

/** The exit codes of runs that could not write theirs. */
const exitOf = {
  completed: exitCodes.ok,
  failed: exitCodes.failed,
  waiting: exitCodes.waiting,
  stopped: exitCodes.interrupted,
} as const;

/** How often a reader looks at the journal of a session that another process runs. A look takes about 1 ms. */
const lookMs = 80;
/** The same for a session that no process runs. */
const idleLookMs = 150;
/** The same for a session that this process runs: its events wake the reader. */
const hostedLookMs = 1000;
const maxBatch = 200;
const maxNews = 10_000;
