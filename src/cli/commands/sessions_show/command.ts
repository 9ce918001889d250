import { defineCommand, optional } from "../../command.ts";
import { checkedReference } from "../../session_reference.ts";
import { configFlag, jsonFlag } from "../../shared_flags.ts";

/** `playbooks sessions show`. */
export const sessionsShowCommand = defineCommand({
  name: "sessions show",
  operands: "ID",
  completes: "nothing",
  operandCount: { min: 1, max: 1 },
  summary: "show one session: its state, its cost, how to resume it",
  detail: "ID is an id, four or more characters of its start or end, or a name.",
  flags: [jsonFlag, configFlag],
  examples: ["playbooks sessions show 0199", "playbooks sessions show monday --json"],
  read: ({ operands, flags }) => ({
    session: checkedReference(operands[0]!),
    json: flags.has("json"),
    ...optional("config", flags.get("config")),
  }),
  load: async () => (await import("./sessions_show.ts")).sessionsShow,
});
