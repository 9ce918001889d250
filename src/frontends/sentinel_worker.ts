/*
 * The sentinel's own thread. A busy main thread hears no signals; this thread hears them. It ends the process if the main
 * thread does not react.
 *
 * This file imports nothing, because a compiled program carries it unchanged.
 */

/** The first message to the thread. */
export interface SentinelStart {
  /**
   * Numbers of 32 bits, shared with the main thread. 0: the signal that came (2: SIGINT, 15: SIGTERM). 1: whether the main
   * thread knows of it. 2: a counter that grows while the main thread is alive.
   */
  readonly cells: SharedArrayBuffer;
  /** The text for standard error before the process is ended. It also restores the terminal. */
  readonly lastWords: string;
}

/** The main thread must acknowledge a signal within this time, and then show that it is alive at least this often. */
const hearMs = 900;
const aliveMs = 5_000;
const lookMs = 50;
/** Both threads hear each SIGINT. One that the main thread dismissed may come here this much later. */
const sameSignalMs = 150;
const clockMs = 1_000_000_000;

const thread = globalThis as unknown as {
  onmessage: (event: { readonly data: SentinelStart }) => void;
  readonly postMessage: (message: "ready") => void;
};

thread.onmessage = ({ data }) => {
  const cells = new Int32Array(data.cells);
  let watching = false;
  const onSignal = (signal: number) => {
    const sinceMs = Date.now() % clockMs - Atomics.load(cells, 3);
    if (signal === 2 && sinceMs >= 0 && sinceMs < sameSignalMs) return;
    Atomics.store(cells, 0, signal);
    if (watching) return;
    watching = true;
    watch(cells, data.lastWords, () => watching = false);
  };
  Deno.addSignalListener("SIGINT", () => onSignal(2));
  if (Deno.build.os !== "windows") Deno.addSignalListener("SIGTERM", () => onSignal(15));
  thread.postMessage("ready");
};

/** Ends the process unless the main thread reacts. Stops watching if it dismisses the signal. */
function watch(cells: Int32Array, lastWords: string, stopped: () => void): void {
  let sinceMs = performance.now();
  let beat = -1;
  const timer = setInterval(() => {
    if (Atomics.load(cells, 0) === 0) {
      clearInterval(timer);
      return stopped();
    }
    const isHeard = Atomics.load(cells, 1) !== 0;
    const now = Atomics.load(cells, 2);
    if (isHeard && now !== beat) {
      beat = now;
      sinceMs = performance.now();
    } else if (performance.now() - sinceMs > (isHeard ? aliveMs : hearMs)) end(lastWords);
  }, lookMs);
}

function end(lastWords: string): void {
  try {
    if (Deno.stdin.isTerminal()) Deno.stdin.setRaw(false);
    Deno.stderr.writeSync(new TextEncoder().encode(lastWords));
  } catch {
    // The terminal is gone, or its reader is.
  }
  Deno.kill(Deno.pid, "SIGKILL");
}
