import { basename, dirname, join, resolve as resolvePath } from "@std/path";
import { type ExitCode, exitCodes, messageOf, PlaybooksError } from "../errors.ts";
import { freeDescriptors, realFileSystem } from "../store/file/mod.ts";
import { hasBeginning, type Playbook, type Program } from "../language/mod.ts";
import {
  addedPermissions,
  beginPlaybooks,
  beginSession,
  openQuestions,
  personNames,
  Programs,
  type RestoredSession,
  restoreState,
  resumeSession,
  type Source,
  sourceOf,
  type State,
} from "../engine/mod.ts";
import { encode } from "../sandbox/mod.ts";
import {
  checkName,
  executionKey,
  FileStore,
  type LeasedSession,
  realPaths,
  refuseNewer,
  type SessionChange,
  type SessionFile,
} from "../store/mod.ts";
import { openUi, type RunUi } from "../frontends/mod.ts";
import { parseCallText } from "./call_text.ts";
import { checkMessageIsAwaited } from "./awaited_message.ts";
import { sessionToResume, sessionToRun, type Target } from "./choose_session.ts";
import type { ResumeCommand, RunCommand, RunOptions } from "./commands/run/options.ts";
import type { Config } from "./config.ts";
import { firstFork, forkSession, tooEarly } from "./fork.ts";
import {
  checkpointLines,
  completedLines,
  configurationLine,
  durabilityOffLines,
  explicitLine,
  foundLine,
  loadingLine,
  modelLine,
  noSessionLine,
  openQuestionLine,
  rehearsalLine,
  relinkedLine,
  restoredLines,
  spentLine,
} from "./lines.ts";
import { configOfSession, keptModelError, keptModels } from "./kept_models.ts";
import { isTrustedByShell, loadConfig, userSeal } from "./load_config.ts";
import { entryArguments } from "./parameters.ts";
import { printPlan } from "./plan.ts";
import { expandPaths } from "./read_files.ts";
import { accessOf, type ProgramSource, requireProgram } from "./read_program.ts";
import { type Interrupts, listenForInterrupts, playSession } from "./play_session.ts";
import { checkedModels, type SessionModels } from "./session_models.ts";
import { storagesOf } from "./stored_sessions.ts";
import {
  programParts,
  requireOwnProgram,
  requireOwnStorage,
  requireTrust,
  requireTrustInStorage,
} from "./trust.ts";
import { usageError } from "./usage_error.ts";
import type { World } from "./world.ts";

/** `playbooks run FILES…`: runs a program in a new session, or goes on with one. */
export function run(command: RunCommand, world: World): Promise<ExitCode> {
  return withUi(command, world, (front) => runFiles(command, world, front));
}

/** `playbooks resume [ID]`: goes on with a session, from any folder. */
export function resume(command: ResumeCommand, world: World): Promise<ExitCode> {
  return withUi(command, world, (front) => resumeSessionOf(command, world, front));
}

/** What a run and its user hear of each other. */
interface FrontEnd {
  readonly ui: RunUi;
  readonly interrupts: Interrupts;
}

/** Does `work` with a ui. Scripts are told its end whatever happens, people by who catches the error. */
async function withUi(
  command: RunOptions,
  world: World,
  work: (front: FrontEnd) => Promise<ExitCode>,
): Promise<ExitCode> {
  requireDescriptors();
  using interrupts = listenForInterrupts();
  using ui = await uiFor(command, world, interrupts);
  try {
    const exit = await work({ ui, interrupts });
    ui.end({ session: null, status: exit === exitCodes.ok ? "completed" : "failed", exit });
    return exit;
  } catch (error) {
    const exit = error instanceof PlaybooksError ? error.exitCode : exitCodes.failed;
    ui.end({ session: null, status: "failed", exit, message: messageOf(error) });
    throw error;
  }
}

