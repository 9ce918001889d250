import { parseEnv } from "node:util";
import { basename, dirname, join, resolve } from "@std/path";
import { messageOf } from "../errors.ts";
import { FileError, readBoundedText } from "../files/mod.ts";
import { Seal, stateFolder, TrustList, type TrustRequest } from "../user/mod.ts";
import type { AllowFlags } from "./allow_flags.ts";
import { type Config, resolveConfig } from "./config.ts";
import { isThere } from "./is_there.ts";
import { configError } from "./setting_values.ts";
import type { World } from "./world.ts";

/** Limit for `playbooks.toml` and `.env`, which people write. */
const maximumBytes = 1024 * 1024;

/** The inputs that select the configuration files, and the flags that override them. */
export interface LoadConfigOptions {
  /** The first file of the program. Without it, the search begins at the current folder. */
  readonly programFile?: string;
  /** `--config`; `/dev/null` means no file. */
  readonly config?: string;
  /** `--model`. */
  readonly model?: string;
  /** `--on-uncertain`. */
  readonly uncertain?: "ask" | "retry" | "fail" | "skip";
  /** `--allow-net` and its like. */
  readonly allow?: AllowFlags;
  /** `--trust`: every file is trusted, for this run only. */
  readonly trust?: boolean;
}

/**
 * Reads `.env` of the program's folder, and the named `playbooks.toml` or the nearest one from that folder upward. Settings
 * that need trust are ignored if the user does not trust their file: see `untrusted`. Throws a `PlaybooksError` with exit
 * code 2. Changes nothing, not even the process's environment.
 */
export function loadConfig(
  options: LoadConfigOptions,
  world: World,
  isTrusted: (request: TrustRequest) => boolean = trusts(options, world),
): Config {
  const folder = options.programFile === undefined
    ? world.cwd
    : dirname(resolve(world.cwd, options.programFile));
  const file = options.config === undefined
    ? findFile(folder, world)
    : namedFile(resolve(world.cwd, options.config));
  const dotEnvPath = join(folder, ".env");
  const dotEnv = readText(dotEnvPath);
  const { environment } = world;
  return resolveConfig({
    cwd: world.cwd,
    environment,
    realPath,
    isTrusted,
    ...(file === undefined ? {} : { file: { ...file, ...ownerOf(file.path) } }),
    ...(dotEnv === undefined ? {} : {
      dotEnv: {
        path: dotEnvPath,
        variables: missingFrom(environment, parseEnv(dotEnv)),
        ...ownerOf(dotEnvPath),
      },
    }),
    ...(options.model === undefined ? {} : { model: options.model }),
    ...(options.uncertain === undefined ? {} : { uncertain: options.uncertain }),
    ...(options.allow === undefined ? {} : { allow: options.allow }),
  });
}

/**
 * All requests of a folder, or of a program's folder: those of its `.env` and of the nearest `playbooks.toml`. For a `.toml`
 * file, only its own requests. Throws a `PlaybooksError` (exit code 2).
 */
export function folderRequests(path: string, world: World): readonly TrustRequest[] {
  const isFolder = statOf(path).isDirectory;
  const requests: TrustRequest[] = [];
  const isTrusted = (request: TrustRequest) => requests.push(request) > 0;
  const options = path.endsWith(".toml") && !isFolder
    ? { config: path }
    : { programFile: isFolder ? join(path, "any.pb") : path };
  loadConfig(options, world, isTrusted);
  return requests;
}

function statOf(path: string): Deno.FileInfo {
  try {
    return Deno.statSync(path);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw configError(path, messageOf(error));
    throw configError(path, "there is no such folder; name the folder of a program");
  }
}

function trusts({ trust }: LoadConfigOptions, world: World): (request: TrustRequest) => boolean {
  if (trust || isTrustedByShell(world)) return () => true;
  const list = trustList(world);
  return (request) => list.has(request);
}

/** Whether the shell trusts every folder. A `.env` cannot set this. */
export function isTrustedByShell({ environment }: World): boolean {
  return environment["PLAYBOOKS_TRUST"] === "1";
}

/** The files that this user trusts. Only the process's own environment selects the list's folder. */
export function trustList(world: World): TrustList {
  return new TrustList(stateFolder(world.environment, Deno.build.os));
}

/** The seal of this user's own processes. */
export function userSeal(world: World): Seal {
  return new Seal(stateFolder(world.environment, Deno.build.os));
}

/** The nearest file, up to the repository's root or the home folder. The search stops below a folder of another user. */
function findFile(folder: string, world: World): { path: string; text: string } | undefined {
  const home = world.environment["HOME"] ?? world.environment["USERPROFILE"];
  const realHome = home === undefined ? undefined : realPath(home);
  // The path may lead through links. The search continues in the folders above the real path.
  for (let at = realPath(folder), isFirst = true;; at = dirname(at), isFirst = false) {
    if (!isFirst && !isOurs(at)) return undefined;
    const path = join(isFirst ? folder : at, "playbooks.toml");
    const text = readText(path);
    if (text !== undefined) return { path, text };
    if (at === realHome || isThere(join(at, ".git")) || dirname(at) === at) return undefined;
  }
}

function isOurs(folder: string): boolean {
  try {
    const { uid } = Deno.statSync(folder);
    return Deno.build.os === "windows" || uid === Deno.uid();
  } catch {
    return false;
  }
}

/** The others who can change or replace a file, besides this user and the system's administrator. */
function ownerOf(path: string): { readonly owner?: string } {
  if (Deno.build.os === "windows") return {};
  const sticky = 0o1000;
  const file = Deno.statSync(path);
  const folder = Deno.statSync(dirname(path));
  for (const { uid } of [file, folder]) {
    if (uid !== Deno.uid() && uid !== 0) return { owner: `user ${uid}` };
  }
  for (const { mode, gid, isDirectory } of [file, folder]) {
    if (isDirectory && (mode! & sticky) !== 0) continue;
    if ((mode! & 0o002) !== 0) return { owner: "everyone" };
    // On many systems each user has a private group.
    if ((mode! & 0o020) !== 0 && gid !== Deno.gid() && gid !== 0) return { owner: `group ${gid}` };
  }
  return {};
}

/**
 * The real path of a file or folder. If it does not exist, resolves the nearest existing folder above it and appends the
 * rest.
 */
export function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(realPath(above), basename(path));
  }
}

/** The file that `--config` names; `undefined` if it says that there are no settings. */
function namedFile(path: string): { path: string; text: string } | undefined {
  if (path === noSettings) return undefined;
  const text = readText(path);
  if (text === undefined) throw configError(path, "there is no such file; --config names a playbooks.toml");
  return { path, text };
}

const noSettings = "/dev/null";

/** The text of a file. Returns `undefined` if there is no such file. */
function readText(path: string): string | undefined {
  try {
    return readBoundedText(path, { maxBytes: maximumBytes });
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    // A folder with this name is not ours: a virtual environment is often called `.env`. /dev and /proc hold no settings.
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
