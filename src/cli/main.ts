import { type ExitCode, exitCodes, messageOf, PlaybooksError } from "../errors.ts";
import { writeAll } from "../ui/streams.ts";
import type { World } from "./world.ts";

/**
 * Does what a command line asks for and gives the exit code; never throws.
 *
 * Every command is imported only when it is asked for, so that `--version` starts as fast as an empty program.
 */
export async function runCommandLine(args: readonly string[], world: World): Promise<ExitCode> {
  try {
    if (args.length === 1 && (args[0] === "--version" || args[0] === "-V")) {
      const { version } = await import("./version.ts");
      writeAll(world.stdout, `playbooks ${version}\n`);
      return exitCodes.ok;
    }
    const { perform } = await import("./commands.ts");
    return await perform(args, world);
  } catch (error) {
    return reportFailure(error, world);
  }
}

/** Tells a person what went wrong, in one line where the mistake is not ours, and gives the exit code. */
export function reportFailure(error: unknown, world: World): ExitCode {
  const expected = error instanceof PlaybooksError;
  const fault = expected ? "" : "This is a fault of playbooks itself; PLAYBOOKS_DEBUG=1 shows the trace\n";
  const trace = traceWanted(world) && error instanceof Error ? `${traceOf(error)}\n` : "";
  try {
    writeAll(world.stderr, `playbooks: ${messageOf(error)}\n${fault}${trace}`);
  } catch {
    // Standard error is closed: the exit code says what it can.
  }
  return expected ? error.exitCode : exitCodes.failed;
}

function traceWanted(world: World): boolean {
  return (world.environment["PLAYBOOKS_DEBUG"] ?? "") !== "";
}

function traceOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\nCaused by: ${traceOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
