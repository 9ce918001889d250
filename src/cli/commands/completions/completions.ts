import { type ExitCode, exitCodes } from "../../../errors.ts";
import { writeAll } from "../../../frontends/streams.ts";
import type { Command } from "../../command.ts";
import type { World } from "../../world.ts";
import { completionScript, type Shell } from "./scripts.ts";

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
