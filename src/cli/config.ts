// @ts-types="#types/path.d.ts"
import { isAbsolute, join, resolve } from "@std/path";
import { type ModelGiven, type ModelSettings, overlay, type Prices } from "../model/mod.ts";
import type { RuntimeSettings } from "../runtime/settings.ts";
import { parseConfigFile } from "./config_file.ts";
import { parseModelSpec, unsaidModel, usualModel } from "./model_choice.ts";
import { didYouMean } from "./nearest.ts";
import { priceKeys } from "./price_settings.ts";
import { checkText, configError, type Place } from "./setting_values.ts";
import { environmentName, type Setting, type SettingContent, settingName, settings } from "./settings.ts";

/** All that a run is configured by. */
export interface Config {
  readonly model: ModelSettings;
  /** `[model.raw]`, for raw playbooks; absent when it says nothing, or when `--model` decides for all. */
  readonly rawModel?: ModelSettings;
  /** What chose the model: nothing (so it is the rehearsal), a file, the environment (be it a key), a flag. */
  readonly modelFrom: "default" | "file" | "environment" | "flag";
  /** `[prices."provider:name"]`: what models cost, over the table that is built in. */
  readonly prices: Prices;
  readonly runtime: RuntimeSettings;
  readonly durabilityEnabled: boolean;
  /** Absolute. */
  readonly storagePath: string;
  /** Absolute paths of the files that were read, `.env` among them. */
  readonly files: readonly string[];
  /** The process's environment, with what `.env` adds. For looking up keys: it is never stored. */
  readonly environment: Readonly<Record<string, string>>;
  /** Every setting as it is in force, in the order of the documents. */
  readonly settings: readonly EffectiveSetting[];
}

/** A setting as it is in force. */
export interface EffectiveSetting {
  readonly name: string;
  readonly value: SettingContent;
  /** `default`, or where it was given. */
  readonly from: Place;
}

/** What a configuration is made of; nothing is read from outside. */
export interface ConfigSources {
  readonly cwd: string;
  readonly file?: { readonly path: string; readonly text: string };
  /** Variables of the program's `.env` that the environment does not set itself. */
  readonly dotEnv?: { readonly path: string; readonly variables: Readonly<Record<string, string>> };
  readonly environment: Readonly<Record<string, string>>;
  /** `--model`. */
  readonly model?: string;
  /** `--on-uncertain`. */
  readonly uncertain?: "ask" | "retry" | "fail" | "skip";
}

/**
 * Puts a configuration together: defaults, the file, the environment, flags, each over the one before. Throws a
 * `PlaybooksError` (exit code 2) for a key that is unknown or a value that cannot be.
 */
export function resolveConfig(sources: ConfigSources): Config {
  const folder = sources.file === undefined ? sources.cwd : join(sources.file.path, "..");
  const given = new Map<string, Given>();
  const file = sources.file === undefined ? undefined : parseConfigFile(sources.file.text, sources.file.path);
  for (const { setting, value, place } of file?.settings ?? []) {
    given.set(settingName(setting), { value, place, folder, layer: "file" });
  }
  const { dotEnv } = sources;
  if (dotEnv !== undefined) {
    takeEnvironment(given, dotEnv.variables, join(dotEnv.path, ".."), (name) => `${name} in ${dotEnv.path}`);
  }
  takeEnvironment(given, sources.environment, sources.cwd, (name) => `the environment variable ${name}`);
  if (sources.uncertain !== undefined) {
    given.set("durability.uncertain", {
      value: sources.uncertain,
      place: "--on-uncertain",
      folder,
      layer: "flag",
    });
  }

  const environment = { ...dotEnv?.variables, ...sources.environment };
  const model = chooseModel(sources.model, given, { hasTable: file?.hasModel ?? false, environment });
  const home = environment["HOME"] ?? environment["USERPROFILE"];
  const value = (name: string) => valueOf(name, given, folder, home);
  const number = (name: string) => value(name) as number;
  const limit = (name: string) => value(name) as number | null;
  const list = (name: string) => value(name) as readonly string[];
  return {
    ...model,
    prices: Object.fromEntries((file?.prices ?? []).map(({ model, price }) => [model, price])),
    runtime: {
      limits: {
        maxLlmCalls: number("limits.max_llm_calls"),
        maxCostUsd: limit("limits.max_cost_usd"),
        maxTokens: limit("limits.max_tokens"),
        maxSeconds: limit("limits.max_seconds"),
        maxRepairs: number("limits.max_repairs"),
        messageBatchTimeout: number("limits.message_batch_timeout"),
        messageBatchMaxWait: number("limits.message_batch_max_wait"),
        artifactResultThreshold: number("limits.artifact_result_threshold"),
        contextTokens: number("limits.context_tokens"),
        maxFileKb: number("limits.max_file_kb"),
      },
      durability: {
        sync: value("durability.sync") as RuntimeSettings["durability"]["sync"],
        keepLastN: number("durability.keep_last_n"),
        maxCheckpointSizeMb: number("durability.max_checkpoint_size_mb"),
        uncertain: value("durability.uncertain") as RuntimeSettings["durability"]["uncertain"],
      },
      permissions: {
        net: list("permissions.net"),
        read: list("permissions.read"),
        write: list("permissions.write"),
        env: list("permissions.env"),
      },
    },
    durabilityEnabled: value("durability.enabled") as boolean,
    storagePath: value("durability.storage_path") as string,
    files: [sources.file?.path, dotEnv?.path].filter((path) => path !== undefined),
    environment,
    settings: [
      ...settings.map((setting) => ({
        name: settingName(setting),
        value: modelValue(setting, model) ?? value(settingName(setting)),
        from: given.get(settingName(setting))?.place ?? "default",
      })),
      ...(file?.prices ?? []).flatMap(({ model, price, place }) =>
        priceKeys.flatMap(([key, property]) => {
          const dollars = price[property];
          return dollars === undefined
            ? []
            : [{ name: `prices.${JSON.stringify(model)}.${key}`, value: dollars, from: place }];
        })
      ),
    ],
  };
}

