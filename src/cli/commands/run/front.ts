import { type ExitCode, exitCodes, messageOf, PlaybooksError } from "../../../errors.ts";
import { failedEndText, openUi, type RunUi, writeAll } from "../../../frontends/mod.ts";
import { tell } from "../../../frontends/tell.ts";
import { freeDescriptors } from "../../../store/mod.ts";
import { Reports } from "../../reports.ts";
import type { World } from "../../world.ts";
import { type Interrupts, listenForInterrupts } from "./interrupts.ts";
import type { RunOptions } from "./options.ts";
import { channelsOf, type RunChannels } from "./run_channels.ts";
import { processOfOneRun, type RunProcess } from "./run_process.ts";
import { StopBound } from "./stop_bound.ts";

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
  using bound = new StopBound({ interrupts, tell: (line) => ui.tell(line), exit: interrupts.exitNow });
  await using ends = new RunEnds(command, world, interrupts);
  try {
    const exit = await work({
      ui: channelsOf(ui),
      process: processOfOneRun(world, interrupts, { ...ends.forProcess(), stopBound: bound }),
    });
    ui.end({ session: null, status: exit === exitCodes.ok ? "completed" : "failed", exit });
    return exit;
  } catch (error) {
    const exit = error instanceof PlaybooksError ? error.exitCode : exitCodes.failed;
    ui.end({ session: null, status: "failed", exit, message: messageOf(error) });
    throw error;
  }
}

/** What a process does after its session was closed: it sends reports. */
class RunEnds implements AsyncDisposable {
  readonly #reports: Reports;
  readonly #tasks: (() => void)[] = [];
  readonly #interrupts: Interrupts;
  #sweep: (() => void) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(command: RunOptions, world: World, interrupts: Interrupts) {
    this.#interrupts = interrupts;
    this.#reports = new Reports(world, command, (text) => tell(world.stderr, `⚠️  ${text}\n`));
  }

  forProcess(): Pick<RunProcess, "reports" | "whenClosed" | "sweepReports"> {
    return {
      reports: this.#reports,
      whenClosed: (task) => this.#tasks.push(task),
      sweepReports: (store) => {
        this.#sweep = () => this.#reports.sweep(store);
        this.#timer ??= setTimeout(() => this.#sweepOnce(), sweepAfterMs);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    clearTimeout(this.#timer);
    for (const task of this.#tasks) task();
    this.#sweepOnce();
    await this.#reports.close(this.#interrupts.signal);
  }

  #sweepOnce(): void {
    this.#sweep?.();
    this.#sweep = undefined;
  }
}

/** A sweep reads the list of all sessions, so the first request of a run leaves before it. */
const sweepAfterMs = 1000;

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
