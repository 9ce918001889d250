import { DatabaseSync } from "node:sqlite";
import { messageOf } from "../../errors.ts";
import { freeDescriptors } from "./descriptors.ts";
import { formats, newerFormatOf } from "../format.ts";
import { diskTrouble } from "../storage_error.ts";
import { checkFileAt, openTrusted, UntrustedPathError } from "./trusted_path.ts";
import { isSessionId } from "../session_id.ts";
import type { SessionFile } from "../session_summary.ts";
import { storedSession } from "./session_file.ts";
import type { Vault } from "./vault.ts";

/** The file of the registry in the storage folder. */
export const registryName = ".registry.sqlite3";

/** The result of an attempt to use the registry. */
export type RegistryResult<T> =
  | { readonly kind: "done"; readonly value: T }
  /** It is locked, unsupported or not writable: the folders serve in its place. */
  | { readonly kind: "unavailable"; readonly reason: string }
  /** The file is not a valid registry. */
  | { readonly kind: "damaged"; readonly reason: string };

/** The registry while it is open. */
export interface Registry {
  /** Whether it must still be filled from the folders. */
  isNew(): Promise<boolean>;
  /** The id of the last session of a key. */
  last(key: string): Promise<string | undefined>;
  /** The ids of its sessions, and the last session of each key. */
  contents(): Promise<{ readonly ids: ReadonlySet<string>; readonly last: ReadonlyMap<string, string> }>;
  /** Adds sessions and moves the pointers of keys, atomically for some hundreds of them. At the end it is not new. */
  put(sessions: Iterable<SessionFile>, last: ReadonlyMap<string, string>): Promise<void>;
  /** Removes sessions, and pointers to them. */
  remove(ids: ReadonlySet<string>): Promise<void>;
}

/**
 * Opens the registry, runs `work` and closes it, because only one process can have it open for writing. The caller
 * holds the storage lock. A fault of the registry is a result, never an error.
 */
export async function withRegistry<T>(
  storagePath: string,
  work: (registry: Registry) => Promise<T>,
  vault?: Vault,
): Promise<RegistryResult<T>> {
  if (typeof Deno.openKv !== "function") {
    return { kind: "unavailable", reason: "this Deno has no key-value store (it needs --unstable-kv)" };
  }
  const path = `${storagePath}/${registryName}`;
  let kv: Deno.Kv | undefined;
  try {
    createPrivately(path);
    // With fewer, Deno KV panics, and the process hangs with all its locks.
    if (freeDescriptors(path, neededDescriptors) < neededDescriptors) {
      return { kind: "unavailable", reason: "too many files are open; allow more with ulimit -n 256" };
    }
    const unsound = knownStamp(path) === soundStamps.get(path) ? undefined : unsoundnessOf(path);
    if (unsound !== undefined) return { kind: "damaged", reason: unsound };
    kv = await answered(Deno.openKv(path));
    const newer = newerFormatOf(
      { version: decoded((await answered(kv.get(["version"]))).value) },
      formats.registry,
    );
    if (newer) {
      return { kind: "unavailable", reason: `a newer playbooks wrote it, in format ${newer.format}` };
    }
    return { kind: "done", value: await answered(work(registryOn(kv, vault))) };
  } catch (error) {
    const reason = messageOf(error);
    const isDamaged = error instanceof UntrustedPathError || damage.test(reason);
    return { kind: isDamaged ? "damaged" : "unavailable", reason: diskTrouble(error) };
  } finally {
    kv?.close();
    const stamp = knownStamp(path);
    // The next check in this process would read the whole file again.
    if (kv && stamp !== undefined) soundStamps.set(path, stamp);
  }
}

/**
 * Notes that a large registry is as a process left it that closed it in order. Then it is not checked, because the time of
 * a check grows with the file. If its bytes have changed without its time, Deno KV may end the process, and leaves the side
 * files: then the next process checks it, and starts a new one.
 */
export function trustRegistry(storagePath: string): void {
  const path = `${storagePath}/${registryName}`;
  const stamp = knownStamp(path);
  if (stamp === undefined || Deno.lstatSync(path).size <= quicklyCheckedBytes) return;
  if (sideFiles.some((part) => knownStamp(path + part) !== undefined)) return;
  soundStamps.set(path, stamp);
}

/** SQLite checks so much in a few milliseconds. */
const quicklyCheckedBytes = 1024 * 1024;

/** Stamps of registries that this process left sound. */
const soundStamps = new Map<string, string>();

function knownStamp(path: string): string | undefined {
  try {
    const { mtime, size, ino } = Deno.lstatSync(path);
    return `${mtime?.getTime()}:${size}:${ino}`;
  } catch {
    return undefined;
  }
}

/** Moves a damaged registry and its side files out of the way; returns its new name. */
export function setRegistryAside(storagePath: string, nowMs: number): string {
  const suffix = `.damaged-${new Date(nowMs).toISOString().replaceAll(":", "").replace(/\.\d+/, "")}`;
  for (const part of ["", ...sideFiles]) {
    try {
      Deno.renameSync(
        `${storagePath}/${registryName}${part}`,
        `${storagePath}/${registryName}${suffix}${part}`,
      );
    } catch (error) {
      if (!(error instanceof Deno.errors.NotFound)) throw error;
    }
  }
  return registryName + suffix;
}

