// @ts-types="#types/path.d.ts"
import { resolve } from "@std/path";
import { type Models, type ModelWorld, openModels } from "../model/mod.ts";
import { answerFolder } from "./answer_folder.ts";
import type { Config } from "./config.ts";
import { openRecordingFile } from "./recording_file.ts";
import type { World } from "./world.ts";

/** The models of a run. Disposing of them closes the recording. */
export interface SessionModels extends Models, Disposable {}

/** What the models of a run are opened with. */
export interface SessionModelsOptions {
  /** `--record`. */
  readonly record?: string | undefined;
  /** The session goes on, and so does its recording. */
  readonly resumed: boolean;
}

/** The models that a configuration leads to; `--model` decides for all playbooks, whatever their `model:` lines say. */
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

/** What models are opened with under a configuration. */
export function modelWorld(config: Config, world: World): ModelWorld {
  return {
    env: (name) => config.environment[name],
    prices: config.prices,
    readText: (path) => Deno.readTextFileSync(resolve(world.cwd, path)),
    cache: answerFolder(config.storagePath),
  };
}
