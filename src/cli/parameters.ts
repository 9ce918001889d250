import { entryPlaybooks, type Parameter, type Playbook, type Program } from "../language/mod.ts";
import type { CommandUsage, GivenParameters } from "./command.ts";
import { runFlags } from "./commands/run/flags.ts";
import { didYouMean } from "../language/nearest_name.ts";
import { flagKey, parameterOf } from "./parameter_flags.ts";
import { parameterType } from "./parameter_types.ts";
import { parameterValue } from "./parameter_values.ts";
import { usageError } from "./usage_error.ts";

/** The command whose flags a parameter's flag could be. */
type Owner = Pick<CommandUsage, "name" | "flags">;

/** It comes from standard input or `--message`, never from a flag of its own. */
const startupMessage = "startup_message";

const run: Owner = { name: "run", flags: runFlags };

/** The playbook that a program starts with, and the parameters of all its begin playbooks. */
export interface ProgramEntry extends Pick<Playbook, "name" | "parameters"> {
  /** Absent if nothing begins the program. */
  readonly playbook?: Playbook;
}

/**
 * The entry of a program: the playbook with `cli_entry: true`, else the first one that begins it. The other begin playbooks
 * add their parameters, because a program starts all of them.
 */
export function programEntry(program: Program): ProgramEntry {
  const begins = entryPlaybooks(program);
  const [playbook] = begins;
  const parameters = new Map<string, Parameter>();
  for (const parameter of begins.flatMap((each) => each.parameters)) {
    const key = flagKey(parameter.name);
    const before = parameters.get(key);
    if (before === undefined || (before.optional && !parameter.optional)) parameters.set(key, parameter);
  }
  return {
    name: playbook?.name ?? "Main",
    parameters: [...parameters.values()],
    ...(playbook === undefined ? {} : { playbook }),
  };
}

/**
 * Makes the entry playbook's arguments from `--<parameter> VALUE`, by parameter name. A value becomes what the parameter's
 * type or default says. Dashes stand for underscores, and case does not matter. `--no-x` is `false` for a boolean `x`.
 *
 * Throws a `PlaybooksError` (exit code 2) for an unknown parameter, a value of the wrong type, or a missing required
 * parameter. `$startup_message` may be missing: it comes from standard input or `--message`.
 */
export function entryArguments(
  given: GivenParameters,
  entry: Pick<Playbook, "name" | "parameters"> | undefined,
  owner = run,
): Readonly<Record<string, unknown>> {
  const parameters = entry?.parameters ?? [];
  const values = givenArguments(given, parameters, owner);
  const missing = parameters.filter(({ name, optional }) =>
    !optional && !values.has(name) && name !== startupMessage
  );
  if (entry !== undefined && missing.length > 0) {
    const flags = missing.map((parameter) => flagOf(parameter));
    throw usageError(
      `${entry.name} needs ${flags.join(" and ")}, and ${
        missing.length === 1 ? "it is" : "they are"
      } not given; ` +
        "playbooks run FILES --help lists the program's parameters",
    );
  }
  return Object.fromEntries(values);
}

/** The arguments that a command line gives. Throws as {@linkcode entryArguments} does, but none may be missing. */
export function givenArguments(
  given: GivenParameters,
  parameters: readonly Parameter[],
  owner = run,
): ReadonlyMap<string, unknown> {
  const values = new Map<string, unknown>();
  for (const [flag, texts] of Object.entries(given)) {
    const { parameter, negated } = parameterOf(flag, parameters) ?? unknownParameter(flag, parameters, owner);
    if (parameter.name === startupMessage) {
      throw usageError(
        `$${startupMessage} has no flag: pipe the text to standard input, or give --message TEXT`,
      );
    }
    if (values.has(parameter.name)) throw usageError(`--${flag} is given twice`);
    values.set(
      parameter.name,
      negated ? negatedValue(flag, texts) : parameterValue(flag, texts, parameterType(parameter)),
    );
  }
  return values;
}

/** The flag of a parameter with a word for its value: `--count NUMBER`. */
export function flagOf(parameter: Parameter): string {
  const type = parameterType(parameter);
  const word = type.kind === "boolean" ? "" : ` ${type.kind === "text" ? "VALUE" : type.kind.toUpperCase()}`;
  return `--${parameter.name}${word}`;
}

function negatedValue(flag: string, texts: readonly (string | true)[]): false {
  if (texts.length > 1) throw usageError(`--${flag} is given twice`);
  if (texts[0] !== true) throw usageError(`--${flag} takes no value, and was given ${texts[0]}`);
  return false;
}

function unknownParameter(flag: string, parameters: readonly Parameter[], { name, flags }: Owner): never {
  const own = parameters.filter(({ name }) => name !== startupMessage).map(({ name }) => `--${name}`);
  const near = didYouMean(`--${flag}`, [...flags.map((known) => `--${known.name}`), ...own]);
  const names = own.length === 0
    ? "the program has no parameters"
    : `the program's parameters are ${own.join(", ")}`;
  throw usageError(
    `${name} has no flag --${flag}${near}; ${names}; playbooks ${name} --help lists the flags`,
  );
}
