import { type ExitCode, exitCodes, messageOf, PlaybooksError } from "../errors.ts";
import {
  JournalLog,
  type JournalLogOptions,
  memoryLog,
  type Programs,
  type RestoredSession,
  type RunResult,
  Session,
  type SessionLog,
  type SessionParts,
} from "../engine/mod.ts";
import {
  checkName,
  type LeasedSession,
  type SessionChange,
  type SessionStatus,
  type SessionStore,
} from "../store/mod.ts";
import type { FrontEnd } from "./front_end.ts";
import { memoryInbox } from "./inbox_message.ts";
import { LiveSession } from "./live_session.ts";
import { summaryCounts } from "./snapshot.ts";

/** The parts of a run. */
interface SessionRunParts
  extends Pick<SessionParts, "world" | "models" | "sandbox" | "replies" | "redo">, Partial<Hosting> {
  readonly restored: RestoredSession;
  readonly programs: Programs;
  readonly frontEnd: FrontEnd;
  /** Absent if the session is not kept. */
  readonly kept?: KeptSession;
  /** Reports a notice of the store. */
  readonly onNotice: (text: string) => void;
  /** Called after the replay of the unfinished turns. */
  readonly onRestored?: () => void;
}

/** The rules for a session in a process that runs many, so that it does not stay in memory while it waits. */
export interface Hosting {
  readonly maxWaits: NonNullable<SessionParts["maxWaits"]>;
  /** Further changes of the summary at the end of a run, for the process that continues the session. */
  readonly changeAtEnd: (result: RunResult) => ChangeAtEnd;
  /** As `changeAtEnd`, for a run that an error ended. */
  readonly changeAtError: (exit: ExitCode, error: unknown) => ChangeAtEnd;
}

/** A change of a summary at the end of a run, which may replace the usual status. */
export interface ChangeAtEnd extends Omit<SessionChange, "status"> {
  readonly status?: EndStatus;
}

type EndStatus = Exclude<SessionStatus, "running">;

/** A session whose lease this process holds. */
export interface KeptSession {
  readonly store: SessionStore;
  readonly leased: LeasedSession;
}

/** How a run ended, for session.json and for the caller. */
interface RunEnding {
  readonly result: RunResult;
  readonly status: EndStatus;
  readonly exit: ExitCode;
  /** Words given with the command are left: no agent waited for a person. */
  readonly hasReplies: boolean;
}

/** One run of a session in this process. It keeps session.json up to date and takes posted messages. */
export class SessionRun {
  readonly live: LiveSession;
  readonly #parts: SessionRunParts;
  readonly #log: SessionLog;

  /** `log` says how the session's log writes. It is ignored if the session is not kept. */
  constructor(parts: SessionRunParts, log: Omit<JournalLogOptions, "onNotice">) {
    this.#parts = parts;
    const { restored, programs, kept, onNotice } = parts;
    this.#log = kept ? new JournalLog(kept.leased, { ...log, onNotice }) : memoryLog();
    this.live = new LiveSession({
      restored,
      programs,
      frontEnd: this.#recording(parts.frontEnd),
      inbox: kept?.leased.inbox ?? memoryInbox(),
      history: () => this.#log.entriesAfter(0),
      name: kept?.leased.session.name,
      ...(kept ? { rename: (name) => rename(kept, name) } : {}),
    });
  }

  /**
   * Runs the session until it ends, must stop, or `signal` aborts. `isTerminated` then says whether SIGTERM caused the
   * abort. Errors of the storage or the front end are noted in session.json and thrown again.
   */
  async run(signal: AbortSignal, isTerminated: () => boolean): Promise<RunEnding> {
    const { store } = this.#parts.kept ?? {};
    // By then the first request has left. A short program has ended, and its end writes the indexes.
    const indexTimer = setTimeout(() => store?.flushIndexes(), flushIndexesAfterMs);
    const inboxTimer = setInterval(() => this.live.collectNews(), inboxPollMs);
    try {
      const { result, hasReplies } = await this.#runEngine(AbortSignal.any([signal, this.live.stopped]));
      const end = endOf(result, isTerminated());
      const { exit } = end;
      const { status = end.status, ...change } = this.#parts.changeAtEnd?.(result) ?? {};
      await this.#record({ exit, dueAt: dueAtOf(result), ...change, status });
      this.#tellNotices();
      this.live.end(status);
      return { result, status, exit, hasReplies };
    } catch (error) {
      await this.#recordFailure(error);
      this.live.end("stopped");
      throw error;
    } finally {
      clearTimeout(indexTimer);
      clearInterval(inboxTimer);
    }
  }

