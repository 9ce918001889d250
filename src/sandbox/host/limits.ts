/** Bounds on what one turn's code may use. A turn that passes one ends with an error that names it. */
export interface Limits {
  /** Milliseconds of running without a wait, between two deliveries. */
  readonly runMs: number;
  readonly memoryBytes: number;
  readonly stackBytes: number;
  /** Characters of all requests, notes, state and locals that leave the sandbox in one progress. */
  readonly outputCharacters: number;
  /** Effects that may be open at once in a turn. */
  readonly openRequests: number;
  /** Effects that a turn may ask for in all, and what that bound is called. */
  readonly effects: number;
  readonly effectsSetting: string;
  /** Sleeps shorter than `shortSleepSeconds` that a turn may ask for in all. */
  readonly shortSleeps: number;
  readonly shortSleepSeconds: number;
}

/** Generous for honest programs, small beside a machine: a turn that needs more is a loop that went wrong. */
export const defaultLimits: Limits = {
  runMs: 5_000,
  memoryBytes: 128 * 1024 * 1024,
  // The engine's native functions take up to ten times as much of the host's own stack, which is under 1 MiB.
  stackBytes: 64 * 1024,
  outputCharacters: 64 * 1024 * 1024,
  openRequests: 10_000,
  effects: 1_000_000,
  effectsSetting: "max_effects_per_call",
  shortSleeps: 10_000,
  shortSleepSeconds: 0.01,
};
