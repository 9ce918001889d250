import { type ExitCode, exitCodes, PlaybooksError } from "../../../errors.ts";
import {
  addedPermissions,
  openQuestions,
  Programs,
  type RestoredSession,
  restoreState,
  resumeSession,
  type State,
} from "../../../engine/mod.ts";
import { encode } from "../../../sandbox/mod.ts";
import {
  checkForkIsWhole,
  firstFork,
  forkSession,
  refuseRedacted,
  type RunFact,
  tooEarly,
} from "../../../session/mod.ts";
import {
  checkName,
  executionKey,
  type LeasedSession,
  refuseUnreadable,
  type SessionChange,
  type SessionFile,
  type SessionStore,
} from "../../../store/mod.ts";
import type { Target } from "../../choose_session.ts";
import type { Config } from "../../config.ts";
import { configOfSession, keptModelError } from "../../kept_models.ts";
import { isTrustedByShell, realPath, userSeal } from "../../load_config.ts";
import { modelFact } from "../../model_words.ts";
import { makesReports } from "../../reports.ts";
import { printPlan } from "./plan.ts";
import type { ProgramSource } from "../../read_program.ts";
import { givenArguments, programEntry } from "../../parameters.ts";
import { checkedModels, type SessionModels } from "../../session_models.ts";
import { usageError } from "../../usage_error.ts";
import { checkMessageIsAwaited, othersThatWait } from "./awaited_message.ts";
import { beginningOf } from "./begin.ts";
import { beginFound } from "./found_session.ts";
import { type Job, journaledSource, markedPrograms, processInfo, storeProcess } from "./job.ts";
import type { RunCommand, RunOptions } from "./options.ts";
import { type Playing, playSession, severalPeople } from "./play.ts";

/** Continues a session, or a fork of it. */
export async function continueSession(job: Job, target: Target): Promise<ExitCode> {
  const { command, ui } = job;
  const { session, explicit, sessions, movedFrom } = target;
  refuseUnreadable(session);
  refuseRedacted(session);
  sessions.maxSessionMb = job.config.runtime.limits.maxSessionMb ?? sessions.maxSessionMb;
  const { message, fork } = command;
  if (message !== undefined && !command.plan) await checkMessageIsAwaited(target, { message, fork });
  if (!command.plan) ui.fact({ type: "found", session: session.id, isExplicit: explicit });
  const others = command.message === undefined || explicit ? [] : await othersThatWait(target);
  if (others.length > 0 && !command.plan) ui.fact({ type: "others-wait", sessions: others });
  if (movedFrom) ui.fact({ type: "relinked", before: movedFrom, now: session.programPaths });
  if (command.plan) return await printPlan(sessions, target, ui);
  for (const text of sessions.takeNotices()) ui.fact({ type: "warning", text });
  if (job.config.encrypt && !session.encrypted) ui.fact({ type: "warning", text: plainNotice });
  checkMoment(target, command);
  if (session.status === "completed" && !command.fork) {
    if (makesReports(job.config)) job.process.sweepReports?.(sessions);
    beginFound(ui, session, session.position);
    const completedAtMs = Date.parse(session.updatedAt);
    ui.fact({
      type: "already-completed",
      session: session.id,
      completedAtMs,
      position: session.position,
    });
    ui.end({ session: session.id, status: "completed", exit: exitCodes.ok });
    return exitCodes.ok;
  }
  if (session.status === "failed" && !command.fork && await reportFailure(job, target)) {
    return exitCodes.failed;
  }
  // Open the models first: if one cannot be opened, nothing must be written.
  const chosen = command.fork ? await modelsFor(job, await stateToFork(target), session.id) : undefined;
  await using leased = await openTarget(job, target);
  return await continueLeased(job, target, { leased, chosen });
}

/** Reports the failure of a session that has ended, and changes nothing. Returns `false` if its entries know no end. */
async function reportFailure(job: Job, { session, sessions }: Target): Promise<boolean> {
  const [{ ui }, { id }] = [job, session];
  const { end, position } = restoreState(await sessions.load(id));
  if (end?.status !== "failed") return false;
  beginFound(ui, session, position);
  const result = { kind: "failed", reason: end.reason ?? "" } as const;
  ui.fact({ type: "ended", result, session: id, position });
  ui.end({ session: id, status: "failed", exit: exitCodes.failed }, result);
  return true;
}

const plainNotice =
  "This session is not encrypted: durability.encrypt holds for sessions that begin with it; a fork is encrypted";

