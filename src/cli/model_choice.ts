import type { ModelSettings } from "../model/model.ts";
import { usageError } from "./usage_error.ts";
import { providers } from "./settings.ts";

/** What was said about the model: the keys of `[model]`, where given. */
export interface ModelGiven {
  readonly provider?: string;
  readonly name?: string;
  readonly baseUrl?: string;
  readonly apiKeyEnv?: string;
  readonly temperature?: number;
  readonly maxOutputTokens?: number;
}

/** The settings of no model at all. */
export const rehearsal: ModelSettings = {
  provider: "rehearsal",
  name: "",
  baseUrl: "",
  apiKeyEnv: "",
  temperature: 0.2,
  maxOutputTokens: 8000,
};

/** The settings of a `[model]` table that says nothing. */
export const usualModel: ModelSettings = { ...rehearsal, provider: "anthropic", name: "claude-haiku-4-5" };

/**
 * Lays what is given over `base`. With another provider, what belongs to one provider alone (the model's name, the
 * server and its key) is not taken over: a key is never sent to somebody else's server.
 */
export function overlay(base: ModelSettings, given: ModelGiven): ModelSettings {
  const provider = given.provider ?? base.provider;
  const own = provider === base.provider ? base : { name: defaultName(provider), baseUrl: "", apiKeyEnv: "" };
  return {
    provider,
    name: given.name ?? own.name,
    baseUrl: given.baseUrl ?? own.baseUrl,
    apiKeyEnv: given.apiKeyEnv ?? own.apiKeyEnv,
    temperature: given.temperature ?? base.temperature,
    maxOutputTokens: given.maxOutputTokens ?? base.maxOutputTokens,
  };
}

/**
 * Reads `--model SPEC`: `provider:name`, `rehearsal`, or a name for the provider that is configured. Names may have
 * colons themselves (`llama3.2:3b`), so only a known provider before the first one counts as such.
 */
export function parseModelSpec(spec: string, configured: string): ModelGiven {
  const [, before, after] = /^([^:]*)(?::(.*))?$/s.exec(spec)!;
  if (providers.includes(before!)) return { provider: before!, ...(after ? { name: after } : {}) };
  if (configured === "rehearsal" || configured === "replay") {
    throw usageError(
      `--model ${spec} names no provider; say provider:name, where the provider is one of ${
        providers.join(", ")
      }`,
    );
  }
  return { name: spec };
}

/** The model that is taken when only the provider is named; `""` where there is none. */
function defaultName(provider: string): string {
  return provider === usualModel.provider ? usualModel.name : "";
}
