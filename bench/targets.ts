import {
  figures,
  flatnessOf,
  type Measured,
  medianIfAny,
  medianOf,
  ratioOf,
  resumeBeside,
  runsOf,
  sizesOf,
  startsOf,
  type System,
  turnSizes,
  turnsOf,
} from "./measured.ts";
import { keptBytes, type Turning } from "./programs.ts";

/** A promised figure, and the measured one. */
export interface Target {
  readonly claim: string;
  readonly bound: Bound;
  readonly unit: "" | "ms" | "MB";
  /** Absent if it was not measured. */
  readonly measured?: number;
}

/** The bound of a figure: a minimum or a maximum. */
export type Bound = { readonly atLeast: number } | { readonly atMost: number };

/** Whether a target was met. `undefined` if it was not measured. */
export function isMet({ bound, measured }: Target): boolean | undefined {
  if (measured === undefined) return undefined;
  return "atLeast" in bound ? measured >= bound.atLeast : measured <= bound.atMost;
}

/** All targets with the measured figures: the median over rounds, and the worst of several sizes. */
export function targets(measured: Measured): readonly Target[] {
  return [
    ...stepTargets(measured),
    {
      claim: "Agents side by side: steps of 32 agents a second, beside 32 writers that share one flusher",
      bound: { atLeast: 0.4 },
      unit: "",
      ...found(
        medianIfAny(measured.agents.map(({ ours, flusherPerSecond }) => ours.perSecond / flusherPerSecond)),
      ),
    },
    ...flatTargets(measured),
    ...resumeTargets(measured),
    ...turnTargets(measured),
    ...startTargets(measured),
  ];
}

function stepTargets(measured: Measured): Target[] {
  const beside = (system: System, steps: number, atLeast: number, name: string): Target => ({
    claim: `Durable effects in sequence, N = ${count(steps)}: steps a second, beside ${name}`,
    bound: { atLeast },
    unit: "",
    ...found(ratioOf(perSecond(measured, "ours", steps), perSecond(measured, system, steps))),
  });
  return [
    beside("floor", 1000, 0.8, "the floor (one append and `fdatasync`)"),
    {
      claim: `The same, each step said to a person, and so with a sync of its own`,
      bound: { atLeast: 0.8 },
      unit: "",
      ...found(ratioOf(perSecond(measured, "said", 1000), perSecond(measured, "floor", 1000))),
    },
    beside("langgraph", 1000, 3, "LangGraph's tasks"),
    beside("restate", 1000, 4.5, "Restate"),
    beside("langgraph", 10_000, 15, "LangGraph's tasks"),
  ];
}

function flatTargets(measured: Measured): Target[] {
  const bytes = (
    system: "ours" | "growing",
    which: "leftBytes" | "writtenBytes",
    atMost: number,
    name: string,
  ): Target => {
    const steps = sizesOf(measured, system).at(-1);
    return {
      claim: `Bytes ${name}, beside the ${keptBytes(system)} that a step keeps${
        system === "growing" ? ", with a list that grows" : ""
      }${at(steps)}`,
      bound: { atMost },
      unit: "",
      ...(steps === undefined ? {} : found(
        medianOf(measured, system, steps, (run) => run[which] && run[which] / (steps * keptBytes(system))),
      )),
    };
  };
  const flat = (system: System, name: string): Target => {
    const steps = sizesOf(measured, system).at(-1);
    return {
      claim: `Flat: what the last steps cost, beside the 100th, ${name}${at(steps)}`,
      bound: { atMost: 1.15 },
      unit: "",
      ...(steps === undefined ? {} : found(flatnessOf(measured, system, steps))),
    };
  };
  const flatTurns = (turning: Turning, name: string): Target => {
    const turns = turnSizes(measured, turning).at(-1);
    return {
      claim: `Flat: what the last turns cost inside, beside the first, ${name}${
        at(taken(measured, turning, turns))
      }`,
      bound: { atMost: 1.15 },
      unit: "",
      ...(turns === undefined ? {} : found(medianIfAny(
        [...turnsOf(measured, turning, turns).values()]
          .map(({ windows }) => windows.at(-1)!.insideMs / windows[0]!.insideMs),
      ))),
    };
  };
  return [
    flat("ours", "with nothing else that changes"),
    flat("growing", "with a list that grows"),
    flatTurns("transcript", "with a transcript that grows"),
    flatTurns("calls", "with a playbook called for each"),
    bytes("ours", "leftBytes", 2.5, "left on disk"),
    bytes("ours", "writtenBytes", 4, "written"),
    bytes("growing", "leftBytes", 2.5, "left on disk"),
    bytes("growing", "writtenBytes", 4, "written"),
  ];
}

