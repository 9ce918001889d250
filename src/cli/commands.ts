// @ts-types="#types/path.d.ts"
import { resolve } from "@std/path";
import { type ExitCode, exitCodes } from "../errors.ts";
import { ClosedOutputError, writeAll } from "../ui/streams.ts";
import { parseArguments } from "./args.ts";
import type { Command } from "./command.ts";
import type { World } from "./world.ts";

/** Reads a command line and does what it asks for. Throws a `PlaybooksError` for what a person can mend. */
export async function perform(args: readonly string[], world: World): Promise<ExitCode> {
  if (args.length === 0) {
    // Not 0, which means that a program ended: `playbooks $files` with nothing in it must not look like success.
    const { helpText } = await import("./help.ts");
    writeAll(world.stderr, helpText());
    return exitCodes.usage;
  }
  const isFile = (path: string) => isFileAt(resolve(world.cwd, path));
  const command = parseArguments(args, { programName: world.programName, isFile });
  try {
    return await dispatch(command, world);
  } catch (error) {
    // `playbooks check x.pb | head -1`: the reader has seen enough. A run, though, has words that nobody read.
    const runs = command.kind === "run" || command.kind === "resume" || command.kind === "demo";
    if (error instanceof ClosedOutputError && !runs) return exitCodes.ok;
    throw error;
  }
}

async function dispatch(command: Command, world: World): Promise<ExitCode> {
  switch (command.kind) {
    case "run":
      return (await import("./run.ts")).run(command, world);
    case "resume":
      return (await import("./run.ts")).resume(command, world);
    case "check":
      return (await import("./check.ts")).check(command.files, world);
    case "compile":
      return (await import("./compile.ts")).compile(command, world);
    case "sessions list":
      return (await import("./sessions_list.ts")).sessionsList(command, world);
    case "sessions show":
      return (await import("./sessions_show.ts")).sessionsShow(command, world);
    case "sessions verify":
      return (await import("./sessions_verify.ts")).sessionsVerify(command, world);
    case "crash-test":
      return (await import("./crash_test.ts")).crashTest(command, world);
    case "config show":
      return (await import("./config_show.ts")).configShow(command, world);
    case "models":
      return (await import("./models.ts")).models(command, world);
    case "demo":
      return (await import("./demo.ts")).demo(world);
    case "completions":
      return print((await import("./completions.ts")).completions(command.shell), world);
    case "help":
      return print((await import("./help.ts")).helpText(command.topic), world);
    case "version":
      return print(`playbooks ${(await import("./version.ts")).version}\n`, world);
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
