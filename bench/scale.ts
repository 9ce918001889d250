import { writers } from "./limits.ts";
import type { Idleness } from "./programs.ts";

/** The measurements that `--only` selects from. */
export const workloads = [
  "steps",
  "langgraph",
  "restate",
  "growing",
  "turns",
  "agents",
  "processes",
  "starts",
  "memory",
] as const;
/** One of {@linkcode workloads}. */
export type Workload = typeof workloads[number];

/** The sizes of the measurements, and the number of rounds. */
export interface Scale {
  readonly steps: readonly Size[];
  readonly said: readonly Size[];
  readonly growing: readonly Size[];
  readonly langgraph: readonly Size[];
  readonly restate: readonly Size[];
  readonly transcript: readonly Size[];
  readonly calls: readonly Size[];
  /** The time limit for a session of turns. A longer session is cut short. */
  readonly maxTurnsMs: number;
  readonly agents: Size & { readonly agents: number };
  readonly processes: Size & { readonly processes: number };
  readonly starts: { readonly rounds: number; readonly each: number };
  readonly memory: {
    readonly rounds: number;
    readonly agents: number;
    readonly idleness: readonly Idleness[];
  };
}

/** A number of steps or turns, and how many rounds measure it. */
export interface Size {
  readonly count: number;
  readonly rounds: number;
}

/** The full scale, up to the given number of steps. */
export function fullScale(options: { readonly rounds: number; readonly max: number }): Scale {
  const { rounds, max } = options;
  const sizes = (all: readonly (readonly [number, number])[]) =>
    // 1,200 turns are 1,000 and a window.
    all.filter(([count]) => count <= 1.2 * max).map(([count, maxRounds]) => ({
      count,
      rounds: Math.min(rounds, maxRounds),
    }));
  return {
    steps: sizes([[100, rounds], [1000, rounds], [10_000, 3], [100_000, 1]]),
    said: sizes([[100, rounds], [1000, rounds], [10_000, 2]]),
    growing: sizes([[100, 3], [1000, 3], [10_000, 2], [100_000, 1]]),
    // The slowest system takes minutes for 10,000.
    langgraph: sizes([[100, rounds], [1000, rounds], [10_000, 1]]),
    restate: sizes([[100, rounds], [1000, rounds], [10_000, 1]]),
    // Each turn sends the whole transcript again, so the work of a run grows with the square of its turns.
    transcript: sizes([[100, 3], [1200, 3], ...(max >= 100_000 ? [[10_000, 1] as const] : [])]),
    calls: sizes([[100, 3], [1200, 2], [10_000, 1], [100_000, 1]]),
    maxTurnsMs: 150_000,
    agents: { agents: writers, count: 1000, rounds },
    processes: { processes: 64, count: 50, rounds: Math.min(rounds, 2) },
    starts: { rounds, each: 5 },
    memory: { rounds: Math.min(rounds, 2), agents: 1000, idleness: ["unused", "code", "model"] },
  };
}

/** About a minute: shows that everything works, with rough figures. */
export function quickScale(): Scale {
  const once = [{ count: 100, rounds: 1 }];
  return {
    steps: [{ count: 100, rounds: 1 }, { count: 1000, rounds: 1 }],
    said: [{ count: 1000, rounds: 1 }],
    growing: [{ count: 100, rounds: 1 }, { count: 1000, rounds: 1 }],
    langgraph: [{ count: 1000, rounds: 1 }],
    restate: [{ count: 1000, rounds: 1 }],
    transcript: once,
    calls: once,
    maxTurnsMs: 20_000,
    agents: { agents: writers, count: 20, rounds: 1 },
    processes: { processes: 8, count: 10, rounds: 1 },
    starts: { rounds: 1, each: 3 },
    memory: { rounds: 1, agents: 50, idleness: ["unused", "code", "model"] },
  };
}