async function runFiles(
  command: RunCommand,
  world: World,
  { ui, interrupts }: FrontEnd,
): Promise<ExitCode> {
  const files = expandPaths(command.files, world.cwd);
  const config = await trustedConfig(command, files[0], { world, ui });
  const source = await requireProgram(files, world, accessOf(config));
  const paths = realPaths(source.paths.map((path) => resolvePath(world.cwd, path)));
  ui.note(loadingLine(source.paths));
  const job: Job = { command, world, config, ui, interrupts, source, paths };
  if (command.name !== undefined) checkName(command.name);
  if (command.resume && !config.durabilityEnabled) {
    for (const line of durabilityOffLines()) ui.tell(line);
  } else if (command.resume) {
    const key = executionKey(paths);
    const found = await sessionToRun(command.resume, sessionsOf(config, world), { key, paths }, world);
    if (found.kind === "target") {
      await requireStorageOf(job, found.target);
      return await resumeWith(job, found.target);
    }
    ui.note(noSessionLine());
    for (const notice of found.notices) ui.tell(`   ${notice}`);
  }
  return await runNew(job, command);
}

async function resumeSessionOf(
  command: ResumeCommand,
  world: World,
  { ui, interrupts }: FrontEnd,
): Promise<ExitCode> {
  const config = configFor(command, undefined, world);
  requireTrustInStorage(config);
  const target = sessionToResume(command, sessionsOf(config, world), world);
  const { sessions } = target;
  const paths = target.session.programPaths;
  const isPresent = arePresent(paths);
  const programFile = isPresent && command.config === undefined ? paths[0] : undefined;
  const sessionConfig = await trustedConfig(command, programFile, { world, ui });
  const file = sessionConfig.files.find((path) => !config.files.includes(path));
  if (file !== undefined) ui.note(configurationLine(file));
  await requireStorageOf({ command, config: sessionConfig, ui, world }, target);
  if (isPresent) {
    await requireOwnProgram({ ...target.session, storagePath: sessions.storagePath }, {
      isTrusted: command.trust || isTrustedByShell(world),
      seal: userSeal(world),
      confirm: (question) => ui.confirm(question),
    });
  }
  // A program can be resumed though its files are gone: the session's own source is run then.
  const source = isPresent ? await requireProgram(paths, world, accessOf(sessionConfig)) : undefined;
  ui.note(loadingLine(source ? source.paths : paths));
  return await resumeWith(
    {
      command,
      world,
      config: { ...sessionConfig, storagePath: sessions.storagePath },
      ui,
      interrupts,
      // Where the files are gone, the session's own words about them must not open another folder.
      paths: source ? paths : [join(dirname(sessions.storagePath), basename(paths[0] ?? "program.pb"))],
      ...(source ? { source } : {}),
    },
    target,
  );
}

/** Throws a `PlaybooksError` where so few files may be opened that the runtime itself would fail. */
function requireDescriptors(): void {
  const free = freeDescriptors(Deno.execPath(), neededDescriptors);
  if (free === neededDescriptors) return;
  throw new PlaybooksError(
    `Cannot run: this process may open only ${free} more files, and needs ${neededDescriptors}; ` +
      "allow more with ulimit -n 256, then run again",
    { exitCode: exitCodes.storage },
  );
}

/** The session's own files, those of the program, and pipes and event queues of the runtime and of the watchdog's thread. */
const neededDescriptors = 14;

function requireStorageOf(
  { command, config, ui, world }: Pick<Job, "command" | "config" | "ui" | "world">,
  { session, sessions }: Target,
): Promise<void> {
  return requireOwnStorage(config, { id: session.id, storagePath: sessions.storagePath }, {
    isTrusted: command.trust || isTrustedByShell(world),
    confirm: (question) => ui.confirm(question),
  });
}

/** The begin playbooks as one entry: its name is the first one's, its parameters are those of all. */
function entryOf(program: Program): Pick<Playbook, "name" | "parameters"> {
  const begins = program.agents.flatMap(beginPlaybooks);
  const parameters = new Map(
    begins.flatMap((playbook) => playbook.parameters).map((each) => [each.name, each]),
  );
  return { name: begins[0]?.name ?? "Main", parameters: [...parameters.values()] };
}

/** What `run` and `resume` have found out. */
interface Job {
  readonly command: RunOptions;
  readonly world: World;
  readonly config: Config;
  readonly ui: RunUi;
  readonly interrupts: Interrupts;
  /** The program as it stands on disk; absent when its files are gone, and the session's own source is run. */
  readonly source?: ProgramSource;
  /** Absolute real paths of the program's files. */
  readonly paths: readonly string[];
  /** The program's models, once they are known to open. */
  readonly models?: SessionModels;
}

