import { carriedUrl } from "../carried.ts";
import { pasteMarksOff } from "./terminal/keys.ts";
import type { SentinelStart } from "./sentinel_worker.ts";
import type { Output } from "./streams.ts";
import { cleanText } from "../text/mod.ts";
import { ansi } from "./terminal_text.ts";

/** Maximum wait for the thread to start. */
const maxBeginMs = 5_000;

/** A clock that fits into 32 bits: the worker has the same one. */
const clockMs = 1_000_000_000;

/** Interval at which the main thread shows that it is alive, after it learned of a signal. */
const beatMs = 200;

/**
 * Listens for signals on its own thread. It ends the process if the main thread does not react, so Ctrl+C works within a
 * second even if the main thread is busy. A kill is always safe for a session.
 */
export class Sentinel {
  readonly #cells = new Int32Array(new SharedArrayBuffer(16));
  /**
   * Resolves when the thread listens. Before that, a busy main thread hears no signal, so no code may run. Also resolves if
   * the thread cannot start or exceeds its bound.
   */
  readonly ready: Promise<void>;

  #beat: ReturnType<typeof setInterval> | undefined;

  /** Takes about 40 ms. Create it before the process gives up the right to end processes. `lines` say how to resume. */
  constructor(stderr: Output, lines: readonly string[]) {
    const url = carriedUrl("sentinel_worker.ts") ?? new URL("./sentinel_worker.ts", import.meta.url);
    const worker = new Worker(url, {
      type: "module",
      // In Deno 2.7 a process without this right cannot end itself.
      deno: { permissions: { run: true, read: false, write: false, net: false, env: false, sys: false } },
    });
    const { promise, resolve } = Promise.withResolvers<void>();
    this.ready = promise;
    const timer = setTimeout(resolve, maxBeginMs);
    worker.onmessage = () => {
      clearTimeout(timer);
      resolve();
    };
    // A thread that cannot hear signals must not end the run.
    worker.onerror = (event) => {
      event.preventDefault();
      resolve();
    };
    const text = lines.map((line) => `${cleanText(line)}\n`).join("");
    const restored = ansi`${pasteMarksOff}\x1b[?25h\r\n`;
    const start: SentinelStart = {
      cells: this.#cells.buffer as SharedArrayBuffer,
      lastWords: stderr.isTerminal() ? `${restored}${text}` : text,
    };
    worker.postMessage(start);
  }

  /** The signal that came, if any. Reading it is cheap. */
  get signal(): "SIGINT" | "SIGTERM" | undefined {
    const signal = Atomics.load(this.#cells, 0);
    return signal === 0 ? undefined : signal === 15 ? "SIGTERM" : "SIGINT";
  }

  /** Records that the main thread knows of the signal. From then on the thread waits as long as the main thread is alive. */
  acknowledge(): void {
    if (Atomics.exchange(this.#cells, 1, 1) !== 0) return;
    this.#beat = setInterval(() => Atomics.add(this.#cells, 2, 1), beatMs);
    Deno.unrefTimer(this.#beat);
  }

  /** Forgets the signal, because it does not stop the run. The thread may hear the same signal a moment later. */
  dismiss(): void {
    clearInterval(this.#beat);
    Atomics.store(this.#cells, 3, Date.now() % clockMs);
    Atomics.store(this.#cells, 1, 0);
    Atomics.store(this.#cells, 0, 0);
  }
}
