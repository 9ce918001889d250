import type { Parameter } from "../language/mod.ts";
import { parameterType } from "./parameter_types.ts";

/** The parameter that a flag gives; `negated` for `--no-x`. */
export function parameterOf(
  flag: string,
  parameters: readonly Parameter[],
): { readonly parameter: Parameter; readonly negated: boolean } | undefined {
  const find = (key: string) => parameters.find(({ name }) => flagKey(name) === key);
  const key = flagKey(flag);
  const parameter = find(key);
  if (parameter !== undefined) return { parameter, negated: false };
  const positive = key.startsWith("no_") ? find(key.slice("no_".length)) : undefined;
  return positive !== undefined && parameterType(positive).kind === "boolean"
    ? { parameter: positive, negated: true }
    : undefined;
}

/** The form in which names of flags and parameters are compared. */
export function flagKey(name: string): string {
  return name.replace(/^\$/, "").replaceAll("-", "_").toLowerCase();
}
