import type { Point } from "./statistics.ts";
import { flatness, median } from "./statistics.ts";
import type { SideBySide } from "./agents.ts";
import type { Idleness, Turning } from "./programs.ts";
import type { StepsRun } from "./steps.ts";
import type { TurnsRun } from "./turns.ts";

/** Who takes steps: we, with and without a state that grows; the disk alone, in three ways; peers. */
export const systems = [
  "floor",
  "overwrite",
  "sqlite",
  "ours",
  "said",
  "growing",
  "langgraph",
  "restate",
] as const;
/** One of {@linkcode systems}. */
export type System = typeof systems[number];

/** All that a run of the benchmarks found; JSON. */
export interface Measured {
  readonly about: About;
  readonly steps: readonly Sample<
    { readonly system: System; readonly steps: number; readonly run: StepsRun }
  >[];
  readonly turns: readonly Sample<
    { readonly turning: Turning; readonly wanted: number; readonly run: TurnsRun }
  >[];
  /** Many agents of one session, beside the disk with as many writers. */
  readonly agents: readonly Sample<{
    readonly agents: number;
    readonly ours: SideBySide;
    readonly flusherPerSecond: number;
    readonly groupsPerSecond: number;
  }>[];
  readonly processes: readonly Sample<
    {
      readonly processes: number;
      readonly run: SideBySide & { readonly slowestMs: number; readonly wholeMs: number };
    }
  >[];
  readonly starts: readonly Sample<{ readonly what: Start; readonly ms: number }>[];
  readonly memory: readonly Sample<{
    readonly agents: number;
    readonly idleness: Idleness;
    readonly bytes: number;
    readonly peakBytes: number;
  }>[];
  /** What a bare client of the same protocol takes between an answer and its next request. */
  readonly bare: readonly Sample<{ readonly requestBytes: number; readonly ms: number }>[];
  /** What was not measured, and why. */
  readonly leftOut: readonly string[];
}

/** What is measured in a certain round: things of one round are compared with each other. */
export type Sample<Value> = Value & { readonly round: number };

/**
 * What is started: the whole of an empty program and of `--version`, `run` up to the first model request, or a program of the
 * provider's library alone up to its request.
 */
export type Start = "empty" | "version" | "first request" | "library";

/** What was measured, on what, and how. */
export interface About {
  readonly command: string;
  readonly date: string;
  readonly machine: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
  /** How peers are called in tables. */
  readonly titles: Readonly<Record<System, string>>;
}

/** All runs of a system with so many steps, by round. */
export function runsOf(measured: Measured, system: System, steps: number): ReadonlyMap<number, StepsRun> {
  return new Map(
    measured.steps.filter((sample) => sample.system === system && sample.steps === steps)
      .map(({ round, run }) => [round, run]),
  );
}

/** The numbers of steps that a system took, the smallest first. */
export function sizesOf(measured: Measured, system: System): number[] {
  const sizes = measured.steps.filter((sample) => sample.system === system).map(({ steps }) => steps);
  return [...new Set(sizes)].sort((a, b) => a - b);
}

/** The median of a figure over all rounds in which a system took so many steps; `undefined` when it never did. */
export function medianOf(
  measured: Measured,
  system: System,
  steps: number,
  figure: (run: StepsRun) => number | undefined,
): number | undefined {
  return medianIfAny([...runsOf(measured, system, steps).values()].map(figure));
}

/** How many times one figure is another's, round by round, and of that the median. */
export function ratioOf(
  above: ReadonlyMap<number, number | undefined>,
  below: ReadonlyMap<number, number | undefined>,
): number | undefined {
  const ratios = [...above].map(([round, value]) => {
    const other = below.get(round);
    return value === undefined || other === undefined ? undefined : value / other;
  });
  return medianIfAny(ratios);
}

/** A figure of each round. */
export function figures<Value>(
  runs: ReadonlyMap<number, Value>,
  figure: (run: Value) => number | undefined,
): ReadonlyMap<number, number | undefined> {
  return new Map([...runs].map(([round, run]) => [round, figure(run)]));
}

/** The median of each round of what was started. */
export function startsOf(measured: Measured, what: Start): ReadonlyMap<number, number> {
  const rounds = Map.groupBy(measured.starts.filter((sample) => sample.what === what), ({ round }) => round);
  return new Map([...rounds].map(([round, samples]) => [round, median(samples.map(({ ms }) => ms))]));
}

/** The median of those that there are; `undefined` when there are none. */
export function medianIfAny(values: readonly (number | undefined)[]): number | undefined {
  const present = values.filter((value) => value !== undefined);
  return present.length === 0 ? undefined : median(present);
}

/** How many times as much a system's last steps cost as its 100th, with so many of them. */
export function flatnessOf(measured: Measured, system: System, steps: number): number | undefined {
  return medianOf(measured, system, steps, flatness);
}

/** What a step cost along the longest runs of a system: for a plot. */
export function curveOf(measured: Measured, system: System): readonly Point[] {
  const longest = sizesOf(measured, system).at(-1);
  if (longest === undefined) return [];
  const curves = [...runsOf(measured, system, longest).values()].map(({ curve }) => curve);
  return curves[0]!.map(({ step }, index) => ({
    step,
    ms: median(curves.flatMap((curve) => curve[index]?.step === step ? [curve[index].ms] : [])),
  }));
}

/** Samples of turns, by round. */
export function turnsOf(measured: Measured, turning: Turning, wanted: number): ReadonlyMap<number, TurnsRun> {
  return new Map(
    measured.turns.filter((sample) => sample.turning === turning && sample.wanted === wanted)
      .map(({ round, run }) => [round, run]),
  );
}

/** How many turns were wanted, for each way of taking them, the smallest first. */
export function turnSizes(measured: Measured, turning: Turning): number[] {
  const sizes = measured.turns.filter((sample) => sample.turning === turning).map(({ wanted }) => wanted);
  return [...new Set(sizes)].sort((a, b) => a - b);
}

/** Resumes of sessions of so many turns beside what was measured right before each: the median ratio. */
export function resumeBeside(
  measured: Measured,
  turning: Turning,
  wanted: number,
  other: "emptyMs" | "libraryMs",
): number | undefined {
  return medianIfAny(
    [...turnsOf(measured, turning, wanted).values()].flatMap(({ resumes }) =>
      resumes.map((resume) => resume[other] && resume.ms / resume[other])
    ),
  );
}
