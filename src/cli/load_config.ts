import { parseEnv } from "node:util";
import { basename, dirname, join, resolve } from "@std/path";
import { messageOf } from "../errors.ts";
import { FileError, readBoundedText } from "../files/mod.ts";
import { Seal, stateFolder, TrustList, type TrustRequest } from "../user/mod.ts";
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
  /** `--trust`: every file is trusted, for this once. */
  readonly trust?: boolean;
}

/**
 * Reads `.env` of the program's folder and the nearest `playbooks.toml` from there upward, or the one that is named.
 * Settings that need trust, from files that the user does not trust, are not in force: see `untrusted`.
 * Throws a `PlaybooksError` with exit code 2; changes nothing, not even the process's environment.
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
  });
}

/**
 * All requests of a folder, or of the folder of a program: those of its `.env` and of the nearest `playbooks.toml`; of a
 * `.toml` file, its own. Throws a `PlaybooksError` (exit code 2).
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

/** Whether the shell says that every folder is trusted; a `.env` cannot say it. */
export function isTrustedByShell({ environment }: World): boolean {
  return environment["PLAYBOOKS_TRUST"] === "1";
}

/** The files that this user trusts. Only the environment of the process says where they are listed. */
export function trustList(world: World): TrustList {
  return new TrustList(stateFolder(world.environment, Deno.build.os));
}

/** The mark of what this user's own processes write. */
export function userSeal(world: World): Seal {
  return new Seal(stateFolder(world.environment, Deno.build.os));
}

/** The nearest file, up to the repository's root or the home folder, and in no folder above that another user owns. */
function findFile(folder: string, world: World): { path: string; text: string } | undefined {
  const home = world.environment["HOME"] ?? world.environment["USERPROFILE"];
  const realHome = home === undefined ? undefined : realPath(home);
  // The path may lead through links: the folders above a file are those of its real place.
  for (let at = realPath(folder), isFirst = true;; at = dirname(at), isFirst = false) {
    if (!isFirst && !isOurs(at)) return undefined;
    const path = join(isFirst ? folder : at, "playbooks.toml");
    const text = readText(path);
    if (text !== undefined) return { path, text };
    if (at === realHome || exists(join(at, ".git")) || dirname(at) === at) return undefined;
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

/** Who besides this user and the system's administrator can change a file, or put another in its place. */
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
    // Many systems give each user a group of their own, which is nobody else.
    if ((mode! & 0o020) !== 0 && gid !== Deno.gid() && gid !== 0) return { owner: `group ${gid}` };
  }
  return {};
}

/** The real path of a file or folder; of one that is not there, the real path of the nearest folder that is, and the rest. */
export function realPath(path: string): string {
  try {
    return Deno.realPathSync(path);
  } catch {
    const above = dirname(path);
    return above === path ? path : join(realPath(above), basename(path));
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch {
    return false;
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
