import { isBeginning, type Parameter, type Playbook, type Program } from "../language/mod.ts";
import { didYouMean } from "./nearest.ts";
import { runFlags } from "./commands/run/flags.ts";
import { usageError } from "./usage_error.ts";

/**
 * The arguments that `--<parameter> VALUE` gives to a program's entry playbook, the first one that begins it. With `--call`
 * there are none. Throws as {@linkcode entryArguments} does.
 */
export function entryParameters(
  program: Program,
  given: Readonly<Record<string, string | true>>,
  options: { readonly called: boolean },
): Readonly<Record<string, unknown>> {
  const playbooks = program.agents.flatMap((agent) => agent.playbooks);
  return entryArguments(given, options.called ? undefined : playbooks.find(isBeginning));
}

/**
 * Makes the entry playbook's arguments from `--<parameter> VALUE`, by parameter name. A value becomes a number or a boolean
 * if the parameter's type or default is one. Dashes stand for underscores, and case does not matter.
 *
 * Throws a `PlaybooksError` (exit code 2) for an unknown parameter, a value of the wrong type, or a missing required
 * parameter. `$startup_message` may be missing: it comes from standard input.
 */
export function entryArguments(
  given: Readonly<Record<string, string | true>>,
  entry: Pick<Playbook, "name" | "parameters"> | undefined,
): Readonly<Record<string, unknown>> {
  const parameters = entry?.parameters ?? [];
  const values = new Map<string, unknown>();
  for (const [flag, text] of Object.entries(given)) {
    const parameter = parameters.find(({ name }) => keyOf(name) === keyOf(flag));
    if (parameter === undefined) throw unknownFlag(flag, parameters);
    if (values.has(parameter.name)) throw usageError(`--${flag} is given twice`);
    values.set(parameter.name, valueOf(parameter, flag, text));
  }
  const missing = parameters.filter(({ name, optional }) =>
    !optional && !values.has(name) && name !== "startup_message"
  );
  if (entry !== undefined && missing.length > 0) {
    throw usageError(
      `${entry.name} needs ${
        missing.map(({ name }) => `--${name} VALUE`).join(" and ")
      }, and it is not given`,
    );
  }
  return Object.fromEntries(values);
}

function keyOf(name: string): string {
  return name.replace(/^\$/, "").replaceAll("-", "_").toLowerCase();
}

function unknownFlag(flag: string, parameters: readonly Parameter[]): Error {
  const own = parameters.map(({ name }) => `--${name}`);
  const near = didYouMean(`--${flag}`, [...runFlags.map(({ name }) => `--${name}`), ...own]);
  const names = own.length === 0
    ? "the program has no parameters"
    : `the program's parameters are ${own.join(", ")}`;
  return usageError(`run has no flag --${flag}${near}; ${names}; playbooks run --help lists the flags`);
}

function valueOf(parameter: Parameter, flag: string, text: string | true): unknown {
  switch (typeOf(parameter)) {
    case "boolean":
      if (text === true || /^(true|yes|1)$/i.test(text)) return true;
      if (/^(false|no|0)$/i.test(text)) return false;
      throw usageError(`--${flag} is ${text}, and must be true or false`);
    case "number":
    case "integer": {
      const number = text === true || text.trim() === "" ? NaN : Number(text);
      const whole = typeOf(parameter) === "integer";
      if (Number.isFinite(number) && (!whole || Number.isInteger(number))) return number;
      throw usageError(
        `--${flag} ${text === true ? "has no value" : `is ${text}`}, and must be a ${
          whole ? "whole " : ""
        }number`,
      );
    }
    case "text":
      if (text === true) throw usageError(`--${flag} needs a value`);
      return text;
  }
}

function typeOf({ type, default: value }: Parameter): "boolean" | "number" | "integer" | "text" {
  const name = type?.toLowerCase() ?? typeof value;
  if (name === "boolean" || name === "bool") return "boolean";
  if (name === "integer" || name === "int") return "integer";
  return name === "number" || name === "float" ? "number" : "text";
}