async function runNew(job: Job, command: RunCommand): Promise<ExitCode> {
  const { world, config, ui, paths } = job;
  const begin = beginningOf(job, command);
  if (command.plan) {
    ui.tell("There is no session to plan for: a run would begin a new one");
    return exitCodes.ok;
  }
  if (!config.durabilityEnabled) return await playSession({ ...job, ...await begin(crypto.randomUUID()) });
  using models = await checkedModels(config, job.source!.program, world);
  const sessions = sessionsOf(config, world);
  await using leased = await sessions.begin(
    {
      key: executionKey(paths),
      ...markedPrograms(paths, world),
      ...(command.name === undefined ? {} : { name: command.name }),
    },
    processOf(job),
  );
  storagesOf(world).remember(sessions.storagePath);
  for (const notice of sessions.takeNotices()) ui.tell(`⚠️  ${notice}`);
  const begun = await begin(leased.id);
  return await playSession({ ...job, ...begun, models, kept: { sessions, leased } });
}

/** Checks that the program can begin, and gives what begins it in a session of some id. */
function beginningOf(
  job: Job,
  command: Pick<RunCommand, "call" | "parameters">,
): (id: string) => Promise<{ readonly programs: Programs; readonly taken: RestoredSession }> {
  const { world, config, ui } = job;
  const source = job.source!;
  const call = command.call === undefined ? undefined : parseCallText(command.call);
  if (!call && !hasBeginning(source.program)) {
    throw new PlaybooksError(
      `Cannot run ${
        source.paths.join(", ")
      }: no playbook begins it; give one a trigger such as "At the beginning", ` +
        "or say --call 'Name(arguments)'",
      { exitCode: exitCodes.usage },
    );
  }
  const values = entryArguments(command.parameters, call ? undefined : entryOf(source.program));
  const given = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, encode(value)]));
  return async (id) => {
    const model = rehearsalLine(config) ?? modelLine(config);
    if (model) ui.note(model);
    const parameters = { ...given, ...await startupMessage(source, ui, world) };
    const journaled = journaledSource(source);
    const programs = new Programs();
    await programs.add([journaled]);
    const taken = beginSession(
      { id, source: journaled, parameters, ...(call ? { call } : {}) },
      takerOf(job),
    );
    return { programs, taken };
  };
}

async function resumeWith(
  found: Job,
  target: Target,
): Promise<ExitCode> {
  const { command, ui, world, config } = found;
  const { session, explicit, sessions, movedFrom } = target;
  refuseNewer(session);
  if (command.message !== undefined && !command.plan) await checkMessageIsAwaited(target, command);
  if (!command.plan) ui.note(explicit ? explicitLine(session.id) : foundLine(session.id));
  if (movedFrom) ui.note(relinkedLine(movedFrom, session.programPaths));
  if (command.plan) return await printPlan(sessions, target, ui);
  for (const notice of sessions.takeNotices()) ui.tell(`⚠️  ${notice}`);
  if (target.position !== undefined && target.position < firstFork) {
    throw tooEarly(session.id, target.position);
  }
  if (target.position !== undefined && !command.fork) {
    throw usageError(
      `${session.id}@${target.position} is a moment of the past; add --fork to go on from there in a session of its own`,
    );
  }
  if (session.status === "completed" && !command.fork) {
    for (const line of completedLines(session.id, Date.parse(session.updatedAt), session.position)) {
      ui.note(line);
    }
    ui.end({ session: session.id, status: "completed", exit: exitCodes.ok });
    return exitCodes.ok;
  }
  const forked = command.fork ? await modelsFor(found, await stateOf(target), session.id) : undefined;
  await using leased: LeasedSession = command.fork
    ? await forkSession(sessions, { ...target, ...nameOf(command) }, processOf(found))
    : await sessions.open(session.id, {
      ...processOf(found),
      change: { ...changesOf(found, target), ...keyIfLost(found, session) },
    });
  const loaded = command.fork ? await sessions.load(leased.id) : leased.loaded;
  for (const notice of loaded.notices) ui.tell(`⚠️  ${notice}`);
  const kept = { sessions, leased };
  if (loaded.position === 0) {
    using models = await checkedModels(config, requireSource(found, leased.id).program, world);
    const begun = await beginAgain(found, leased.id);
    return await playSession({ ...found, ...begun, models, kept });
  }
  const state = restoreState(loaded);
  const chosen = forked ?? await modelsFor(found, state, leased.id).catch(async (error) => {
    // Nothing was done: the session is as it was.
    await sessions.update(leased.id, { status: session.status });
    throw error;
  });
  using models = chosen.models;
  const job: Job = { ...found, config: chosen.config, ...(models ? { models } : {}) };
  const taken = state.end
    ? await takeUpEnded(job, state, leased.id)
    : await takeUpUnderWay(job, state, { id: leased.id, checkpoint: loaded.checkpoint?.position });
  const { programs, restoredLines } = taken;
  return await playSession({ ...job, programs, taken, restoredLines, kept });
}

