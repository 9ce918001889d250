import { type ExitCode, exitCodes } from "../../../errors.ts";
import { writeAll } from "../../../frontends/streams.ts";
import type { Command, CommandUsage } from "../../command.ts";
import type { World } from "../../world.ts";
import { bashScript } from "./bash.ts";
import { fishScript } from "./fish.ts";
import { powershellScript } from "./powershell.ts";
import { zshScript } from "./zsh.ts";

/** A supported shell. */
export type Shell = "bash" | "zsh" | "fish" | "powershell";

/** `playbooks completions`: prints a script, or the sessions that a script offers. */
export async function completions(
  { of }: { readonly of: Shell | "sessions" },
  world: World,
  commands: readonly Command[],
): Promise<ExitCode> {
  if (of !== "sessions") {
    writeAll(world.stdout, completionScript(of, commands));
    return exitCodes.ok;
  }
  const { sessionWords } = await import("./session_words.ts");
  writeAll(world.stdout, await sessionWords(world));
  return exitCodes.ok;
}

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
