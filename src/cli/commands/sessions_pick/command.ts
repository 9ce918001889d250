import { defineCommand } from "../../command.ts";
import { listFlags, readListOptions } from "../sessions_list/command.ts";

/** `playbooks sessions pick`, and `playbooks sessions` alone. */
export const sessionsPickCommand = defineCommand({
  name: "sessions pick",
  operands: "[TEXT]",
  completes: "nothing",
  operandCount: { min: 0, max: 1 },
  summary: "choose a session on a full screen, to resume or to change it",
  detail: `Type to filter by name, program, id or words. Enter resumes the session; Tab shows the other keys.
playbooks sessions means the same. Without a terminal, or with --json, it is playbooks sessions list.`,
  flags: [...listFlags, { name: "no-picker", doc: "print the list" }],
  examples: ["playbooks sessions", "playbooks sessions pick --program shop.pb"],
  read: (given) => ({ ...readListOptions(given), isPicker: !given.flags.has("no-picker") }),
  load: async () => (await import("./sessions_pick.ts")).sessionsPick,
});
