import { defineCommand, optional } from "../../command.ts";
import { checkedReference } from "../../session_reference.ts";
import { configFlag, identityFlag, jsonFlag } from "../../shared_flags.ts";

/** `playbooks sessions verify`. Verifies all sessions if none is named. */
export const sessionsVerifyCommand = defineCommand({
  name: "sessions verify",
  operands: "[ID|FILE]",
  completes: "files",
  operandCount: { min: 0, max: 1 },
  summary: "check all that is stored of the sessions, or an exported file",
  detail:
    `Reads every journal record, blob and checkpoint. Compares each checkpoint with the state that its journal
gives, and the registry and the JSON index with the folders of the sessions. Changes nothing. Exit code 6 if
something is wrong. Counts encrypted sessions without PLAYBOOKS_KEY as not checked.

FILE is an exported session. Its hash chain and its entries are checked, without a storage or a program.`,
  flags: [jsonFlag, identityFlag, configFlag],
  examples: [
    "playbooks sessions verify",
    "playbooks sessions verify 0199 --json",
    "playbooks sessions verify monday.playbooks",
  ],
  read: ({ operands: [named], flags }, { isFile }) => ({
    ...(named !== undefined && (isFilePath(named) || isFile(named))
      ? { file: named }
      : optional("session", named === undefined ? undefined : checkedReference(named))),
    json: flags.has("json"),
    ...optional("identity", flags.get("identity")),
    ...optional("config", flags.get("config")),
  }),
  load: async () => (await import("./sessions_verify.ts")).sessionsVerify,
});

/** Whether the text can mean only a file: a session's name has no slash. */
function isFilePath(text: string): boolean {
  return /[/\\]|\.playbooks(\.age)?$/.test(text);
}
