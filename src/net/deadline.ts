/** A request took longer than its bound. */
export class TimeOverError extends Error {
  constructor(ms: number) {
    super(`it took longer than ${ms / 1000} s`);
  }
}

/** The signal of one request. It aborts with `signal`, or with a {@linkcode TimeOverError} after the time. */
interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** Throws a {@linkcode TimeOverError} after the time, also if the event loop had no turn for the timer. */
  check(): void;
}

/** Starts the timer of a request. Dispose it at the end of the request, since the timer keeps the process alive. */
export function startDeadline(ms: number, signal?: AbortSignal | null): Deadline {
  const over = new AbortController();
  const endMs = performance.now() + ms;
  const timer = setTimeout(() => over.abort(new TimeOverError(ms)), ms);
  return {
    signal: signal ? AbortSignal.any([signal, over.signal]) : over.signal,
    check() {
      if (performance.now() > endMs) throw new TimeOverError(ms);
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
