import { type Entry, journalOf, type Program, run, sessionsOf } from "./program.ts";
import { agentsProgram, effectsProgram, settings } from "./programs.ts";
import { temporaryFolder } from "./temporary.ts";

/** The cost of agents, or sessions, that worked side by side. */
export interface SideBySide {
  /** Steps a second, of all of them together. */
  readonly perSecond: number;
  readonly steps: number;
}

/** Runs agents of one session that all take their steps at the same time. */
export async function agentsAtOnce(program: Program, agents: number, steps: number): Promise<SideBySide> {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/x.pb`, agentsProgram(agents, steps));
  await Deno.writeTextFile(`${folder.path}/playbooks.toml`, settings());
  await run(program, ["run", "x.pb", "--quiet"], { cwd: folder.path });
  const entries = journalOf(folder.path);
  // The first thread creates the agents.
  const main = entries.find(({ type }) => type === "thread")!.frame;
  const times = entries.filter((entry) => entry.type === "effect" && frameOf(entry) !== frameOf(main)).map((
    { at },
  ) => at);
  return { steps: times.length, perSecond: perSecond(times) };
}

/** Runs processes with one session each, all on one storage path. */
export async function processesAtOnce(
  program: Program,
  processes: number,
  steps: number,
): Promise<SideBySide & { readonly slowestMs: number; readonly wholeMs: number }> {
  await using folder = await temporaryFolder();
  await Deno.writeTextFile(`${folder.path}/x.pb`, effectsProgram(steps, "plain"));
  await Deno.writeTextFile(`${folder.path}/playbooks.toml`, settings());
  const begin = performance.now();
  const all = await Promise.all(
    Array.from({ length: processes }, () => run(program, ["run", "x.pb", "--quiet"], { cwd: folder.path })),
  );
  const wholeMs = performance.now() - begin;
  const times = sessionsOf(folder.path).flatMap((session) =>
    journalOf(folder.path, session).filter(({ type }) => type === "effect").map(({ at }) => at)
  );
  if (times.length !== processes * steps) {
    throw new Error(`${processes} sessions kept ${times.length} steps, not ${processes * steps}`);
  }
  return {
    steps: times.length,
    perSecond: perSecond(times),
    slowestMs: Math.max(...all.map(({ ms }) => ms)),
    wholeMs,
  };
}

function perSecond(times: number[]): number {
  times.sort((a, b) => a - b);
  return (times.length - 1) / Math.max(times.at(-1)! - times[0]!, 0.5) * 1000;
}

/** The frame of an entry, or of the thread that it begins. */
function frameOf(of: Entry | Entry["frame"]): string | undefined {
  const frame = typeof of === "object" && "type" in of ? of.frame : of;
  return typeof frame === "object" ? frame.id : frame;
}
