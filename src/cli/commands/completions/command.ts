import { exitCodes } from "../../../errors.ts";
import { writeAll } from "../../../frontends/streams.ts";
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
  load: async () => {
    const completions = (await import("./completions.ts")).completions;
    return ({ shell }, world, commands) => {
      writeAll(world.stdout, completions(shell, commands));
      return exitCodes.ok;
    };
  },
});
