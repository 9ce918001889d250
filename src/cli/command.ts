import type { ExitCode } from "../errors.ts";
import type { Parameter } from "../language/mod.ts";
import type { World } from "./world.ts";

/** A flag of a command. Parsing, help and completions are made from this one description. */
export interface FlagUsage {
  /** Without its dashes. */
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  /** Name of its value in the help; absent if it takes none. */
  readonly value?: string;
  /** The value is optional. The next argument is the value unless it is a file; `--flag=VALUE` always works. */
  readonly valueOptional?: true;
  /** May be given more than once. */
  readonly repeats?: true;
  /** All permitted values. */
  readonly choices?: readonly string[];
  /** Values that a shell offers. Others are permitted, too. */
  readonly suggests?: readonly string[];
  readonly doc: string;
}

/** A command's usage. Parsing, help and completions are made from this one description. */
export interface CommandUsage {
  /** One word, or two for the commands of a group: `sessions list`. */
  readonly name: string;
  /** The text after the name, as in `FILES…`. */
  readonly operands: string;
  /** The kind of operand that a shell completes. */
  readonly completes: "files" | "sessions" | "commands" | "nothing" | readonly string[];
  /** How many operands the command takes. */
  readonly operandCount: { readonly min: number; readonly max: number };
  readonly summary: string;
  /** Paragraphs of the command's own help. */
  readonly detail?: string;
  readonly flags: readonly FlagUsage[];
  /** Flags after the first operand may be parameters of the program. */
  readonly takesParameters?: true;
  readonly examples: readonly string[];
}

/** What the command line gives to each flag of a program, in order; `true` stands for a flag without a value. */
export type GivenParameters = Readonly<Record<string, readonly (string | true)[]>>;

/** A command's arguments, split into flags and operands but not yet interpreted. */
export interface SplitArguments {
  /** By long name; `""` for flags without a value. */
  readonly flags: ReadonlyMap<string, string>;
  /** All values of the flags that may be given more than once, by long name, in order. */
  readonly repeated: ReadonlyMap<string, readonly string[]>;
  readonly operands: readonly string[];
  /** Flags after the files that are the program's, as spelled, with what each was given; `true` without a value. */
  readonly parameters: GivenParameters;
  /** `--help`: of the command, or of the program whose files stand before it. */
  readonly help: "none" | "command" | "program";
}

/** The facts about the outside that parsing needs. */
export interface ArgumentContext {
  /** The name under which the program was started. If it is `pb`, a first argument that is no command is a file to run. */
  readonly programName: string;
  /** Whether a file (not a folder) is at this path. */
  readonly isFile: (path: string) => boolean;
  /** Parameters of the program's entry, if a flag of the command line could be one of them. */
  readonly parameters?: readonly Parameter[];
}

/** A command: its usage, how it reads its arguments, and the code that it loads when it runs. */
export interface Command extends CommandUsage {
  /** The command asks models, so the process needs the proxy settings of the environment. */
  readonly asksModels?: true;
  /** A closed standard output is an error, because a person would miss the command's words. */
  readonly needsOutput?: true;
  /** `--help` after files: the help of their program. */
  readonly parseHelp?: (given: SplitArguments) => ParsedCommand;
  /** Interprets the arguments. Throws a usage error. */
  readonly parse: (given: SplitArguments, context: ArgumentContext) => ParsedCommand;
}

/** An interpreted command line. */
export interface ParsedCommand {
  readonly name: string;
  readonly options: object;
  /** Loads the command's code and runs it. `commands` is the whole table, for help and completions. */
  readonly perform: (world: World, commands: readonly Command[]) => Promise<ExitCode>;
}

/** The code of a command: it does the work and returns the exit code. */
type CommandAction<Options> = (
  options: Options,
  world: World,
  commands: readonly Command[],
) => ExitCode | Promise<ExitCode>;

/**
 * Makes a row of the command table. `load` imports the code only when the command runs, so that `--version` starts as fast
 * as an empty program.
 */
export function defineCommand<Options extends object>(
  { read, load, ...usage }: Omit<Command, "parse"> & {
    /** Reads the command's options. Throws a usage error. */
    readonly read: (given: SplitArguments, context: ArgumentContext) => Options;
    readonly load: () => Promise<CommandAction<Options>>;
  },
): Command {
  return {
    ...usage,
    parse(given, context) {
      const options = read(given, context);
      return {
        name: usage.name,
        options,
        perform: async (world, commands) => await (await load())(options, world, commands),
      };
    },
  };
}

/** `{ [key]: value }`, or `{}`, so that an optional property is absent instead of `undefined`. */
export function optional<Key extends string, Value>(
  key: Key,
  value: Value | undefined,
): { [K in Key]?: Value } {
  return value === undefined ? {} : { [key]: value } as { [K in Key]?: Value };
}

/** The first words of the commands: `run`, `sessions`, …, in the order of the help. */
export function commandWords(commands: readonly Pick<CommandUsage, "name">[]): readonly string[] {
  return [...new Set(commands.map(({ name }) => name.split(" ")[0]!))];
}
