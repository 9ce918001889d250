/** What a number of steps in sequence cost, by the times at which they were done. */
export interface Costs {
  /** Steps a second: all but the first, over the time from the first to the last. */
  readonly perSecond: number;
  /** Milliseconds a step in the first and in the last tenth of them. */
  readonly firstTenthMs: number;
  readonly lastTenthMs: number;
  /** The same in the two windows whose ratio says whether a step gets dearer: see {@linkcode flatness}. */
  readonly earlyMs: number;
  readonly lateMs: number;
  /** The same in windows that grow, for a plot. */
  readonly curve: readonly Point[];
}

/** Milliseconds a step around the step of that number. */
export interface Point {
  readonly step: number;
  readonly ms: number;
}

/** The windows that are compared: around the 100th step, and the last steps. */
export const earlyWindow = { from: 50, to: 550 };
/** How many of the last steps are compared with the early ones. */
export const lateSteps = 500;

/** Times that lie closer together than the clock can tell: half of its millisecond. */
const leastMs = 0.5;

/** The mean of at least one value. */
export function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The middle value, or the mean of the two in the middle; `NaN` of none. */
export function median(values: readonly number[]): number {
  return percentile(values, 50);
}

/** The value below which so many percent lie, between two of them in proportion; `NaN` of none. */
export function percentile(values: readonly number[], percent: number): number {
  if (values.length === 0) return NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * percent / 100;
  const below = sorted[Math.floor(place)]!;
  const above = sorted[Math.ceil(place)]!;
  return below + (above - below) * (place - Math.floor(place));
}

/** Milliseconds a step from one step to another, by the times of all; both are cut to those there are. */
export function windowMs(
  times: readonly number[],
  { from, to }: { readonly from: number; readonly to: number },
): number {
  const last = Math.min(to, times.length - 1);
  const first = Math.max(0, Math.min(from, last - 1));
  return Math.max(times[last]! - times[first]!, leastMs) / (last - first);
}

/** What steps cost; `times` are those at which each was done, in ms, two of them at least. */
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

/** How many times as much the last steps cost as those around the 100th. */
export function flatness({ earlyMs, lateMs }: Costs): number {
  return lateMs / earlyMs;
}

/** Of few steps, where the windows would overlap, the first and the last third. */
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
      // A last window that is narrower than half of the one before says more of chance than of cost.
      if (edge >= last) return [...edges.filter((each) => each === 0 || each <= last * 0.8), last];
      edges.push(edge);
    }
  }
}