  async #runEngine(
    signal: AbortSignal,
  ): Promise<{ readonly result: RunResult; readonly hasReplies: boolean }> {
    const { restored, onRestored, kept, changeAtEnd: _, changeAtError: __, ...parts } = this.#parts;
    const { live } = this;
    const log = live.logTo(this.#log);
    const forkedAt = kept?.leased.session.forkedFrom?.position ?? 0;
    const session = new Session({ ...parts, state: restored.state, log, ui: live.ui, forkedAt });
    await live.begin((post) => session.receive(post));
    await log.append(restored.entries);
    const result = await session.run({
      signal,
      onRestored: () => {
        onRestored?.();
        live.restored();
      },
    });
    await log.flush();
    return { result, hasReplies: session.hasReplies };
  }

  /** Writes session.json at each checkpoint. */
  #recording(frontEnd: FrontEnd): FrontEnd {
    return {
      canDecide: frontEnd.canDecide,
      ...(frontEnd.canAsk === undefined ? {} : { canAsk: frontEnd.canAsk }),
      begin: (session, snapshot) => frontEnd.begin(session, snapshot),
      event: (event) => {
        frontEnd.event(event);
        if (event.type !== "checkpoint") return;
        // The next checkpoint or the end of the run reports a failure here. The log reports a failing disk.
        this.#tellNotices();
        this.#record({ checkpoint: event.position }).catch((error) => this.#parts.onNotice(messageOf(error)));
      },
    };
  }

  async #record(change: SessionChange): Promise<void> {
    const { kept, restored: { state } } = this.#parts;
    if (!kept) return;
    await kept.store.update(kept.leased.id, {
      ...change,
      ...(change.status === undefined
        ? {}
        : { checkpoint: state.position, heard: this.live.heard || undefined }),
      ...summaryCounts(state),
      position: kept.leased.position,
    });
  }

  async #recordFailure(error: unknown): Promise<void> {
    const exit = error instanceof PlaybooksError ? error.exitCode : exitCodes.failed;
    // Do not touch session.json if another process owns it.
    if (exit === exitCodes.sessionBusy) return;
    try {
      await this.#record({
        status: "stopped",
        exit,
        dueAt: undefined,
        ...this.#parts.changeAtError?.(exit, error),
      });
    } catch {
      // The first failure is reported. The lease and the journal still show the status.
      return;
    }
    // The failing disk is reported already.
    if (exit !== exitCodes.storage) this.#tellNotices();
  }

  #tellNotices(): void {
    for (const notice of this.#parts.kept?.store.takeNotices() ?? []) this.#parts.onNotice(notice);
  }
}

async function rename({ store, leased }: KeptSession, name: string): Promise<void> {
  await store.update(leased.id, { name: checkName(name) });
}

const flushIndexesAfterMs = 500;
/** Interval for reading messages that other processes post. */
const inboxPollMs = 500;

/** When a session that waits for a timer goes on by itself. */
function dueAtOf(result: RunResult): string | undefined {
  if (result.kind !== "waiting" || result.untilMs === undefined) return undefined;
  return new Date(result.untilMs).toISOString();
}

function endOf(result: RunResult, isTerminated: boolean): Pick<RunEnding, "status" | "exit"> {
  switch (result.kind) {
    case "completed":
      return { status: "completed", exit: exitCodes.ok };
    case "failed":
      return { status: "failed", exit: exitCodes.failed };
    case "waiting":
      return { status: "waiting", exit: exitCodes.waiting };
    case "interrupted":
      return { status: "stopped", exit: isTerminated ? exitCodes.terminated : exitCodes.interrupted };
    case "model":
    case "limit":
    case "input":
    case "tools":
      return { status: "stopped", exit: exitCodes.failed };
    case "uncertain":
    case "diverged":
      return { status: "stopped", exit: exitCodes.choiceNeeded };
  }
}
