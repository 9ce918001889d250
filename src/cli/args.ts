import type { Command, ResumeTarget, RunOptions, Shell } from "./command.ts";
import { didYouMean } from "./nearest.ts";
import { type ReadFlags, readFlags } from "./read_flags.ts";
import { type CommandUsage, commandUsages, commandWords, globalFlags } from "./usage.ts";
import { usageError } from "./usage_error.ts";

/** What parsing must know of the outside. */
export interface ArgumentContext {
  /** The name under which we were started; as `pb`, every first argument that is no command is a file to run. */
  readonly programName: string;
  /** Whether a file (no folder) is at this path. */
  readonly isFile: (path: string) => boolean;
}

/**
 * Reads a command line. Throws a `PlaybooksError` with exit code 2 that names the nearest command or flag.
 *
 * A command's name wins over a file of the same name, so that a file called `run` changes nothing; `./run` runs it.
 */
export function parseArguments(args: readonly string[], context: ArgumentContext): Command {
  const [first, second] = args;
  if (first === undefined) {
    throw usageError("no command and no file is named; playbooks --help lists the commands");
  }
  if (first === "--help" || first === "-h") return { kind: "help" };
  if (first === "--version" || first === "-V") return { kind: "version" };
  if (first === "help") return help(args.slice(1));
  if (first.startsWith("-")) throw unknownLeadingFlag(first);
  const usage = commandUsages.find(({ name }) => name === first);
  if (usage !== undefined) return parseCommand(usage, args.slice(1), context);
  if (commandWords().includes(first)) return parseGroup(first, second, args, context);
  if (context.isFile(first) || isProgramPath(first) || startedAsPb(context.programName)) {
    return parseCommand(commandUsages.find(({ name }) => name === "run")!, args, context);
  }
  throw usageError(
    `${first} is neither a command nor a file${
      didYouMean(first, commandWords())
    }; playbooks --help lists the commands`,
  );
}

function help(topic: readonly string[]): Command {
  const name = topic.filter((word) => !word.startsWith("-")).join(" ");
  if (name === "") return { kind: "help" };
  const known = [...commandUsages.map((usage) => usage.name), ...commandWords()];
  if (known.includes(name)) return { kind: "help", topic: name };
  throw usageError(
    `there is no command ${name}${didYouMean(name, known)}; playbooks --help lists the commands`,
  );
}

function unknownLeadingFlag(flag: string): Error {
  const name = flag.replace(/=.*/s, "");
  const owner = commandUsages.find(({ flags }) => flags.some((known) => `--${known.name}` === name));
  if (owner !== undefined) {
    return usageError(`${name} stands before the command; say playbooks ${owner.name} … ${name}`);
  }
  return usageError(
    `there is no flag ${name}${didYouMean(name, globalFlags.map((known) => `--${known.name}`))}; ` +
      "playbooks --help lists the commands",
  );
}

/** `sessions` and `config`: the second word says which command of the group. */
function parseGroup(
  group: string,
  second: string | undefined,
  args: readonly string[],
  context: ArgumentContext,
): Command {
  const members = commandUsages.filter(({ name }) => name.startsWith(`${group} `));
  const usage = members.find(({ name }) => name === `${group} ${second}`);
  if (usage !== undefined) return parseCommand(usage, args.slice(2), context);
  if (second === "--help" || second === "-h") return { kind: "help", topic: group };
  // The group alone means its first command, as in `sessions --json`.
  if (second === undefined || second.startsWith("-")) {
    return parseCommand(members[0]!, args.slice(1), context);
  }
  const words = members.map(({ name }) => name.slice(group.length + 1));
  throw usageError(
    `there is no command ${group} ${second}${didYouMean(second, words)}; ${group} has ${words.join(", ")}`,
  );
}

