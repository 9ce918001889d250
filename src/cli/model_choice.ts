import {
  isOffline,
  type ModelGiven,
  type ModelSettings,
  parseModelSpec,
  providerInfos,
  providerNames,
  rehearsalSettings,
  usualNames,
} from "../model/mod.ts";
import { usageError } from "./usage_error.ts";

/** The settings of a `[model]` table that says nothing. */
export const usualModel: ModelSettings = usual("anthropic");

/**
 * The model where nothing was said of one: that of the first of the large providers whose key is in the environment;
 * without any key the rehearsal.
 */
export function unsaidModel(environment: Readonly<Record<string, string>>): ModelSettings {
  const keyed = providerInfos.find(({ name, keyEnvs }) =>
    usualNames[name] !== undefined && keyEnvs.some((key) => (environment[key] ?? "").trim() !== "")
  );
  return keyed ? usual(keyed.name) : rehearsalSettings;
}

/** Reads `--model SPEC`: `provider:name`, `rehearsal`, or a name for the provider that is configured. */
export function parseModelFlag(spec: string, configured: string): ModelGiven {
  const given = parseModelSpec(spec);
  if (given.provider === undefined && isOffline(configured)) {
    throw usageError(
      `--model ${spec} names no provider; say provider:name, where the provider is one of ${
        providerNames.join(", ")
      }`,
    );
  }
  return given;
}

function usual(provider: string): ModelSettings {
  return { ...rehearsalSettings, provider, name: usualNames[provider] ?? "" };
}
