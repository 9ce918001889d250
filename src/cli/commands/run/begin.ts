import { type ExitCode, exitCodes, PlaybooksError } from "../../../errors.ts";
import { beginSession, callFault, Programs, type RestoredSession } from "../../../engine/mod.ts";
import { hasBeginning, peopleOf } from "../../../language/mod.ts";
import { encode } from "../../../sandbox/mod.ts";
import { executionKey } from "../../../store/mod.ts";
import { parseCallText } from "../../call_text.ts";
import { modelFact } from "../../model_words.ts";
import { entryArguments, type ProgramEntry, programEntry } from "../../parameters.ts";
import { takesStartupMessage } from "../../read_program.ts";
import { checkedModels } from "../../session_models.ts";
import { usageError } from "../../usage_error.ts";
import {
  type Beginning,
  type Job,
  journaledSource,
  markedPrograms,
  processInfo,
  storeProcess,
} from "./job.ts";
import { rememberStorage, sessionsOf } from "../../stored_sessions.ts";
import { messageReply, withoutLastLineEnd } from "./message.ts";
import type { RunCommand, RunOptions } from "./options.ts";
import { playSession } from "./play.ts";

/** Runs a program in a new session. */
export async function runNew(job: Job, command: RunCommand): Promise<ExitCode> {
  const { world, config, ui, paths, process } = job;
  const begin = beginningOf(job, command);
  if (command.plan) {
    ui.fact({ type: "nothing-to-plan" });
    return exitCodes.ok;
  }
  if (!config.durabilityEnabled) return await playSession({ ...job, ...await begin(crypto.randomUUID()) });
  using models = await checkedModels(config, job.source!.program, world);
  const store = sessionsOf(config, world);
  process.stopBound?.uses(store);
  await using leased = await store.begin(
    {
      key: await executionKey(paths),
      ...markedPrograms(paths, world),
      ...(command.name === undefined ? {} : { name: command.name }),
    },
    storeProcess(job),
  );
  rememberStorage(store, world);
  for (const text of store.takeNotices()) ui.fact({ type: "warning", text });
  const beginning = await begin(leased.id);
  return await playSession({ ...job, ...beginning, models, kept: { store, leased } });
}

/** A program at its beginning. */
interface BegunProgram {
  readonly programs: Programs;
  readonly restored: RestoredSession;
  /** The options, without a message that became `$startup_message`. */
  readonly command: RunOptions;
}

/** Checks that the program can begin. Returns a function that begins it in the session with the given id. */
export function beginningOf(
  job: Beginning,
  command: Pick<RunCommand, "call" | "parameters">,
): (id: string) => Promise<BegunProgram> {
  const { config, ui } = job;
  const source = job.source!;
  const call = command.call === undefined ? undefined : parseCallText(command.call);
  const fault = call && callFault(source.program, call);
  if (fault !== undefined) throw usageError(`--call '${command.call}' cannot be made: ${fault}`);
  if (!call && !hasBeginning(source.program)) {
    throw new PlaybooksError(
      `Cannot run ${
        source.paths.join(", ")
      }: no playbook begins it; give one a trigger such as "At the beginning", ` +
        "or say --call 'Name(arguments)'",
      { exitCode: exitCodes.usage },
    );
  }
  const isStartup = takesStartupMessage(source.texts.values());
  const { message } = job.command;
  // A message for nobody is a mistake that is reported before a session begins.
  if (message !== undefined && !isStartup) messageReply(message, peopleOf(source.program));
  const entry = call ? undefined : programEntry(source.program);
  const values = entryArguments(command.parameters, entry);
  const given = Object.fromEntries(Object.entries(values).map(([name, value]) => [name, encode(value)]));
  return async (id) => {
    const model = modelFact(config);
    if (model) ui.fact(model);
    const startup = isStartup ? await startupMessage(job, entry) : undefined;
    const parameters = { ...given, ...(startup === undefined ? {} : { startup_message: startup }) };
    const journaled = journaledSource(source);
    const programs = new Programs();
    await programs.add([journaled]);
    const restored = beginSession(
      { id, source: journaled, parameters, ...(call ? { call } : {}) },
      processInfo(job),
    );
    const { message: _, ...withoutMessage } = job.command;
    return { programs, restored, command: startup === undefined ? job.command : withoutMessage };
  };
}

/**
 * The text of `$startup_message`: `--message`, then standard input if that is not a terminal. A blank line separates the two.
 * Returns `undefined` if there is neither; throws a usage error if the entry needs it.
 */
async function startupMessage(
  { command: { message }, ui, world }: Beginning,
  entry: ProgramEntry | undefined,
): Promise<string | undefined> {
  const input = world.stdin.isTerminal() ? undefined : withoutLastLineEnd(await ui.allInput());
  if (message !== undefined) return input ? `${message}\n\n${input}` : message;
  const parameter = entry?.parameters.find(({ name }) => name === "startup_message");
  if (input === undefined && parameter?.optional === false) {
    throw usageError(
      `${entry!.name} needs $startup_message: pipe a text to standard input, or give --message TEXT`,
    );
  }
  return input;
}
