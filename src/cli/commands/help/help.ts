import type { Command } from "../../command.ts";
import { type ExitCode, exitCodes } from "../../../errors.ts";
import { writeAll } from "../../../frontends/streams.ts";
import type { World } from "../../world.ts";
import { helpText } from "./help_text.ts";

/** `playbooks help`: prints the overview, or the help of a command or of a group. */
export function help(
  { topic }: { readonly topic?: string },
  world: World,
  commands: readonly Command[],
): ExitCode {
  writeAll(world.stdout, helpText(commands, topic));
  return exitCodes.ok;
}
