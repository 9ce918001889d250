import { type ExitCode, exitCodes, messageOf, PlaybooksError } from "../../../errors.ts";
import { peopleIn, type Programs, type RestoredSession, type State } from "../../../engine/mod.ts";
import { type KeptSession, type RunFact, SessionRun } from "../../../session/mod.ts";
import { allowArguments, allowedBy } from "../../allow_flags.ts";
import { absolutePath } from "../../given.ts";
import { userSeal } from "../../load_config.ts";
import { openAll, type SessionModels, sessionModels } from "../../session_models.ts";
import type { World } from "../../world.ts";
import { cleanLine } from "../../../text/mod.ts";
import { quoted } from "../../quoted.ts";
import { makesReports } from "../../reports.ts";
import { type OpenedTools, openTools } from "../../tool_servers.ts";
import { type Job, requireServersOf } from "./job.ts";
import { messageReply } from "./message.ts";
import type { RunOptions } from "./options.ts";
import { RunNotifications } from "./run_notifications.ts";
import { runtimeWorld } from "./runtime_world.ts";
import { slowedModels } from "./slow_agent.ts";
import { loadSoon, type SandboxLoading } from "./sandbox_loader.ts";

/** A session that is ready to run, with its surroundings. */
export interface Playing extends Job {
  readonly programs: Programs;
  readonly restored: RestoredSession;
  /** The fact to report after the unfinished turns of a resumed session were replayed. */
  readonly restoredFact?: RunFact;
  /** Open models, unless answers are to be recorded. */
  readonly models?: SessionModels;
  /** The session's store and lease; absent if durability is off. */
  readonly kept?: KeptSession;
  /** Gives the session its old status back, because this process cannot run it. */
  readonly putBack?: () => Promise<void>;
}

/** Runs a session until it ends or must stop, and reports how to resume it. */
export async function playSession(playing: Playing): Promise<ExitCode> {
  const { kept, ui, restored: { state } } = playing;
  const session = kept?.leased.id;
  const flags = flagsToRepeat(playing.command, playing.world);
  if (session !== undefined) playing.process.stopBound?.runs(session);
  beginOutput(playing);
  try {
    const { result, status, exit, hasReplies } = await runToEnd(playing);
    if (hasReplies) ui.fact({ type: "message-unread" });
    const { calls, inputTokens, outputTokens, costUsd, unpriced } = state.spent;
    const tokens = inputTokens + outputTokens;
    if (calls > 0) ui.fact({ type: "spent", calls, tokens, costUsd, unpriced });
    const people = severalPeople(state, playing.programs);
    ui.fact({ type: "ended", result, session, position: state.position, ...people, flags });
    ui.end({ session: session ?? null, status, exit }, result);
    return exit;
  } catch (error) {
    const exit = error instanceof PlaybooksError ? error.exitCode : exitCodes.failed;
    const isThere = session !== undefined && await isKept(session, kept);
    if (isThere) ui.fact({ type: "can-resume", session, flags });
    ui.end({ session: session ?? null, status: "stopped", exit, message: messageOf(error) });
    throw error;
  }
}

/** Whether the session is still there: the user may have removed it. A store that fails has said so already. */
async function isKept(session: string, kept: KeptSession | undefined): Promise<boolean> {
  try {
    return await kept?.store.get(session) !== undefined;
  } catch {
    return true;
  }
}

/** The flags of this run that do not stay with the session. Their paths are absolute, so they fit in any folder. */
function flagsToRepeat({ trust, allow, config }: RunOptions, { cwd, environment }: World): readonly string[] {
  const home = environment["HOME"] ?? environment["USERPROFILE"];
  const flags = [
    ...(trust ? ["--trust"] : []),
    ...allowArguments(allowedBy(allow, cwd, home)),
    ...(config === undefined ? [] : [`--config=${absolutePath(config, cwd, home)}`]),
  ];
  return flags.map(quoted);
}

/** If the run cannot begin, the session is put back as it was. */
async function runToEnd(playing: Playing): ReturnType<SessionRun["run"]> {
  const { process, ui } = playing;
  await using surroundings = await openSurroundings(playing).catch(async (error) => {
    await playing.putBack?.();
    throw error;
  });
  using notifications = new RunNotifications(playing);
  beginReports(playing);
  const run = sessionRun(playing, surroundings, notifications);
  ui.live?.(run.live);
  return await run.run(process.signal, process.isTerminated);
}

/** Sends the telemetry of the session, and what earlier processes could not send. */
function beginReports({ process, config, kept }: Playing): void {
  if (!kept || !makesReports(config)) return;
  const { reports: { telemetry } } = process;
  telemetry.follow(kept.store, kept.leased.id, config);
  process.whenClosed(() => telemetry.finish(kept.leased.id));
  process.sweepReports?.(kept.store);
}

