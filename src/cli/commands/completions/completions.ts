import { type CommandUsage, commandWords, type FlagUsage } from "../../command.ts";
import { globalFlags } from "../../shared_flags.ts";

/** A supported shell. */
export type Shell = "bash" | "zsh" | "fish";

/** A script that completes commands, flags, their values and program files in a shell. */
export function completions(shell: Shell, commands: readonly CommandUsage[]): string {
  switch (shell) {
    case "bash":
      return bash(commands);
    case "zsh":
      return zsh(commands);
    case "fish":
      return fish(commands);
  }
}

function bash(commands: readonly CommandUsage[]): string {
  const cases = commands.map((usage) =>
    `    ${JSON.stringify(usage.name)}*) words=${JSON.stringify(wordsOf(usage, commands).join(" "))} files=${
      takesFiles(usage)
    } ;;`
  );
  return `# bash completion of playbooks; use it with: source <(playbooks completions bash)
_playbooks() {
  local current=\${COMP_WORDS[COMP_CWORD]} previous=\${COMP_WORDS[COMP_CWORD-1]} words="" files=true
  case "$previous" in
${
    valueCases(commands).map(([flags, values]) =>
      `    ${flags}) COMPREPLY=($(compgen ${values} -- "$current")); return ;;`
    ).join("\n")
  }
  esac
  if [ "$COMP_CWORD" -gt 1 ]; then
    case "\${COMP_WORDS[1]} \${COMP_WORDS[2]}" in
${cases.join("\n")}
${groups(commands).map(({ group, words }) => `    "${group} "*) words="${words}" files=false ;;`).join("\n")}
    esac
  else
    words="${[...commandWords(commands), ...globalFlags.map(({ name }) => `--${name}`)].join(" ")}"
  fi
  COMPREPLY=($(compgen -W "$words" -- "$current"))
  if [ "$files" = true ] && [[ "$current" != -* ]]; then COMPREPLY+=($(compgen -f -- "$current")); fi
}
complete -o filenames -F _playbooks playbooks pb
`;
}

function zsh(commands: readonly CommandUsage[]): string {
  const cases = commands.map((usage) => {
    const [first, second] = usage.name.split(" ");
    const pattern = second === undefined ? `${first}\\ *` : `${first}\\ ${second}`;
    return `    ${pattern}) _arguments -S ${
      [...flagSpecs(usage), `'*:${operandSpec(usage, commands)}'`].join(" ")
    } ;;`;
  });
  const words = commands.filter(({ name }) => !name.includes(" "))
    .map(({ name, summary }) => `${name}:${summary}`);
  return `#compdef playbooks pb
# zsh completion of playbooks; use it with: source <(playbooks completions zsh)
_playbooks() {
  if (( CURRENT == 2 )); then
    local -a commands=(${
    [...words, ...groups(commands).map(({ group, words }) => `${group}:${words.replaceAll(" ", ", ")}`)].map(
      zshQuoted,
    )
      .join(" ")
  })
    _describe command commands
    _files
    return
  fi
  case "$words[2] $words[3]" in
${cases.join("\n")}
${groups(commands).map(({ group, words }) => `    ${group}\\ *) _values command ${words} ;;`).join("\n")}
    *) _files ;;
  esac
}
compdef _playbooks playbooks pb
`;
}

