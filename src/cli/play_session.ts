import { type ExitCode, exitCodes, messageOf, PlaybooksError } from "../errors.ts";
import {
  JournalLog,
  memoryLog,
  type Programs,
  type RestoredSession,
  type RunResult,
  sandboxBuiltins,
  Session,
  type SessionLog,
  type State,
} from "../engine/mod.ts";
import { loadSandbox, type Sandbox } from "../sandbox/mod.ts";
import type { LeasedSession, SessionStatus, SessionStore } from "../store/mod.ts";
import { type RunUi, Sentinel, UiFrontEnd } from "../frontends/mod.ts";
import { type FrontEnd, LiveSession, memoryInbox } from "../session/mod.ts";
import type { RunOptions } from "./commands/run/options.ts";
import type { Config } from "./config.ts";
import { failedLines, interruptedLines, resumeHint, totalLine, waitingLines } from "./lines.ts";
import { userSeal } from "./load_config.ts";
import { runtimeWorld } from "./runtime_world.ts";
import { openAll, type SessionModels, sessionModels } from "./session_models.ts";
import type { World } from "./world.ts";

/** A session that has been taken up, and all that it runs with. */
export interface Playing {
  readonly command: RunOptions;
  readonly world: World;
  readonly config: Config;
  readonly ui: RunUi;
  readonly interrupts: Interrupts;
  readonly paths: readonly string[];
  readonly programs: Programs;
  readonly taken: RestoredSession;
  /** What to say once the unfinished turns of a resumed session have been run again. */
  readonly restoredLines?: readonly string[];
  /** Models that are open already, unless answers are to be recorded. */
  readonly models?: SessionModels;
  /** Where it is kept; absent when durability is off. */
  readonly kept?: {
    readonly sessions: SessionStore;
    readonly leased: LeasedSession;
  };
}

/** Runs a session until it ends or must stop, keeps its record up to date, and says how to go on. */
export async function playSession(playing: Playing): Promise<ExitCode> {
  const { kept, taken, ui } = playing;
  const id = taken.state.id;
  using _ = kept && settleSoon(kept.sessions);
  try {
    const result = await runToEnd(playing);
    const ending = endingOf(result, {
      signal: playing.interrupts.signalName(),
      session: sessionIdOf(playing),
      position: taken.state.position,
    });
    await keep(playing, { status: ending.status, exit: ending.exit });
    const { state } = taken;
    if (state.spent.calls > 0) ui.note(totalLine({ ...state.spent, ...spentOf(state) }));
    for (const line of ending.lines) ui.tell(line);
    ui.end({
      session: kept ? kept.leased.id : null,
      status: ending.status,
      exit: ending.exit,
      ...(ending.message === undefined ? {} : { message: ending.message }),
    });
    return ending.exit;
  } catch (error) {
    const exit = error instanceof PlaybooksError ? error.exitCode : exitCodes.failed;
    // Who finds that another process has taken the session over leaves the record to that one.
    if (exit !== exitCodes.sessionBusy) {
      // A disk that fails is told of once.
      const isTold = exit !== exitCodes.storage;
      await keep(playing, { status: "stopped", exit }, { isTold }).catch(() => {
        // The first failure is the one to tell; a record that cannot be written is rebuilt from the lock and the journal.
      });
    }
    // Somebody may have removed the session while it ran.
    const isThere = await kept?.sessions.get(id) !== undefined;
    if (isThere) { for (const line of resumeHint(id)) ui.tell(line); }
    ui.end({ session: kept ? id : null, status: "stopped", exit, message: messageOf(error) });
    throw error;
  }
}

