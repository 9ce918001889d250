import { parseArgs } from "@std/cli/parse-args";
import { didYouMean } from "../language/nearest_name.ts";
import type { ArgumentContext, CommandUsage, FlagUsage, SplitArguments } from "./command.ts";
import { parameterOf } from "./parameter_flags.ts";
import { parameterType } from "./parameter_types.ts";
import { booleanText } from "./parameter_values.ts";
import { globalFlags } from "./shared_flags.ts";
import { usageError } from "./usage_error.ts";

/**
 * Splits arguments into flags with their values, and operands: `--flag VALUE`, `--flag=VALUE`, `-f VALUE`, `-fVALUE`, `-vq`;
 * `--` ends the flags. Throws a usage error.
 *
 * For a command that runs a program, a flag before the first operand is the command's. After it, `--x` is the program's if
 * the program has a parameter `x`, else the command's; a flag that neither knows is kept as a parameter, and refused with the
 * names of both when the program is known.
 *
 * `parseArgs` reads the arguments. It has no rule for three cases: `--resume` takes a session but no file, `-3` is a value,
 * and a missing value differs from an empty one. So `withExplicitValues` first writes such flags as `--flag=VALUE`.
 */
export function splitArguments(
  usage: CommandUsage,
  args: readonly string[],
  context: Pick<ArgumentContext, "isFile" | "parameters">,
): SplitArguments {
  const known = [...usage.flags, ...globalFlags.filter(({ name }) => name === "help")];
  const explicit = withExplicitValues(usage, known, args, context);
  const { _: operands, ...found } = parseArgs(explicit.args, {
    string: ["_", ...known.filter(({ value }) => value !== undefined).map(({ name }) => name)],
    boolean: known.filter(({ value }) => value === undefined).map(({ name }) => name),
    collect: known.map(({ name }) => name),
    unknown: (argument, key) => {
      if (key === undefined) return true;
      throw unknownFlag(usage, known, argument);
    },
  });
  const flags = new Map<string, string>();
  const repeated = new Map<string, readonly string[]>();
  for (const flag of known) {
    const given = found[flag.name] as readonly (string | true)[];
    if (given.length === 0) continue;
    const values = given.map((value) => value === true ? "" : value);
    checkValues(flag, values);
    if (flag.repeats) repeated.set(flag.name, values);
    flags.set(flag.name, values.at(-1)!);
  }
  return {
    flags,
    repeated,
    operands: operands as string[],
    parameters: Object.fromEntries(explicit.parameters),
    help: !flags.has("help") ? "none" : explicit.isProgramHelp ? "program" : "command",
  };
}

interface ExplicitArguments {
  readonly args: readonly string[];
  /** Flags that are, or may be, parameters of the program. */
  readonly parameters: ReadonlyMap<string, readonly (string | true)[]>;
  /** `--help` stands after an operand. */
  readonly isProgramHelp: boolean;
}

/**
 * Rewrites each known flag as `--name=VALUE`, and takes the program's parameters out. Flags without a value go last, because
 * `parseArgs` takes a `true` after such a flag for its value.
 */