function fish(commands: readonly CommandUsage[]): string {
  const lines = ["# fish completion of playbooks; use it with: playbooks completions fish | source"];
  const noCommand = "'__fish_use_subcommand'";
  for (const flag of globalFlags) lines.push(`complete -c playbooks -n ${noCommand} ${fishFlag(flag)}`);
  for (const { name, summary } of commands.filter((usage) => !usage.name.includes(" "))) {
    lines.push(`complete -c playbooks -n ${noCommand} -a ${name} -d ${fishQuoted(summary)}`);
  }
  for (const { group, words } of groups(commands)) {
    lines.push(
      `complete -c playbooks -n ${noCommand} -a ${group} -d ${fishQuoted(words.replaceAll(" ", ", "))}`,
    );
    const without = `'__fish_seen_subcommand_from ${group}; and not __fish_seen_subcommand_from ${words}'`;
    lines.push(`complete -c playbooks -n ${without} -f -a '${words}'`);
  }
  for (const usage of commands) {
    const seen = usage.name.split(" ").map((word) => `__fish_seen_subcommand_from ${word}`).join("; and ");
    for (const flag of usage.flags) lines.push(`complete -c playbooks -n '${seen}' ${fishFlag(flag)}`);
    if (!takesFiles(usage)) {
      lines.push(`complete -c playbooks -n '${seen}' -f -a '${operandWords(usage, commands).join(" ")}'`);
    }
  }
  return `${lines.join("\n")}\n`;
}

function wordsOf(usage: CommandUsage, commands: readonly CommandUsage[]): readonly string[] {
  return [...operandWords(usage, commands), ...usage.flags.map(({ name }) => `--${name}`), "--help"];
}

function operandWords({ completes }: CommandUsage, commands: readonly CommandUsage[]): readonly string[] {
  return completes === "commands" ? commandWords(commands) : typeof completes === "string" ? [] : completes;
}

function takesFiles({ completes }: CommandUsage): boolean {
  return completes === "files";
}

/** The values of a flag, as options of `compgen`. Free text is not completed. */
function valueCases(
  commands: readonly CommandUsage[],
): readonly (readonly [flags: string, values: string])[] {
  const flags = commands.flatMap((usage) => usage.flags).filter(({ value, valueOptional }) =>
    value !== undefined && !valueOptional
  );
  return [
    ...new Map(flags.map((flag) => {
      const spellings = flag.short === undefined ? `--${flag.name}` : `--${flag.name}|-${flag.short}`;
      const words = flag.choices === undefined ? '""' : `"${flag.choices.join(" ")}"`;
      return [spellings, flag.value === "FILE" ? "-f" : `-W ${words}`] as const;
    })),
  ];
}

/** `sessions` and `config`, with the words that may follow. */
function groups(
  commands: readonly CommandUsage[],
): readonly { readonly group: string; readonly words: string }[] {
  return commandWords(commands).flatMap((group) => {
    const members = commands.filter(({ name }) => name.startsWith(`${group} `));
    return members.length === 0
      ? []
      : [{ group, words: members.map(({ name }) => name.slice(group.length + 1)).join(" ") }];
  });
}

function flagSpecs(usage: CommandUsage): readonly string[] {
  return usage.flags.flatMap((flag) => {
    const doc = `[${flag.doc.replace(/[[\]:]/g, "")}]`;
    const action = flag.value === "FILE"
      ? "_files"
      : flag.choices === undefined
      ? ""
      : `(${flag.choices.join(" ")})`;
    const value = flag.value === undefined ? "" : `${flag.valueOptional ? "::" : ":"}${flag.value}:${action}`;
    const spellings = [`--${flag.name}`, ...(flag.short === undefined ? [] : [`-${flag.short}`])];
    return spellings.map((spelling) => zshQuoted(`${spelling}${doc}${value.replaceAll("'", "")}`));
  });
}

function operandSpec(usage: CommandUsage, commands: readonly CommandUsage[]): string {
  if (takesFiles(usage)) return "program:_files";
  const words = operandWords(usage, commands);
  return words.length === 0 ? "nothing: " : `word:(${words.join(" ")})`;
}

function fishFlag(flag: FlagUsage): string {
  const short = flag.short === undefined ? "" : ` -s ${flag.short}`;
  const value = flag.value === undefined || flag.valueOptional
    ? ""
    : flag.value === "FILE"
    ? " -r -F"
    : ` -x -a '${flag.choices?.join(" ") ?? ""}'`;
  return `-l ${flag.name}${short}${value} -d ${fishQuoted(flag.doc)}`;
}

function zshQuoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

function fishQuoted(text: string): string {
  return `'${text.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
}
