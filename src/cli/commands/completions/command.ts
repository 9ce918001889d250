import { defineCommand } from "../../command.ts";
import type { Shell } from "./scripts.ts";

/** `playbooks completions`. */
export const completionsCommand = defineCommand({
  name: "completions",
  operands: "SHELL",
  completes: ["bash", "zsh", "fish", "powershell", "sessions"],
  operandCount: { min: 1, max: 1 },
  summary: "print a script that completes commands in a shell",
  detail:
    `SHELL is bash, zsh, fish or powershell. The script completes commands, flags, their values, files, and the
ids and names of sessions. To have it in each new shell, put the line of the example into ~/.bashrc,
~/.zshrc (after compinit), ~/.config/fish/config.fish or $PROFILE.

sessions in place of SHELL prints the ids and names that the scripts offer, each with a tab and a
description.`,
  flags: [],
  examples: [
    "source <(playbooks completions bash)",
    "source <(playbooks completions zsh)",
    "playbooks completions fish | source",
    "playbooks completions powershell | Out-String | Invoke-Expression",
  ],
  read: ({ operands }) => ({ of: operands[0] as Shell | "sessions" }),
  load: async () => (await import("./completions.ts")).completions,
});