/** The models that a session goes on with, open, and the configuration with them. Says which ones they are. */
async function modelsFor(
  { command, config, source, ui, world }: Job,
  state: State,
  id: string,
): Promise<{ readonly config: Config; readonly models?: SessionModels }> {
  if (state.end) return { config };
  const chosen = await configOfSession(state, config, {
    seal: userSeal(world),
    isTrusted: command.trust || isTrustedByShell(world),
    confirm: (question) => ui.confirm(question),
  });
  for (const line of chosen.lines) ui.note(line);
  const line = modelLine(chosen.config);
  if (line) ui.note(line);
  if (!source) return { config: chosen.config };
  try {
    return { config: chosen.config, models: await checkedModels(chosen.config, source.program, world) };
  } catch (error) {
    throw chosen.isKept ? keptModelError(error, chosen.config, id) : error;
  }
}

/** The state of a session that another one is to begin from. */
async function stateOf({ session, sessions, position }: Target): Promise<State> {
  const loaded = await sessions.load(session.id, position === undefined ? {} : { position });
  const { end: _, ...state } = restoreState(loaded);
  return state;
}

function requireSource({ source }: Job, id: string): ProgramSource {
  if (source) return source;
  throw new PlaybooksError(
    `Cannot resume session "${id}": it stopped before anything was kept, and its program's files are gone; ` +
      "run the program anew from where it is now",
    { exitCode: exitCodes.usage },
  );
}

/** Begins a session that stopped after it was registered and before its first entry: nothing had been done. */
async function beginAgain(job: Job, id: string): ReturnType<ReturnType<typeof beginningOf>> {
  job.ui.note("ℹ The session stopped before it had done anything: it begins now");
  const { command } = job;
  return await beginningOf(job, "parameters" in command ? command as RunCommand : { parameters: {} })(id);
}

type TakenUpWithPrograms = RestoredSession & {
  readonly programs: Programs;
  /** What to say once the unfinished turns stand where they stood. */
  readonly restoredLines: readonly string[];
};

/** A session that was killed after its program's end, and before the record said so: words may be left to show. */
async function takeUpEnded(job: Job, state: State, id: string): Promise<TakenUpWithPrograms> {
  const programs = new Programs();
  await programs.add(Object.values(state.sources));
  const { end } = state;
  if (end?.status === "completed") {
    for (const line of completedLines(id, end.at, state.position)) job.ui.note(line);
  }
  const taken = resumeSession(state, takerOf(job), { pin: false, programs, confirmed: false });
  return { ...taken, programs, restoredLines: [] };
}

async function takeUpUnderWay(
  job: Job,
  state: State,
  { id, checkpoint }: { readonly id: string; readonly checkpoint: number | undefined },
): Promise<TakenUpWithPrograms> {
  const { command, ui } = job;
  const agents = Object.values(state.agents);
  for (const line of checkpointLines(id, checkpoint, agents)) ui.note(line);
  const agentLines = restoredLines(agents, { checkpoint });
  const source = job.source && journaledSource(job.source);
  const programs = new Programs();
  await programs.add([...Object.values(state.sources), ...(source ? [source] : [])]);
  const looser = addedPermissions(state.settings, job.config.runtime);
  const confirmed = looser.length === 0 || await ui.confirm(
    `The configuration now allows ${looser.join(", ")}, which this session was not allowed; allow it?`,
  );
  const taken = resumeSession(state, takerOf(job), {
    ...(source ? { source } : {}),
    pin: command.edited === "pin",
    redo: command.edited === "redo",
    programs,
    confirmed,
  });
  for (const line of taken.notices) ui.tell(line.startsWith(" ") ? line : `⚠️  ${line}`);
  const { spent } = state;
  const calls = spent.turns - (spent.rehearsed ?? 0);
  const tokens = spent.inputTokens + spent.outputTokens;
  const spentLines = calls > 0 ? [spentLine({ calls, tokens, costUsd: spent.costUsd })] : [];
  const questions = openQuestions(state, personNames(state, programs)).map(openQuestionLine);
  return { ...taken, programs, restoredLines: [...agentLines, ...spentLines, ...questions] };
}

