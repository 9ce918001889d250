/** Raised when a request takes longer than it may. */
export class TimeOverError extends Error {
  constructor(ms: number) {
    super(`it took longer than ${ms / 1000} s`);
  }
}

/** A signal for one request: it aborts with `signal`, or with a {@linkcode TimeOverError} when the time is over. */
interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

/** Starts the time of a request. Dispose of it when the request has ended: the timer would keep the process. */
export function startDeadline(ms: number, signal?: AbortSignal | null): Deadline {
  const over = new AbortController();
  const timer = setTimeout(() => over.abort(new TimeOverError(ms)), ms);
  return {
    signal: signal ? AbortSignal.any([signal, over.signal]) : over.signal,
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