async function runToEnd(playing: Playing): Promise<RunResult> {
  const { command, world, config, ui, interrupts, programs, taken } = playing;
  const resumed = taken.entries[0]?.type !== "session";
  using models = command.record === undefined && playing.models
    ? playing.models
    : sessionModels(config, { record: command.record, resumed }, world);
  if (!taken.state.end) await openAll(models, programs.get(taken.state.source), config);
  await dropPermissions(config);
  const log = openLog(playing);
  const sandbox = sandboxLoader(playing);
  using _ = loadSoon(sandbox);
  const live = new LiveSession({
    restored: taken,
    programs,
    frontEnd: keepingRecord(new UiFrontEnd(ui), playing),
    inbox: memoryInbox(),
    history: () => log.entriesAfter(0),
  });
  const liveLog = live.logTo(log);
  const session = new Session({
    state: taken.state,
    log: liveLog,
    world: runtimeWorld(world, playing.paths[0] ?? world.cwd),
    ui: live.ui,
    models,
    programs,
    sandbox,
    replies: command.message === undefined ? [] : [command.message],
    redo: command.edited === "redo",
  });
  live.begin((post) => session.receive(post));
  liveLog.append(taken.entries);
  const onRestored = () => {
    live.restored();
    for (const line of playing.restoredLines ?? []) ui.note(line);
  };
  const result = await session.run({ signal: interrupts.signal, onRestored });
  log.flush();
  if (session.hasReplies) ui.tell("⚠️  Nobody read the --message: no agent waited for a person");
  return result;
}

function openLog({ kept, config, ui, world }: Playing): SessionLog {
  if (!kept) return memoryLog();
  const { keepLastN, maxCheckpointSizeMb } = config.runtime.durability;
  const position = Number(world.environment["PLAYBOOKS_CRASH_AT"] ?? "");
  return new JournalLog(kept.leased, {
    keepLastN,
    maxCheckpointSizeMb,
    seal: userSeal(world),
    onNotice: (text) => ui.tell(`⚠️  ${text}`),
    ...(position > 0 ? { crashAt: { position, crash } } : {}),
  });
}

/** Dies as by `kill -9`: for tests of recovery, with `PLAYBOOKS_CRASH_AT=<entry>`. */
function crash(): never {
  Deno.kill(Deno.pid, "SIGKILL");
  for (;;) {
    // The signal is on its way; nothing may be done before it arrives.
  }
}

/** Keeps `session.json` and the registry up to date at each checkpoint. */
function keepingRecord(frontEnd: FrontEnd, playing: Playing): FrontEnd {
  const { ui } = playing;
  return {
    canDecide: frontEnd.canDecide,
    begin: (session, snapshot) => frontEnd.begin(session, snapshot),
    event: (event) => {
      frontEnd.event(event);
      if (event.type === "checkpoint") {
        // What went wrong now is told at the next one, or at the end: a disk that fails is told of once, by the journal.
        for (const notice of playing.kept?.sessions.takeNotices() ?? []) ui.tell(`⚠️  ${notice}`);
        keep(playing, { checkpoint: event.position }, { isTold: false })
          .catch((error) => ui.tell(`⚠️  ${messageOf(error)}`));
      }
    },
  };
}

