import { type ExitCode, exitCodes } from "../../../errors.ts";
import { outline } from "../../../language/mod.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { printProblems, readConfigured } from "../../read_program.ts";
import type { World } from "../../world.ts";

/** `playbooks check`: prints the outline to standard output and the problems to standard error. */
export async function check(
  { files }: { readonly files: readonly string[] },
  world: World,
): Promise<ExitCode> {
  const source = await readConfigured(files, {}, world);
  writeAll(world.stdout, `${outline(source.program).trimEnd()}\n`);
  printProblems(source, world);
  return source.broken ? exitCodes.usage : exitCodes.ok;
}
