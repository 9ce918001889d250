/** A request took longer than its bound. */
export class TimeOverError extends Error {
  constructor(ms: number) {
    super(`it took longer than ${ms / 1000} s`);
  }
}

/** The signal of one request. It aborts with `signal`, or with a {@linkcode TimeOverError} after the time. */
interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

/** Starts the timer of a request. Dispose it at the end of the request, since the timer keeps the process alive. */
export function startDeadline(ms: number, signal?: AbortSignal | null): Deadline {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(new TimeOverError(ms)), ms);
  return {
    signal: signal ? AbortSignal.any([signal, over.signal]) : over.signal,
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
