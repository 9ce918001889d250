import { defineCommand, optional } from "../../command.ts";
import { checkedReference } from "../../session_reference.ts";
import { configFlag } from "../../shared_flags.ts";

/** `playbooks sessions relink`. */
export const sessionsRelinkCommand = defineCommand({
  name: "sessions relink",
  operands: "ID FILES…",
  completes: "files",
  operandCount: { min: 2, max: Infinity },
  summary: "give a session whose program moved its new files",
  detail:
    `The files must have the same names as before, or the same text. After that, playbooks run FILES --resume finds
the session.`,
  flags: [configFlag],
  examples: ["playbooks sessions relink 3f9a01bc new/place/order.pb"],
  read: ({ operands, flags }) => ({
    session: checkedReference(operands[0]!),
    files: operands.slice(1),
    ...optional("config", flags.get("config")),
  }),
  load: async () => (await import("./sessions_relink.ts")).sessionsRelink,
});