function withExplicitValues(
  usage: CommandUsage,
  known: readonly FlagUsage[],
  args: readonly string[],
  { isFile, parameters: declared = [] }: Pick<ArgumentContext, "isFile" | "parameters">,
): ExplicitArguments {
  const explicit: string[] = [];
  const switches: string[] = [];
  const parameters = new Map<string, (string | true)[]>();
  const rest = [...args];
  let afterOperand = false;
  let isProgramHelp = false;
  for (let arg = rest.shift(); arg !== undefined && arg !== "--"; arg = rest.shift()) {
    if (arg.startsWith("--")) {
      const [name, inline] = splitAtEquals(arg.slice(2));
      const flag = known.find((candidate) => candidate.name === name);
      const owner = usage.takesParameters && afterOperand && name !== "help"
        ? parameterOf(name, declared)
        : undefined;
      if (owner !== undefined) addParameter(name, inline ?? parameterText(owner));
      else if (flag !== undefined) add(flag, `--${name}`, inline);
      else if (!usage.takesParameters || !/^[\p{L}_$]/u.test(name)) throw unknownFlag(usage, known, arg);
      else if (!afterOperand) throw earlyParameter(usage, known, arg);
      else addParameter(name, inline ?? (isValue(rest[0]) ? rest.shift()! : true));
    } else if (arg.startsWith("-") && arg.length > 1) readLetters(arg);
    else {
      explicit.push(arg);
      afterOperand = true;
    }
  }
  return { args: [...explicit, ...switches, "--", ...rest], parameters, isProgramHelp };

  function addParameter(name: string, value: string | true): void {
    parameters.set(name, [...parameters.get(name) ?? [], value]);
  }

  /** A boolean takes the next argument only if that can be nothing else than its value. */
  function parameterText({ parameter, negated }: NonNullable<ReturnType<typeof parameterOf>>): string | true {
    const isBoolean = parameterType(parameter).kind === "boolean";
    const isNext = !negated && (isBoolean ? booleanText.test(rest[0] ?? "") : isValue(rest[0]));
    return isNext ? rest.shift()! : true;
  }

  function add(flag: FlagUsage, spelling: string, inline: string | undefined): void {
    if (flag.name === "help") isProgramHelp = afterOperand;
    const value = valueOf(flag, spelling, inline, rest, isFile);
    if (flag.value === undefined) switches.push(`--${flag.name}`);
    else explicit.push(`--${flag.name}=${value}`);
  }

  function readLetters(arg: string): void {
    for (let at = 1; at < arg.length; at++) {
      const spelling = `-${arg[at]}`;
      const flag = known.find(({ short }) => short === arg[at]);
      if (flag === undefined) {
        throw unknownFlag(usage, known, arg.length === 2 ? arg : `${spelling} (in ${arg})`);
      }
      const inline = flag.value === undefined ? "" : arg.slice(at + 1).replace(/^=/, "");
      add(flag, spelling, inline || undefined);
      if (flag.value !== undefined) return;
    }
  }
}

/** The value of a flag: `inline`, else the next argument of `rest`. Returns `""` if the flag has none. */
function valueOf(
  flag: FlagUsage,
  spelling: string,
  inline: string | undefined,
  rest: string[],
  isFile: (path: string) => boolean,
): string {
  if (flag.value === undefined) {
    if (inline !== undefined) throw usageError(`${spelling} takes no value, and was given ${inline}`);
    return "";
  }
  if (inline !== undefined) {
    if (flag.valueOptional && inline === "") throw missingValue(flag, spelling);
    return inline;
  }
  const next = rest[0];
  if (flag.valueOptional) {
    if (next === "") throw missingValue(flag, `${spelling} ""`);
    return next === undefined || next.startsWith("-") || isFile(next) ? "" : rest.shift()!;
  }
  if (!isValue(next)) throw missingValue(flag, spelling);
  return rest.shift()!;
}

function checkValues(flag: FlagUsage, values: readonly string[]): void {
  if (values.length > 1 && flag.value !== undefined && !flag.repeats) {
    throw usageError(`--${flag.name} is given twice`);
  }
  const wrong = values.find((value) => flag.choices !== undefined && !flag.choices.includes(value));
  if (wrong === undefined) return;
  const near = didYouMean(wrong, flag.choices!);
  throw usageError(`--${flag.name} cannot be ${wrong}${near}; it is one of ${flag.choices!.join(", ")}`);
}

function unknownFlag(usage: CommandUsage, known: readonly FlagUsage[], spelling: string): Error {
  const name = spelling.replace(/=.*/s, "");
  const near = didYouMean(name, known.map((flag) => `--${flag.name}`));
  return usageError(`${usage.name} has no flag ${name}${near}; playbooks ${usage.name} --help lists them`);
}

function earlyParameter(usage: CommandUsage, known: readonly FlagUsage[], spelling: string): Error {
  const name = spelling.replace(/=.*/s, "");
  const near = didYouMean(name, known.map((flag) => `--${flag.name}`));
  return usageError(
    `${usage.name} has no flag ${name}${near}; a parameter of the program stands after its files: ` +
      `playbooks ${usage.name} FILES ${name} VALUE`,
  );
}

/** Whether an argument is a value and not a flag. A negative number is a value. */
function isValue(argument: string | undefined): argument is string {
  return argument !== undefined && !/^-(-|[A-Za-z])/.test(argument);
}
function splitAtEquals(text: string): readonly [name: string, value: string | undefined] {
  const at = text.indexOf("=");
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function missingValue(flag: FlagUsage, spelling: string): Error {
  return usageError(`${spelling} needs ${flag.value}: ${flag.doc}`);
}
