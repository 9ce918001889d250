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

/** The script for zsh. */
export function zshScript(commands: readonly CommandUsage[]): string {
  const groups = groupsOf(commands);
  const run = commands.find(({ name }) => name === "run");
  const words = [
    ...singlesOf(commands).map(({ name, summary }) => described(name, summary)),
    ...groups.map(({ name, words }) => described(name, words.join(", "))),
  ];
  const globals = globalFlags.map(({ name, doc }) => described(`--${name}`, doc));
  return `#compdef playbooks pb
# zsh completion of playbooks; use it with: source <(playbooks completions zsh)
_playbooks_sessions() {
  local -a lines=(\${(f)"$(\${(Q)words_all[1]} completions sessions 2>/dev/null)"})
  local -a found=(\${\${lines//:/\\\\:}//$'\\t'/:})
  _describe -V session found
}
_playbooks() {
  local -a words_all=("\${words[@]}")
  if (( CURRENT == 2 )); then
    local -a commands=(${words.join(" ")})
    local -a flags=(${globals.join(" ")})
    _describe command commands
    if [[ $PREFIX == -* ]]; then _describe flag flags; fi
    _files
    return
  fi
  case "$words[2] $words[3]" in
${
    groups.flatMap(({ name, members, words }) => [
      ...members.map((usage) =>
        `    ${pattern(usage.name)}) shift words; (( CURRENT-- )); ${specs(usage, commands)} ;;`
      ),
      `    ${name}\\ *)
      if (( CURRENT == 3 )); then
        local -a commands=(${members.map(({ summary }, at) => described(words[at]!, summary)).join(" ")})
        _describe command commands
      fi
      ${specs(members[0]!, commands)} ;;`,
    ]).join("\n")
  }
${singlesOf(commands).map((usage) => `    ${usage.name}\\ *) ${specs(usage, commands)} ;;`).join("\n")}
    *) ${run === undefined ? "_files" : specs(run, commands, false)} ;;
  esac
}
compdef _playbooks playbooks pb
`;
}

function pattern(name: string): string {
  return name.replaceAll(" ", "\\ ");
}

/** The call of `_arguments`. It takes the first word for the command, so the word of the command is shifted away. */
function specs(usage: CommandUsage, commands: readonly CommandUsage[], shifts = true): string {
  const operand = quoted(
    `*:${usage.operands.replaceAll(":", "") || "nothing"}:${action(operandCandidates(usage, commands))}`,
  );
  const all = [...flagsOf(usage).flatMap(flagSpecs), operand].join(" ");
  return `${shifts ? "shift words; (( CURRENT-- )); " : ""}_arguments -S ${all}`;
}

function flagSpecs(flag: FlagUsage): readonly string[] {
  const doc = `[${flag.doc.replace(/[[\]:]/g, "")}]`;
  const { value } = flag;
  const shown = value === undefined
    ? ""
    : `${flag.valueOptional ? "::" : ":"}${value.replaceAll(/[':]/g, "")}:${action(valueCandidates(flag))}`;
  return spellings(flag).map((spelling) => {
    const joined = value !== undefined && spelling.startsWith("--") ? "=" : "";
    return quoted(`${flag.repeats ? "*" : ""}${spelling}${joined}${doc}${shown}`);
  });
}

function action(candidates: Candidates): string {
  switch (candidates.kind) {
    case "words":
      return `(${candidates.words.join(" ")})`;
    case "files":
      return "_files";
    case "folders":
      return "_files -/";
    case "sessions":
      return "_playbooks_sessions";
    case "nothing":
      return " ";
  }
}

/** `word:description`, as `_describe` reads it. */
function described(word: string, description: string): string {
  return quoted(`${word}:${description.replaceAll("\\", "\\\\").replaceAll(":", "\\:")}`);
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
