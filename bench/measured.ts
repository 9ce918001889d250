import type { Point } from "./statistics.ts";
import { flatness, median } from "./statistics.ts";
import type { SideBySide } from "./agents.ts";
import type { Idleness, Turning } from "./programs.ts";
import type { StepsRun } from "./steps.ts";
import type { TurnsRun } from "./turns.ts";

/** The systems that take steps: ours, with and without a growing state; the disk alone, in three ways; peers. */
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

/** All results of a run of the benchmarks; JSON. */
export interface Measured {
  readonly about: About;
  readonly steps: readonly Sample<
    { readonly system: System; readonly steps: number; readonly run: StepsRun }
  >[];
  readonly turns: readonly Sample<
    { readonly turning: Turning; readonly wanted: number; readonly run: TurnsRun }
  >[];
  /** Many agents of one session, and the disk with as many writers. */
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
  /** The time of a bare client of the same protocol between an answer and its next request. */
  readonly bare: readonly Sample<{ readonly requestBytes: number; readonly ms: number }>[];
  /** The omitted measurements, with their reasons. */
  readonly leftOut: readonly string[];
}

/** A measurement with its round. Measurements of the same round are compared with each other. */
export type Sample<Value> = Value & { readonly round: number };

/**
 * The program that is started: the whole of an empty program and of `--version`, `run` up to the first model request, or a
 * program with only the provider's library up to its request.
 */
export type Start = "empty" | "version" | "first request" | "library";

/** A set of measurements, with the machine and the method. */
export interface About {
  readonly command: string;
  readonly date: string;
  readonly machine: readonly string[];
  readonly versions: Readonly<Record<string, string>>;
  readonly rounds: number;
  /** The names of peers in tables. */
  readonly titles: Readonly<Record<System, string>>;
}

/** All runs of a system with this number of steps, by round. */
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

/** The median of a figure over all rounds with this number of steps. Returns `undefined` without such a round. */
export function medianOf(
  measured: Measured,
  system: System,
  steps: number,
  figure: (run: StepsRun) => number | undefined,
): number | undefined {
  return medianIfAny([...runsOf(measured, system, steps).values()].map(figure));
}

/** The ratio of two figures: the median over the rounds that have both. */
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

/** The median of each round of one kind of start. */
export function startsOf(measured: Measured, what: Start): ReadonlyMap<number, number> {
  const rounds = Map.groupBy(measured.starts.filter((sample) => sample.what === what), ({ round }) => round);
  return new Map([...rounds].map(([round, samples]) => [round, median(samples.map(({ ms }) => ms))]));
}

/** The median of the existing values; `undefined` if there are none. */
export function medianIfAny(values: readonly (number | undefined)[]): number | undefined {
  const present = values.filter((value) => value !== undefined);
  return present.length === 0 ? undefined : median(present);
}

/** The cost of a system's last steps relative to its 100th, for this number of steps. */
export function flatnessOf(measured: Measured, system: System, steps: number): number | undefined {
  return medianOf(measured, system, steps, flatness);
}

/** The cost of a step along the longest runs of a system, for a plot. */
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

/** The wanted numbers of turns, for each way of taking them, the smallest first. */
export function turnSizes(measured: Measured, turning: Turning): number[] {
  const sizes = measured.turns.filter((sample) => sample.turning === turning).map(({ wanted }) => wanted);
  return [...new Set(sizes)].sort((a, b) => a - b);
}

/** The median ratio of a resume to the measurement right before it, for sessions with this number of turns. */
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
