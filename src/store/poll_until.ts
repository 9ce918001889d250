/** Resolves when `isDone` returns true, which is asked at once and then regularly, or when `signal` aborts. */
export function pollUntil(
  isDone: () => boolean,
  { everyMs, signal }: { readonly everyMs: number; readonly signal: AbortSignal },
): Promise<void> {
  if (signal.aborted || isDone()) return Promise.resolve();
  const { promise, resolve } = Promise.withResolvers<void>();
  const timer = setInterval(() => isDone() && resolve(), everyMs);
  const onAbort = () => resolve();
  signal.addEventListener("abort", onAbort, { once: true });
  return promise.finally(() => {
    clearInterval(timer);
    signal.removeEventListener("abort", onAbort);
  });
}
