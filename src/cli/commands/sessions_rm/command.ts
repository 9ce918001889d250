import { defineCommand, optional } from "../../command.ts";
import { checkedReference } from "../../session_reference.ts";
import { configFlag } from "../../shared_flags.ts";
import { usageError } from "../../usage_error.ts";
import type { RmOptions } from "./options.ts";

/** `playbooks sessions rm`. */
export const sessionsRmCommand = defineCommand({
  name: "sessions rm",
  operands: "[ID…]",
  completes: "sessions",
  operandCount: { min: 0, max: Infinity },
  summary: "move sessions to the trash",
  detail:
    `The trash is in the storage. A session stays there until --restore brings it back or --empty-trash deletes it.
A session that a process runs is never removed.`,
  flags: [
    { name: "restore", doc: "bring the sessions back from the trash" },
    { name: "trash", doc: "list the trash" },
    { name: "empty-trash", doc: "delete everything in the trash for ever" },
    { name: "yes", short: "y", doc: "do not ask" },
    configFlag,
  ],
  examples: [
    "playbooks sessions rm 3f9a01bc monday",
    "playbooks sessions rm --restore 3f9a01bc",
    "playbooks sessions rm --empty-trash --yes",
  ],
  read: ({ operands, flags }): RmOptions => {
    const modes = ["restore", "trash", "empty-trash"].filter((flag) => flags.has(flag));
    if (modes.length > 1) throw usageError(`give --${modes[0]} or --${modes[1]}, not both`);
    const [mode] = modes;
    const needsSessions = mode === undefined || mode === "restore";
    if (needsSessions && operands.length === 0) {
      throw usageError("name the sessions; playbooks sessions lists them, and --trash lists the trash");
    }
    if (!needsSessions && operands.length > 0) throw usageError(`--${mode} takes no session`);
    return {
      action: mode === "restore" ? "restore" : mode === "trash" ? "list" : mode ? "empty" : "remove",
      sessions: operands.map(checkedReference),
      yes: flags.has("yes"),
      ...optional("config", flags.get("config")),
    };
  },
  load: async () => (await import("./sessions_rm.ts")).sessionsRm,
});
