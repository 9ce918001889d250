import { defineCommand } from "../../command.ts";

/** `playbooks check`. */
export const checkCommand = defineCommand({
  name: "check",
  operands: "FILES…",
  completes: "files",
  operandCount: { min: 1, max: Infinity },
  summary: "print a program's outline and its problems",
  detail:
    "Needs no model, and runs nothing. With a problem that keeps the program from running, exit code 2.",
  flags: [],
  examples: ["playbooks check examples/negotiation.pb"],
  read: ({ operands }) => ({ files: operands }),
  load: async () => (await import("./check.ts")).check,
});