/** Tells the registry of this run once the session is under way. */
function settleSoon(sessions: SessionStore): Disposable {
  const timer = setTimeout(() => sessions.flushIndexes(), settleAfterMs);
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

/** By then the first request has left, or a short program has ended, which tells the registry in any case. */
const settleAfterMs = 500;

/** Loads what code runs in, once; before that a sentinel begins, and the right to run programs is given up. */
function sandboxLoader({ world, interrupts, kept }: Playing): () => Promise<Sandbox> {
  let loading: Promise<Sandbox> | undefined;
  const load = async () => {
    const listens = world.ownsProcess && startSentinel(world, interrupts, kept?.leased.id);
    // Without it Deno 2.7 does not even let a process end itself, as PLAYBOOKS_CRASH_AT does.
    if (world.environment["PLAYBOOKS_CRASH_AT"] === undefined) await Deno.permissions.revoke({ name: "run" });
    const sandbox = await loadSandbox(sandboxBuiltins);
    sandbox.shouldInterrupt = interrupts.isPending;
    // A signal that comes while code runs must be heard, from the first line on.
    await listens;
    return sandbox;
  };
  return () => loading ??= load();
}

async function startSentinel(
  world: World,
  interrupts: Interrupts,
  session: string | undefined,
): Promise<void> {
  const ended = "⏸️  Interrupted: playbooks did not react, so its process was ended";
  const lines = session === undefined ? [ended] : [`${ended}; nothing is lost`, ...resumeHint(session)];
  try {
    const sentinel = new Sentinel(world.stderr, lines);
    interrupts.watchedBy(sentinel);
    await sentinel.ready;
  } catch {
    // Where a thread cannot be had, a busy main thread hears signals when its code meets its bound.
  }
}

/** Loads it while a model is thinking, so that its answer need not wait for that. */
function loadSoon(load: () => Promise<Sandbox>): Disposable {
  const timer = setTimeout(() => {
    load().then((sandbox) => sandbox.warm()).catch(() => {
      // It will be told where it matters.
    });
  }, loadAfterMs);
  return { [Symbol.dispose]: () => clearTimeout(timer) };
}

/** By then the first request has left, or code has loaded it already. */
const loadAfterMs = 100;

async function keep(
  { kept, taken, ui }: Playing,
  change: { readonly status?: SessionStatus; readonly exit?: ExitCode; readonly checkpoint?: number },
  { isTold } = { isTold: true },
): Promise<void> {
  if (!kept) return;
  const { state } = taken;
  await kept.sessions.update(kept.leased.id, {
    ...change,
    ...(change.status === undefined ? {} : { checkpoint: state.position }),
    ...spentOf(state),
    position: kept.leased.position,
  });
  if (isTold) { for (const notice of kept.sessions.takeNotices()) ui.tell(`⚠️  ${notice}`); }
}

function spentOf({ spent }: State) {
  return {
    turns: spent.turns,
    calls: spent.calls,
    tokens: spent.inputTokens + spent.outputTokens,
    costUsd: spent.costUsd,
  };
}

function sessionIdOf({ kept }: Playing): string | undefined {
  return kept?.leased.id;
}

interface Ending {
  readonly status: Exclude<SessionStatus, "running">;
  readonly exit: ExitCode;
  readonly lines: readonly string[];
  readonly message?: string;
}

function endingOf(
  result: RunResult,
  { signal, session, position }: {
    readonly signal: "SIGINT" | "SIGTERM";
    readonly session: string | undefined;
    readonly position: number;
  },
): Ending {
  const hint = session === undefined ? [] : resumeHint(session);
  switch (result.kind) {
    case "completed":
      return { status: "completed", exit: exitCodes.ok, lines: [] };
    case "failed":
      return {
        status: "failed",
        exit: exitCodes.failed,
        lines: session === undefined
          ? [`❌ The program failed: ${result.reason}`]
          : failedLines(session, result.reason, position),
        message: result.reason,
      };
    case "waiting":
      return {
        status: "waiting",
        exit: exitCodes.waiting,
        lines: session === undefined
          ? [`⏸️  Waiting for ${result.for.join(", ")}, and nobody can be asked here`]
          : waitingLines(session, result.for),
        message: `waits for ${result.for.join(", ")}`,
      };
    case "interrupted":
      return {
        status: "stopped",
        exit: signal === "SIGTERM" ? exitCodes.terminated : exitCodes.interrupted,
        lines: session === undefined ? ["⏸️  Interrupted"] : interruptedLines(session),
      };
    case "model":
    case "limit":
    case "input":
      return {
        status: "stopped",
        exit: exitCodes.failed,
        lines: [`❌ ${result.message}`, ...hint],
        message: result.message,
      };
    case "uncertain": {
      const { what, klass, playbook, startedAtMs } = result.effect;
      const message = `${what} of ${klass}.${playbook} was begun at ${
        new Date(startedAtMs).toISOString()
      } and its result is not known`;
      return {
        status: "stopped",
        exit: exitCodes.choiceNeeded,
        lines: [
          `⚠️  ${message}`,
          "   Do it again with: --on-uncertain retry",
          "   Go on without its result with: --on-uncertain skip",
          ...hint,
        ],
        message,
      };
    }
    case "diverged": {
      const { playbook, ordinal, before, now, line } = result;
      const place = line === undefined ? "" : ` (line ${line})`;
      const after = now === undefined ? "no longer makes it" : `now makes ${now}${place}`;
      const message =
        `${playbook} was edited in flight: its call ${ordinal} was ${before}, and the new code ${after}`;
      return {
        status: "stopped",
        exit: exitCodes.choiceNeeded,
        lines: [
          `⚠️  ${message}`,
          "   Finish this call on the old source with: --pin",
          "   Run the new source from that call on with: --redo",
          ...hint,
        ],
        message,
      };
    }
  }
}

/** What this run does not need is given up before a model's code runs. */
async function dropPermissions({ model, rawModel, runtime }: Config): Promise<void> {
  const offline = (provider: string | undefined) =>
    provider === undefined || provider === "rehearsal" || provider === "replay";
  if (offline(model.provider) && offline(rawModel?.provider) && runtime.permissions.net.length === 0) {
    await Deno.permissions.revoke({ name: "net" });
  }
}

/**
 * Signals that come sooner after one another are one: Ctrl+C reaches each process of a terminal's group, and a program
 * that started us passes its own on to us as well.
 */
const oneSignalMs = 500;

/** Ctrl+C and SIGTERM stop a session at a point from which it can go on; a second one stops the process. */
export interface Interrupts extends Disposable {
  readonly signal: AbortSignal;
  /** Code that runs asks this often: a signal came, which the busy main thread hears of by the sentinel alone. */
  readonly isPending: () => boolean;
  /** Lets a sentinel know that signals are heard, and hears of them by it. */
  readonly watchedBy: (sentinel: Sentinel) => void;
  /** As if Ctrl+C had been pressed. */
  readonly interrupt: () => void;
  /** Which signal came. */
  readonly signalName: () => "SIGINT" | "SIGTERM";
}

/** Listens for signals until it is disposed of. */
export function listenForInterrupts(): Interrupts {
  const abort = new AbortController();
  let name: "SIGINT" | "SIGTERM" = "SIGINT";
  let firstMs = 0;
  let sentinel: Sentinel | undefined;
  const stop = (signal: "SIGINT" | "SIGTERM") => {
    sentinel?.acknowledge();
    if (abort.signal.aborted && performance.now() - firstMs < oneSignalMs) return;
    if (abort.signal.aborted) Deno.exit(signal === "SIGTERM" ? exitCodes.terminated : exitCodes.interrupted);
    name = signal;
    firstMs = performance.now();
    abort.abort();
  };
  const onInterrupt = () => stop("SIGINT");
  const onTerminate = () => stop("SIGTERM");
  const terminates = Deno.build.os !== "windows";
  Deno.addSignalListener("SIGINT", onInterrupt);
  if (terminates) Deno.addSignalListener("SIGTERM", onTerminate);
  const isPending = () => {
    const signal = sentinel?.signal;
    if (signal === undefined) return false;
    if (!abort.signal.aborted) name = signal;
    sentinel!.acknowledge();
    return true;
  };
  return {
    signal: abort.signal,
    isPending,
    watchedBy: (watching) => sentinel = watching,
    interrupt: onInterrupt,
    signalName: () => name,
    [Symbol.dispose]: () => {
      Deno.removeSignalListener("SIGINT", onInterrupt);
      if (terminates) Deno.removeSignalListener("SIGTERM", onTerminate);
    },
  };
}
