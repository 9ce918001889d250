import { join } from "@std/path";
import { isOffline, type ModelGiven, type ModelSettings, overlay, type Prices } from "../model/mod.ts";
import type { RuntimeSettings } from "../engine/fold/settings.ts";
import { addAllowed, allowedBy, type AllowFlags } from "./allow_flags.ts";
import { parseConfigFile } from "./config_file.ts";
import { type NotifySettings, notifySettings } from "./notify/notify_settings.ts";
import {
  folderLayers,
  type FolderSources,
  keysIn,
  placeInFile,
  type UntrustedFile,
  untrustedFile,
} from "./folder_layers.ts";
import { absolutePath, type Given, takeEnvironment } from "./given.ts";
import type { TrustRequest } from "../user/mod.ts";
import { defaultModel, parseModelFlag, usualModel } from "./model_choice.ts";
import { type FilePrice, priceKeys } from "./price_settings.ts";
import type { FileServer } from "./server_settings.ts";
import { type IgnoredVariable, ignoredVariables } from "./other_variables.ts";
import { configError, type Place } from "./setting_values.ts";
import { type TelemetrySettings, telemetrySettings } from "./telemetry/telemetry_settings.ts";
import { type Setting, type SettingContent, settingName, settings } from "./settings.ts";

/** The configuration of a run. */
export interface Config {
  readonly model: ModelSettings;
  /** `[model.raw]`, for raw playbooks. Absent if it has no settings, or if `--model` decides for all. */
  readonly rawModel?: ModelSettings;
  /** The source of the model choice: the default (a local model), a file, the environment (also by a key), or a flag. */
  readonly modelFrom: "default" | "file" | "environment" | "flag";
  /** `[prices."provider:name"]`: prices of models, which override the built-in table. */
  readonly prices: Prices;
  readonly runtime: RuntimeSettings;
  readonly notify: NotifySettings;
  readonly telemetry: TelemetrySettings;
  /** Variables, besides those of models, whose values are secrets. */
  readonly secretVariables: readonly string[];
  /** Permissions that flags add for this run. */
  readonly allowed: AllowFlags;
  readonly durabilityEnabled: boolean;
  /** Absolute. */
  readonly storagePath: string;
  /** `[durability] encrypt`: new sessions are encrypted. */
  readonly encrypt: boolean;
  /** The database that keeps the sessions in place of the storage folder. */
  readonly database?: { readonly url: string; readonly retryMs: number; readonly leaseMs: number };
  /** Absolute paths of the files that were read, including `.env`. */
  readonly files: readonly string[];
  /** The process's environment, with the keys from `.env`. Used to look up keys; never stored. */
  readonly environment: Readonly<Record<string, string>>;
  /** `[mcp.servers.NAME]` of a trusted file: tool servers, and the folder of the file. */
  readonly servers: readonly ConfiguredServer[];
  /** All variables of `.env`. Tool servers that name one get it. */
  readonly folderEnvironment: Readonly<Record<string, string>>;
  /** Variables whose value comes from `.env`. Such a key belongs to the folder, not to the user. */
  readonly folderVariables: readonly string[];
  /** `base_url`s from the user or from a trusted folder. These servers get a key. */
  readonly keyAddresses: readonly string[];
  /** Requests of untrusted files that this run needs. Their settings are not in force. */
  readonly untrusted: readonly UntrustedFile[];
  /** Variables of the shell and of `.env` that look like ours and have no effect. */
  readonly ignored: readonly IgnoredVariable[];
  /** Requests of trusted files. */
  readonly trusted: readonly TrustRequest[];
  /** Every setting with its effective value, in the order of the documents. */
  readonly settings: readonly EffectiveSetting[];
}

interface ConfiguredServer {
  readonly name: string;
  readonly server: FileServer["server"];
  readonly folder: string;
}

/** A setting and its effective value. */
interface EffectiveSetting {
  readonly name: string;
  readonly value: SettingContent;
  /** `default`, or the place where it was set. */
  readonly from: Place;
}

/** All inputs of a configuration. */
export interface ConfigSources extends FolderSources {
  readonly cwd: string;
  /** `--model`. */
  readonly model?: string;
  /** `--allow-net` and its like. */
  readonly allow?: AllowFlags;
  /** `--on-uncertain`. */
  readonly uncertain?: "ask" | "retry" | "fail" | "skip";
}

