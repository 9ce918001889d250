import {
  type ArgumentContext,
  type Command,
  commandWords,
  type ParsedCommand,
  type SplitArguments,
} from "./command.ts";
import { didYouMean } from "../language/nearest_name.ts";
import { globalFlags } from "./shared_flags.ts";
import { splitArguments } from "./split_arguments.ts";
import { usageError } from "./usage_error.ts";

/**
 * Reads a command line with the table of commands. Throws a `PlaybooksError` with exit code 2 that names the nearest command
 * or flag.
 *
 * A command's name takes precedence over a file of the same name. So a file called `run` changes nothing; `./run` runs it.
 */
export function parseArguments(
  args: readonly string[],
  commands: readonly Command[],
  context: ArgumentContext,
): ParsedCommand {
  const [first, second] = args;
  if (first === undefined) {
    throw usageError("no command and no file is named; playbooks --help lists the commands");
  }
  if (first === "--help" || first === "-h") return helpOn([], commands, context);
  if (first === "help") {
    return helpOn(
      splitArguments(named(commands, "help"), args.slice(1), context).operands,
      commands,
      context,
    );
  }
  if (first.startsWith("-")) throw unknownLeadingFlag(first, commands);
  const command = commands.find(({ name }) => name === first);
  if (command !== undefined) return parseCommand(command, args.slice(1), commands, context);
  if (commandWords(commands).includes(first)) return parseGroup(first, second, args, commands, context);
  if (context.isFile(first) || isProgramPath(first) || startedAsPb(context.programName)) {
    return parseCommand(named(commands, "run"), args, commands, context);
  }
  const near = nearCommand(first, commands, commandWords(commands));
  throw usageError(`${first} is neither a command nor a file${near}; playbooks --help lists the commands`);
}

/**
 * The files of a command line on which a flag after them could be the program's or the command's; `undefined` if there is no
 * such flag. Then the program must be read first (see `ArgumentContext.parameters`).
 */
export function filesToAsk(
  args: readonly string[],
  commands: readonly Command[],
  context: ArgumentContext,
): readonly string[] | undefined {
  const [first = ""] = args;
  const isProgram = !commandWords(commands).includes(first) &&
    (context.isFile(first) || isProgramPath(first) || startedAsPb(context.programName));
  const command = commands.find(({ name }) => name === (isProgram ? "run" : first));
  if (!command?.takesParameters) return undefined;
  const rest = isProgram ? args : args.slice(1);
  const start = firstOperand(command, rest, context);
  const isUnclear = rest.some((arg, at) => {
    if (start < 0 || at < start || !arg.startsWith("--")) return false;
    const name = arg.slice(2).replace(/=.*/s, "");
    const next = rest[at + 1];
    // A boolean of the program takes no value, so the file after it is one of the program's.
    return command.flags.some((flag) => flag.name === name) ||
      (!arg.includes("=") && next !== undefined && context.isFile(next));
  });
  if (!isUnclear) return undefined;
  try {
    return splitArguments(command, rest, context).operands;
  } catch {
    // The flag that cannot be read may be the program's.
    const end = rest.findIndex((arg, at) => at > start && arg.startsWith("-"));
    return rest.slice(start, end);
  }
}

/** The index of the first argument that is neither a flag nor the value of one; -1 if there is none. */
function firstOperand(command: Command, args: readonly string[], { isFile }: ArgumentContext): number {
  for (let at = 0; at < args.length; at++) {
    const arg = args[at]!;
    if (!arg.startsWith("-")) return at;
    const flag = command.flags.find(({ name, short }) => arg === `--${name}` || arg === `-${short}`);
    const next = args[at + 1] ?? "-";
    const takesNext = flag?.value !== undefined &&
      (!flag.valueOptional || !(next.startsWith("-") || isFile(next)));
    if (takesNext) at++;
  }
  return -1;
}

/** The command of a group that has this name, as `sessions log` for `log`; else the known word that is nearest. */
function nearCommand(word: string, commands: readonly Command[], known: readonly string[]): string {
  const member = commands.find(({ name }) => name.endsWith(` ${word}`));
  return member === undefined ? didYouMean(word, known) : `; did you mean ${member.name}`;
}

function named(commands: readonly Command[], name: string): Command {
  return commands.find((command) => command.name === name)!;
}

