import type { CommandUsage, FlagUsage } from "../../command.ts";
import { globalFlags } from "../../shared_flags.ts";
import {
  type Candidates,
  flagsOf,
  groupsOf,
  operandCandidates,
  singlesOf,
  spellings,
  valueCandidates,
} from "./parts.ts";

/** The script for fish, 3.0 or newer. */
export function fishScript(commands: readonly CommandUsage[]): string {
  const groups = groupsOf(commands);
  const start = "__fish_use_subcommand";
  return `${
    [
      "# fish completion of playbooks; use it with: playbooks completions fish | source",
      sessionsFunction,
      "complete -c pb -w playbooks",
      ...globalFlags.map((flag) => line(start, flagOptions(flag))),
      ...singlesOf(commands).map(({ name, summary }) => line(start, `-a ${name} -d ${quoted(summary)}`)),
      ...groups.map(({ name, words }) => line(start, `-a ${name} -d ${quoted(words.join(", "))}`)),
      ...groups.flatMap(({ name, members, words }) => {
        const alone = `__fish_seen_subcommand_from ${name}; and not __fish_seen_subcommand_from ${
          words.join(" ")
        }`;
        return [
          ...members.map(({ summary }, at) => line(alone, `-f -a ${words[at]} -d ${quoted(summary)}`)),
          ...members[0]!.flags.map((flag) => line(alone, flagOptions(flag))),
        ];
      }),
      ...commands.flatMap((usage) => commandLines(usage, commands)),
    ].join("\n")
  }\n`;
}

/** Lists the sessions with the very program that is on the command line. */
const sessionsFunction = `function __playbooks_sessions
  set -l words (commandline -opc)
  $words[1] completions sessions 2>/dev/null
end`;

function commandLines(usage: CommandUsage, commands: readonly CommandUsage[]): readonly string[] {
  const seen = usage.name.split(" ").map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
  const operands = operandCandidates(usage, commands);
  const optionalValues = usage.flags.filter(({ valueOptional }) => valueOptional).map((flag) =>
    line(
      `${seen}; and __fish_prev_arg_in ${spellings(flag).join(" ")}`,
      `${order(valueCandidates(flag))} -a '${candidateWords(valueCandidates(flag))}'`.trim(),
    )
  );
  return [
    ...flagsOf(usage).map((flag) => line(seen, flagOptions(flag))),
    ...optionalValues,
    ...operands.kind === "files" ? [] : [line(seen, `-f${order(operands)} -a '${candidateWords(operands)}'`)],
  ];
}

function line(condition: string, rest: string): string {
  return `complete -c playbooks -n '${condition}' ${rest}`;
}

function flagOptions(flag: FlagUsage): string {
  const short = flag.short === undefined ? "" : ` -s ${flag.short}`;
  return `-l ${flag.name}${short}${valueOptions(flag)} -d ${quoted(flag.doc)}`;
}

function valueOptions(flag: FlagUsage): string {
  if (flag.value === undefined || flag.valueOptional) return "";
  const candidates = valueCandidates(flag);
  return candidates.kind === "files" ? " -r -F" : ` -x -a '${candidateWords(candidates)}'`;
}

/** Sessions stay in their order, the last run first. */
function order({ kind }: Candidates): string {
  return kind === "sessions" ? " -k" : "";
}

function candidateWords(candidates: Candidates): string {
  switch (candidates.kind) {
    case "words":
      return candidates.words.join(" ");
    case "folders":
      return "(__fish_complete_directories)";
    case "sessions":
      return "(__playbooks_sessions)";
    default:
      return "";
  }
}

function quoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