/** The models, tool servers and sandbox of a run. */
interface Surroundings extends AsyncDisposable {
  readonly models: SessionModels;
  readonly sandbox: SandboxLoading;
  readonly tools?: OpenedTools["tools"];
}

async function openSurroundings(playing: Playing): Promise<Surroundings> {
  const { process, config, kept } = playing;
  await using opened = new AsyncDisposableStack();
  const models = opened.use(await openModels(playing));
  const servers = await toolsOf(playing);
  if (servers) opened.defer(() => servers.close());
  await process.dropPermissions(config, { servers, kept });
  const sandbox = process.sandbox(kept?.leased.id, {
    startsPrograms: (servers?.starts ?? false) || config.notify.command !== "",
  });
  opened.use(loadSoon(sandbox));
  const owned = opened.move();
  return {
    models,
    sandbox,
    ...(servers ? { tools: servers.tools } : {}),
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Tells scripts which session runs. */
function beginOutput({ kept, ui, restored: { state, entries } }: Playing): void {
  const name = kept?.leased.session.name;
  ui.begin?.({
    session: kept?.leased.id ?? null,
    ...(name === undefined ? {} : { name }),
    resumed: entries[0]?.type !== "session",
    position: state.position - entries.length,
  });
}

/** The persons of a session for facts about it, if there are several. */
export function severalPeople(
  state: State,
  programs: Programs,
): { readonly people?: readonly { readonly name: string; readonly displayName: string }[] } {
  const people = peopleIn(state, programs);
  return people.length < 2 ? {} : { people };
}

async function openModels(
  { command, config, world, programs, restored, models }: Playing,
): Promise<SessionModels> {
  const { state, entries } = restored;
  const resumed = entries[0]?.type !== "session";
  const opened = command.record === undefined && models
    ? models
    : sessionModels(config, { record: command.record, resumed }, world);
  if (!state.end) await openAll(opened, programs.get(state.source), config);
  return slowedModels(opened, world.environment["PLAYBOOKS_SLOW_AGENT"]);
}

/** The tool servers of the program that the session runs, if the user trusts them. */
async function toolsOf(playing: Playing): Promise<OpenedTools | undefined> {
  const { command, world, config, ui, paths, programs, restored: { state } } = playing;
  if (state.end) return undefined;
  const program = programs.get(state.source);
  if (!program.agents.some(({ remote }) => remote)) return undefined;
  await requireServersOf(program, playing);
  return await openTools(program, {
    config,
    world,
    programFile: paths[0] ?? world.cwd,
    log: (server, line) => {
      if (command.verbose) ui.tell(`  ${server}: ${cleanLine(line)}`);
    },
  });
}

function sessionRun(
  playing: Playing,
  { models, sandbox, tools }: Surroundings,
  notifications: RunNotifications,
): SessionRun {
  const { command, world, config, ui, paths, programs, restored, restoredFact, kept } = playing;
  const { hosting } = playing.process;
  const { keepLastN, maxCheckpointSizeMb } = config.runtime.durability;
  return new SessionRun({
    restored,
    programs,
    frontEnd: notifications.watched(ui.frontEnd),
    models,
    world: runtimeWorld(world, paths[0] ?? world.cwd, {
      config,
      files: [...paths, ...filesOf(restored)],
      storages: [config.storagePath, ...(kept?.store.folder === undefined ? [] : [kept.store.folder])],
    }, tools),
    sandbox: sandbox.load,
    replies: command.message === undefined
      ? []
      : [messageReply(command.message, peopleIn(restored.state, programs))],
    redo: command.edited === "redo",
    ...hosting,
    ...notifications.changes(hosting),
    ...(kept ? { kept } : {}),
    onNotice: (text) => ui.fact({ type: "warning", text }),
    onRestored: () => restoredFact && ui.fact(restoredFact),
  }, { keepLastN, maxCheckpointSizeMb, seal: userSeal(world), ...crashAt(world) });
}

/** The files that the sources of a session came from. */
function filesOf({ state }: RestoredSession): string[] {
  return Object.values(state.sources).flatMap(({ files, imports }) =>
    [...files, ...imports].map(({ path }) => path)
  );
}

/** Dies at an entry as by `kill -9`, with `PLAYBOOKS_CRASH_AT=<entry>`. Used by tests of recovery. */
function crashAt(
  { environment }: World,
): { readonly crashAt?: { readonly position: number; readonly crash: () => never } } {
  const position = Number(environment["PLAYBOOKS_CRASH_AT"] ?? "");
  return position > 0 ? { crashAt: { position, crash } } : {};
}

function crash(): never {
  Deno.kill(Deno.pid, "SIGKILL");
  for (;;) {
    // Wait for the signal. Nothing may happen before it arrives.
  }
}
