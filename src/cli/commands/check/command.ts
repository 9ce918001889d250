import { defineCommand } from "../../command.ts";
import { jsonFlag } from "../../shared_flags.ts";
import type { CheckOptions } from "./check.ts";

/** `playbooks check`. */
export const checkCommand = defineCommand<CheckOptions>({
  name: "check",
  operands: "FILES…",
  completes: "files",
  operandCount: { min: 1, max: Infinity },
  summary: "print a program's outline and its problems",
  detail:
    "Needs no model, and runs nothing. With a problem that keeps the program from running, exit code 2.",
  flags: [jsonFlag],
  examples: ["playbooks check examples/negotiation.pb", "playbooks check --json examples/negotiation.pb"],
  read: ({ operands, flags }) => ({ files: operands, json: flags.has("json") }),
  load: async () => (await import("./check.ts")).check,
});
