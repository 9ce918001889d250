import { exitCodes, PlaybooksError } from "../errors.ts";
import { isLoopback, isSameOrigin, type ModelSettings, providerInfo } from "../model/mod.ts";
import type { KeptModel, KeptModels, State } from "../engine/mod.ts";
import type { Seal } from "../user/mod.ts";
import type { Config } from "./config.ts";
import { modelInWords } from "./model_words.ts";
import type { RunFact } from "../session/mod.ts";
import type { Confirm } from "./trust.ts";

/** The models of a configuration, in the form that a session keeps. */
export function keptModels(config: Config, seal: Seal): KeptModels {
  const { model, rawModel, modelFrom } = config;
  const kept: KeptModels = {
    main: keptModel(model),
    ...(rawModel ? { raw: keptModel(rawModel) } : {}),
    ...(modelFrom === "flag" ? { fixed: true } : {}),
  };
  const mark = needsSeal(kept) || hasKeyAddress(config) ? seal.of(partsOf(kept)) : undefined;
  return mark === undefined ? kept : { ...kept, seal: mark };
}

function keptModel({ provider, name, baseUrl, apiKeyEnv }: ModelSettings): KeptModel {
  return { provider, name, address: withoutSecrets(baseUrl), keyEnv: apiKeyEnv };
}

/** An address without its password, and without its query, which may hold a token. */
function withoutSecrets(address: string): string {
  if (!URL.canParse(address)) return address;
  const url = new URL(address);
  for (const part of ["username", "password", "search", "hash"] as const) url[part] = "";
  return url.href.replace(/\/+$/, "");
}

/** Whether these models need the user's seal, because a stranger's session must not name them. */
function needsSeal({ main, raw }: KeptModels): boolean {
  return [main, ...(raw ? [raw] : [])].some(({ provider, name, address, keyEnv }) =>
    keyEnv !== "" || (provider === "replay" && /^([/\\~]|[A-Za-z]:)|(^|[/\\])\.\.([/\\]|$)/.test(name)) ||
    !(address === "" || isOwn(provider, address) || isLoopback(address))
  );
}

function isOwn(provider: string, address: string): boolean {
  return isSameOrigin(address, providerInfo(provider)?.baseUrl ?? "");
}

function hasKeyAddress({ model, rawModel, keyAddresses }: Config): boolean {
  return [model, rawModel].some((each) => each && each.baseUrl !== "" && keyAddresses.includes(each.baseUrl));
}

function partsOf({ main, raw, fixed }: KeptModels): string[] {
  const parts = (model: KeptModel) => [model.provider, model.name, model.address, model.keyEnv];
  return ["models", ...parts(main), ...(raw ? parts(raw) : ["", "", "", ""]), String(fixed ?? false)];
}

/** The configuration with which a session continues, and the facts for the user about its model. */
interface SessionConfig {
  readonly config: Config;
  readonly facts: readonly RunFact[];
  /** The run asks the session's own models, although the configuration names others. */
  readonly isKept: boolean;
}

/**
 * Chooses between the models of a session and of the configuration. The session keeps its model, unless `--model` names one.
 * Throws a `PlaybooksError` (exit code 2) if the session names a server that this user never trusted.
 */
export async function configOfSession(
  state: Pick<State, "id" | "model" | "models">,
  config: Config,
  options: { readonly seal: Seal; readonly isTrusted: boolean; readonly confirm: Confirm },
): Promise<SessionConfig> {
  const as = (facts: readonly RunFact[]): SessionConfig => ({ config, facts, isKept: false });
  const { models } = state;
  if (models === undefined) return as(unknownFacts(state, config));
  const now = keptModels(config, options.seal);
  if (isSame(models, now)) return as([]);
  const [before, after] = [inWords(models), modelInWords(config)];
  if (config.modelFrom === "flag") {
    return as(before === after ? [] : [{ type: "other-model", model: after, before }]);
  }
  const isSealed = models.seal !== undefined && options.seal.isOn(models.seal, partsOf(models));
  if (needsSeal(models) && !isSealed && !options.isTrusted) await askFor(state.id, models, options.confirm);
  const own = withModels(config, models, isSealed || options.isTrusted);
  if (isSame({ ...models, fixed: true }, { ...now, fixed: true })) {
    return { config: own, facts: [], isKept: true };
  }
  return {
    config: own,
    facts: [{ type: "model-kept", model: before, configured: after }],
    isKept: true,
  };
}

/** A session of an older version does not store its server. */
function unknownFacts({ model }: Pick<State, "model">, config: Config): RunFact[] {
  const now = config.model.name === ""
    ? config.model.provider
    : `${config.model.provider}:${config.model.name}`;
  if (model === now || model === "") return [];
  return [{ type: "model-not-kept", model: modelInWords(config), before: model }];
}

async function askFor(id: string, models: KeptModels, confirm: Confirm): Promise<void> {
  const variables = [models.main, models.raw].flatMap((model) => model?.keyEnv || []);
  const key = variables.length === 0 ? "" : ` with the key in ${[...new Set(variables)].join(" and ")}`;
  const reason = `session "${id}" names its own model, ${
    inWords(models)
  }${key}, and you have not trusted that`;
  if (await confirm(`Attention: ${reason}\nDo you trust it?`)) return;
  throw new PlaybooksError(
    `Cannot resume with the session's model: ${reason}; if you do, add --trust, or name another with --model`,
    { exitCode: exitCodes.usage },
  );
}

/** The configuration with the session's models. Other settings of models stay. */
function withModels(config: Config, kept: KeptModels, getsKey: boolean): Config {
  const { rawModel, ...rest } = config;
  const configured = [config.model, ...(rawModel ? [rawModel] : [])];
  const settingsOf = (model: KeptModel): ModelSettings => {
    const { provider, name, address, keyEnv } = model;
    // The configuration may hold the password or the query that this server needs.
    const same = configured.find((each) => each.provider === provider && keptModel(each).address === address);
    return { ...config.model, provider, name, baseUrl: same?.baseUrl ?? address, apiKeyEnv: keyEnv };
  };
  const addresses = [kept.main.address, kept.raw?.address ?? ""].filter((address) => address !== "");
  return {
    ...rest,
    model: settingsOf(kept.main),
    ...(kept.raw ? { rawModel: settingsOf(kept.raw) } : {}),
    modelFrom: kept.fixed ? "flag" : "file",
    keyAddresses: [...config.keyAddresses, ...(getsKey ? addresses : [])],
  };
}

function isSame(a: KeptModels, b: KeptModels): boolean {
  const text = ({ main, raw, fixed }: KeptModels) =>
    JSON.stringify(
      [main, raw ?? main, fixed ?? false].map((each) =>
        typeof each === "boolean" ? each : [each.provider, each.name, each.address, each.keyEnv]
      ),
    );
  return text(a) === text(b);
}

function inWords({ main, raw }: KeptModels): string {
  const settings = (model: KeptModel) => ({
    provider: model.provider,
    name: model.name,
    baseUrl: model.address,
  });
  return modelInWords({ model: settings(main), ...(raw ? { rawModel: settings(raw) } : {}) });
}

/** Adds the ways out to an error about the session's own model. */
export function keptModelError(error: unknown, config: Config, id: string): unknown {
  if (!(error instanceof PlaybooksError)) return error;
  return new PlaybooksError(
    `Cannot resume session "${id}" with its own model, ${modelInWords(config)}: ${
      error.message.replace(/^Cannot open the model: /, "").replace(/,? or say --model rehearsal$/, "")
    }; or name another one with --model`,
    { exitCode: error.exitCode, cause: error },
  );
}
