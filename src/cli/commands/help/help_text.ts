import type { CommandUsage, FlagUsage } from "../../command.ts";
import { globalFlags } from "../../shared_flags.ts";

/** The help of `playbooks --help`, of a command, or of a group of commands such as `sessions`. */
export function helpText(commands: readonly CommandUsage[], topic?: string): string {
  if (topic === undefined) return overview(commands);
  const usages = commands.filter(({ name }) => name === topic || name.startsWith(`${topic} `));
  return usages.map(commandHelp).join("\n");
}

function overview(commands: readonly CommandUsage[]): string {
  const rows = commands.map((usage) => [synopsis(usage), usage.summary] as const);
  return `playbooks runs programs written in plain English, and resumes them where they stopped

Usage
  playbooks COMMAND …
  playbooks FILE …          the same as playbooks run FILE …

Commands
${columns(rows)}

Flags
${columns(globalFlags.map(flagRow))}
  playbooks COMMAND --help shows a command's flags and an example.

Example
  playbooks run examples/negotiation.pb
  playbooks run examples/negotiation.pb --resume

${exitCodeText}`;
}

const exitCodeText = `Exit codes
  0    the program ended, or the session had already completed
  1    the program failed: an unhandled error, or a limit reached
  2    wrong usage, or a program or configuration with problems
  3    the session named does not exist
  4    the session is running elsewhere
  5    stopped where a person must choose: an uncertain effect, or an edit
  6    storage failed: the disk is full, or the journal damaged
  75   waits for a person who cannot be asked here; resume with the answer
  130  interrupted by Ctrl+C; resume continues
  143  interrupted by SIGTERM; resume continues
`;

function commandHelp(usage: CommandUsage): string {
  const parameters: readonly (readonly [string, string])[] = usage.name === "run"
    ? [["--<parameter> VALUE", "after FILES: a parameter of the program; run FILES --help lists them"]]
    : [];
  const help = globalFlags.filter(({ name }) => name === "help");
  const rows = [...[...usage.flags, ...help].map(flagRow), ...parameters];
  const detail = usage.detail === undefined ? "" : `\n${usage.detail}\n`;
  return `playbooks ${usage.name}: ${usage.summary}

Usage
  playbooks ${synopsis(usage)}${usage.flags.length > 0 ? " [FLAGS]" : ""}
${detail}
Flags
${columns(rows)}

Example
${usage.examples.map((example) => `  ${example}`).join("\n")}
${usage.name === "run" || usage.name === "resume" ? `\n${exitCodeText}` : ""}`;
}

function synopsis(usage: CommandUsage): string {
  return usage.operands === "" ? usage.name : `${usage.name} ${usage.operands}`;
}

function flagRow(flag: FlagUsage): readonly [string, string] {
  const short = flag.short === undefined ? "" : `-${flag.short}, `;
  const value = flag.value === undefined ? "" : flag.valueOptional ? ` [${flag.value}]` : ` ${flag.value}`;
  const choices = flag.choices === undefined ? "" : `: ${flag.choices.join(", ")}`;
  return [`${short}--${flag.name}${value}`, flag.doc + choices];
}

function columns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(...rows.map(([left]) => left.length));
  return rows.map(([left, right]) => `  ${left.padEnd(width)}  ${right}`).join("\n");
}
