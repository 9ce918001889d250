import { defineCommand, optional } from "../../command.ts";
import { checkedReference } from "../../session_reference.ts";
import { configFlag } from "../../shared_flags.ts";
import { usageError } from "../../usage_error.ts";

/** `playbooks sessions rename`. */
export const sessionsRenameCommand = defineCommand({
  name: "sessions rename",
  operands: "ID NAME",
  completes: "sessions",
  operandCount: { min: 1, max: 2 },
  summary: "give a session a name, or take its name away",
  detail: "The name is unique in the storage, and stands for the id in every command.",
  flags: [{ name: "clear", doc: "take the name away; without NAME" }, configFlag],
  examples: ["playbooks sessions rename 3f9a01bc monday", "playbooks sessions rename monday --clear"],
  read: ({ operands, flags }) => {
    const [session, name] = operands;
    const clear = flags.has("clear");
    if (clear && name !== undefined) throw usageError("give a NAME or --clear, not both");
    if (!clear && name === undefined) throw usageError("give the new NAME after the session, or --clear");
    return {
      session: checkedReference(session!),
      ...optional("name", name),
      ...optional("config", flags.get("config")),
    };
  },
  load: async () => (await import("./sessions_rename.ts")).sessionsRename,
});
