/** The cost of steps in sequence, from the times at which they were done. */
export interface Costs {
  /** Steps a second: all steps but the first, over the time from the first to the last. */
  readonly perSecond: number;
  /** Milliseconds a step in the first and in the last tenth of the steps. */
  readonly firstTenthMs: number;
  readonly lastTenthMs: number;
  /** The same in the two windows that are compared to see whether steps get slower: see {@linkcode flatness}. */
  readonly earlyMs: number;
  readonly lateMs: number;
  /** The same in growing windows, for a plot. */
  readonly curve: readonly Point[];
}

/** Milliseconds a step, around the step with this number. */
export interface Point {
  readonly step: number;
  readonly ms: number;
}

/** The compared windows: around the 100th step, and the last steps. */
export const earlyWindow = { from: 50, to: 550 };
/** The number of last steps that are compared with the early ones. */
export const lateSteps = 500;

/** Half of the clock's millisecond. Shorter times cannot be told apart. */
const minMs = 0.5;

/** The mean of at least one value. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The middle value, or the mean of the two in the middle. `NaN` without values. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The percentile, interpolated between two values. `NaN` without values. */
export function percentile(values: readonly number[], percent: number): number {
  if (values.length === 0) return NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * percent / 100;
  const below = sorted[Math.floor(place)]!;
  const above = sorted[Math.ceil(place)]!;
  return below + (above - below) * (place - Math.floor(place));
}

/** Milliseconds a step from one step to another. Both numbers are limited to the existing steps. */
export function windowMs(
  times: readonly number[],
  { from, to }: { readonly from: number; readonly to: number },
): number {
  const last = Math.min(to, times.length - 1);
  const first = Math.max(0, Math.min(from, last - 1));
  return Math.max(times[last]! - times[first]!, minMs) / (last - first);
}

/** The cost of steps. `times` are the times at which each was done, in ms, at least two. */
export function costsOf(times: readonly number[]): Costs {
  const last = times.length - 1;
  if (last < 1) throw new Error(`Cannot tell what ${times.length} steps cost: it takes two`);
  const tenth = Math.max(1, Math.floor(last / 10));
  const { early, late } = windowsOf(times.length);
  return {
    perSecond: 1000 / windowMs(times, { from: 0, to: last }),
    firstTenthMs: windowMs(times, { from: 0, to: tenth }),
    lastTenthMs: windowMs(times, { from: last - tenth, to: last }),
    earlyMs: windowMs(times, early),
    lateMs: windowMs(times, late),
    curve: edgesUpTo(last).slice(1).map((to, index, edges) => {
      const from = index === 0 ? 0 : edges[index - 1]!;
      return { step: Math.round((from + to) / 2), ms: windowMs(times, { from, to }) };
    }),
  };
}

/** The cost of the last steps relative to the steps around the 100th. */
export function flatness({ earlyMs, lateMs }: Costs): number {
  return lateMs / earlyMs;
}

/** With few steps the windows would overlap, so the first and the last third are compared. */
function windowsOf(steps: number) {
  const last = steps - 1;
  if (steps >= earlyWindow.to + lateSteps) {
    return { early: earlyWindow, late: { from: last - lateSteps, to: last } };
  }
  const third = Math.ceil(last / 3);
  return { early: { from: 0, to: third }, late: { from: last - third, to: last } };
}

/** 0, 20, 50, 100, 200, 500, …: wide enough for a clock of milliseconds, and even on a logarithmic axis. */
function edgesUpTo(last: number): number[] {
  const edges = [0];
  for (let decade = 10;; decade *= 10) {
    for (const edge of [2 * decade, 5 * decade, 10 * decade]) {
      // Leave out a last window narrower than half of the one before: its cost is mostly chance.
      if (edge >= last) return [...edges.filter((each) => each === 0 || each <= last * 0.8), last];
      edges.push(edge);
    }
  }
}
