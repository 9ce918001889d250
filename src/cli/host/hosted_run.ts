import { type ExitCode, exitCodes, PlaybooksError } from "../../errors.ts";
import type {
  ChangeAtEnd,
  FrontEnd,
  Hosting,
  LiveSession,
  RunFact,
  RunResult,
  SessionControl,
  SessionEvent,
} from "../../session/mod.ts";
import type { SessionChange, SessionFile, SessionStatus } from "../../store/mod.ts";
import type { Target } from "../choose_session.ts";
import type { RunChannels } from "../commands/run/run_channels.ts";
import type { RunProcess } from "../commands/run/run_process.ts";
import type { SandboxLoading } from "../commands/run/sandbox_loader.ts";
import { continueTarget } from "../commands/resume/continue_target.ts";
import type { RunOptions } from "../commands/run/options.ts";
import type { Reports } from "../reports.ts";
import type { World } from "../world.ts";

/** How a run in a host ended. */
export interface HostedEnd {
  /** The status with which the run ended. Absent if the session could not be run here. */
  readonly status?: SessionStatus;
  readonly exit: ExitCode;
  /** Absent if the session could not be run, or if its run threw `error`. */
  readonly result?: RunResult;
  readonly error?: unknown;
  /** Whether the session ran. If not, this process cannot run it, and the session is as it was. */
  readonly hasRun: boolean;
}

/** Hears what happens to the sessions of a host. An error that `event` throws stops its session. */
export interface HostObserver {
  /** A session has begun to run; `live` stays usable until its end. */
  started?(id: string, live: LiveSession): void;
  /** Words count as delivered when this returns. */
  event?(id: string, event: SessionEvent): void;
  fact?(id: string, fact: RunFact): void;
  ended?(id: string, end: HostedEnd): void;
}

/** The parts of a hosted run that all sessions of a host share. */
export interface HostedRunParts {
  readonly store: Target["sessions"];
  readonly world: World;
  /** Flags as of `resume`. */
  readonly options: RunOptions;
  /** Configuration files that need not be reported. */
  readonly knownFiles: readonly string[];
  readonly observer: HostObserver;
  readonly sandbox: SandboxLoading;
  /** Whether the front end decides about uncertain effects, through `LiveSession.decide`. */
  readonly canDecide: boolean;
  readonly maxWaits: Hosting["maxWaits"];
  readonly changes: HostedChanges;
  readonly reports: Reports;
}

/** Changes of a session's summary at the end of a run that did not end by `stop`. */
export interface HostedChanges {
  atEnd(session: SessionFile, result: RunResult): ChangeAtEnd;
  atError(session: SessionFile, exit: ExitCode): ChangeAtEnd;
}

/** A session to run, and changes of its summary when it is opened. */
export interface HostedSession {
  readonly session: SessionFile;
  readonly change?: SessionChange;
  /** With a `dueAt` in `change`: it holds no longer when the session has got beyond this position. */
  readonly heldUntil?: number;
  /** Called when the session is open: its lease is ours, and the run begins. */
  readonly onStart?: () => void;
}

/** The run of one stored session, without a terminal. Nothing that fails here is thrown. */
export class HostedRun {
  readonly id: string;
  /** The session while it runs. */
  live: LiveSession | undefined;
  readonly #parts: HostedRunParts;
  readonly #abort = new AbortController();
  #isHandedBack = false;
  #heldUntil: number | undefined;
  /** Not set if another process runs the session. */
  #statusAtError: SessionStatus | undefined;
  readonly #whenClosed: (() => void)[] = [];

  constructor(id: string, parts: HostedRunParts) {
    this.id = id;
    this.#parts = parts;
  }

  /** Stops the run; the session can be resumed. `handBack`: any worker may take it at once. */
  stop({ handBack }: { readonly handBack: boolean }): void {
    this.#isHandedBack ||= handBack;
    this.#abort.abort();
  }

  /** Whether the run was stopped for another worker: by `stop`, or by a signal that code in the sandbox heard first. */
  get #isForOthers(): boolean {
    return this.#isHandedBack || !(this.#abort.signal.aborted || this.live?.stopped.aborted);
  }

  async run(hosted: HostedSession): Promise<HostedEnd> {
    const { session } = hosted;
    this.#heldUntil = hosted.heldUntil;
    let end: HostedEnd | undefined;
    const { store, world, options: command, knownFiles } = this.#parts;
    const ui = this.#channels(hosted, ({ status, exit }, result) => {
      end ??= { status, exit, hasRun: this.live !== undefined, ...(result ? { result } : {}) };
    });
    try {
      await continueTarget({ kind: "resume", explicit: true, session, sessions: store }, {
        ...{ command, world, ui, knownFiles },
        process: this.#process(hosted),
        isPinned: true,
      });
      return end ?? { exit: exitCodes.ok, hasRun: false };
    } catch (error) {
      const exit = error instanceof PlaybooksError ? error.exitCode : exitCodes.failed;
      const status = this.#statusAtError;
      return { ...(status ? { status } : {}), exit, error, hasRun: this.live !== undefined };
    } finally {
      this.live = undefined;
      for (const task of this.#whenClosed) task();
    }
  }

  #process({ session, change }: HostedSession): RunProcess {
    const { sandbox, maxWaits, changes, reports } = this.#parts;
    return {
      reports,
      whenClosed: (task) => this.#whenClosed.push(task),
      signal: this.#abort.signal,
      isTerminated: () => true,
      sandbox: () => sandbox,
      // Other sessions need the rights of this process.
      dropPermissions: () => Promise.resolve(),
      hosting: {
        maxWaits,
        changeAtEnd: (result) =>
          result.kind === "interrupted" && this.#isForOthers
            ? { status: "queued", exit: undefined }
            : changes.atEnd(session, result),
        changeAtError: (exit) => {
          const change = changes.atError(session, exit);
          this.#statusAtError = change.status ?? "stopped";
          return change;
        },
      },
      changeAtStart: { hosted: true, ...change },
    };
  }

  #channels({ onStart }: HostedSession, end: RunChannels["end"]): RunChannels {
    const { observer } = this.#parts;
    return {
      frontEnd: this.#frontEnd(),
      fact: (fact) => observer.fact?.(this.id, fact),
      live: (live) => {
        this.live = live;
        onStart?.();
        observer.started?.(this.id, live);
      },
      tell: (text) => observer.fact?.(this.id, { type: "warning", text }),
      // Nobody is there to be asked, so what needs consent is refused.
      confirm: () => Promise.resolve(false),
      allInput: () => Promise.resolve(""),
      end,
    };
  }

  #frontEnd(): FrontEnd {
    const { observer, canDecide } = this.#parts;
    return {
      canDecide,
      begin: (_session: SessionControl) => {},
      event: (event) => {
        observer.event?.(this.id, event);
        if (event.position > (this.#heldUntil ?? Infinity)) this.#endHold();
      },
    };
  }

  /** The session has made progress: if its process dies now, another one takes it at once. */
  #endHold(): void {
    this.#heldUntil = undefined;
    this.#parts.store.update(this.id, { dueAt: undefined }).catch(() => {
      // Then it waits for a while, if its process dies.
    });
  }
}
