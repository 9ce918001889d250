import { join } from "@std/path";
import { type ExitCode, exitCodes } from "../../src/errors.ts";
import type { Entry } from "../../src/engine/mod.ts";
import { writeAll } from "../../src/frontends/mod.ts";
import { ansi, type TerminalText } from "../../src/frontends/terminal_text.ts";
import { isAsleepInTheMiddle, stackAfter } from "./demo_journal.ts";
import { comparisonLines, headingLines, heardLine, killedLines, lookOf, openingLines } from "./demo_page.ts";
import {
  type PlaybooksProcess,
  type Ran,
  readJournal,
  startPlaybooks,
} from "../../src/cli/playbooks_process.ts";
import { demoConfig, demoFile, demoProgram, demoStorage } from "./demo_program.ts";
import { compareRuns } from "./demo_report.ts";
import { type Interrupts, listenForInterrupts } from "../../src/cli/commands/run/interrupts.ts";
import type { World } from "../../src/cli/world.ts";

/**
 * Plays a negotiation, plays it again with a kill in the middle and a resume, and shows both side by side.
 *
 * Exit code 1 if anything differs.
 */
export async function demo(_options: object, world: World): Promise<ExitCode> {
  const folder = await Deno.makeTempDir({ prefix: "playbooks_demo_" });
  using interrupts = listenForInterrupts();
  try {
    return await play(folder, world, interrupts);
  } catch (error) {
    if (!interrupts.signal.aborted) throw error;
    return interrupts.signalName() === "SIGTERM" ? exitCodes.terminated : exitCodes.interrupted;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function play(folder: string, world: World, interrupts: Interrupts): Promise<ExitCode> {
  const look = lookOf(world);
  const print = (lines: readonly (string | TerminalText)[]) => {
    for (const line of lines) {
      writeAll(world.stdout, typeof line === "string" ? `${line}\n` : ansi`${line}\n`);
    }
  };
  const start = (name: string, args: readonly string[] = []) =>
    startPlaybooks(["run", demoFile, "--config", "playbooks.toml", ...args], {
      cwd: join(folder, name),
      environment: world.environment,
      onWords: (words) => print([heardLine(words, look)]),
    });
  const journalOf = (name: string) => readJournal(join(folder, name, demoStorage));
  for (const name of ["uninterrupted", "killed"]) {
    await Deno.mkdir(join(folder, name));
    await Deno.writeTextFile(join(folder, name, demoFile), demoProgram);
    await Deno.writeTextFile(join(folder, name, "playbooks.toml"), demoConfig);
  }
  const startedMs = performance.now();

  print([...openingLines(look), ...headingLines("1. Played without interruption", look)]);
  const uninterrupted = await toItsEnd(start("uninterrupted"), interrupts);

  print(headingLines("2. Played again, and killed in the middle (SIGKILL, as kill -9 does)", look));
  const victim = start("killed");
  const killed = await killInTheMiddle(victim, () => journalOf("killed"), interrupts);
  const left = journalOf("killed");
  const stack = stackAfter(left);
  print(killedLines(victim.pid, stack, look));

  print(headingLines(`3. Resumed by another process: playbooks run ${demoFile} --resume`, look));
  const resumed = await toItsEnd(start("killed", ["--resume"]), interrupts);

  const journals = { uninterrupted: journalOf("uninterrupted"), killed: left, resumed: journalOf("killed") };
  const comparison = compareRuns({ uninterrupted, killed, resumed, stack, journals });
  print(comparisonLines(comparison, (performance.now() - startedMs) / 1000, look));
  return comparison.faults.length === 0 ? exitCodes.ok : exitCodes.failed;
}

/** A longer process is ended: it hangs. */
const maxRunMs = 20_000;

async function toItsEnd(process: PlaybooksProcess, { signal }: Interrupts): Promise<Ran> {
  const kill = () => process.kill();
  signal.addEventListener("abort", kill, { once: true });
  const timer = setTimeout(kill, maxRunMs);
  if (signal.aborted) kill();
  const ran = await process.finished;
  clearTimeout(timer);
  signal.removeEventListener("abort", kill);
  signal.throwIfAborted();
  return ran;
}

/** Interval at which the demo reads the journal of the process to kill. */
const lookEveryMs = 10;

/** Depth of nested calls while the buyer sleeps. */
const deepestCall = 3;

/** Waits until the calls are nested deeply and the innermost one sleeps, then kills the process. */
async function killInTheMiddle(
  process: PlaybooksProcess,
  journal: () => readonly Entry[],
  interrupts: Interrupts,
): Promise<Ran> {
  let ended = false;
  const finished = toItsEnd(process, interrupts).finally(() => {
    ended = true;
  });
  const watch = async () => {
    while (!ended) {
      if (isAsleepInTheMiddle(journal(), deepestCall)) return process.kill();
      await new Promise((resolve) => setTimeout(resolve, lookEveryMs));
    }
  };
  const [ran] = await Promise.all([finished, watch()]);
  return ran;
}
