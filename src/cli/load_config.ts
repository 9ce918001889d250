import { parseEnv } from "node:util";
// @ts-types="#types/path.d.ts"
import { dirname, join, resolve } from "@std/path";
import { FileError, readBoundedText } from "../files/mod.ts";
import { type Config, resolveConfig } from "./config.ts";
import { configError } from "./setting_values.ts";
import type { World } from "./world.ts";

/** `playbooks.toml` and `.env` are written by people. */
const maximumBytes = 1024 * 1024;

/** What decides which configuration is read, and what flags say over it. */
export interface LoadConfigOptions {
  /** The first file of the program; without one, the search begins at the current folder. */
  readonly programFile?: string;
  /** `--config`. */
  readonly config?: string;
  /** `--model`. */
  readonly model?: string;
  /** `--on-uncertain`. */
  readonly uncertain?: "ask" | "retry" | "fail" | "skip";
}

/**
 * Reads `.env` of the program's folder and the nearest `playbooks.toml` from there upward, or the one that is named.
 * Throws a `PlaybooksError` with exit code 2; changes nothing, not even the process's environment.
 */
export function loadConfig(options: LoadConfigOptions, world: World): Config {
  const folder = options.programFile === undefined
    ? world.cwd
    : dirname(resolve(world.cwd, options.programFile));
  const file = options.config === undefined
    ? findFile(folder)
    : namedFile(resolve(world.cwd, options.config));
  const dotEnvPath = join(folder, ".env");
  const dotEnv = readText(dotEnvPath);
  return resolveConfig({
    cwd: world.cwd,
    environment: world.environment,
    ...(file === undefined ? {} : { file }),
    ...(dotEnv === undefined ? {} : {
      dotEnv: { path: dotEnvPath, variables: missingFrom(world.environment, parseEnv(dotEnv)) },
    }),
    ...(options.model === undefined ? {} : { model: options.model }),
    ...(options.uncertain === undefined ? {} : { uncertain: options.uncertain }),
  });
}

function findFile(folder: string): { path: string; text: string } | undefined {
  for (let at = folder;; at = dirname(at)) {
    const path = join(at, "playbooks.toml");
    const text = readText(path);
    if (text !== undefined) return { path, text };
    if (dirname(at) === at) return undefined;
  }
}

function namedFile(path: string): { path: string; text: string } {
  const text = readText(path);
  if (text === undefined) throw configError(path, "there is no such file; --config names a playbooks.toml");
  return { path, text };
}

/** The text of a file, or `undefined` when there is none of that name. */
function readText(path: string): string | undefined {
  try {
    return readBoundedText(path, { maxBytes: maximumBytes });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    // A folder of that name is not ours: a virtual environment is often called `.env`. In /dev and /proc is nothing of ours.
    if (["missing", "folder", "system"].includes(error.fault)) return undefined;
    throw configError(path, error.fault === "encoding" ? "it is not text in UTF-8" : `it ${error.message}`);
  }
}

function missingFrom(
  environment: Readonly<Record<string, string>>,
  variables: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const missing = Object.entries(variables).filter(([name]) => !Object.hasOwn(environment, name));
  return Object.fromEntries(missing.map(([name, value]) => [name, value ?? ""]));
}
