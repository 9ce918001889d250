/** Time and chance, as far as a retry needs them. */
export interface Clock {
  now(): number;
  /** From 0 up to 1. */
  random(): number;
  /** Waits; on return the time has passed, or `signal` was aborted: it never throws. */
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** Requests for one completion, the first one included: what passes in a minute is worth waiting for, no more. */
export const maxAttempts = 5;

/** The longest wait that a server may ask for; past it, the session is better stopped and resumed. */
export const maxWaitMs = 120_000;

/** Silence after which a request counts as lost; local servers may think for minutes before their first word. */
export const silenceMs = 300_000;

const firstWaitMs = 1_000;
const maxBackoffMs = 30_000;

/**
 * Milliseconds until the next attempt: what the server asked for, else twice as long each time, less up to half by chance
 * so that many runs do not come back at once. `undefined` when no further attempt makes sense.
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

/** What `retry-after` or `retry-after-ms` asks for, in milliseconds: a count, or a date. */
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
