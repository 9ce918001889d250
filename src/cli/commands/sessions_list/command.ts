import { defineCommand, optional } from "../../command.ts";
import { configFlag, jsonFlag } from "../../shared_flags.ts";

/** `playbooks sessions list`. */
export const sessionsListCommand = defineCommand({
  name: "sessions list",
  operands: "",
  completes: "nothing",
  operandCount: { min: 0, max: 0 },
  summary: "list the sessions, newest first",
  detail: "playbooks sessions means the same.",
  flags: [jsonFlag, configFlag],
  examples: ["playbooks sessions list", "playbooks sessions list --json"],
  read: ({ flags }) => ({ json: flags.has("json"), ...optional("config", flags.get("config")) }),
  load: async () => (await import("./sessions_list.ts")).sessionsList,
});
