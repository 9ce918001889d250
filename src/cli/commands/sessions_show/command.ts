import { defineCommand, optional } from "../../command.ts";
import { checkedReference } from "../../session_reference.ts";
import { configFlag, jsonFlag } from "../../shared_flags.ts";

/** `playbooks sessions show`. */
export const sessionsShowCommand = defineCommand({
  name: "sessions show",
  operands: "ID[@N]",
  completes: "sessions",
  operandCount: { min: 1, max: 1 },
  summary: "show one session: its state, its cost, how to resume it",
  detail:
    `ID is an id, four or more characters of its start or end, or a name; ID@N is the state after N entries.
Shows calls with their steps and the first actions of a resume, open questions, variables, messages, meetings,
artifacts, spend by model, the error of a failed session, and program files that changed since.`,
  flags: [{ name: "full", doc: "shorten nothing" }, jsonFlag, configFlag],
  examples: ["playbooks sessions show 0199", "playbooks sessions show monday@12 --json"],
  read: ({ operands, flags }) => ({
    session: checkedReference(operands[0]!),
    full: flags.has("full"),
    json: flags.has("json"),
    ...optional("config", flags.get("config")),
  }),
  load: async () => (await import("./sessions_show.ts")).sessionsShow,
});
