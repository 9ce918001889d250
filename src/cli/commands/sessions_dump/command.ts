import { defineCommand, optional } from "../../command.ts";
import { checkedReference } from "../../session_reference.ts";
import { configFlag } from "../../shared_flags.ts";

/** `playbooks sessions dump`. */
export const sessionsDumpCommand = defineCommand({
  name: "sessions dump",
  operands: "ID",
  completes: "sessions",
  operandCount: { min: 1, max: 1 },
  summary: "print a session's journal, one entry a line",
  detail:
    `Prints position, time, type, agent and the essential fields of each entry whose checksum holds. If the
journal is damaged, prints the entries before the damage, says where it is, and ends with exit code 6.
An entry with an unknown content is named, and the exit code is 6, too. Changes nothing.`,
  flags: [{ name: "json", doc: "print each entry whole, one JSON object a line" }, configFlag],
  examples: ["playbooks sessions dump 0199", "playbooks sessions dump monday --json | jq .e.type"],
  read: ({ operands, flags }) => ({
    session: checkedReference(operands[0]!),
    json: flags.has("json"),
    ...optional("config", flags.get("config")),
  }),
  load: async () => (await import("./sessions_dump.ts")).sessionsDump,
});
