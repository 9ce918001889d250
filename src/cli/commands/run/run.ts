import { resolve as resolvePath } from "@std/path";
import type { ExitCode } from "../../../errors.ts";
import { checkName, executionKey, realPaths, refuseUnreadable } from "../../../store/mod.ts";
import { sessionToRun, type Target } from "../../choose_session.ts";
import { expandPaths } from "../../read_files.ts";
import { tellIgnored } from "../../other_variables.ts";
import { givenArguments, programEntry } from "../../parameters.ts";
import { accessOf, type ProgramSource, requireBeginning, requireProgram } from "../../read_program.ts";
import type { World } from "../../world.ts";
import { runNew } from "./begin.ts";
import { continueSession } from "./continue.ts";
import { beginDetached, queueSession } from "./detach.ts";
import { withFoundSession } from "./found_session.ts";
import { type Front, withFront } from "./front.ts";
import { checkServers, type Job, requireStorageOf, trustedConfig } from "./job.ts";
import { sessionsOf } from "../../stored_sessions.ts";
import { withMessage } from "./message.ts";
import type { RunCommand } from "./options.ts";

/** `playbooks run FILES…`: runs a program in a new session, or continues a session. */
export function run(command: RunCommand, world: World): Promise<ExitCode> {
  return withFront(command, world, (front) => runFiles(command, world, front));
}

async function runFiles(
  given: RunCommand,
  world: World,
  { ui, process }: Front,
): Promise<ExitCode> {
  const command = await withMessage(given, { world, ui });
  const files = expandPaths(command.files, world.cwd);
  const config = await trustedConfig(command, files[0], { world, ui });
  tellIgnored(config.ignored, (text) => ui.fact({ type: "warning", text }));
  const use = command.resume ? "continue" : command.call === undefined ? "begin" : "call";
  const source = await requireProgram(files, world, { ...accessOf(config), use });
  const paths = realPaths(source.paths.map((path) => resolvePath(world.cwd, path)));
  ui.fact({ type: "loading", paths: source.paths });
  const job: FileJob = { command, world, config, ui, process, source, paths };
  await checkServers(job, source.program);
  if (command.name !== undefined) checkName(command.name);
  if (command.resume && !config.durabilityEnabled) {
    ui.fact({ type: "durability-off" });
  } else if (command.resume) {
    const key = await executionKey(paths);
    const store = sessionsOf(config, world);
    process.stopBound?.uses(store);
    const found = await sessionToRun(command.resume, store, { key, paths }, world);
    if (found.kind === "target") {
      const { target } = found;
      return await withFoundSession(target, ui, () => runFound(job, target));
    }
    ui.fact({
      type: "no-session",
      notices: found.notices,
      isMessageGiven: command.message !== undefined,
    });
  }
  if (use === "continue") requireBeginning(source, world, command.call === undefined ? "begin" : "call");
  return await (command.detach ? beginDetached : runNew)(job, command);
}

/** A job of `run`, which has read the program's files. */
type FileJob = Job & { readonly command: RunCommand; readonly source: ProgramSource };

async function runFound(job: FileJob, target: Target): Promise<ExitCode> {
  const { command, source } = job;
  refuseUnreadable(target.session);
  // A mistake in a flag is reported before the session is opened.
  givenArguments(command.parameters, programEntry(source.program).parameters);
  await requireStorageOf(job, target);
  return await (command.detach ? queueSession : continueSession)(job, target);
}
