import { dirname, resolve } from "@std/path";
import { setImmediate } from "node:timers";
import {
  appendPlace,
  appendToFile,
  overwriteFile,
  readBoundedFolder,
  readBoundedText,
} from "../../../files/mod.ts";
import type { EngineWorld } from "../../../engine/mod.ts";
import type { Config } from "../../config.ts";
import { secretNames } from "../../secrets.ts";
import { ownSecrets } from "../../shell_variables.ts";
import type { World } from "../../world.ts";

/** The files around a running program. */
interface Surroundings {
  readonly config: Config;
  /** Files of the program and its imports, absolute or relative to the current folder. */
  readonly files: readonly string[];
  /** Folders that hold sessions. */
  readonly storages: readonly string[];
}

/** The world for the runtime of a program whose first file is at `path`. */
export function runtimeWorld(
  world: World,
  path: string,
  { config, files, storages }: Surroundings,
  tools?: EngineWorld["tools"],
): EngineWorld {
  return {
    ...(tools ? { tools } : {}),
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
    // A timer of 0 ms takes longer than 1 ms.
    pause: () => new Promise((resolve) => setImmediate(resolve)),
    fetch: world.fetch,
    readFile: readBoundedText,
    programFolder: dirname(path),
    disk: {
      ...{ readFolder: readBoundedFolder, overwriteFile, appendToFile, appendPlace },
      closed: storages,
      guarded: [...config.files, ...files.map((file) => resolve(world.cwd, file))],
    },
    environment: {
      get: (name) =>
        ownSecrets.includes(name) || !Object.hasOwn(config.environment, name)
          ? undefined
          : config.environment[name],
      secrets: [...secretNames(config)],
    },
  };
}

/**
 * Maximum length of one timer. A timer does not count the time for which the computer was suspended. So a long wait is
 * split: after each part the session looks at the clock again.
 */
const maxTimerMs = 30_000;
