import type { ModelSettings } from "./model.ts";
import { providerNames } from "./local_models.ts";

/** What was said about a model: the keys of `[model]`, where given. */
export type ModelGiven = {
  readonly [Key in keyof ModelSettings]?: ModelSettings[Key] | undefined;
};

/** A provider's settings where nothing else is given. */
export function usualSettings(provider: string): ModelSettings {
  return {
    provider,
    name: usualNames[provider] ?? "",
    baseUrl: "",
    apiKeyEnv: "",
    temperature: 0.2,
    maxOutputTokens: 8000,
    reasoningTokens: 0,
    stream: true,
    cache: false,
  };
}

/**
 * Reads `provider:name`, a provider alone, or a name for the provider that is configured. Names may have colons
 * themselves (`llama3.2:3b`), so only a known provider before the first one counts as such.
 */
export function parseModelSpec(spec: string): ModelGiven {
  const [, before, after] = /^\s*([^:]*?)\s*(?::\s*(.*?))?\s*$/s.exec(spec)!;
  if (providerNames().includes(before!)) return { provider: before!, ...(after ? { name: after } : {}) };
  return { name: spec.trim() };
}

/**
 * Lays what is given over `base`. With another provider, what belongs to one provider alone (the model's name, the
 * server and its key) is not taken over: a key is never sent to somebody else's server.
 */
export function overlay(base: ModelSettings, given: ModelGiven): ModelSettings {
  const provider = given.provider ?? base.provider;
  const own = provider === base.provider
    ? base
    : { name: usualNames[provider] ?? "", baseUrl: "", apiKeyEnv: "" };
  return {
    provider,
    name: given.name ?? own.name,
    baseUrl: given.baseUrl ?? own.baseUrl,
    apiKeyEnv: given.apiKeyEnv ?? own.apiKeyEnv,
    temperature: given.temperature ?? base.temperature,
    maxOutputTokens: given.maxOutputTokens ?? base.maxOutputTokens,
    reasoningTokens: given.reasoningTokens ?? base.reasoningTokens ?? 0,
    stream: given.stream ?? base.stream ?? true,
    cache: given.cache ?? base.cache ?? false,
  };
}

/** Models that are taken when only the provider is named: small ones, of which nobody need be afraid. */
export const usualNames: Readonly<Record<string, string>> = {
  anthropic: "claude-haiku-4-5",
  openai: "gpt-5-mini",
  google: "gemini-2.5-flash",
};
