import {
  isOffline,
  localModelNames,
  type ModelGiven,
  type ModelSettings,
  parseModelSpec,
  providerInfos,
  providerNames,
  usualNames,
  usualSettings,
} from "../model/mod.ts";
import { usageError } from "./usage_error.ts";

/** The settings of an empty `[model]` table. */
export const usualModel: ModelSettings = usualSettings("anthropic");

/** The model if none is configured: that of the first large provider with a key in the environment, else a local model. */
export function defaultModel(environment: Readonly<Record<string, string>>): ModelSettings {
  const keyed = providerInfos.find(({ name, keyEnvs }) =>
    usualNames[name] !== undefined && keyEnvs.some((key) => (environment[key] ?? "").trim() !== "")
  );
  return usualSettings(keyed?.name ?? localModelNames()[0] ?? "anthropic");
}

/** Reads `--model SPEC`: `provider:name`, a local model, or a name for the configured provider. */
export function parseModelFlag(spec: string, configured: string): ModelGiven {
  const given = parseModelSpec(spec);
  if (given.provider === undefined && isOffline(configured)) {
    throw usageError(
      `--model ${spec} names no provider; say provider:name, where the provider is one of ${
        providerNames().join(", ")
      }`,
    );
  }
  return given;
}
