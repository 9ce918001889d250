import { exitCodes } from "../../../errors.ts";
import type { Sentinel } from "../../../frontends/mod.ts";

/**
 * Signals within this time count as one. Ctrl+C reaches each process of a terminal's group, and our parent may also pass its
 * own signal on to us.
 */
const oneSignalMs = 500;

/** Ctrl+C and SIGTERM stop a session at a point from which it can be resumed. A second signal stops the process. */
export interface Interrupts extends Disposable {
  readonly signal: AbortSignal;
  /**
   * Whether a signal came. Running code asks often, because a busy main thread hears of signals only through the sentinel.
   */
  readonly isPending: () => boolean;
  /** Connects a sentinel: it reports signals, and `Interrupts` acknowledges them. */
  readonly watchedBy: (sentinel: Sentinel) => void;
  /** Acts like Ctrl+C. */
  readonly interrupt: () => void;
  /** The signal that came. */
  readonly signalName: () => "SIGINT" | "SIGTERM";
}

/** Listens for signals until it is disposed of. */
export function listenForInterrupts(): Interrupts {
  const abort = new AbortController();
  let name: "SIGINT" | "SIGTERM" = "SIGINT";
  let firstMs = 0;
  let sentinel: Sentinel | undefined;
  const stop = (signal: "SIGINT" | "SIGTERM") => {
    sentinel?.acknowledge();
    if (abort.signal.aborted && performance.now() - firstMs < oneSignalMs) return;
    if (abort.signal.aborted) Deno.exit(signal === "SIGTERM" ? exitCodes.terminated : exitCodes.interrupted);
    name = signal;
    firstMs = performance.now();
    abort.abort();
  };
  const onInterrupt = () => stop("SIGINT");
  const onTerminate = () => stop("SIGTERM");
  const terminates = Deno.build.os !== "windows";
  Deno.addSignalListener("SIGINT", onInterrupt);
  if (terminates) Deno.addSignalListener("SIGTERM", onTerminate);
  const isPending = () => {
    const signal = sentinel?.signal;
    if (signal === undefined) return false;
    if (!abort.signal.aborted) name = signal;
    sentinel!.acknowledge();
    return true;
  };
  return {
    signal: abort.signal,
    isPending,
    watchedBy: (watching) => sentinel = watching,
    interrupt: onInterrupt,
    signalName: () => name,
    [Symbol.dispose]: () => {
      Deno.removeSignalListener("SIGINT", onInterrupt);
      if (terminates) Deno.removeSignalListener("SIGTERM", onTerminate);
    },
  };
}