/** Side files of an SQLite database. SQLite follows links. */
const sideFiles = ["-wal", "-shm", "-journal"];
/**
 * Messages of SQLite and Deno KV about a file that is not a valid registry. Other errors (locked, full, read-only) are
 * not damage.
 */
const damage =
  /not a database|malformed|corrupt|unable to open|deserializ|already exists|no such (table|column)|is a directory/i;
/** The files, pipes and event queues that Deno KV opens, with room for the session's own. */
const neededDescriptors = 32;
/** A slower registry is no help. */
const answerTimeoutMs = 5_000;
const answerStepMs = 250;
/** Deno KV takes at most a thousand changes, or 800 KiB, in one commit. */
const maxChanges = 500;
const maxCommitBytes = 400 * 1024;
/** The most that Deno KV reads at once. */
const batchSize = 500;
/** A value in Deno KV has at most 64 KiB. Paths that do not fit are only in `session.json`. */
const maxPathBytes = 16 * 1024;

function registryOn(kv: Deno.Kv, vault: Vault | undefined): Registry {
  return {
    isNew: async () => decoded((await kv.get(["version"])).value) !== formats.registry,
    last: async (key) => {
      const value = decoded((await kv.get(["last", key])).value);
      return typeof value === "string" && isSessionId(value) ? value : undefined;
    },
    contents: async () => {
      const ids = new Set<string>();
      const last = new Map<string, string>();
      for await (const { key } of kv.list({ prefix: ["session"] }, { batchSize })) ids.add(String(key[1]));
      for await (const { key, value } of kv.list({ prefix: ["last"] }, { batchSize })) {
        last.set(String(key[1]), String(decoded(value)));
      }
      return { ids, last };
    },
    put: async (sessions, last) => {
      let step = kv.atomic();
      let [count, bytes] = [0, 0];
      const set = async (key: Deno.KvKey, value: Uint8Array) => {
        if (count >= maxChanges || bytes + value.length > maxCommitBytes) {
          await step.commit();
          [step, count, bytes] = [kv.atomic(), 0, 0];
        }
        step.set(key, value);
        [count, bytes] = [count + 1, bytes + value.length];
      };
      for (const session of sessions) {
        await set(["session", session.id], encoded(storedSession(summaryOf(session), vault)));
      }
      for (const [key, id] of last) await set(["last", key], encoded(id));
      // A fill that is cut off leaves a new registry, and the next one goes on with it.
      await set(["version"], encoded(formats.registry));
      await step.commit();
    },
    remove: async (ids) => {
      const keys: Deno.KvKey[] = [...ids].map((id) => ["session", id]);
      for await (const entry of kv.list({ prefix: ["last"] })) {
        if (ids.has(String(decoded(entry.value)))) keys.push(entry.key);
      }
      for (let from = 0; from < keys.length; from += maxChanges) {
        const step = kv.atomic();
        for (const key of keys.slice(from, from + maxChanges)) step.delete(key);
        await step.commit();
      }
    },
  };
}

/**
 * A value as JSON in UTF-8. Deno KV keeps bytes as they are. It stores other values in V8's own format, which an older
 * Deno cannot read. A binary and a newer Deno that runs from source share one registry.
 */
function encoded(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** Undoes `encoded`. Format 1 had plain values. */
function decoded(value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value;
  try {
    return JSON.parse(new TextDecoder().decode(value));
  } catch {
    throw new Error("it holds a malformed value");
  }
}

/**
 * Waits for the registry with a timeout, because a run must end even if the registry hangs. Code may keep this thread busy
 * for seconds, and no answer arrives meanwhile: that time counts as one step.
 */
async function answered<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setInterval> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    const error = new Error(`it did not answer within ${answerTimeoutMs / 1000} s`);
    let leftMs = answerTimeoutMs;
    timer = setInterval(() => (leftMs -= answerStepMs) <= 0 && reject(error), answerStepMs);
  });
  try {
    return await Promise.race([work, timeout]);
  } finally {
    clearInterval(timer);
    work.catch(() => {});
  }
}

function summaryOf(session: SessionFile): SessionFile {
  let bytes = 0;
  const programPaths = session.programPaths.filter((path) => (bytes += path.length * 2) <= maxPathBytes);
  return { ...session, programPaths };
}

/** SQLite's report of a fault in a file. Opening a damaged file as Deno KV would end the whole process. */
function unsoundnessOf(path: string): string | undefined {
  const database = new DatabaseSync(path);
  try {
    const found = Object.values(database.prepare("PRAGMA integrity_check(1)").get() ?? {})[0];
    return found === "ok" ? undefined : String(found);
  } finally {
    database.close();
  }
}

/** Creates the file privately, because SQLite gives its side files the mode of the main file. */
function createPrivately(path: string): void {
  for (const part of sideFiles) checkFileAt(path + part);
  openTrusted(path, { create: true }).close();
}
