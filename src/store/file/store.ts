import { dirname } from "@std/path";
import { exitCodes, PlaybooksError } from "../../errors.ts";
import type { FileSystem } from "./file_system.ts";
import { diskTrouble, errorCode, storageError } from "../storage_error.ts";
import { checkFolder } from "./trusted_path.ts";
import { type Lease, takeLease } from "./lease.ts";
import { newSessionFile } from "../session_summary.ts";
import type { GivenSession, SessionChange, SessionFile } from "../session_summary.ts";
import { checkName, newSessionId } from "../session_id.ts";
import type { Sessions } from "./sessions.ts";
import { exists } from "./exists.ts";

/** The process that will run a session, and its clock (ms since 1970). */
interface Runner {
  readonly fs: FileSystem;
  readonly pid: number;
  readonly host: string;
  readonly nowMs: () => number;
  /** Write the registry later, with `Sessions.flushIndexes`; at once if absent. */
  readonly registryLater?: true;
}

/** A session that this process may run: its folder, its lease and its summary. */
export interface OpenSession extends Disposable {
  readonly session: SessionFile;
  readonly folder: string;
  readonly lease: Lease;
}

/**
 * Begins a session: makes its folder (and the storage folder), takes its lease, and registers it.
 *
 * If that fails, everything it made is removed. Throws a `PlaybooksError` (exit 6) that says whether the storage path
 * or the disk caused it.
 */
export async function beginFolderSession(
  sessions: Sessions,
  given: GivenSession,
  runner: Runner,
): Promise<OpenSession> {
  const name = given.name === undefined ? {} : { name: checkName(given.name) };
  const { pid, host, nowMs, registryLater } = runner;
  const id = newSessionId(nowMs());
  const folder = sessions.folderOf(id);
  const made: string[] = [];
  let lease: Lease | undefined;
  try {
    checkFolder(sessions.storagePath);
    const encrypt = sessions.prepareEncryption(given.encrypted ?? false);
    for (const path of missingFolders(folder)) {
      if (makeFolder(path)) made.push(path);
      runner.fs.syncFolder(dirname(path));
    }
    lease = await takeLease(folder, { session: id, pid, host, nowMs: nowMs() });
    encrypt?.(id);
    const session: SessionFile = {
      storage: sessions.realPath(),
      ...newSessionFile({ ...given, ...name, id, pid, host }, { nowMs: nowMs() }),
      ...(encrypt ? { encrypted: true } : {}),
      token: lease.token,
    };
    await sessions.register(session, { registryLater });
    return open(session, folder, lease);
  } catch (error) {
    lease?.[Symbol.dispose]();
    for (const path of made.reverse()) removeQuietly(path, { recursive: path === folder });
    throw cannotBegin(sessions.storagePath, error);
  }
}

/**
 * Takes the lease of an existing session and notes that it runs again.
 *
 * Throws a `PlaybooksError`: exit 4 if another process runs it, exit 6 if the disk fails.
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

/** The missing folders of `path`, outermost first. */
function missingFolders(path: string): readonly string[] {
  const missing: string[] = [];
  for (let folder = path; !exists(folder); folder = dirname(folder)) missing.unshift(folder);
  return missing;
}

/** Makes a folder unless it exists; returns whether it did. Another process may have made it a moment ago. */
function makeFolder(path: string): boolean {
  try {
    Deno.mkdirSync(path, { mode: 0o700 });
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.AlreadyExists && Deno.statSync(path).isDirectory) return false;
    throw error;
  }
}

function removeQuietly(path: string, options: { readonly recursive: boolean }): void {
  try {
    Deno.removeSync(path, options);
  } catch {
    // Another process uses it now, or the disk fails. The first failure is reported.
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

/** Whether the path itself is the cause (no permission, a file in the way). That is a configuration error. */
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
