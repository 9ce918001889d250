import { didYouMean } from "./nearest.ts";
import type { CommandUsage, FlagUsage, SplitArguments } from "./command.ts";
import { globalFlags } from "./shared_flags.ts";
import { usageError } from "./usage_error.ts";

/**
 * Tells flags, their values and operands apart: `--flag VALUE`, `--flag=VALUE`, `-f VALUE`, `-fVALUE`, `-vq`; `--` ends
 * the flags. `run` keeps flags that it does not know, as parameters of the program.
 *
 * By hand, because libraries cannot say that a value may be left out when a file follows, nor tell a missing value from
 * an empty one.
 */
export function splitArguments(
  usage: CommandUsage,
  args: readonly string[],
  isFile: (path: string) => boolean,
): SplitArguments {
  const known = [...usage.flags, ...globalFlags.filter(({ name }) => name === "help")];
  const flags = new Map<string, string>();
  const repeated = new Map<string, string[]>();
  const parameters = new Map<string, string | true>();
  const operands: string[] = [];
  const rest = [...args];

  for (let arg = rest.shift(); arg !== undefined; arg = rest.shift()) {
    if (arg === "--") {
      operands.push(...rest.splice(0));
    } else if (arg.startsWith("--")) {
      const [name, inline] = splitAtEquals(arg.slice(2));
      const flag = known.find((candidate) => candidate.name === name);
      if (flag !== undefined) set(flag, `--${name}`, valueOf(flag, `--${name}`, inline));
      else if (usage.name === "run") addParameter(name, inline);
      else throw unknownFlag(`--${name}`);
    } else if (arg.startsWith("-") && arg.length > 1) {
      readLetters(arg);
    } else {
      operands.push(arg);
    }
  }
  return { flags, repeated, operands, parameters: Object.fromEntries(parameters), help: flags.has("help") };

  function readLetters(arg: string): void {
    for (let at = 1; at < arg.length; at++) {
      const spelling = `-${arg[at]}`;
      const flag = known.find(({ short }) => short === arg[at]);
      if (flag === undefined) throw unknownFlag(arg.length === 2 ? arg : `${spelling} (in ${arg})`);
      if (flag.value === undefined) {
        set(flag, spelling, "");
        continue;
      }
      const inline = arg.slice(at + 1).replace(/^=/, "");
      return set(flag, spelling, valueOf(flag, spelling, inline === "" ? undefined : inline));
    }
  }

  function valueOf(flag: FlagUsage, spelling: string, inline: string | undefined): string {
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
    if (next === undefined || isFlag(next)) throw missingValue(flag, spelling);
    return rest.shift()!;
  }

  function set(flag: FlagUsage, spelling: string, value: string): void {
    if (flag.repeats) repeated.set(flag.name, [...repeated.get(flag.name) ?? [], value]);
    else if (flag.value !== undefined && flags.has(flag.name)) throw usageError(`${spelling} is given twice`);
    if (flag.choices !== undefined && !flag.choices.includes(value)) {
      throw usageError(
        `${spelling} cannot be ${value}${didYouMean(value, flag.choices)}; it is one of ${
          flag.choices.join(", ")
        }`,
      );
    }
    flags.set(flag.name, value);
  }

  function addParameter(name: string, inline: string | undefined): void {
    if (!/^[\p{L}_$]/u.test(name)) throw unknownFlag(`--${name}`);
    if (parameters.has(name)) throw usageError(`--${name} is given twice`);
    parameters.set(name, inline ?? (rest[0] === undefined || isFlag(rest[0]) ? true : rest.shift()!));
  }

  function unknownFlag(spelling: string): Error {
    const near = didYouMean(spelling, known.map(({ name }) => `--${name}`));
    return usageError(
      `${usage.name} has no flag ${spelling}${near}; playbooks ${usage.name} --help lists them`,
    );
  }
}

/** Whether an argument is a flag and so no value; a negative number is a value. */
function isFlag(argument: string): boolean {
  return /^-(-|[A-Za-z])/.test(argument);
}

function splitAtEquals(text: string): readonly [name: string, value: string | undefined] {
  const at = text.indexOf("=");
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

function missingValue(flag: FlagUsage, spelling: string): Error {
  return usageError(`${spelling} needs ${flag.value}: ${flag.doc}`);
}
