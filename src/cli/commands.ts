import { resolve } from "@std/path";
import { type ExitCode, exitCodes, messageOf } from "../errors.ts";
import { ClosedOutputError, writeAll } from "../frontends/streams.ts";
import { tell } from "../frontends/tell.ts";
import { jsonText } from "../text/mod.ts";
import { type ArgumentContext, parseArguments } from "./args.ts";
import type { Command } from "./command.ts";
import { completions } from "./completions.ts";
import { helpText } from "./help.ts";
import { commandWords } from "./usage.ts";
import { version } from "../version.ts";
import type { World } from "./world.ts";

/** Reads a command line and does what it asks for. Throws a `PlaybooksError` for what a person can mend. */
export async function perform(args: readonly string[], world: World): Promise<ExitCode> {
  if (args.length === 0) {
    // Not 0, which means that a program ended: `playbooks $files` with nothing in it must not look like success.
    tell(world.stderr, helpText());
    return exitCodes.usage;
  }
  const isFile = (path: string) => isFileAt(resolve(world.cwd, path));
  const command = parsed(args, { programName: world.programName, isFile }, world);
  try {
    return await dispatch(command, world);
  } catch (error) {
    // `playbooks check x.pb | head -1`: the reader has seen enough. A run, though, has words that nobody read.
    const runs = command.kind === "run" || command.kind === "resume" || command.kind === "demo";
    if (error instanceof ClosedOutputError && !runs) return exitCodes.ok;
    throw error;
  }
}

/** Reads a command line. A script that asked for JSON gets a mistake in it as JSON, too. */
function parsed(args: readonly string[], context: ArgumentContext, world: World): Command {
  try {
    return parseArguments(args, context);
  } catch (error) {
    const [first] = args;
    const isRun = first === "run" || first === "resume" || !commandWords().includes(first!);
    if (isRun && args.includes("--json")) {
      const end = {
        type: "end",
        session: null,
        status: "failed",
        exit: exitCodes.usage,
        message: messageOf(error),
      };
      writeAll(world.stdout, `${jsonText(end)}\n`);
    }
    throw error;
  }
}

async function dispatch(command: Command, world: World): Promise<ExitCode> {
  switch (command.kind) {
    case "completions":
      return print(completions(command.shell), world);
    case "help":
      return print(helpText(command.topic), world);
    case "version":
      return print(`playbooks ${version}\n`, world);
    default: {
      const { work } = await import("./working_commands.ts");
      return await work(command, world);
    }
  }
}

function print(text: string, world: World): ExitCode {
  writeAll(world.stdout, text);
  return exitCodes.ok;
}

function isFileAt(path: string): boolean {
  try {
    return !Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