/**
 * Makes a configuration from defaults, the file, the environment and flags. A later source overrides an earlier one. Throws
 * a `PlaybooksError` (exit code 2) for an unknown key or a wrong value.
 */
export function resolveConfig(sources: ConfigSources): Config {
  const folder = sources.file === undefined ? sources.cwd : join(sources.file.path, "..");
  const { dotEnv } = sources;
  const file = sources.file === undefined ? undefined : parseConfigFile(sources.file.text, sources.file.path);
  const layers = folderLayers(sources, file);
  const given = new Map<string, Given>();
  for (const layer of layers) {
    for (const [name, each] of layer.given) {
      if (!layer.refused.has(name)) given.set(name, { ...each, trusted: layer.isTrusted });
    }
  }
  const own = ownSettings(sources, folder);
  for (const [name, each] of own) given.set(name, { ...each, trusted: true });

  const home = sources.environment["HOME"] ?? sources.environment["USERPROFILE"];
  const allowed = allowedBy(sources.allow ?? {}, sources.cwd, home);
  addAllowed(given, allowed, home);

  const folderVariables = dotEnv === undefined ? {} : keysIn(dotEnv.variables, given);
  const environment = { ...folderVariables, ...sources.environment };
  const hasTable = file?.hasModel ?? false;
  const { replaced, ...model } = chooseModel(sources.model, given, { hasTable, environment, own });
  const value = (name: string) => valueOf(name, given, folder, home);
  const prices = file?.prices ?? [];
  return {
    ...model,
    prices: Object.fromEntries(prices.map(({ model, price }) => [model, price])),
    runtime: runtimeSettings(value),
    notify: notifySettings(value, given, sources.cwd),
    telemetry: telemetrySettings({ value, given, shell: sources.environment, environment }),
    secretVariables: secretSettings.map((name) => String(value(name))).filter((name) => name !== ""),
    allowed,
    durabilityEnabled: value("durability.enabled") as boolean,
    storagePath: value("durability.storage_path") as string,
    encrypt: value("durability.encrypt") as boolean,
    ...databaseOf(value),
    files: [sources.file?.path, dotEnv?.path].filter((path) => path !== undefined),
    environment,
    folderEnvironment: dotEnv?.variables ?? {},
    servers: (file?.servers ?? []).filter(({ name }) =>
      !layers.some(({ refused }) => refused.has(`mcp.servers.${name}`))
    ).map(({ name, server }) => ({ name, server, folder })),
    folderVariables: Object.keys(folderVariables),
    keyAddresses: ["model.base_url", "model.raw.base_url"].flatMap((name) => {
      const address = given.get(name);
      return address?.trusted ? [String(address.value)] : [];
    }),
    untrusted: layers.flatMap((layer) =>
      untrustedFile(layer, (name) => own.has(name) || isMoot(name, { ...model, replaced }))
    ),
    ignored: ignoredIn(sources),
    trusted: layers.flatMap(({ isTrusted, request }) => isTrusted && request ? [request] : []),
    settings: [
      ...settings.map((setting) => ({
        name: settingName(setting),
        value: modelValue(setting, model) ?? value(settingName(setting)),
        from: given.get(settingName(setting))?.place ?? "default",
      })),
      ...effectivePrices(prices),
    ],
  };
}

/** Settings that name a variable with a secret, besides those of models. */
const secretSettings = ["notify.token_env", "telemetry.headers_env"] as const;

function ignoredIn({ environment, dotEnv }: ConfigSources): readonly IgnoredVariable[] {
  const inFile = dotEnv === undefined ? [] : ignoredVariables(Object.keys(dotEnv.variables), {
    placeOf: (name) => placeInFile(name, dotEnv.path),
    isShell: false,
  });
  return [...ignoredVariables(Object.keys(environment), { placeOf: placeInShell, isShell: true }), ...inFile];
}

function placeInShell(name: string): Place {
  return `the environment variable ${name}`;
}

/** Settings of the user's own environment and flags. */
function ownSettings({ environment, cwd, uncertain }: ConfigSources, folder: string): Map<string, Given> {
  const own = new Map<string, Given>();
  takeEnvironment(own, environment, cwd, placeInShell);
  if (uncertain !== undefined) {
    own.set("durability.uncertain", { value: uncertain, place: "--on-uncertain", folder, layer: "flag" });
  }
  return own;
}

