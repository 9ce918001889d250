import { extras } from "../../extras/mod.ts";
import type { CommandUsage, FlagUsage } from "../../src/cli/command.ts";
import { coreCommands } from "../../src/cli/command_table.ts";
import { helpText } from "../../src/cli/commands/help/help_text.ts";

/** Every command of the command line, in the order of the help. */
export const allCommands: readonly CommandUsage[] = [...coreCommands, ...extras.commands];

/** All commands with their flags, for docs/reference.md. */
export function commandReference(): string {
  return allCommands.map((command) => {
    const { name, operands, summary, detail, flags } = command;
    const head = `### \`${`playbooks ${name} ${operands}`.trim()}\`\n\n${sentence(summary)}`;
    const more = detail === undefined ? "" : `\n\n${detail}`;
    const rows = flags.map((flag) => `| \`${formOf(flag)}\` | ${escaped(docOf(flag))} |`);
    const table = rows.length === 0 ? "" : `\n\n| flag | meaning |\n| --- | --- |\n${rows.join("\n")}`;
    return `${head}${escaped(more)}${table}`;
  }).join("\n\n");
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
