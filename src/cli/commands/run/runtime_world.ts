import { dirname } from "@std/path";
import { setImmediate } from "node:timers";
import { readBoundedText } from "../../../files/mod.ts";
import type { EngineWorld } from "../../../engine/mod.ts";
import type { World } from "../../world.ts";

/** The world as the runtime needs it, for a program whose first file is at `path`. */
export function runtimeWorld(world: World, path: string): EngineWorld {
  return {
    now: world.now,
    elapsed: () => performance.now(),
    wait: (ms, { signal }) =>
      new Promise((resolve) => {
        const timer = setTimeout(done, Math.min(ms, maxTimerMs));
        signal.addEventListener("abort", done, { once: true });
        function done() {
          clearTimeout(timer);
          signal.removeEventListener("abort", done);
          resolve();
        }
      }),
    // A timer of 0 ms takes more than one.
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    fetch: world.fetch,
    readFile: readBoundedText,
    programFolder: dirname(path),
  };
}

/**
 * A timer does not count the time for which the computer was suspended. So a long wait is cut into these: after each the
 * session looks at the clock again.
 */
const maxTimerMs = 30_000;
