import { defineCommand } from "../../command.ts";
import { jsonFlag } from "../../shared_flags.ts";

/** `playbooks version`, the same as `--version`. */
export const versionCommand = defineCommand({
  name: "version",
  operands: "",
  completes: "nothing",
  operandCount: { min: 0, max: 0 },
  summary: "print the version",
  flags: [jsonFlag],
  examples: ["playbooks version"],
  read: ({ flags }) => ({ json: flags.has("json") }),
  load: async () => (await import("./version.ts")).printVersion,
});
