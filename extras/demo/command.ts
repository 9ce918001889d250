import { defineCommand } from "../../src/cli/command.ts";

/** `playbooks demo`. */
export const demoCommand = defineCommand({
  name: "demo",
  operands: "",
  completes: "nothing",
  operandCount: { min: 0, max: 0 },
  summary: "play a negotiation, kill it in the middle, and resume it",
  detail: "Needs no model and no network.",
  flags: [],
  examples: ["playbooks demo"],
  needsOutput: true,
  read: () => ({}),
  load: async () => (await import("./demo.ts")).demo,
});
