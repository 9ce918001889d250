import { resolve } from "@std/path";
import { type ExitCode, exitCodes } from "../../../errors.ts";
import { counted } from "../../../frontends/counted.ts";
import { tell } from "../../../frontends/tell.ts";
import { jsonText } from "../../../text/mod.ts";
import { writeAll } from "../../../frontends/mod.ts";
import {
  agentsIn,
  type Difference,
  differences,
  type Expected,
  expectedOf,
  outsideEffects,
  type Way,
  withSlowRun,
} from "./compare.ts";
import { crashTestFlags } from "./flags.ts";
import { type CrashTestReport, type KillReport, reportText } from "./report.ts";
import { type CrashTestRuns, type KilledWay, runKilled, runWhole, twoAtATime } from "./runs.ts";
import { allowArguments, type AllowFlags } from "../../allow_flags.ts";
import { isTrustedByShell, loadConfig } from "../../load_config.ts";
import { listenForInterrupts } from "../run/interrupts.ts";
import type { GivenParameters } from "../../command.ts";
import { entryArguments, programEntry } from "../../parameters.ts";
import { accessOf, requireProgram, takesStartupMessage } from "../../read_program.ts";
import { tellIgnored } from "../../other_variables.ts";
import { expandPaths } from "../../read_files.ts";
import { requireTrust, requireTrustInServers } from "../../trust.ts";
import type { World } from "../../world.ts";

/** Options of `crash-test`. */
export interface CrashTestOptions {
  readonly files: readonly string[];
  readonly parameters: GivenParameters;
  readonly model?: string;
  /** Answers of the user, in order. */
  readonly replies: readonly string[];
  /** Kill only at entries whose position is a multiple of this. */
  readonly every: number;
  /** `--allow-net` and its like: permissions for these runs only. */
  readonly allow: AllowFlags;
  readonly trust: boolean;
  readonly json: boolean;
  readonly config?: string;
}

/**
 * `playbooks crash-test FILES`: kills the program at each of its entries, resumes it, and compares it with a run without a
 * kill. Exit code 1 if anything differs.
 */
