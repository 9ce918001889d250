import { dirname } from "@std/path";
import { exitCodes, PlaybooksError } from "../../errors.ts";
import type { FileSystem } from "./file_system.ts";
import { diskTrouble, errorCode, storageError } from "../storage_error.ts";
import { checkFolder } from "./trusted_path.ts";
import { notFoundError } from "../find.ts";
import { type Lease, takeLease } from "./lease.ts";
import { canGoOn } from "./moved.ts";
import { newSessionFile } from "../session_summary.ts";
import type { SessionChange, SessionFile } from "../session_summary.ts";
import { checkName, newSessionId } from "../session_id.ts";
import type { Sessions } from "./sessions.ts";

/** The process that is to run a session, and its clock (ms since 1970). */
interface Runner {
  readonly fs: FileSystem;
  readonly pid: number;
  readonly host: string;
  readonly nowMs: () => number;
  /** The registry may be told of the run later, by `Sessions.settle`; at once when absent. */
  readonly registryLater?: true;
}

/** A session that this process may run: its folder, its lease, and what is known of it. */
export interface OpenSession extends Disposable {
  readonly session: SessionFile;
  readonly folder: string;
  readonly lease: Lease;
}

/**
 * Begins a session: makes its folder (and the storage folder), takes its lease, and registers it.
 *
 * If that fails, nothing that was made is left. Throws a `PlaybooksError` (exit code 6) that says whether the storage path
 * or the disk is the trouble.
 */
export async function beginFolderSession(
  sessions: Sessions,
  given: Pick<SessionFile, "key" | "programPaths" | "programMark" | "storage" | "name" | "forkedFrom">,
  runner: Runner,
): Promise<OpenSession> {
  const name = given.name === undefined ? {} : { name: checkName(given.name) };
  const { pid, host, nowMs, registryLater } = runner;
  let session = newSessionFile({ ...given, ...name, id: newSessionId(nowMs()), pid, host }, {
    nowMs: nowMs(),
  });
  const folder = sessions.folderOf(session.id);
  const made: string[] = [];
  let lease: Lease | undefined;
  try {
    checkFolder(sessions.storagePath);
    for (const path of missingFolders(folder)) {
      if (makeFolder(path)) made.push(path);
      runner.fs.syncFolder(dirname(path));
    }
    lease = await takeLease(folder, { session: session.id, pid, host, nowMs: nowMs() });
    session = { storage: sessions.realPath(), ...session, token: lease.token };
    await sessions.register(session, { registryLater });
  } catch (error) {
    lease?.[Symbol.dispose]();
    for (const path of made.reverse()) removeQuietly(path, { recursive: path === folder });
    throw cannotBegin(sessions.storagePath, error);
  }
  return open(session, folder, lease);
}

/**
 * Takes the lease of a session that was begun before, and notes that it runs again.
 *
 * Throws a `PlaybooksError` with exit 4 when another process runs it, and with exit 6 when the disk fails.
 */
export async function resumeFolderSession(
  sessions: Sessions,
  session: SessionFile,
  runner: Runner & { readonly change?: SessionChange },
): Promise<OpenSession> {
  const { pid, host, nowMs, change, registryLater } = runner;
  const folder = sessions.folderOf(session.id);
  const lease = await leaseOf(folder, {
    session: session.id,
    pid,
    host,
    nowMs: nowMs(),
    ...(session.token === undefined ? {} : { lastToken: session.token }),
  });
  try {
    return open(
      await sessions.resumed(session.id, { ...change, pid, host, token: lease.token }, { registryLater }),
      folder,
      lease,
    );
  } catch (error) {
    lease[Symbol.dispose]();
    throw error;
  }
}

/** What a run with `--resume` is to go on with. */
export type ResumeTarget =
  /** `explicit` when it was named and not just the last of its program. */
  | {
    readonly kind: "resume";
    readonly session: SessionFile;
    readonly explicit: boolean;
    readonly position?: number;
  }
  /** There is no session of these program files: a new one is to begin. */
  | { readonly kind: "none" };

/** Decides what to resume: the session named, else the last one of the key; throws a `PlaybooksError` (exit 3) for a name unknown or ambiguous. */
export async function resumeTarget(
  sessions: Sessions,
  wanted: { readonly reference: string } | { readonly key: string },
): Promise<ResumeTarget> {
  if ("reference" in wanted) {
    const result = sessions.find(wanted.reference);
    if (result.kind !== "found") throw notFoundError(wanted.reference, result);
    return { ...result, kind: "resume", explicit: true };
  }
  const session = await sessions.lastFor(wanted.key);
  return session === undefined ? { kind: "none" } : { kind: "resume", session, explicit: false };
}

/**
 * For `playbooks resume` without an id: the session that ran last of those that can go on, whatever its program.
 *
 * One that runs in another process counts too: its user is told so, and no older session is taken in its place.
 */
export function newestToResume(sessions: Sessions): SessionFile | undefined {
  return sessions.list().find(canGoOn);
}

function open(session: SessionFile, folder: string, lease: Lease): OpenSession {
  return { session, folder, lease, [Symbol.dispose]: () => lease[Symbol.dispose]() };
}

async function leaseOf(folder: string, options: Parameters<typeof takeLease>[1]): Promise<Lease> {
  try {
    return await takeLease(folder, options);
  } catch (error) {
    throw storageError(`Cannot take the lease of session "${options.session}"`, error, "resume");
  }
}

/** Those of the folders down to `path` that are not there, outermost first. */
function missingFolders(path: string): readonly string[] {
  const missing: string[] = [];
  for (let folder = path; !exists(folder); folder = dirname(folder)) missing.unshift(folder);
  return missing;
}

/** Makes a folder unless it is there, perhaps since a moment ago by another process; says whether it did. */
function makeFolder(path: string): boolean {
  try {
    Deno.mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists && Deno.statSync(path).isDirectory) return false;
    throw error;
  }
}

function exists(path: string): boolean {
  try {
    Deno.lstatSync(path);
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

function removeQuietly(path: string, options: { readonly recursive: boolean }): void {
  try {
    Deno.removeSync(path, options);
  } catch {
    // Somebody else has begun to use it meanwhile, or the disk fails: the first failure is the one to report.
  }
}

function cannotBegin(storagePath: string, error: unknown): PlaybooksError {
  if (error instanceof PlaybooksError && !isRefusedByPath(error.cause)) return error;
  const cause = error instanceof PlaybooksError ? error.cause : error;
  if (!isRefusedByPath(cause)) return storageError(`Cannot keep sessions in "${storagePath}"`, cause);
  const message = `Cannot keep sessions in "${storagePath}": ${diskTrouble(cause)}`;
  return new PlaybooksError(
    `${message}; set storage_path under [durability] in playbooks.toml to a folder that you may write`,
    { exitCode: exitCodes.storage, cause },
  );
}

/** Whether a path itself is the trouble (no permission, a file in the way), which is a matter of configuration. */
function isRefusedByPath(error: unknown): boolean {
  const code = errorCode(error);
  return error instanceof Deno.errors.NotCapable || (code !== undefined && refusals.has(code));
}

const refusals = new Set([
  "EACCES",
  "EPERM",
  "EROFS",
  "ENAMETOOLONG",
  "EINVAL",
  "ENOTDIR",
  "ENOENT",
  "EEXIST",
  "ELOOP",
]);