/** The settings of the engine. The keys of `[limits]` are its names in snake case. */
function runtimeSettings(value: (name: string) => SettingContent): RuntimeSettings {
  const list = (name: string) => value(name) as readonly string[];
  const limits = settings.filter(({ table }) => table === "limits")
    .map((setting) => [camelCase(setting.key), value(settingName(setting))]);
  return {
    limits: Object.fromEntries(limits) as RuntimeSettings["limits"],
    durability: {
      sync: value("durability.sync") as RuntimeSettings["durability"]["sync"],
      keepLastN: value("durability.keep_last_n") as number,
      maxCheckpointSizeMb: value("durability.max_checkpoint_size_mb") as number,
      uncertain: value("durability.uncertain") as RuntimeSettings["durability"]["uncertain"],
    },
    permissions: {
      net: list("permissions.net"),
      read: list("permissions.read"),
      write: list("permissions.write"),
      env: list("permissions.env"),
    },
  };
}

function databaseOf(value: (name: string) => SettingContent): Pick<Config, "database"> {
  const url = value("durability.url") as string;
  if (url === "") return {};
  const ms = (name: string) => 1000 * (value(`durability.${name}`) as number);
  return { database: { url, retryMs: ms("retry_seconds"), leaseMs: ms("lease_seconds") } };
}

/** `max_llm_calls` as `maxLlmCalls`. */
function camelCase(key: string): string {
  return key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());
}

function effectivePrices(prices: readonly FilePrice[]): EffectiveSetting[] {
  return prices.flatMap(({ model, price, place }) =>
    priceKeys.flatMap(([key, property]) => {
      const dollars = price[property];
      return dollars === undefined
        ? []
        : [{ name: `prices.${JSON.stringify(model)}.${key}`, value: dollars, from: place }];
    })
  );
}

/** Whether `--model` names another provider. The folder's address and key variable then do not apply. */
function isMoot(name: string, { modelFrom, replaced }: ChosenModel): boolean {
  return modelFrom === "flag" && (name.startsWith("model.raw.") || (replaced && name.startsWith("model.")));
}

type ChosenModel = Pick<Config, "model" | "rawModel" | "modelFrom"> & {
  /** Whether `--model` names another provider than the settings do. */
  readonly replaced: boolean;
};

function chooseModel(
  spec: string | undefined,
  given: Map<string, Given>,
  { hasTable, environment, own }: {
    readonly hasTable: boolean;
    readonly environment: Readonly<Record<string, string>>;
    /** Settings of the user's own environment and flags. */
    readonly own: ReadonlyMap<string, Given>;
  },
): ChosenModel {
  const names = [...given].filter(([name]) => name.startsWith("model."));
  const configured = hasTable || names.length > 0;
  const base = configured ? overlay(usualModel, modelGiven("model", given)) : defaultModel(environment);
  if (spec !== undefined) {
    const flag = { ...serverFrom(own, given), ...parseModelFlag(spec, base.provider) };
    for (const part of ["provider", "name"] as const) {
      if (flag[part] !== undefined) {
        given.set(`model.${part}`, { value: flag[part], place: "--model", folder: "", layer: "flag" });
      }
    }
    const model = checked(overlay(base, flag), "--model");
    return { model, modelFrom: "flag", replaced: model.provider !== base.provider };
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
      : isOffline(base.provider)
      ? "default"
      : "environment",
    replaced: false,
  };
}

/**
 * The server, the key variable and `background` that the user's environment sets without a provider. They belong to the
 * provider of `--model`, whichever it is.
 */
function serverFrom(own: ReadonlyMap<string, Given>, given: ReadonlyMap<string, Given>): ModelGiven {
  if (given.has("model.provider")) return {};
  const { baseUrl, apiKeyEnv, background } = modelGiven("model", own);
  return { baseUrl, apiKeyEnv, background };
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
  timeout_seconds: "timeoutSeconds",
  total_timeout_seconds: "totalTimeoutSeconds",
  stream: "stream",
  cache: "cache",
  background: "background",
} as const satisfies Record<string, keyof ModelSettings>;

function checked(model: ModelSettings, place: Place): ModelSettings {
  // A replay names its recording later if the folder must first be trusted.
  if (model.name !== "" || isOffline(model.provider)) return model;
  throw configError(
    place,
    `the provider ${model.provider} needs a model's name: set name below [model], or say ` +
      `--model ${model.provider}:NAME`,
  );
}

/** The effective value of a key of the model tables. Returns `undefined` for other tables. */
function modelValue(
  setting: Setting,
  { model, rawModel }: Pick<Config, "model" | "rawModel">,
): SettingContent | undefined {
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
