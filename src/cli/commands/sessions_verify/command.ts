import { defineCommand, optional } from "../../command.ts";
import { checkedReference } from "../../session_reference.ts";
import { configFlag, jsonFlag } from "../../shared_flags.ts";

/** `playbooks sessions verify`. Verifies all sessions if none is named. */
export const sessionsVerifyCommand = defineCommand({
  name: "sessions verify",
  operands: "[ID]",
  completes: "sessions",
  operandCount: { min: 0, max: 1 },
  summary: "check everything that is stored of the sessions, and say what could be lost",
  detail:
    `Reads every journal record, blob and checkpoint, compares each checkpoint with what the journal leads to, and
registry and mirror with the sessions' folders. Changes nothing. Exit code 6 when something is wrong.`,
  flags: [jsonFlag, configFlag],
  examples: ["playbooks sessions verify", "playbooks sessions verify 0199 --json"],
  read: ({ operands, flags }) => ({
    ...optional("session", operands[0] === undefined ? undefined : checkedReference(operands[0])),
    json: flags.has("json"),
    ...optional("config", flags.get("config")),
  }),
  load: async () => (await import("./sessions_verify.ts")).sessionsVerify,
});
