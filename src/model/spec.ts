import type { ModelSettings } from "./model.ts";
import { providerNames } from "./local_models.ts";

/** The given keys of `[model]`. */
export type ModelGiven = {
  readonly [Key in keyof ModelSettings]?: ModelSettings[Key] | undefined;
};

/** A provider's default settings. */
export function usualSettings(provider: string): ModelSettings {
  return {
    provider,
    name: usualNames[provider] ?? "",
    baseUrl: "",
    apiKeyEnv: "",
    temperature: 0.2,
    maxOutputTokens: 8000,
    reasoningTokens: 0,
    timeoutSeconds: 0,
    totalTimeoutSeconds: 0,
    stream: true,
    cache: false,
    background: false,
  };
}

/**
 * Reads `provider:name`, a provider alone, or a name for the configured provider. A name may contain colons
 * (`llama3.2:3b`), so the part before the first colon counts only if it is a known provider.
 */
export function parseModelSpec(spec: string): ModelGiven {
  const [, before, after] = /^\s*([^:]*?)\s*(?::\s*(.*?))?\s*$/s.exec(spec)!;
  if (providerNames().includes(before!)) return { provider: before!, ...(after ? { name: after } : {}) };
  return { name: spec.trim() };
}

/**
 * Overrides `base` by the given keys. If the provider changes, the model's name, the server and the key are not
 * inherited: a key must never go to the server of another provider. Neither is `background`, which few providers offer.
 */
export function overlay(base: ModelSettings, given: ModelGiven): ModelSettings {
  const provider = given.provider ?? base.provider;
  const own = provider === base.provider
    ? base
    : { name: usualNames[provider] ?? "", baseUrl: "", apiKeyEnv: "", background: false };
  return {
    provider,
    name: given.name ?? own.name,
    baseUrl: given.baseUrl ?? own.baseUrl,
    apiKeyEnv: given.apiKeyEnv ?? own.apiKeyEnv,
    temperature: given.temperature ?? base.temperature,
    maxOutputTokens: given.maxOutputTokens ?? base.maxOutputTokens,
    reasoningTokens: given.reasoningTokens ?? base.reasoningTokens ?? 0,
    timeoutSeconds: given.timeoutSeconds ?? base.timeoutSeconds ?? 0,
    totalTimeoutSeconds: given.totalTimeoutSeconds ?? base.totalTimeoutSeconds ?? 0,
    stream: given.stream ?? base.stream ?? true,
    cache: given.cache ?? base.cache ?? false,
    background: given.background ?? own.background ?? false,
  };
}

/** The default models of providers: small and cheap ones. */
export const usualNames: Readonly<Record<string, string>> = {
  anthropic: "claude-haiku-4-5",
  openai: "gpt-5-mini",
  google: "gemini-2.5-flash",
};
