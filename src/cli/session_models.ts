import { resolve } from "@std/path";
import type { Program } from "../language/mod.ts";
import { exitCodes, PlaybooksError } from "../errors.ts";
import { maxRecordingBytes, type Model, type Models, type ModelWorld, openModels } from "../model/mod.ts";
import { readBoundedText } from "../files/mod.ts";
import { answerBounds } from "../net/mod.ts";
import { answerFolder } from "./answer_folder.ts";
import type { Config } from "./config.ts";
import { openRecordingFile } from "./recording_file.ts";
import type { World } from "./world.ts";

/** The models of a run. Disposing of them closes the recording. */
export interface SessionModels extends Models, Disposable {}

/** The options for opening the models of a run. */
interface SessionModelsOptions {
  /** `--record`. */
  readonly record?: string | undefined;
  /** The session is resumed, so the recording is continued. */
  readonly resumed: boolean;
}

/** The models of a configuration. `--model` decides for all playbooks, also for those with a `model:` line. */
export function sessionModels(
  config: Config,
  { record, resumed }: SessionModelsOptions,
  world: World,
): SessionModels {
  const recording = record === undefined
    ? undefined
    : openRecordingFile(resolve(world.cwd, record), { append: resumed });
  const models = openModels(
    {
      main: config.model,
      ...(config.rawModel ? { raw: config.rawModel } : {}),
      fixed: config.modelFrom === "flag",
    },
    { ...modelWorld(config, world), ...(recording ? { record: (line) => recording.write(line) } : {}) },
  );
  return { ...models, [Symbol.dispose]: () => recording?.[Symbol.dispose]() };
}

/** The surroundings in which models are opened under a configuration. */
export function modelWorld(config: Config, world: World): ModelWorld {
  return {
    env: (name) => config.environment[name],
    sendsKeyTo: ({ baseUrl, variable }) =>
      config.keyAddresses.includes(baseUrl) || config.folderVariables.includes(variable),
    prices: config.prices,
    bounds: answerBounds(config.runtime.limits),
    readText: (path) => readBoundedText(resolve(world.cwd, path), { maxBytes: maxRecordingBytes }),
    cache: answerFolder(config, world),
  };
}

/** Opens every model that the program may ask, so that a wrong `model:` line is reported before any effect. */
export async function openAll(
  models: Pick<Models, "open" | "pick">,
  program: Program,
  { runtime: { limits } }: Pick<Config, "runtime">,
): Promise<void> {
  const open = async (answer: "code" | "text", line?: string) => {
    await models.open(answer, line);
    checkPrice(models.pick(answer, line), limits.maxCostUsd);
  };
  await open("code");
  for (const agent of program.agents) {
    for (const { metadata, mode } of [agent, ...agent.playbooks].map((each) => ({ mode: "code", ...each }))) {
      const line = metadata["model"];
      if (typeof line === "string") await open(mode === "raw" ? "text" : "code", line);
    }
  }
}

/** Refuses a limit in money for a model with unknown prices, because the limit could not be enforced. */
function checkPrice({ id, terms }: Model, maxCostUsd: number | null): void {
  if (maxCostUsd === null || terms?.isRehearsal || terms?.price || terms?.tellsCost) return;
  throw new PlaybooksError(
    `Cannot keep max_cost_usd = ${maxCostUsd}: the price of ${id} is not known; give it under [prices."${id}"] in ` +
      "playbooks.toml, with input and output in US dollars for a million tokens, or remove max_cost_usd",
    { exitCode: exitCodes.usage },
  );
}

/**
 * Opens all models of a run without a recording, and asks none. So a wrong setting is reported before a session begins.
 * Throws a `PlaybooksError` (exit code 2).
 */
export async function checkedModels(config: Config, program: Program, world: World): Promise<SessionModels> {
  const models = sessionModels(config, { resumed: false }, world);
  await openAll(models, program, config);
  return models;
}