/** The help of a command, or of the group that the words start with. */
function helpOn(
  words: readonly string[],
  commands: readonly Command[],
  context: ArgumentContext,
): ParsedCommand {
  const name = words.join(" ");
  const known = [...commands.map((command) => command.name), ...commandWords(commands)];
  if (name !== "" && !known.includes(name)) {
    throw usageError(
      `there is no command ${name}${nearCommand(name, commands, known)}; playbooks --help lists the commands`,
    );
  }
  const given = {
    flags: new Map(),
    repeated: new Map(),
    operands: words,
    parameters: {},
    help: "none" as const,
  };
  return named(commands, "help").parse(given, context);
}

function unknownLeadingFlag(flag: string, commands: readonly Command[]): Error {
  const name = flag.replace(/=.*/s, "");
  const owner = commands.find(({ flags }) => flags.some((known) => `--${known.name}` === name));
  if (owner !== undefined) {
    return usageError(`${name} stands before the command; say playbooks ${owner.name} … ${name}`);
  }
  return usageError(
    `there is no flag ${name}${didYouMean(name, globalFlags.map((known) => `--${known.name}`))}; ` +
      "playbooks --help lists the commands",
  );
}

/** `sessions` and `config`: the second word names the command of the group. */
function parseGroup(
  group: string,
  second: string | undefined,
  args: readonly string[],
  commands: readonly Command[],
  context: ArgumentContext,
): ParsedCommand {
  const members = commands.filter(({ name }) => name.startsWith(`${group} `));
  const command = members.find(({ name }) => name === `${group} ${second}`);
  if (command !== undefined) return parseCommand(command, args.slice(2), commands, context);
  if (second === "--help" || second === "-h") return helpOn([group], commands, context);
  // The group alone means its first command, as in `sessions --json`.
  if (second === undefined || second.startsWith("-")) {
    return parseCommand(members[0]!, args.slice(1), commands, context);
  }
  const words = members.map(({ name }) => name.slice(group.length + 1));
  const isSingle = commands.some(({ name }) => name === second);
  const near = isSingle ? `; did you mean playbooks ${second}` : didYouMean(second, words);
  throw usageError(`there is no command ${group} ${second}${near}; ${group} has ${words.join(", ")}`);
}

/** A path that can only mean a program, though the file does not exist. `run` then reports the missing file. */
function isProgramPath(argument: string): boolean {
  return /[/\\*?[]|\.(pb|pbasm|playbooks|md)$/i.test(argument);
}

function startedAsPb(programName: string): boolean {
  return /(^|[/\\])pb(\.exe)?$/i.test(programName);
}

function parseCommand(
  command: Command,
  args: readonly string[],
  commands: readonly Command[],
  context: ArgumentContext,
): ParsedCommand {
  const given = splitArguments(command, args, context);
  if (given.help === "program" && command.parseHelp !== undefined) return command.parseHelp(given);
  if (given.help !== "none") return helpOn(command.name.split(" "), commands, context);
  checkOperands(command, given);
  return command.parse(given, context);
}

function checkOperands(command: Command, { operands, flags }: SplitArguments): void {
  if (operands.length < command.operandCount.min) {
    const session = flags.get("resume");
    if (command.name === "run" && session !== undefined && session !== "") {
      throw usageError(
        `run names no program file; ${session} was read as the session to resume ` +
          `(there is no such file); without files, say playbooks resume ${session}`,
      );
    }
    const taken = [...flags].find(([, value]) => isProgramPath(value));
    throw usageError(
      `${command.name} needs ${command.operands}${
        taken === undefined ? "" : `, and --${taken[0]} took ${taken[1]} for its value`
      }; playbooks ${command.name} --help shows an example`,
    );
  }
  const excess = operands[command.operandCount.max];
  if (excess !== undefined) {
    throw usageError(`${command.name} takes ${command.operands || "no arguments"}; remove ${excess}`);
  }
  const { completes } = command;
  if (typeof completes === "string") return;
  const unknown = operands.find((operand) => !completes.includes(operand));
  if (unknown !== undefined) {
    throw usageError(
      `${command.name} does not know ${unknown}${didYouMean(unknown, completes)}; it takes ${
        completes.join(", ")
      }`,
    );
  }
}