/** A value that is not the default, with where it comes from and what its relative paths begin at. */
interface Given {
  readonly value: SettingContent;
  readonly place: Place;
  readonly folder: string;
  readonly layer: "file" | "environment" | "flag";
}

/** Takes `PLAYBOOKS_<TABLE>__<KEY>`; variables with no `__` (as PLAYBOOKS_DEBUG) are no settings. */
function takeEnvironment(
  given: Map<string, Given>,
  variables: Readonly<Record<string, string>>,
  folder: string,
  placeOf: (name: string) => Place,
): void {
  for (const [name, text] of Object.entries(variables)) {
    if (!/^PLAYBOOKS_.+?__/.test(name)) continue;
    const setting = settings.find((candidate) => environmentName(candidate) === name);
    if (setting === undefined) {
      throw configError(
        placeOf(name),
        `there is no such setting${didYouMean(name, settings.map(environmentName))}`,
      );
    }
    const place = placeOf(name);
    given.set(settingName(setting), {
      value: checkText(setting, text, place),
      place,
      folder,
      layer: "environment",
    });
  }
}

type ChosenModel = Pick<Config, "model" | "rawModel" | "modelFrom">;

function chooseModel(
  spec: string | undefined,
  given: Map<string, Given>,
  { hasTable, environment }: {
    readonly hasTable: boolean;
    readonly environment: Readonly<Record<string, string>>;
  },
): ChosenModel {
  const names = [...given].filter(([name]) => name.startsWith("model."));
  const configured = hasTable || names.length > 0;
  const base = configured ? overlay(usualModel, modelGiven("model", given)) : unsaidModel(environment);
  if (spec !== undefined) {
    const flag = parseModelSpec(spec, base.provider);
    for (const part of ["provider", "name"] as const) {
      if (flag[part] !== undefined) {
        given.set(`model.${part}`, { value: flag[part], place: "--model", folder: "", layer: "flag" });
      }
    }
    return { model: checked(overlay(base, flag), "--model"), modelFrom: "flag" };
  }
  const place = names[0]?.[1].place ?? "the [model] table";
  const raw = modelGiven("model.raw", given);
  const fromEnvironment = names.some(([, { layer }]) => layer === "environment");
  return {
    model: checked(base, place),
    ...(Object.keys(raw).length > 0 ? { rawModel: checked(overlay(base, raw), place) } : {}),
    modelFrom: fromEnvironment
      ? "environment"
      : configured
      ? "file"
      : base.provider === "rehearsal"
      ? "default"
      : "environment",
  };
}

function modelGiven(table: "model" | "model.raw", given: ReadonlyMap<string, Given>): ModelGiven {
  const found = Object.entries(modelKeys).flatMap(([key, property]) => {
    const entry = given.get(`${table}.${key}`);
    return entry === undefined ? [] : [[property, entry.value] as const];
  });
  return Object.fromEntries(found);
}

const modelKeys = {
  provider: "provider",
  name: "name",
  base_url: "baseUrl",
  api_key_env: "apiKeyEnv",
  temperature: "temperature",
  max_output_tokens: "maxOutputTokens",
  reasoning_tokens: "reasoningTokens",
  stream: "stream",
  cache: "cache",
} as const satisfies Record<string, keyof ModelSettings>;

function checked(model: ModelSettings, place: Place): ModelSettings {
  if (model.name !== "" || model.provider === "rehearsal") return model;
  throw configError(
    place,
    `the provider ${model.provider} needs a model's name: set name below [model], or say ` +
      `--model ${model.provider}:NAME`,
  );
}

/** What a key of the model tables comes to, after all has been chosen; `undefined` for other tables. */
function modelValue(setting: Setting, { model, rawModel }: ChosenModel): SettingContent | undefined {
  const chosen = setting.table === "model"
    ? model
    : setting.table === "model.raw"
    ? rawModel ?? model
    : undefined;
  return chosen?.[modelKeys[setting.key as keyof typeof modelKeys]];
}

function valueOf(
  name: string,
  given: ReadonlyMap<string, Given>,
  configFolder: string,
  home: string | undefined,
): SettingContent {
  const setting = settings.find((candidate) => settingName(candidate) === name)!;
  const { value, folder } = given.get(name) ?? { value: setting.default, folder: configFolder };
  const absolute = (path: string) => absolutePath(path, folder, home);
  if (setting.type.kind === "path") return absolute(value as string);
  if (setting.type.kind === "list" && setting.type.of === "folders") {
    return (value as readonly string[]).map(absolute);
  }
  return value;
}

/** `~/` is the home folder here as in a shell: a folder named `~` is nobody's wish. */
function absolutePath(path: string, folder: string, home: string | undefined): string {
  if (home !== undefined && /^~([/\\]|$)/.test(path)) return join(home, path.slice(1));
  return isAbsolute(path) ? resolve(path) : resolve(folder, path);
}
