import { keyTable } from "../../src/frontends/terminal/key_table.ts";
import { slashCommands } from "../../src/frontends/terminal/slash_commands.ts";

/** The keys of a prompt. */
export function keysTable(): string {
  const rows = Object.values(keyTable).map(({ keys, does }) =>
    `| ${keys.map((key) => `\`${key}\``).join(", ")} | ${does} |`
  );
  return ["| key | what it does |", "| --- | --- |", ...rows].join("\n");
}

/** The commands that a person can type in place of an answer. */
export function slashCommandTable(): string {
  const rows = Object.values(slashCommands).map(({ usage, does }) => `| \`${usage}\` | ${does} |`);
  return ["| command | what it does |", "| --- | --- |", ...rows].join("\n");
}
