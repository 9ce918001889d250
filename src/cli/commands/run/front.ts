import { type ExitCode, exitCodes, messageOf, PlaybooksError } from "../../../errors.ts";
import { failedEndText, openUi, type RunUi, writeAll } from "../../../frontends/mod.ts";
import { freeDescriptors } from "../../../store/mod.ts";
import type { World } from "../../world.ts";
import { type Interrupts, listenForInterrupts } from "./interrupts.ts";
import type { RunOptions } from "./options.ts";
import { channelsOf, type RunChannels } from "./run_channels.ts";
import { processOfOneRun, type RunProcess } from "./run_process.ts";

/** How a run that a person or a script started reaches them, and its process. */
export interface Front {
  readonly ui: RunChannels;
  readonly process: RunProcess;
}

/** Runs `work` with a ui. Scripts always learn how the run ended. The caller catches the error and tells people. */
export async function withFront(
  command: RunOptions,
  world: World,
  work: (front: Front) => Promise<ExitCode>,
): Promise<ExitCode> {
  requireDescriptors(command, world);
  using interrupts = listenForInterrupts();
  using ui = await uiFor(command, world, interrupts);
  interrupts.takenBy(() => ui.clearDraft());
  interrupts.beforeExit((exit) => {
    ui.end({ session: null, status: "stopped", exit });
    ui[Symbol.dispose]();
  });
  try {
    const exit = await work({ ui: channelsOf(ui), process: processOfOneRun(world, interrupts) });
    ui.end({ session: null, status: exit === exitCodes.ok ? "completed" : "failed", exit });
    return exit;
  } catch (error) {
    const exit = error instanceof PlaybooksError ? error.exitCode : exitCodes.failed;
    ui.end({ session: null, status: "failed", exit, message: messageOf(error) });
    throw error;
  }
}

/** Throws a `PlaybooksError` if the limit of open files is so low that the runtime itself would fail. */
function requireDescriptors({ json }: RunOptions, world: World): void {
  const free = freeDescriptors(Deno.execPath(), neededDescriptors);
  if (free === neededDescriptors) return;
  const exit = exitCodes.storage;
  const message =
    `Cannot run: this process may open only ${free} more files, and needs ${neededDescriptors}; ` +
    "allow more with ulimit -n 256, then run again";
  if (json) writeAll(world.stdout, failedEndText({ exit, message, nowMs: world.now() }));
  throw new PlaybooksError(message, { exitCode: exit });
}

/** For the files of the session and the program, and for pipes and event queues of the runtime and the watchdog's thread. */
const neededDescriptors = 14;

function uiFor(command: RunOptions, world: World, interrupts: Interrupts): Promise<RunUi> {
  const { stdin, stdout, stderr, now, columns, environment } = world;
  const { json, stream, plain, nonInteractive, snoop, verbose, quiet } = command;
  return openUi({
    stdin,
    stdout,
    stderr,
    now,
    columns,
    environment,
    json,
    stream,
    plain,
    nonInteractive,
    snoop,
    verbose,
    quiet,
    interrupt: interrupts.interrupt,
  });
}
