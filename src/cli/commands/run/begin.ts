import { type ExitCode, exitCodes, PlaybooksError } from "../../../errors.ts";
import { beginPlaybooks, beginSession, Programs, type RestoredSession } from "../../../engine/mod.ts";
import { printFact, type RunUi } from "../../../frontends/mod.ts";
import { hasBeginning, type Playbook, type Program } from "../../../language/mod.ts";
import { encode } from "../../../sandbox/mod.ts";
import { executionKey } from "../../../store/mod.ts";
import { parseCallText } from "../../call_text.ts";
import { modelFact } from "../../model_words.ts";
import { entryArguments } from "../../parameters.ts";
import type { ProgramSource } from "../../read_program.ts";
import { checkedModels } from "../../session_models.ts";
import { storagesOf } from "../../stored_sessions.ts";
import type { World } from "../../world.ts";
import { type Job, journaledSource, markedPrograms, processInfo, storeProcess } from "./job.ts";
import { sessionsOf } from "../../stored_sessions.ts";
import type { RunCommand } from "./options.ts";
import { playSession } from "./play.ts";

/** Runs a program in a new session. */
export async function runNew(job: Job, command: RunCommand): Promise<ExitCode> {
  const { world, config, ui, paths } = job;
  const begin = beginningOf(job, command);
  if (command.plan) {
    printFact(ui, { type: "nothing-to-plan" });
    return exitCodes.ok;
  }
  if (!config.durabilityEnabled) return await playSession({ ...job, ...await begin(crypto.randomUUID()) });
  using models = await checkedModels(config, job.source!.program, world);
  const store = sessionsOf(config, world);
  await using leased = await store.begin(
    {
      key: await executionKey(paths),
      ...markedPrograms(paths, world),
      ...(command.name === undefined ? {} : { name: command.name }),
    },
    storeProcess(job),
  );
  storagesOf(world).remember(store.storagePath);
  for (const text of store.takeNotices()) printFact(ui, { type: "warning", text });
  const beginning = await begin(leased.id);
  return await playSession({ ...job, ...beginning, models, kept: { store, leased } });
}

/** Checks that the program can begin. Returns a function that begins it in the session with the given id. */
export function beginningOf(
  job: Job,
  command: Pick<RunCommand, "call" | "parameters">,
): (id: string) => Promise<{ readonly programs: Programs; readonly restored: RestoredSession }> {
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
    const model = modelFact(config);
    if (model) printFact(ui, model);
    const parameters = { ...given, ...await startupMessage(source, ui, world) };
    const journaled = journaledSource(source);
    const programs = new Programs();
    await programs.add([journaled]);
    const restored = beginSession(
      { id, source: journaled, parameters, ...(call ? { call } : {}) },
      processInfo(job),
    );
    return { programs, restored };
  };
}

/** The begin playbooks as one entry playbook: the first one's name, and the parameters of all. */
function entryOf(program: Program): Pick<Playbook, "name" | "parameters"> {
  const begins = program.agents.flatMap(beginPlaybooks);
  const parameters = new Map(
    begins.flatMap((playbook) => playbook.parameters).map((each) => [each.name, each]),
  );
  return { name: begins[0]?.name ?? "Main", parameters: [...parameters.values()] };
}

/** `{ startup_message }` if the program names it and standard input is not a terminal; else `{}`. */
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
