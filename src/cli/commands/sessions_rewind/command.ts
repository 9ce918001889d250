import { defineCommand, optional } from "../../command.ts";
import { checkedReference } from "../../session_reference.ts";
import { configFlag, jsonFlag } from "../../shared_flags.ts";

/** `playbooks sessions rewind`. */
export const sessionsRewindCommand = defineCommand({
  name: "sessions rewind",
  operands: "ID@N",
  completes: "sessions",
  operandCount: { min: 1, max: 1 },
  summary: "take a session back to an earlier entry, and keep all entries in a new one",
  detail:
    `The session goes back to its first N entries, and keeps its id and its name. A new session keeps all entries;
its name ends with -before-rewind. Words that were shown after N will be shown again. If orders, mails and
other outside effects were done after N, asks first; without a terminal, --yes is needed. A running session
is not changed: exit code 4.`,
  flags: [{ name: "yes", short: "y", doc: "do not ask about outside effects" }, jsonFlag, configFlag],
  examples: ["playbooks sessions rewind monday@12", "playbooks sessions rewind 3f0c91aa@12 --yes --json"],
  read: ({ operands, flags }) => ({
    session: checkedReference(operands[0]!),
    yes: flags.has("yes"),
    json: flags.has("json"),
    ...optional("config", flags.get("config")),
  }),
  load: async () => (await import("./sessions_rewind.ts")).sessionsRewind,
});
