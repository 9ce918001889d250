/** The clock and the random numbers of a retry. */
export interface Clock {
  now(): number;
  /** A number from 0 up to 1, without 1. */
  random(): number;
  /** Waits until the time is over or `signal` aborts; never throws. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Requests for one completion, including the first. Their waits take about a minute together. */
export const maxAttempts = 5;

/** The longest wait that a server may ask for. For a longer one, the session stops and can be resumed. */
export const maxWaitMs = 120_000;

const firstWaitMs = 1_000;
const maxBackoffMs = 30_000;

/**
 * Milliseconds until the next attempt; `undefined` if no further attempt makes sense. It is the wait that the server
 * asked for, else a wait that doubles each time, minus a random part of up to half. The random part keeps many runs
 * from retrying together.
 */
export function waitBefore(
  next: { readonly attempt: number; readonly askedMs: number | undefined },
  clock: Clock,
): number | undefined {
  if (next.attempt > maxAttempts) return undefined;
  if (next.askedMs !== undefined) return next.askedMs > maxWaitMs ? undefined : next.askedMs;
  const backoff = Math.min(maxBackoffMs, firstWaitMs * 2 ** (next.attempt - 2));
  return Math.round(backoff * (1 - clock.random() / 2));
}

/** The wait in `retry-after` or `retry-after-ms`, in milliseconds; the header holds a number or a date. */
export function askedWait(headers: Readonly<Record<string, string>>, nowMs: number): number | undefined {
  const milliseconds = Number(headers["retry-after-ms"] ?? NaN);
  if (Number.isFinite(milliseconds) && milliseconds >= 0) return milliseconds;
  const after = headers["retry-after"]?.trim();
  if (after === undefined || after === "") return undefined;
  const seconds = Number(after);
  if (Number.isFinite(seconds)) return seconds >= 0 ? Math.round(seconds * 1000) : undefined;
  const date = Date.parse(after);
  return Number.isNaN(date) ? undefined : Math.max(0, date - nowMs);
}

/** The real clock. */
export const realClock: Clock = {
  now: () => Date.now(),
  random: () => Math.random(),
  sleep(ms, signal) {
    if (signal.aborted) return Promise.resolve();
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener("abort", done);
    });
  },
};
