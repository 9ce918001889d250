import { type ExitCode, exitCodes, isSystemError, messageOf, PlaybooksError } from "../errors.ts";
import { tell } from "../frontends/tell.ts";
import { perform } from "./commands.ts";
import type { World } from "./world.ts";

/**
 * Does what a command line asks for and gives the exit code; never throws.
 *
 * What `--version` and `--help` need is there at once, so that they start as fast as an empty program; all else is
 * imported when it is asked for.
 */
export async function runCommandLine(args: readonly string[], world: World): Promise<ExitCode> {
  try {
    return await perform(args, world);
  } catch (error) {
    return reportFailure(error, world);
  }
}

/** Tells a person what went wrong, in one line where the mistake is not ours, and gives the exit code. */
export function reportFailure(error: unknown, world: World): ExitCode {
  const expected = error instanceof PlaybooksError;
  const isSystem = !expected && isSystemError(error);
  const fault = expected
    ? ""
    : isSystem
    ? "The system refused it: check the disk, who owns the file, and the limits of the process\n"
    : "This is a fault of playbooks itself; PLAYBOOKS_DEBUG=1 shows the trace\n";
  const trace = traceWanted(world) && error instanceof Error ? `${traceOf(error)}\n` : "";
  try {
    tell(world.stderr, `playbooks: ${messageOf(error)}\n${fault}${trace}`);
  } catch {
    // Standard error is closed: the exit code says what it can.
  }
  return expected ? error.exitCode : isSystem ? exitCodes.storage : exitCodes.failed;
}

function traceWanted(world: World): boolean {
  return (world.environment["PLAYBOOKS_DEBUG"] ?? "") !== "";
}

function traceOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\nCaused by: ${traceOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
