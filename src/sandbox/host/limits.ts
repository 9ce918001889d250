/** Bounds on the code of one turn. A turn beyond a bound ends with an error that names the bound. */
export interface Limits {
  /** Milliseconds of running between two deliveries. */
  readonly runMs: number;
  readonly memoryBytes: number;
  readonly stackBytes: number;
  /** Characters of requests, notes, state and locals in one progress. */
  readonly outputCharacters: number;
  /** Effects of a turn that are open at the same time. */
  readonly openRequests: number;
  /** All effects of a turn, and the setting of this bound. */
  readonly effects: number;
  readonly effectsSetting: string;
  /** All sleeps of a turn that are shorter than `shortSleepSeconds`. */
  readonly shortSleeps: number;
  readonly shortSleepSeconds: number;
}

/** Large for honest programs, small for a machine. A turn beyond them is probably a loop without an end. */
export const defaultLimits: Limits = {
  runMs: 5_000,
  memoryBytes: 128 * 1024 * 1024,
  // The engine's native functions use up to ten times as much of the host's stack, which is under 1 MiB.
  stackBytes: 64 * 1024,
  outputCharacters: 64 * 1024 * 1024,
  openRequests: 10_000,
  effects: 1_000_000,
  effectsSetting: "max_effects_per_call",
  shortSleeps: 10_000,
  shortSleepSeconds: 0.01,
};
