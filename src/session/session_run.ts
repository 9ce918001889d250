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
  type State,
} from "../engine/mod.ts";
import type { LeasedSession, SessionChange, SessionStatus, SessionStore } from "../store/mod.ts";
import type { FrontEnd } from "./front_end.ts";
import { memoryInbox } from "./inbox_message.ts";
import { LiveSession } from "./live_session.ts";

/** What a run of a session is made of. */
interface SessionRunParts extends Pick<SessionParts, "world" | "models" | "sandbox" | "replies" | "redo"> {
  readonly restored: RestoredSession;
  readonly programs: Programs;
  readonly frontEnd: FrontEnd;
  /** Where it is kept; absent when it is not kept. */
  readonly kept?: KeptSession;
  /** Tells what a person should know about the store. */
  readonly onNotice: (text: string) => void;
  /** Called when the unfinished turns have been run again. */
  readonly onRestored?: () => void;
}

/** A session that this process holds the lease of. */
export interface KeptSession {
  readonly store: SessionStore;
  readonly leased: LeasedSession;
}

/** How a run ended, for the session's record and for who started the process. */
interface RunEnding {
  readonly result: RunResult;
  readonly status: Exclude<SessionStatus, "running">;
  readonly exit: ExitCode;
  /** Words that were given beforehand are left: no agent waited for a person. */
  readonly hasReplies: boolean;
}

/** One run of a session in this process: it keeps the session's record up to date, and takes what others post. */
export class SessionRun {
  readonly live: LiveSession;
  readonly #parts: SessionRunParts;
  readonly #log: SessionLog;

  /** `log` says how the session's log writes; it is of no account for a session that is not kept. */
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
    });
  }

  /**
   * Runs the session until it ends or must stop, or `signal` aborts; `isTerminated` tells then whether SIGTERM did that.
   * Throws what the storage or the front end throws, after it has noted that in the session's record.
   */
  async run(signal: AbortSignal, isTerminated: () => boolean): Promise<RunEnding> {
    const { store } = this.#parts.kept ?? {};
    // By then the first request has left, or a short program has ended, which tells the indexes in any case.
    const indexTimer = setTimeout(() => store?.flushIndexes(), flushIndexesAfterMs);
    const inboxTimer = setInterval(() => this.live.collect(), inboxPollMs);
    try {
      const { result, hasReplies } = await this.#runEngine(AbortSignal.any([signal, this.live.stopped]));
      const { status, exit } = endOf(result, isTerminated());
      await this.#record({ status, exit });
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
    const { restored, onRestored, ...parts } = this.#parts;
    const { live } = this;
    const log = live.logTo(this.#log);
    const session = new Session({ ...parts, state: restored.state, log, ui: live.ui });
    live.begin((post) => session.receive(post));
    log.append(restored.entries);
    const result = await session.run({
      signal,
      onRestored: () => {
        onRestored?.();
        live.restored();
      },
    });
    log.flush();
    return { result, hasReplies: session.hasReplies };
  }

  /** Keeps the session's record up to date at each checkpoint. */
  #recording(frontEnd: FrontEnd): FrontEnd {
    return {
      canDecide: frontEnd.canDecide,
      begin: (session, snapshot) => frontEnd.begin(session, snapshot),
      event: (event) => {
        frontEnd.event(event);
        if (event.type !== "checkpoint") return;
        // What goes wrong now is told at the next checkpoint or at the end: a disk that fails is told of once, by the log.
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
      ...(change.status === undefined ? {} : { checkpoint: state.position }),
      ...countsOf(state),
      position: kept.leased.position,
    });
  }

  async #recordFailure(error: unknown): Promise<void> {
    const exit = error instanceof PlaybooksError ? error.exitCode : exitCodes.failed;
    // The record belongs to the process that has taken the session over.
    if (exit === exitCodes.sessionBusy) return;
    try {
      await this.#record({ status: "stopped", exit });
    } catch {
      // The first failure is the one to tell; a record that cannot be written is made anew from the lease and the log.
      return;
    }
    // A disk that fails is told of once.
    if (exit !== exitCodes.storage) this.#tellNotices();
  }

  #tellNotices(): void {
    for (const notice of this.#parts.kept?.store.takeNotices() ?? []) this.#parts.onNotice(notice);
  }
}

const flushIndexesAfterMs = 500;
/** How often the inbox is looked at for what other processes post. */
const inboxPollMs = 500;

function countsOf({ spent }: State): SessionChange {
  const { turns, calls, inputTokens, outputTokens, costUsd } = spent;
  return { turns, calls, tokens: inputTokens + outputTokens, costUsd };
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
      return { status: "stopped", exit: exitCodes.failed };
    case "uncertain":
    case "diverged":
      return { status: "stopped", exit: exitCodes.choiceNeeded };
  }
}
