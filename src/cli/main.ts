import { type ExitCode, exitCodes, isSystemError, messageOf, PlaybooksError } from "../errors.ts";
import { tell } from "../frontends/tell.ts";
import { type LocalModel, registerModels } from "../model/local_models.ts";
import type { Command } from "./command.ts";
import { coreCommands } from "./command_table.ts";
import { cutText } from "../text/mod.ts";
import { runEndings } from "./endings.ts";
import { perform } from "./perform.ts";
import type { World } from "./world.ts";

/** The parts that main.ts adds to the core. */
export interface Extras {
  readonly commands: readonly Command[];
  readonly models: readonly LocalModel[];
}

/**
 * Runs a command line and returns the exit code; never throws.
 *
 * This file imports only what `--version` and `--help` need, so that they start as fast as an empty program. A command loads
 * the rest.
 */
export async function runCommandLine(
  args: readonly string[],
  world: World,
  extras: Extras,
): Promise<ExitCode> {
  try {
    registerModels(extras.models);
    return await perform(args, [...coreCommands, ...extras.commands], world);
  } catch (error) {
    return reportFailure(error, world);
  } finally {
    await runEndings(world);
  }
}

/** Reports an error to the user and returns the exit code. An expected error takes one line. */
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
    const message = traceWanted(world) ? messageOf(error) : shortened(messageOf(error));
    tell(world.stderr, `playbooks: ${cutText(message, messageBound)}\n${fault}${trace}`);
  } catch {
    // Standard error is closed. The exit code is the only signal left.
  }
  return expected ? error.exitCode : isSystem ? exitCodes.storage : exitCodes.failed;
}

/** Cuts very long words: a mistyped argument, or a value of the program. They would hide the fault. */
function shortened(message: string): string {
  return message.replaceAll(longWord, (word) => `${word.slice(0, maxWordShown)}…`);
}

const longWord = /[^\s"]{400,}/g;
const maxWordShown = 100;

/** Maximum length of a message. It may contain values of the program, of any length. */
const messageBound = { maxCharacters: 4000, rest: "PLAYBOOKS_DEBUG=1 shows them all" };

function traceWanted(world: World): boolean {
  return (world.environment["PLAYBOOKS_DEBUG"] ?? "") !== "";
}

function traceOf(error: Error): string {
  const cause = error.cause instanceof Error ? `\nCaused by: ${traceOf(error.cause)}` : "";
  return `${error.stack ?? error.message}${cause}`;
}