function resumeTargets(measured: Measured): Target[] {
  const ofTurns = (turning: Turning, name: string): Target[] =>
    turnSizes(measured, turning).map((turns) => ({
      claim: `Resume of a model-run playbook, ${name}, beside an empty program's whole run${
        at(taken(measured, turning, turns))
      }`,
      bound: { atMost: 1.3 },
      unit: "",
      ...found(resumeBeside(measured, turning, turns, "emptyMs")),
    }));
  const resumes = (system: System) => figures(runsOf(measured, system, 10_000), ({ resumeMs }) => resumeMs);
  const faster = (system: System, atLeast: number, name: string): Target => ({
    claim: `Resume in the middle of ${count(10_000)} effects: how many times faster than ${name}`,
    bound: { atLeast },
    unit: "",
    ...found(ratioOf(resumes(system), resumes("ours"))),
  });
  return [
    ...ofTurns("transcript", "transcript"),
    ...ofTurns("calls", "calls"),
    {
      claim: `Resume of a code playbook in the middle of ${count(10_000)} effects`,
      bound: { atMost: 500 },
      unit: "ms",
      ...found(medianIfAny([...resumes("ours").values()])),
    },
    faster("langgraph", 50, "LangGraph's tasks"),
    faster("restate", 2, "Restate without its server"),
  ];
}

function turnTargets(measured: Measured): Target[] {
  const sizes = turnSizes(measured, "transcript");
  const turns = sizes.find((wanted) => wanted > 1000) ?? sizes.at(-1);
  const runs = turns === undefined ? [] : [...turnsOf(measured, "transcript", turns).values()];
  const shown = runs[0]?.local?.filter(({ from }) => from <= 1001) ?? [{ from: 1 }];
  return shown.flatMap(({ from }, index): Target[] => {
    const of = (figure: "medianMs" | "p99Ms") =>
      found(medianIfAny(runs.map(({ local }) => local?.[index]?.[figure])));
    const where = `from turn ${count(from)} on`;
    return [
      {
        claim: `A model's turn (prompt, sandbox, effects, journal, ui), ${where}: median`,
        bound: { atMost: 3 },
        unit: "ms",
        ...of("medianMs"),
      },
      { claim: `The same, ${where}: 99th percentile`, bound: { atMost: 10 }, unit: "ms", ...of("p99Ms") },
    ];
  });
}

function startTargets(measured: Measured): Target[] {
  const [empty, version, first] = (["empty", "version", "first request"] as const)
    .map((what) => startsOf(measured, what)) as [Rounds, Rounds, Rounds];
  const later = [...first].map(([round, ms]) => {
    const other = empty.get(round);
    return other === undefined ? undefined : ms - other;
  });
  const idle = measured.memory.filter(({ agents }) => agents > 0);
  const most = [...new Set(idle.map(({ idleness }) => idleness))]
    .map((each) => medianIfAny(idle.filter(({ idleness }) => idleness === each).map(({ bytes }) => bytes))!);
  return [
    {
      claim: "`--version`, beside an empty program's whole run",
      bound: { atMost: 1.3 },
      unit: "",
      ...found(ratioOf(version, empty)),
    },
    {
      claim: "`run` to the first model request, beyond an empty program's whole run",
      bound: { atMost: 250 },
      unit: "ms",
      ...found(medianIfAny(later)),
    },
    {
      claim: `A session with ${count(idle[0]?.agents ?? 1000)} idle agents, however they wait`,
      bound: { atMost: 400 },
      unit: "MB",
      ...(most.length === 0 ? {} : found(Math.max(...most) / 1e6)),
    },
  ];
}

type Rounds = ReadonlyMap<number, number>;

function perSecond(measured: Measured, system: System, steps: number) {
  return figures(runsOf(measured, system, steps), (run) => run.perSecond);
}

/** The number of turns taken for a wanted number. It is smaller if a run was cut short. */
function taken(measured: Measured, turning: Turning, wanted: number | undefined): number | undefined {
  if (wanted === undefined) return undefined;
  return medianIfAny([...turnsOf(measured, turning, wanted).values()].map(({ turns }) => turns));
}

function at(steps: number | undefined): string {
  return steps === undefined ? "" : `, N = ${count(steps)}`;
}

function found(value: number | undefined): { readonly measured?: number } {
  return value === undefined ? {} : { measured: value };
}

function count(value: number): string {
  return value.toLocaleString("en");
}
