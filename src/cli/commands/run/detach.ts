import { type ExitCode, exitCodes, PlaybooksError } from "../../../errors.ts";
import { JournalLog, peopleIn, type Programs, type State } from "../../../engine/mod.ts";
import { writeAll } from "../../../frontends/mod.ts";
import { inboxWords, refuseRedacted, SessionHandle } from "../../../session/mod.ts";
import {
  canGoOn,
  executionKey,
  type LeasedSession,
  refuseUnreadable,
  type SessionFile,
  type SessionRequest,
  type SessionStore,
} from "../../../store/mod.ts";
import type { Target } from "../../choose_session.ts";
import { userSeal } from "../../load_config.ts";
import { checkedModels } from "../../session_models.ts";
import { rememberStorage, sessionsOf } from "../../stored_sessions.ts";
import { notKept, usageError } from "../../usage_error.ts";
import { checkMessageIsAwaited } from "./awaited_message.ts";
import { beginningOf } from "./begin.ts";
import { type Beginning, type Job, markedPrograms, storeProcess } from "./job.ts";
import { messageReply } from "./message.ts";
import type { RunCommand, RunOptions } from "./options.ts";

/** Begins a session and leaves it to a worker: its first entries are durable, and nothing has happened yet. */
export async function beginDetached(job: Job, command: RunCommand): Promise<ExitCode> {
  const store = sessionsOf(job.config, job.world);
  job.process.stopBound?.uses(store);
  return reportQueued(job, await beginQueued(job, command, { store }), { isNew: true });
}

/**
 * Makes a queued session with its first entries and its message. Others see all of it, or nothing. `request`: what a
 * client asked for, so that a repeated request is known. `store`: an open one.
 */
export async function beginQueued(
  job: Beginning,
  command: RunCommand,
  { request, store = sessionsOf(job.config, job.world) }: {
    readonly request?: SessionRequest | undefined;
    readonly store?: SessionStore;
  } = {},
): Promise<SessionFile> {
  const { world, config, ui, paths } = job;
  if (!config.durabilityEnabled) {
    throw usageError(notKept("a queued session"));
  }
  const begin = beginningOf(job, command);
  using _ = await checkedModels(config, job.source!.program, world);
  const given = {
    key: await executionKey(paths),
    ...markedPrograms(paths, world),
    ...(command.name === undefined ? {} : { name: command.name }),
    ...(request ? { request } : {}),
  };
  const session = await store.insert(given, storeProcess(job), async (leased) => {
    const { restored: { state, entries }, programs, command: rest } = await begin(leased.id);
    const { keepLastN, maxCheckpointSizeMb } = config.runtime.durability;
    const log = new JournalLog(leased, {
      keepLastN,
      maxCheckpointSizeMb,
      seal: userSeal(world),
      onNotice: (text) => ui.fact({ type: "warning", text }),
    });
    await log.append(entries);
    await log.flush();
    await keepMessage(leased, rest, { state, programs });
    return { status: "queued", position: leased.position };
  });
  rememberStorage(store, world);
  for (const text of store.takeNotices()) ui.fact({ type: "warning", text });
  return session;
}

/** Words for the first wait of a person. */
async function keepMessage(
  { inbox }: Pick<LeasedSession, "inbox">,
  { message }: Pick<RunOptions, "message">,
  { state, programs }: { readonly state: State; readonly programs: Programs },
): Promise<void> {
  if (message === undefined) return;
  const people = peopleIn(state, programs);
  const { key, content } = inboxWords(messageReply(message, people), `said ${crypto.randomUUID()}`, people);
  await inbox.post(key, content);
}

/** Queues a stored session for a worker, with the answer that it waits for. */
export async function queueSession(
  job: Pick<Job, "command" | "config" | "world" | "ui">,
  target: Target,
): Promise<ExitCode> {
  const { command: { message, model } } = job;
  const { session, sessions, position } = target;
  refuseUnreadable(session);
  refuseRedacted(session);
  if (model !== undefined) {
    throw usageError("--detach and --model exclude each other on resume: the session keeps its model");
  }
  if (position !== undefined) throw usageError("a moment of the past cannot be queued; fork it first");
  if (!canGoOn(session)) throw endedError(session);
  if (message !== undefined) await checkMessageIsAwaited(target, { message, fork: false });
  if ((await sessions.load(session.id)).position === 0) throw nothingKeptError(session);
  await using _ = await sessions.open(session.id, storeProcess(job));
  if (message !== undefined) await keepAnswer(target, message);
  const queued = await sessions.update(session.id, { status: "queued", failures: undefined });
  return reportQueued(job, queued, { isNew: false });
}

/** An answer for an agent that waits for a person. */
async function keepAnswer({ session, sessions }: Target, message: string): Promise<void> {
  const handle = new SessionHandle(sessions, session.id);
  const { text, person } = messageReply(message, (await handle.snapshot())?.people ?? []);
  const words = { text, ...(person === undefined ? {} : { person }) };
  await handle.post(words, { key: `said ${crypto.randomUUID()}` });
}

function reportQueued(
  { command, ui, world }: Pick<Job, "command" | "ui" | "world">,
  { id, name, position }: SessionFile,
  { isNew }: { readonly isNew: boolean },
): ExitCode {
  const named = name === undefined ? {} : { name };
  ui.begin?.({ session: id, ...named, resumed: !isNew, position: isNew ? 0 : position });
  ui.fact({ type: "queued", session: id });
  if (!command.json) writeAll(world.stdout, `${id}\n`);
  ui.end({ session: id, status: "queued", exit: exitCodes.ok });
  return exitCodes.ok;
}

function endedError({ id, status }: SessionFile): PlaybooksError {
  return new PlaybooksError(`Cannot queue session "${id}": it has ${status}; start a copy with --fork`, {
    exitCode: exitCodes.usage,
  });
}

function nothingKeptError({ id }: SessionFile): PlaybooksError {
  return new PlaybooksError(
    `Cannot queue session "${id}": it stopped before anything was kept; run the program anew`,
    { exitCode: exitCodes.usage },
  );
}