function checkMoment({ session, position }: Target, command: RunOptions): void {
  if (position === undefined) return;
  if (position < firstFork) throw tooEarly(session.id, position);
  if (command.fork) return;
  throw usageError(
    `${session.id}@${position} is a moment of the past; add --fork to go on from there in a session of its own`,
  );
}

async function openTarget(job: Job, target: Target): Promise<LeasedSession> {
  const { session, sessions } = target;
  if (job.command.fork) {
    return await forkSession(sessions, { ...target, ...nameOf(job.command) }, storeProcess(job));
  }
  const { changeAtStart } = job.process;
  const change = { ...changesOf(job, target), ...await keyIfLost(job, session), ...changeAtStart };
  return await sessions.open(session.id, { ...storeProcess(job), change });
}

async function continueLeased(
  found: Job,
  target: Target,
  { leased, chosen }: { readonly leased: LeasedSession; readonly chosen: ChosenModels | undefined },
): Promise<ExitCode> {
  const putBack = async (position: number) => {
    // The run has changed nothing, so the session keeps its old status.
    const { status, exit, dueAt } = target.session;
    const isKept = !found.command.fork && position > 0;
    const change = isKept ? { status, exit, dueAt } : { status: "stopped" as const };
    await target.sessions.update(leased.id, change).catch(() => {
      // The first failure is reported.
    });
  };
  const ready = await prepareRun(found, target, { leased, chosen }).catch(async (error) => {
    await putBack(leased.position);
    throw error;
  });
  using _ = ready.models;
  return await playSession({ ...ready, putBack: () => putBack(leased.position) });
}

async function prepareRun(
  found: Job,
  { sessions: store }: Target,
  { leased, chosen: forked }: { readonly leased: LeasedSession; readonly chosen: ChosenModels | undefined },
): Promise<Playing> {
  const { command, config, ui, world } = found;
  const loaded = command.fork ? await store.load(leased.id) : leased.loaded;
  for (const text of loaded.notices) ui.fact({ type: "warning", text });
  checkForkIsWhole(leased.session, loaded.position);
  const kept = { store, leased };
  if (loaded.position === 0) {
    const models = await checkedModels(config, requireSource(found, leased.id).program, world);
    return { ...found, ...await beginAgain(found, leased.id), models, kept };
  }
  const state = restoreState(loaded);
  for (const text of withoutEffect(command, found.source, state)) ui.fact({ type: "warning", text });
  const { models, config: own } = forked ?? await modelsFor(found, state, leased.id);
  const job: Job = { ...found, config: own };
  const restored = state.end
    ? await restoreEnded(job, state, leased.id)
    : await restoreUnderWay(job, state, { id: leased.id, checkpoint: loaded.checkpoint?.position });
  return { ...job, ...restored, ...(models ? { models } : {}), kept };
}

/** A warning for each parameter of the command line that differs from the one with which the session began. */
function withoutEffect(command: RunOptions, source: ProgramSource | undefined, state: State): string[] {
  if (!source || !("parameters" in command)) return [];
  const { parameters } = command as RunCommand;
  const given = givenArguments(parameters, programEntry(source.program).parameters);
  return [...given].filter(([name, value]) =>
    JSON.stringify(encode(value)) !== JSON.stringify(state.parameters[name])
  ).map(([name]) =>
    `--${name} has no effect: the session keeps the value with which it began; run without --resume to begin anew`
  );
}

interface ChosenModels {
  readonly config: Config;
  /** Open models; absent if the program's files are gone. */
  readonly models?: SessionModels;
}

/**
 * Opens the models with which a session continues. Returns them with the configuration that names them, and reports them.
 */
async function modelsFor(
  { command, config, source, ui, world }: Job,
  state: State,
  id: string,
): Promise<ChosenModels> {
  if (state.end) return { config };
  const chosen = await configOfSession(state, config, {
    seal: userSeal(world),
    isTrusted: command.trust || isTrustedByShell(world),
    confirm: (question) => ui.confirm(question),
  });
  for (const fact of chosen.facts) ui.fact(fact);
  const model = modelFact(chosen.config);
  if (model?.type === "model") ui.fact(model);
  if (!source) return { config: chosen.config };
  try {
    return { config: chosen.config, models: await checkedModels(chosen.config, source.program, world) };
  } catch (error) {
    throw chosen.isKept ? keptModelError(error, chosen.config, id) : error;
  }
}

