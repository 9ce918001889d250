import { providerInfos } from "../model/mod.ts";
import type { Config } from "./config.ts";
import { ownSecrets } from "./shell_variables.ts";

/** The settings of a configuration that name secrets. */
type SecretSources = Pick<Config, "environment" | "model" | "rawModel" | "secretVariables" | "telemetry">;

/** Names of the variables that hold keys and tokens. */
export function secretNames(
  { model, rawModel, secretVariables }: Pick<SecretSources, "model" | "rawModel" | "secretVariables">,
): ReadonlySet<string> {
  const named = [model.apiKeyEnv, rawModel?.apiKeyEnv ?? "", ...secretVariables];
  const all = [...providerInfos.flatMap(({ keyEnvs }) => keyEnvs), ...named, ...ownSecrets];
  return new Set(all.filter((name) => name !== ""));
}

/** Returns a function that replaces keys and tokens in a text by `****`. */
export function secretMask(sources: SecretSources): (text: string) => string {
  const named = [...secretNames(sources)].map((name) => sources.environment[name]?.trim() ?? "");
  // `Bearer abc`: the word is no secret, and the rest is.
  const headers = Object.values(sources.telemetry.headers).flatMap((
    value,
  ) => [value, value.replace(/^\S+\s+/, "")]);
  const values = [...named, ...headers]
    .filter((value) => value.length >= minSecretLength)
    // A secret may be a part of another one.
    .toSorted((a, b) => b.length - a.length);
  return (text) => values.reduce((masked, value) => masked.replaceAll(value, "****"), text);
}

/** A shorter one would also mask unrelated words. */
const minSecretLength = 8;
