import { carriedUrl } from "../carried.ts";
import { pasteMarksOff } from "./terminal/keys.ts";
import type { SentinelStart } from "./sentinel_worker.ts";
import type { Output } from "./streams.ts";
import { cleanText } from "../text/mod.ts";
import { ansi } from "./terminal_text.ts";

/** A thread that takes longer to begin is not waited for. */
const maxBeginMs = 5_000;

/** How often the main thread shows that it is alive, once it knows of a signal. */
const beatMs = 200;

/**
 * Hears signals on a thread of its own, and ends a process whose main thread does not react to them: whatever keeps it busy,
 * Ctrl+C works within a second. To kill is always safe for a session.
 */
export class Sentinel {
  readonly #cells = new Int32Array(new SharedArrayBuffer(12));
  /**
   * Resolves when the thread listens; until then only an idle main thread hears a signal, so no code may run before. A thread
   * that cannot begin, or does not within a bound, resolves it as well.
   */
  readonly ready: Promise<void>;

  /** Takes some 40 ms. To be begun before the right to end processes is given up. `lines` say how to go on. */
  constructor(stderr: Output, lines: readonly string[]) {
    const url = carriedUrl("sentinel_worker.ts") ?? new URL("./sentinel_worker.ts", import.meta.url);
    const worker = new Worker(url, {
      type: "module",
      // Deno 2.7 lets no process end itself without it.
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

  /** The signal that came, if one did; asking costs next to nothing. */
  get signal(): "SIGINT" | "SIGTERM" | undefined {
    const signal = Atomics.load(this.#cells, 0);
    return signal === 0 ? undefined : signal === 15 ? "SIGTERM" : "SIGINT";
  }

  /** Tells that the main thread knows of the signal. From then on it has time as long as it is alive. */
  acknowledge(): void {
    if (Atomics.exchange(this.#cells, 1, 1) !== 0) return;
    const timer = setInterval(() => Atomics.add(this.#cells, 2, 1), beatMs);
    Deno.unrefTimer(timer);
  }
}