/** The state from which a fork begins. */
async function stateToFork({ session, sessions, position }: Target): Promise<State> {
  const loaded = await sessions.load(session.id, position === undefined ? {} : { position });
  const { end: _, ...state } = restoreState(loaded);
  return state;
}

function requireSource({ source }: Job, id: string): ProgramSource {
  if (source) return source;
  throw new PlaybooksError(
    `Cannot resume session "${id}": it stopped before anything was kept; ` +
      "run the program anew from where its files are now",
    { exitCode: exitCodes.usage },
  );
}

/** Begins a session that stopped after its registration and before its first entry. It has done nothing yet. */
async function beginAgain(job: Job, id: string): ReturnType<ReturnType<typeof beginningOf>> {
  job.ui.fact({ type: "begins-anew" });
  const { command } = job;
  return await beginningOf(job, "parameters" in command ? command as RunCommand : { parameters: {} })(id);
}

interface RestoredProgram {
  readonly restored: RestoredSession;
  readonly programs: Programs;
  /** The fact to report after the unfinished turns were replayed. */
  readonly restoredFact?: RunFact;
}

/**
 * Restores a session that was killed after its program's end and before its status was stored. Some words may still have to
 * be shown.
 */
async function restoreEnded(job: Job, state: State, session: string): Promise<RestoredProgram> {
  const programs = new Programs();
  await programs.add(Object.values(state.sources));
  const { end, position } = state;
  if (end?.status === "completed") {
    job.ui.fact({ type: "already-completed", session, completedAtMs: end.at, position });
  }
  const restored = resumeSession(state, processInfo(job), { pin: false, programs, confirmed: false });
  return { restored, programs };
}

async function restoreUnderWay(
  job: Job,
  state: State,
  { id, checkpoint }: { readonly id: string; readonly checkpoint: number | undefined },
): Promise<RestoredProgram> {
  const { command, ui } = job;
  // The state before the run's own entry changes it.
  const agents = Object.values(state.agents).map(({ id, entries }) => ({ id, entries }));
  ui.fact({ type: "restoring", session: id, checkpoint, agents });
  const source = job.source && journaledSource(job.source);
  const programs = new Programs();
  await programs.add([...Object.values(state.sources), ...(source ? [source] : [])]);
  // Who names a permission on the command line has confirmed it.
  const named = Object.entries(job.config.allowed).flatMap(([kind, items]) =>
    items.map((item) => `${kind} ${item}`)
  );
  const added = addedPermissions(state.settings, job.config.runtime).filter((each) => !named.includes(each));
  const confirmed = added.length === 0 || await ui.confirm(
    `The configuration now allows ${added.join(", ")}, which this session was not allowed; allow it?`,
  );
  const restored = resumeSession(state, processInfo(job), {
    ...(source ? { source } : {}),
    pin: command.edited === "pin",
    redo: command.edited === "redo",
    programs,
    confirmed,
  });
  ui.fact({ type: "changes", lines: restored.notices });
  const { turns, rehearsed = 0, inputTokens, outputTokens, costUsd } = state.spent;
  const spent = { answers: turns - rehearsed, tokens: inputTokens + outputTokens, costUsd };
  const questions = openQuestions(state, programs);
  const restoredFact: RunFact = {
    type: "restored",
    checkpoint,
    agents,
    spent,
    questions,
    ...severalPeople(state, programs),
  };
  return { restored, programs, restoredFact };
}

function changesOf({ command, paths, source, world }: Job, target: Target): SessionChange {
  const { key, storage } = target.session;
  return {
    ...(target.movedFrom ? { key, storage } : {}),
    ...(source ? { ...markedPrograms(paths, world), storage: storageOf(target.sessions) } : {}),
    ...nameOf(command),
  };
}

/** The real path of a storage folder. */
function storageOf({ folder }: SessionStore): string | undefined {
  return folder === undefined ? undefined : realPath(folder);
}

/** `--name`, which only `run` has. */
function nameOf(command: RunOptions & { readonly name?: string }): { readonly name?: string } {
  return command.name === undefined ? {} : { name: checkName(command.name) };
}

/** The key from the program's files, for a session whose file lost it by damage. */
async function keyIfLost(
  { source, paths }: Job,
  { key }: SessionFile,
): Promise<Partial<Pick<SessionFile, "key">>> {
  return key === "" && source ? { key: await executionKey(paths) } : {};
}
