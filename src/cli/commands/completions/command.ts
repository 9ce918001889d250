import { defineCommand } from "../../command.ts";
import type { Shell } from "./completions.ts";

/** `playbooks completions`. */
export const completionsCommand = defineCommand({
  name: "completions",
  operands: "bash|zsh|fish",
  completes: ["bash", "zsh", "fish"],
  operandCount: { min: 1, max: 1 },
  summary: "print a script that completes commands in a shell",
  flags: [],
  examples: ["source <(playbooks completions bash)", "playbooks completions fish | source"],
  read: ({ operands }) => ({ shell: operands[0] as Shell }),
  load: async () => (await import("./completions.ts")).printCompletions,
});
