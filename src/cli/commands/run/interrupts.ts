import { type ExitCode, exitCodes } from "../../../errors.ts";
import type { Sentinel } from "../../../frontends/mod.ts";
import { takeOverSignals } from "../../../frontends/early_signals.ts";

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
  /** Asks `take` first about a Ctrl+C: if it returns true, the run goes on. */
  readonly takenBy: (take: () => boolean) => void;
  /** Calls `task` before a second signal, or `exitNow`, ends the process at once. */
  readonly beforeExit: (task: (exit: ExitCode) => void) => void;
  /** Ends the process at once, as a second signal does. */
  readonly exitNow: (exit: ExitCode) => never;
  /** The signal that came. */
  readonly signalName: () => "SIGINT" | "SIGTERM";
}

/** Listens for signals until it is disposed of. */
export function listenForInterrupts(): Interrupts {
  const abort = new AbortController();
  let name: "SIGINT" | "SIGTERM" = "SIGINT";
  let firstMs = 0;
  let sentinel: Sentinel | undefined;
  let take = () => false;
  let leave: (exit: ExitCode) => void = () => {};
  /** Running code has been interrupted because of the signal, so the run must stop. */
  let isReported = false;
  const stop = (signal: "SIGINT" | "SIGTERM") => {
    if (signal === "SIGINT" && !abort.signal.aborted && !isReported && take()) return sentinel?.dismiss();
    sentinel?.acknowledge();
    if (abort.signal.aborted && performance.now() - firstMs < oneSignalMs) return;
    if (abort.signal.aborted) exitNow(signal === "SIGTERM" ? exitCodes.terminated : exitCodes.interrupted);
    name = signal;
    firstMs = performance.now();
    abort.abort();
  };
  const exitNow = (exit: ExitCode): never => {
    try {
      leave(exit);
    } catch {
      // The output is closed. The exit code is the only signal left.
    }
    Deno.exit(exit);
  };
  const onInterrupt = () => stop("SIGINT");
  const onTerminate = () => stop("SIGTERM");
  const terminates = Deno.build.os !== "windows";
  Deno.addSignalListener("SIGINT", onInterrupt);
  if (terminates) Deno.addSignalListener("SIGTERM", onTerminate);
  takeOverSignals();
  const isPending = () => {
    const signal = sentinel?.signal;
    if (signal === undefined) return false;
    if (!abort.signal.aborted) name = signal;
    sentinel!.acknowledge();
    isReported = true;
    return true;
  };
  return {
    signal: abort.signal,
    isPending,
    watchedBy: (watching) => sentinel = watching,
    interrupt: onInterrupt,
    takenBy: (by) => take = by,
    beforeExit: (task) => leave = task,
    exitNow,
    signalName: () => name,
    [Symbol.dispose]: () => {
      Deno.removeSignalListener("SIGINT", onInterrupt);
      if (terminates) Deno.removeSignalListener("SIGTERM", onTerminate);
    },
  };
}
