import { resolve } from "@std/path";
import { type ExitCode, exitCodes, PlaybooksError } from "../../../errors.ts";
import { toPbasm } from "../../../language/pbasm.ts";
import { tell } from "../../../frontends/tell.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { readConfigured, requireSound } from "../../read_program.ts";
import type { World } from "../../world.ts";
import { writeError } from "../../write_error.ts";

/** `playbooks compile`: writes the numbered form to standard output or to a file. */
export async function compile(
  { files, output }: { readonly files: readonly string[]; readonly output?: string },
  world: World,
): Promise<ExitCode> {
  const source = requireSound(await readConfigured(files, {}, world), world, "call");
  const text = `${toPbasm(source.program).trimEnd()}\n`;
  if (output === undefined) {
    writeAll(world.stdout, text);
    return exitCodes.ok;
  }
  const path = resolve(world.cwd, output);
  if (source.paths.some((file) => resolve(world.cwd, file) === path)) {
    throw new PlaybooksError(`Cannot write ${output}: it is the program itself; name another file`, {
      exitCode: exitCodes.usage,
    });
  }
  try {
    Deno.writeTextFileSync(path, text);
  } catch (error) {
    throw writeError(`Cannot write ${output}`, error);
  }
  tell(world.stderr, `Wrote ${output}\n`);
  return exitCodes.ok;
}