/** Something that can only have been meant as a program, though no file is there: `run` says that it is missing. */
function isProgramPath(argument: string): boolean {
  return /[/\\*?[]|\.(pb|pbasm|playbooks|md)$/i.test(argument);
}

function startedAsPb(programName: string): boolean {
  return /(^|[/\\])pb(\.exe)?$/i.test(programName);
}

function parseCommand(usage: CommandUsage, args: readonly string[], context: ArgumentContext): Command {
  const read = readFlags(usage, args, context.isFile);
  if (read.help) return { kind: "help", topic: usage.name };
  checkOperands(usage, read);
  const { flags, operands } = read;
  const json = flags.has("json");
  switch (usage.name) {
    case "run":
      if (flags.has("fork") && !flags.has("resume")) {
        throw usageError("--fork is for a session; add --resume");
      }
      return {
        kind: "run",
        files: operands,
        ...optional("resume", resumeFlag(flags.get("resume"))),
        ...optional("name", flags.get("name")),
        ...optional("call", flags.get("call")),
        parameters: read.parameters,
        ...runOptions(flags),
      };
    case "resume":
      if (operands[0] !== undefined && context.isFile(operands[0])) {
        throw usageError(`resume takes a session, not a file; say playbooks run ${operands[0]} --resume`);
      }
      return {
        kind: "resume",
        resume: operands[0] === undefined ? { kind: "last" } : namedSession(operands[0]),
        ...runOptions(flags),
      };
    case "check":
      return { kind: "check", files: operands };
    case "compile":
      return { kind: "compile", files: operands, ...optional("output", flags.get("output")) };
    case "sessions list":
      return { kind: "sessions list", json, ...optional("config", flags.get("config")) };
    case "sessions show":
      return {
        kind: "sessions show",
        session: checkedReference(operands[0]!),
        json,
        ...optional("config", flags.get("config")),
      };
    case "sessions verify":
      return {
        kind: "sessions verify",
        ...optional("session", operands[0] === undefined ? undefined : checkedReference(operands[0])),
        json,
        ...optional("config", flags.get("config")),
      };
    case "crash-test":
      return {
        kind: "crash-test",
        files: operands,
        ...optional("model", flags.get("model")),
        replies: read.repeated.get("reply") ?? [],
        every: positive("--every", flags.get("every") ?? "1"),
        trust: flags.has("trust"),
        json,
        ...optional("config", flags.get("config")),
      };
    case "config show":
      return {
        kind: "config show",
        ...optional("file", operands[0]),
        ...optional("model", flags.get("model")),
        json,
        ...optional("config", flags.get("config")),
      };
    case "models":
      return {
        kind: "models",
        ...optional("model", flags.get("model")),
        test: flags.has("test"),
        trust: flags.has("trust"),
        json,
        ...optional("config", flags.get("config")),
      };
    case "trust":
      if (flags.has("list") && (flags.has("remove") || operands.length > 0)) {
        throw usageError("trust --list takes no folder and no --remove");
      }
      return {
        kind: "trust",
        ...optional("folder", operands[0]),
        list: flags.has("list"),
        remove: flags.has("remove"),
        json,
      };
    case "demo":
      return { kind: "demo" };
    case "completions":
      return { kind: "completions", shell: operands[0] as Shell };
    default:
      throw new Error(`The command ${usage.name} has a usage and no meaning`);
  }
}

function checkOperands(usage: CommandUsage, { operands, flags }: ReadFlags): void {
  if (operands.length < usage.count.least) {
    const session = flags.get("resume");
    if (usage.name === "run" && session !== undefined && session !== "") {
      throw usageError(
        `run names no program file; ${session} was read as the session to resume ` +
          `(there is no such file); without files, say playbooks resume ${session}`,
      );
    }
    throw usageError(
      `${usage.name} needs ${usage.operands}; playbooks ${usage.name} --help shows an example`,
    );
  }
  const excess = operands[usage.count.most];
  if (excess !== undefined) throw usageError(`${usage.name} has no use for ${excess}`);
  if (typeof usage.completes !== "string") {
    const unknown = operands.find((operand) => !usage.completes.includes(operand));
    if (unknown !== undefined) {
      throw usageError(
        `${usage.name} has no ${unknown}${didYouMean(unknown, usage.completes)}; it knows ${
          usage.completes.join(", ")
        }`,
      );
    }
  }
}

/** `--resume` alone is read as `""`; an empty value that was written is refused by `readFlags`. */
function resumeFlag(value: string | undefined): ResumeTarget | undefined {
  if (value === undefined) return undefined;
  return value === "" ? { kind: "last" } : namedSession(value);
}

function namedSession(reference: string): ResumeTarget {
  return { kind: "session", reference: checkedReference(reference) };
}

/** An empty reference is mostly a shell variable that is not set: it must not mean another session. */
function checkedReference(reference: string): string {
  if (/^\s*(@\d*)?\s*$/.test(reference)) {
    throw usageError(
      `the session's id or name is empty (${
        JSON.stringify(reference)
      }); playbooks sessions lists the sessions`,
    );
  }
  return reference;
}

function runOptions(flags: ReadFlags["flags"]): RunOptions {
  if (flags.has("pin") && flags.has("redo")) throw usageError("--pin and --redo exclude each other");
  if (flags.has("verbose") && flags.has("quiet")) {
    throw usageError("--verbose and --quiet exclude each other");
  }
  return {
    fork: flags.has("fork"),
    plan: flags.has("plan"),
    ...optional("model", flags.get("model")),
    ...optional("record", flags.get("record")),
    ...optional("message", flags.get("message")),
    ...optional(
      "onUncertain",
      flags.get("on-uncertain") as NonNullable<RunOptions["onUncertain"]> | undefined,
    ),
    ...optional(
      "edited",
      flags.has("pin") ? "pin" as const : flags.has("redo") ? "redo" as const : undefined,
    ),
    snoop: flags.has("snoop"),
    stream: !flags.has("no-stream"),
    verbose: flags.has("verbose"),
    quiet: flags.has("quiet"),
    json: flags.has("json"),
    nonInteractive: flags.has("non-interactive"),
    trust: flags.has("trust"),
    ...optional("config", flags.get("config")),
  };
}

function positive(flag: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw usageError(`${flag} cannot be ${text}; it is a whole number, 1 or more`);
}

/** `{ [key]: value }`, or nothing: optional properties are absent rather than `undefined`. */
function optional<Key extends string, Value>(key: Key, value: Value | undefined): { [K in Key]?: Value } {
  return value === undefined ? {} : { [key]: value } as { [K in Key]?: Value };
}
