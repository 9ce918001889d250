import { defineCommand, optional } from "../../command.ts";

/** `playbooks help`. The parser finds it by its name for `--help`, too. */
export const helpCommand = defineCommand({
  name: "help",
  operands: "[COMMAND]",
  completes: "commands",
  operandCount: { min: 0, max: 2 },
  summary: "print this help, or that of a command",
  flags: [],
  examples: ["playbooks help run"],
  read: ({ operands }) => optional("topic", operands.length === 0 ? undefined : operands.join(" ")),
  load: async () => (await import("./help.ts")).help,
});
