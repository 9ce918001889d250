import { type ExitCode, exitCodes } from "../../../errors.ts";
import { outline } from "../../../language/mod.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { readConfigured, tellProblems } from "../../read_program.ts";
import type { World } from "../../world.ts";

/** `playbooks check`: prints the outline to standard output and the problems to standard error. */
export async function check(
  { files }: { readonly files: readonly string[] },
  world: World,
): Promise<ExitCode> {
  const source = await readConfigured(files, {}, world);
  writeAll(world.stdout, `${outline(source.program).trimEnd()}\n`);
  tellProblems(source, world);
  return source.broken ? exitCodes.usage : exitCodes.ok;
}
