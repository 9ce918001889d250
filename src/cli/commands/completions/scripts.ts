import type { CommandUsage } from "../../command.ts";
import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";
import { powershellScript } from "./powershell.ts";
import { zshScript } from "./zsh.ts";

/** A supported shell. */
export type Shell = "bash" | "zsh" | "fish" | "powershell";

/** A script that completes commands, flags, their values, program files and sessions in a shell. */
export function completionScript(shell: Shell, commands: readonly CommandUsage[]): string {
  switch (shell) {
    case "bash":
      return bashScript(commands);
    case "zsh":
      return zshScript(commands);
    case "fish":
      return fishScript(commands);
    case "powershell":
      return powershellScript(commands);
  }
}
