import { extras } from "../../extras/mod.ts";
import type { CommandUsage, FlagUsage } from "../../src/cli/command.ts";
import { coreCommands } from "../../src/cli/command_table.ts";
import { helpText } from "../../src/cli/commands/help/help_text.ts";

/** Every command of the command line, in the order of the help. */
export const allCommands: readonly CommandUsage[] = [...coreCommands, ...extras.commands];

/** All commands with their flags and examples, for docs/reference/cli.md. */
export function commandReference(): string {
  const rows = allCommands.map((command) =>
    `| [\`${escaped(synopsis(command))}\`](#${anchor(command)}) | ${escaped(command.summary)} |`
  );
  const index = ["| command | meaning |", "| --- | --- |", ...rows].join("\n");
  return [index, ...allCommands.map(commandSection)].join("\n\n");
}

function commandSection(command: CommandUsage): string {
  const { summary, detail, flags, examples } = command;
  const rows = flags.map((flag) => `| \`${formOf(flag)}\` | ${escaped(docOf(flag))} |`);
  return [
    `## \`${synopsis(command)}\``,
    sentence(summary),
    ...detail === undefined ? [] : [escaped(detail)],
    ...rows.length === 0 ? [] : [["| flag | meaning |", "| --- | --- |", ...rows].join("\n")],
    `\`\`\`sh\n${examples.join("\n")}\n\`\`\``,
  ].join("\n\n");
}

function synopsis({ name, operands }: CommandUsage): string {
  return `playbooks ${name} ${operands}`.trim();
}

/** The anchor of a heading, as GitHub makes it. */
function anchor(command: CommandUsage): string {
  return synopsis(command).toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-");
}

/** The exit codes as the help explains them, for docs/reference.md. */
export function exitCodeTable(): string {
  const help = helpText(coreCommands);
  const lines = help.slice(help.indexOf("Exit codes\n")).split("\n").slice(1).filter((line) => line !== "");
  return [
    "| code | meaning |",
    "| ---: | --- |",
    ...lines.map((line) => line.replace(/^ +(\d+) +(.*)$/, "| $1 | $2 |")),
  ].join("\n");
}

function formOf({ name, short, value, valueOptional }: FlagUsage): string {
  const shown = value === undefined ? "" : valueOptional ? ` [${value}]` : ` ${value}`;
  return `${short === undefined ? "" : `-${short}, `}--${name}${shown}`;
}

function docOf({ doc, choices }: FlagUsage): string {
  return choices === undefined ? doc : `${doc}: ${choices.join(", ")}`;
}

function sentence(text: string): string {
  return `${text[0]!.toUpperCase()}${text.slice(1)}.`;
}

/** A `<name>` outside of code would be an HTML tag. */
function escaped(text: string): string {
  return text.replaceAll("|", "\\|").replaceAll(/<(\w+)>/g, "`<$1>`");
}