function arePresent(paths: readonly string[]): boolean {
  return paths.length > 0 && paths.every((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}

/** The paths of a program, with the user's mark of them. */
function markedPrograms(
  paths: readonly string[],
  world: World,
): Pick<SessionFile, "programPaths" | "programMark"> {
  const programMark = userSeal(world).of(programParts(paths));
  return { programPaths: paths, ...(programMark === undefined ? {} : { programMark }) };
}

function changesOf({ command, paths, source, world }: Job, target: Target): SessionChange {
  const { key, storage } = target.session;
  return {
    ...(target.movedFrom ? { key, storage } : {}),
    ...(source ? { ...markedPrograms(paths, world), storage: target.sessions.realPath() } : {}),
    ...nameOf(command),
  };
}

/** `--name`, which `run` has. */
function nameOf(command: RunOptions & { readonly name?: string }): { readonly name?: string } {
  return command.name === undefined ? {} : { name: checkName(command.name) };
}

/** A session whose file was damaged gets its key again from the program's files. */
function keyIfLost({ source, paths }: Job, { key }: SessionFile): Partial<Pick<SessionFile, "key">> {
  return key === "" && source ? { key: executionKey(paths) } : {};
}

function journaledSource(source: ProgramSource): Source {
  return sourceOf(source.files, source.imports);
}

/** `{ startup_message }` for a program that names it, when standard input is not a terminal. */
async function startupMessage(
  source: ProgramSource,
  ui: RunUi,
  world: World,
): Promise<{ readonly startup_message?: string }> {
  const named = [...source.texts.values()].some((text) =>
    /\$startup_message\b|state\.startup_message\b/.test(text)
  );
  if (!named || world.stdin.isTerminal()) return {};
  return { startup_message: (await ui.allInput()).replace(/\r?\n$/, "") };
}

function takerOf({ config, world }: Job) {
  const { model } = config;
  return {
    at: world.now(),
    pid: Deno.pid,
    host: Deno.hostname(),
    model: model.name === "" ? model.provider : `${model.provider}:${model.name}`,
    models: keptModels(config, userSeal(world)),
    settings: config.runtime,
  };
}

/** This process, as its session's store knows it. */
function processOf({ config }: Pick<Job, "config">) {
  const { sync } = config.runtime.durability;
  return { pid: Deno.pid, host: Deno.hostname(), sync };
}

function sessionsOf(config: Config, world: World): FileStore {
  return new FileStore(config.storagePath, { fs: realFileSystem(), nowMs: world.now });
}

function configFor(command: RunOptions, programFile: string | undefined, world: World): Config {
  return loadConfig({
    ...(programFile === undefined ? {} : { programFile }),
    ...(command.config === undefined ? {} : { config: command.config }),
    ...(command.model === undefined ? {} : { model: command.model }),
    ...(command.onUncertain === undefined ? {} : { uncertain: command.onUncertain }),
    trust: command.trust,
  }, world);
}

/** The configuration, once its user trusts what it asks for. Throws a `PlaybooksError` (exit code 2) if not. */
async function trustedConfig(
  command: RunOptions,
  programFile: string | undefined,
  { world, ui }: { readonly world: World; readonly ui: RunUi },
): Promise<Config> {
  const config = configFor(command, programFile, world);
  const hasAnswered = await requireTrust(config, world, (question) => ui.confirm(question));
  return hasAnswered ? configFor(command, programFile, world) : config;
}

function uiFor(command: RunOptions, world: World, interrupts: Interrupts): Promise<RunUi> {
  const { stdin, stdout, stderr, now, columns, environment } = world;
  const { json, stream, nonInteractive, snoop, verbose, quiet } = command;
  return openUi({
    stdin,
    stdout,
    stderr,
    now,
    columns,
    environment,
    json,
    stream,
    nonInteractive,
    snoop,
    verbose,
    quiet,
    interrupt: interrupts.interrupt,
  });
}
