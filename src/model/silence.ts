import { SilenceError } from "./attempt_errors.ts";

/** A timer that starts again with each sign of the server. */
interface Silence extends Disposable {
  /** Aborts with the given signal, or with a `SilenceError` after the time without a sign. */
  readonly signal: AbortSignal;
  /** Call this for each sign of the server. `maxMs` shortens the time from now on. */
  heard(maxMs?: number): void;
}

/** Starts a timer for `ms` of silence, or for none. Dispose it at the end of the request. */
export function startSilence(ms: number | undefined, signal: AbortSignal): Silence {
  const over = new AbortController();
  let [boundMs, lastMs] = [ms ?? Infinity, performance.now()];
  let timer: ReturnType<typeof setTimeout> | undefined;
  const wait = (leftMs: number) => {
    if (leftMs === Infinity) return;
    timer = setTimeout(() => {
      const restMs = lastMs + boundMs - performance.now();
      if (restMs > 0) wait(restMs);
      else over.abort(new SilenceError(boundMs));
    }, leftMs);
  };
  wait(boundMs);
  return {
    signal: AbortSignal.any([signal, over.signal]),
    heard(maxMs = Infinity) {
      lastMs = performance.now();
      if (maxMs >= boundMs) return;
      boundMs = maxMs;
      clearTimeout(timer);
      wait(boundMs);
    },
    [Symbol.dispose]: () => clearTimeout(timer),
  };
}
