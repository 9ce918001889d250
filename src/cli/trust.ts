import { basename, dirname, resolve } from "@std/path";
import { exitCodes, PlaybooksError } from "../errors.ts";
import { cleanLine } from "../text/mod.ts";
import type { Program } from "../language/mod.ts";
import type { Config } from "./config.ts";
import type { UntrustedFile } from "./folder_layers.ts";
import { realPath, trustList } from "./load_config.ts";
import type { SessionFile } from "../store/mod.ts";
import type { Seal, TrustRequest } from "../user/mod.ts";
import { programRequests } from "./tool_trust.ts";
import { quoted } from "./quoted.ts";
import { isInside } from "./trust_rules.ts";
import type { World } from "./world.ts";

/** Asks a person yes or no. The answer is no without a terminal. */
export type Confirm = (question: string) => Promise<boolean>;

/**
 * Requires the user's trust in the requests of the configuration's files. Asks on a terminal, and stores the answer. Returns
 * whether it stored an answer; then read the configuration again. Throws a `PlaybooksError` (exit code 2) for files that
 * stay untrusted, because the program needs their settings.
 */
export async function requireTrust(config: Config, world: World, confirm?: Confirm): Promise<boolean> {
  const { untrusted } = config;
  if (untrusted.length === 0) return false;
  const question = `${asked(untrusted)}\nDo you trust ${
    untrusted.length === 1 ? "this file" : "these files"
  }, with these settings?`;
  if (!await confirm?.(question)) throw notTrusted(untrusted);
  for (const request of untrusted) trustList(world).add(request, world.now());
  return true;
}

/**
 * Requires the user's trust in the tool servers that the program itself describes. Throws a `PlaybooksError` (exit code 2)
 * without it.
 */
export async function requireTrustInServers(
  program: Program,
  world: World,
  { isTrusted, confirm }: { readonly isTrusted: boolean; readonly confirm: Confirm },
): Promise<void> {
  if (isTrusted) return;
  const list = trustList(world);
  const requests = programRequests(program, (path) => realPath(resolve(world.cwd, path)))
    .filter((request) => !list.has(request)).map((request) => ({ ...request, needed: [] }));
  if (requests.length === 0) return;
  if (!await confirm(`${asked(requests)}\nDo you trust this program, with these tool servers?`)) {
    throw notTrusted(requests);
  }
  for (const request of requests) list.add(request, world.now());
}

/** Like `requireTrust`, for a command that uses only the place of the sessions. `hasFlag`: it takes `--trust`. */
export function requireTrustInStorage(
  { untrusted }: Config,
  { hasFlag = true }: { readonly hasFlag?: boolean } = {},
): void {
  const files = untrusted.filter(({ needed }) =>
    needed.includes("durability.storage_path") || needed.includes("durability.url")
  );
  if (files.length > 0) throw notTrusted(files, { hasFlag });
}

/**
 * Checks that a session may use the permissions of a trusted folder. A session in another storage may come from a stranger,
 * and its code would run with these permissions. Throws a `PlaybooksError` (exit code 2).
 */
export async function requireOwnStorage(
  config: Config,
  session: MarkedSession & Pick<SessionFile, "importedFrom"> & { readonly folder: string | undefined },
  { isTrusted, seal, confirm }: {
    readonly isTrusted: boolean;
    readonly seal: Seal;
    readonly confirm: Confirm;
  },
): Promise<void> {
  const grants = config.trusted.filter(({ lines }) => lines.some((line) => line.startsWith("permissions.")));
  if (isTrusted || grants.length === 0) return;
  const isForeign = session.importedFrom !== undefined && !isMarked(session, seal);
  if (!isForeign && isOwnStorage(config, session.folder)) return;
  const [{ file }] = grants as [TrustRequest];
  const reason = isForeign
    ? `session "${session.id}" was imported from a file, and you have not run it yet`
    : `session "${session.id}" is in ${session.folder}, and ${file} keeps its sessions in ` +
      (config.database ? "a database" : config.storagePath);
  if (
    await confirm(`${reason}
Do you trust this session with the permissions of that file?`)
  ) return;
  throw new PlaybooksError(
    `Cannot resume with the permissions of ${file}: ${reason}; if you trust the session, add --trust`,
    { exitCode: exitCodes.usage },
  );
}

/** Whether the configuration names the storage of a session. The only database is that of the configuration. */
function isOwnStorage({ database, storagePath }: Config, folder: string | undefined): boolean {
  if (folder === undefined) return true;
  return !database && realPath(storagePath) === realPath(folder);
}

/**
 * Checks that a session names a program beside its storage, or one that this user ran. Otherwise a stranger's session could
 * show any file, and open any folder to `LoadFile`. No program is beside a database, which several users may share. Throws
 * a `PlaybooksError` (exit code 2).
 */
export async function requireOwnProgram(
  session: MarkedSession & { readonly place: string; readonly folder: string | undefined },
  { isTrusted, seal, confirm }: {
    readonly isTrusted: boolean;
    readonly seal: Seal;
    readonly confirm: Confirm;
  },
): Promise<void> {
  const { id, programPaths, place, folder } = session;
  if (isTrusted || isMarked(session, seal)) return;
  const beside = folder === undefined ? undefined : dirname(realPath(folder));
  const foreign = programPaths.find((path) => beside === undefined || !isInside(realPath(path), beside));
  if (foreign === undefined) return;
  const outside = beside === undefined ? "" : `, outside ${beside}`;
  const reason = `session "${id}" in ${place} says that its program is ${foreign}${outside}, ` +
    "and you did not run it there";
  if (await confirm(`Attention: ${reason}\nDo you trust this session?`)) return;
  throw new PlaybooksError(
    `Cannot resume: ${reason}; if you trust the session, add --trust, or say playbooks run FILES --resume=${id}`,
    { exitCode: exitCodes.usage },
  );
}

/** A session, with the mark of the user who ran it. */
type MarkedSession = Pick<SessionFile, "id" | "programPaths" | "programMark">;

/** Whether this user ran the session with these files. */
function isMarked({ programPaths, programMark }: MarkedSession, seal: Seal): boolean {
  return programMark !== undefined && seal.isOn(programMark, programParts(programPaths));
}

/** The parts that the user's seal of a program's paths covers. */
export function programParts(paths: readonly string[]): string[] {
  return ["program", ...paths];
}

/** The requests of the files, one setting a line. */
function asked(files: readonly UntrustedFile[]): string {
  return files.map(({ file, lines }) =>
    `${cleanLine(file)} asks for\n${lines.map((line) => `  ${line}`).join("\n")}`
  )
    .join("\n");
}

function notTrusted(
  files: readonly UntrustedFile[],
  { hasFlag = true }: { readonly hasFlag?: boolean } = {},
): PlaybooksError {
  const folders = [...new Set(files.map(({ file }) => dirname(file)))];
  const named = files.every(({ file }) => standardNames.includes(basename(file)));
  const places = named ? folders : files.map(({ file }) => file);
  return new PlaybooksError(
    [
      "Cannot use settings that you have not trusted:",
      asked(files),
      "If you trust them, say",
      ...places.map((place) => `  playbooks trust ${quoted(place)}`),
      ...(hasFlag ? ["or add --trust, for this run alone"] : []),
    ].join("\n"),
    { exitCode: exitCodes.usage },
  );
}

/** Settings files that `playbooks trust FOLDER` reads. */
export const standardNames = ["playbooks.toml", ".env"];
