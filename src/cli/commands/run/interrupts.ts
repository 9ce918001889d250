import { exitCodes } from "../../../errors.ts";
import type { Sentinel } from "../../../frontends/mod.ts";

/**
 * Signals that come sooner after one another are one: Ctrl+C reaches each process of a terminal's group, and a program
 * that started us passes its own on to us as well.
 */
const oneSignalMs = 500;

/** Ctrl+C and SIGTERM stop a session at a point from which it can go on; a second one stops the process. */
export interface Interrupts extends Disposable {
  readonly signal: AbortSignal;
  /** Code that runs asks this often: a signal came, which the busy main thread hears of by the sentinel alone. */
  readonly isPending: () => boolean;
  /** Lets a sentinel know that signals are heard, and hears of them by it. */
  readonly watchedBy: (sentinel: Sentinel) => void;
  /** As if Ctrl+C had been pressed. */
  readonly interrupt: () => void;
  /** Which signal came. */
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
