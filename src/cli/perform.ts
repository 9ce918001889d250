import { resolve } from "@std/path";
import { type ExitCode, exitCodes, messageOf, PlaybooksError } from "../errors.ts";
import { failedEndText } from "../frontends/json_line.ts";
import { ClosedOutputError, writeAll } from "../frontends/streams.ts";
import { tell } from "../frontends/tell.ts";
import { filesToAsk, parseArguments } from "./args.ts";
import { type ArgumentContext, type Command, commandWords, type ParsedCommand } from "./command.ts";
import { helpText } from "./commands/help/help_text.ts";
import { version } from "../version.ts";
import type { World } from "./world.ts";

/** Reads and runs a command line. Throws a `PlaybooksError` for a mistake that a person can fix. */
export async function perform(
  args: readonly string[],
  commands: readonly Command[],
  world: World,
): Promise<ExitCode> {
  const [first] = args;
  if (first === undefined) {
    // Not 0, which means that a program ended: `playbooks $files` with an empty variable must not look like success.
    tell(world.stderr, helpText(commands));
    return exitCodes.usage;
  }
  if (first === "--version" || first === "-V") {
    writeAll(world.stdout, `playbooks ${version}\n`);
    return exitCodes.ok;
  }
  const isFile = (path: string) => isFileAt(resolve(world.cwd, path));
  const context = { programName: world.programName, isFile };
  const parsed = await parseOrReport(args, commands, context, world);
  const command = commands.find(({ name }) => name === parsed.name)!;
  try {
    if (command.asksModels) await reachLoopbackDirectly(world);
    return await parsed.perform(world, commands);
  } catch (error) {
    // `playbooks check x.pb | head -1`: the reader has stopped early.
    if (error instanceof ClosedOutputError && !command.needsOutput) return exitCodes.ok;
    throw error;
  }
}

/** Reads a command line. For a script with `--json`, a usage error is also written as JSON. */
async function parseOrReport(
  args: readonly string[],
  commands: readonly Command[],
  context: ArgumentContext,
  world: World,
): Promise<ParsedCommand> {
  try {
    const files = filesToAsk(args, commands, context);
    const parameters = files === undefined
      ? []
      : await (await import("./program_parameters.ts")).programParameters(files, args, world);
    return parseArguments(args, commands, { ...context, parameters });
  } catch (error) {
    const [first] = args;
    const isRun = first === "run" || first === "resume" || !commandWords(commands).includes(first!);
    if (isRun && args.includes("--json")) {
      const exit = error instanceof PlaybooksError ? error.exitCode : exitCodes.usage;
      writeAll(world.stdout, failedEndText({ exit, message: messageOf(error), nowMs: world.now() }));
    }
    throw error;
  }
}

/** Models on this machine are never asked through a proxy. The HTTP client reads either of the two names. */
async function reachLoopbackDirectly({ environment }: World): Promise<void> {
  const noProxy = (await import("../model/proxy.ts")).noProxyWithLoopback((name) => environment[name]);
  if (noProxy !== undefined) { for (const name of ["NO_PROXY", "no_proxy"]) Deno.env.set(name, noProxy); }
}

function isFileAt(path: string): boolean {
  try {
    return !Deno.statSync(path).isDirectory;
  } catch {
    return false;
  }
}
