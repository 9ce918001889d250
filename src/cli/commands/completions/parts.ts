import { type CommandUsage, commandWords, type FlagUsage } from "../../command.ts";
import { globalFlags } from "../../shared_flags.ts";

/** The candidates that a shell offers in one place. */
export type Candidates =
  | { readonly kind: "files" | "folders" | "sessions" | "nothing" }
  | { readonly kind: "words"; readonly words: readonly string[] };

/** The candidates for the value of a flag. Free text has none. */
export function valueCandidates({ value, choices, suggests }: FlagUsage): Candidates {
  const words = choices ?? suggests;
  if (words !== undefined) return { kind: "words", words };
  switch (value) {
    case "FILE":
      return { kind: "files" };
    case "FOLDER":
    case "FOLDERS":
      return { kind: "folders" };
    case "ID":
      return { kind: "sessions" };
    default:
      return { kind: "nothing" };
  }
}

/** The candidates for an operand of a command. */
export function operandCandidates(
  { completes }: CommandUsage,
  commands: readonly CommandUsage[],
): Candidates {
  if (completes === "commands") return { kind: "words", words: commandWords(commands) };
  return typeof completes === "string" ? { kind: completes } : { kind: "words", words: completes };
}

/** All spellings of a flag. */
export function spellings({ name, short }: FlagUsage): readonly string[] {
  return short === undefined ? [`--${name}`] : [`--${name}`, `-${short}`];
}

/** The flags of a command, with `--help`. */
export function flagsOf(usage: CommandUsage): readonly FlagUsage[] {
  return [...usage.flags, ...globalFlags.filter(({ name }) => name === "help")];
}

/** A group of commands, such as `sessions`. Its name alone means its first command. */
interface Group {
  readonly name: string;
  readonly members: readonly CommandUsage[];
  /** The second words of its commands. */
  readonly words: readonly string[];
}

/** `sessions` and `config`, with their commands. */
export function groupsOf(commands: readonly CommandUsage[]): readonly Group[] {
  return commandWords(commands).flatMap((name) => {
    const members = commands.filter((each) => each.name.startsWith(`${name} `));
    const words = members.map((each) => each.name.slice(name.length + 1));
    return members.length === 0 ? [] : [{ name, members, words }];
  });
}

/** The commands of one word. */
export function singlesOf(commands: readonly CommandUsage[]): readonly CommandUsage[] {
  return commands.filter(({ name }) => !name.includes(" "));
}
