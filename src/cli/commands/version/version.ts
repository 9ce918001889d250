import { type ExitCode, exitCodes } from "../../../errors.ts";
import { writeAll } from "../../../frontends/streams.ts";
import { version } from "../../../version.ts";
import type { World } from "../../world.ts";

/** `playbooks version`. */
export function printVersion({ json }: { readonly json: boolean }, world: World): ExitCode {
  writeAll(world.stdout, json ? `${JSON.stringify({ version })}\n` : `playbooks ${version}\n`);
  return exitCodes.ok;
}