export async function crashTest(command: CrashTestOptions, world: World): Promise<ExitCode> {
  const files = expandPaths(command.files, world.cwd);
  const config = loadConfig({
    ...(files[0] === undefined ? {} : { programFile: files[0] }),
    model: command.model ?? "rehearsal",
    trust: command.trust,
    allow: command.allow,
    ...(command.config === undefined ? {} : { config: command.config }),
  }, world);
  tellIgnored(config.ignored, (text) => tell(world.stderr, `⚠️  ${text}\n`));
  await requireTrust(config, world);
  const source = await requireProgram(files, world, { ...accessOf(config), use: "begin" });
  // A wrong parameter is refused before the first run.
  entryArguments(command.parameters, programEntry(source.program), {
    name: "crash-test",
    flags: crashTestFlags,
  });
  await requireTrustInServers(source.program, world, {
    isTrusted: command.trust || isTrustedByShell(world),
    confirm: () => Promise.resolve(false),
  });
  const hasServers = source.program.agents.some(({ remote }) => remote);
  const startup = takesStartupMessage(source.texts.values());
  const replies = command.replies.length > 0 ? command.replies : await linesOf(world);
  const folder = await Deno.makeTempDir({ prefix: "playbooks_crash_test_" });
  using interrupts = listenForInterrupts();
  const runs: CrashTestRuns = {
    world,
    folder,
    args: [
      "--model",
      command.model ?? "rehearsal",
      ...(command.config === undefined ? [] : ["--config", resolve(world.cwd, command.config)]),
      ...allowArguments(command.allow),
      // The runs use their own state folder, without the user's trust answers.
      ...(config.trusted.length > 0 || hasServers ? ["--trust"] : []),
      // Flags before the files are never the program's.
      ...source.paths,
      ...Object.entries(command.parameters).flatMap(([name, values]) =>
        values.map((value) => value === true ? `--${name}` : `--${name}=${value}`)
      ),
    ],
    replies,
    startup,
    signal: interrupts.signal,
  };
  try {
    const report = await test(runs, { every: command.every, files: command.files });
    writeAll(world.stdout, command.json ? `${jsonText(report, 2)}\n` : reportText(report));
    return report.kills.every((kill) => kill.differences.length === 0) ? exitCodes.ok : exitCodes.failed;
  } catch (error) {
    if (!interrupts.signal.aborted) throw error;
    return interrupts.signalName() === "SIGTERM" ? exitCodes.terminated : exitCodes.interrupted;
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function test(
  runs: CrashTestRuns,
  { every, files }: { readonly every: number; readonly files: readonly string[] },
): Promise<CrashTestReport> {
  const { stderr } = runs.world;
  const startedMs = performance.now();
  const whole = await runWhole(runs, "whole");
  const again = await runWhole(runs, "whole again");
  const expected = expectedOf(whole, again);
  const entries = whole.entries.length;
  const points = Array.from({ length: entries - 1 }, (_, index) => index + 1).filter((at) =>
    at % every === 0
  );
  const outside = outsideEffects(whole.entries);
  if (outside.length > 0) {
    tell(stderr, `⚠️  Each run reaches outside, as the program says: ${[...new Set(outside)].join(", ")}\n`);
  }
  // A kill takes two processes, and two kills are tested at the same time.
  const seconds = Math.ceil(points.length * (again.ms / 1000) * 1.5);
  const counts = `${counted(entries, "entry", "entries")}, ${counted(points.length, "kill")}`;
  tell(stderr, `ℹ ${counts}: about ${seconds} s\n`);
  const kills: KillReport[] = [];
  const differing = new Map<number, KilledWay>();
  await twoAtATime(points, async (at) => {
    const way = await runKilled(runs, at);
    const found = differences(way, way.killed, expected);
    kills.push({ at, uncertain: way.uncertain, differences: found });
    if (found.length > 0) differing.set(at, way);
  });
  const tested = await withRaces(runs, { whole, expected, differing });
  return {
    files,
    entries,
    kills: kills.sort((a, b) => a.at - b.at).map((kill) => ({
      ...kill,
      differences: tested.differences.get(kill.at) ?? [],
    })),
    unstable: expected.unstable,
    races: tested.expected.races,
    seconds: Math.round((performance.now() - startedMs) / 100) / 10,
  };
}

/**
 * Tells races of the program from faults. Two agents that work at the same time may finish in either order, and after a
 * kill the order can change. So each agent in turn gets its answers later, in a run without a kill: a facet that changes
 * there as well is a race.
 */
async function withRaces(
  runs: CrashTestRuns,
  { whole, expected, differing }: {
    readonly whole: Way;
    readonly expected: Expected;
    readonly differing: ReadonlyMap<number, KilledWay>;
  },
): Promise<{
  readonly expected: Expected;
  /** The differences that are left, by kill. */
  readonly differences: ReadonlyMap<number, readonly Difference[]>;
}> {
  let current = expected;
  const left = () =>
    new Map([...differing].map(([at, way]) => [at, differences(way, way.killed, current)] as const));
  const agents = agentsIn(whole.entries);
  if (agents.size < 2) return { expected, differences: left() };
  for (const [id, slowed] of [...agents].slice(0, maxSlowRuns)) {
    const found = [...left().values()].flat();
    if (!found.some(({ facet }) => facet !== undefined)) break;
    tell(
      runs.world.stderr,
      `ℹ Is it a race of the program? A run without a kill in which ${slowed} is slow\n`,
    );
    const slow = await runWhole(runs, `slow ${id}`, { PLAYBOOKS_SLOW_AGENT: id });
    current = withSlowRun(current, slow, { slowed, found });
  }
  return { expected: current, differences: left() };
}

/** A program with more agents is slowed at its first ones only, which are those that begin. */
const maxSlowRuns = 8;

/** All lines of standard input; none if it is a terminal. */
async function linesOf({ stdin }: World): Promise<readonly string[]> {
  if (stdin.isTerminal()) return [];
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  let text = "";
  for (let count = await stdin.read(buffer); count !== null; count = await stdin.read(buffer)) {
    text += decoder.decode(buffer.subarray(0, count), { stream: true });
  }
  return text === "" ? [] : text.replace(/\r?\n$/, "").split(/\r?\n/);
}
