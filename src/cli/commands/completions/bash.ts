import { type CommandUsage, commandWords, type FlagUsage } from "../../command.ts";
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

/** The script for bash, 3.2 or newer. */
export function bashScript(commands: readonly CommandUsage[]): string {
  const run = commands.find(({ name }) => name === "run");
  const first = [...commandWords(commands), ...globalFlags.flatMap(spellings)];
  return `# bash completion of playbooks; use it with: source <(playbooks completions bash)
_playbooks_words() { COMPREPLY+=($(compgen -W "$1" -- "$current")); }
_playbooks_flags() { if [[ "$current" == -* ]]; then _playbooks_words "$1"; fi; }
_playbooks_paths() {
  local IFS=$'\\n'
  if [[ "$current" != -* ]]; then COMPREPLY+=($(compgen "$1" -- "$current")); fi
}
_playbooks_files() { _playbooks_paths -f; }
_playbooks_folders() { _playbooks_paths -d; }
# An open quote, or a backslash before a space, is no part of a session's name.
_playbooks_typed() {
  case "$current" in
    [\\"\\']*) typed=\${current:1} ;;
    *) typed=\${current//\\\\/} ;;
  esac
}
_playbooks_sessions() {
  local word about typed
  _playbooks_typed
  while IFS=$'\\t' read -r word about; do
    if [[ "$word" == "$typed"* ]]; then COMPREPLY+=("$word"); fi
  done < <("\${COMP_WORDS[0]}" completions sessions 2>/dev/null)
}
_playbooks() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} IFS=$' \\t\\n'
  local first=\${COMP_WORDS[1]} second=\${COMP_WORDS[2]}
  COMPREPLY=()
  # Bash splits --flag=value at the sign.
  if [ "$current" = "=" ]; then
    current=""
  elif [ "$previous" = "=" ] && [ "$COMP_CWORD" -gt 2 ]; then
    previous=\${COMP_WORDS[COMP_CWORD-2]}
  fi
  if [ "$COMP_CWORD" -le 1 ]; then
    _playbooks_words ${quoted(first)}
    _playbooks_files
    return
  fi
  case "$first $second" in
${
    groupsOf(commands).flatMap(({ name, members, words }) => [
      ...members.map((usage) => branch(`"${usage.name}"`, usage, commands)),
      branch(`"${name} "*`, members[0]!, commands, words),
    ]).join("\n")
  }
${singlesOf(commands).map((usage) => branch(`"${usage.name} "*`, usage, commands)).join("\n")}
${run === undefined ? "" : branch("*", run, commands)}
  esac
}
complete -o filenames -F _playbooks playbooks pb
`;
}

/** The branch of a command. Words that stay in a group are offered only in the second place. */
function branch(
  pattern: string,
  usage: CommandUsage,
  commands: readonly CommandUsage[],
  groupWords: readonly string[] = [],
): string {
  const flags = flagsOf(usage);
  const values = flags.filter(({ value }) => value !== undefined).map((flag) => `        ${valueCase(flag)}`);
  const operands = call(operandCandidates(usage, commands));
  return [
    `    ${pattern})`,
    ...values.length === 0 ? [] : ['      case "$previous" in', ...values, "      esac"],
    ...groupWords.length === 0 ? [] : [
      `      if [ "$COMP_CWORD" -eq 2 ]; then _playbooks_words ${quoted(groupWords)}; fi`,
    ],
    `      _playbooks_${operands === "" ? "words" : "flags"} ${quoted(flags.flatMap(spellings))}`,
    ...operands === "" ? [] : [`      ${operands}`],
    "      ;;",
  ].join("\n");
}

function valueCase(flag: FlagUsage): string {
  const value = call(valueCandidates(flag));
  // The next argument may be the value, or an operand.
  const end = flag.valueOptional ? ";;" : "return ;;";
  return `${spellings(flag).join("|")}) ${value === "" ? "" : `${value}; `}${end}`;
}

function call(candidates: Candidates): string {
  switch (candidates.kind) {
    case "words":
      return `_playbooks_words ${quoted(candidates.words)}`;
    case "nothing":
      return "";
    default:
      return `_playbooks_${candidates.kind}`;
  }
}

function quoted(words: readonly string[]): string {
  return `"${words.join(" ")}"`;
}
