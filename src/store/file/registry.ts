import { DatabaseSync } from "node:sqlite";
import { messageOf } from "../../errors.ts";
import { freeDescriptors } from "./descriptors.ts";
import { formats, newerFormatOf } from "../format.ts";
import { diskTrouble } from "../storage_error.ts";
import { checkFileAt, openTrusted, UntrustedPathError } from "./trusted_path.ts";
import { isSessionId } from "../session_id.ts";
import type { SessionFile } from "../session_summary.ts";

/** The file of the registry in the storage folder. */
export const registryName = ".registry.sqlite3";

/** What became of an attempt to use the registry. */
export type RegistryResult<T> =
  | { readonly kind: "done"; readonly value: T }
  /** Locked by somebody, not supported, not to be written: the folders serve in its place. */
  | { readonly kind: "unavailable"; readonly reason: string }
  /** Not a registry, or no longer one. */
  | { readonly kind: "damaged"; readonly reason: string };

/** The registry while it is open. */
export interface Registry {
  /** Whether it has ever been filled from the folders. */
  isNew(): Promise<boolean>;
  /** The id of the last session of a key. */
  last(key: string): Promise<string | undefined>;
  /** Puts sessions in, and moves the pointers of some keys, at once or not at all for each hundred of them. */
  put(sessions: readonly SessionFile[], last: ReadonlyMap<string, string>): Promise<void>;
  remove(id: string): Promise<void>;
}

/**
 * Opens the registry for one piece of work and closes it, as several processes cannot have it open to write at once; the
 * caller holds the storage lock. Never throws for what is wrong with the registry.
 */
export async function withRegistry<T>(
  storagePath: string,
  work: (registry: Registry) => Promise<T>,
): Promise<RegistryResult<T>> {
  if (typeof Deno.openKv !== "function") {
    return { kind: "unavailable", reason: "this Deno has no key-value store (it needs --unstable-kv)" };
  }
  const path = `${storagePath}/${registryName}`;
  let kv: Deno.Kv | undefined;
  try {
    createPrivately(path);
    // With fewer Deno KV panics, and the process hangs with all its locks.
    if (freeDescriptors(path, neededDescriptors) < neededDescriptors) {
      return { kind: "unavailable", reason: "too many files are open; allow more with ulimit -n 256" };
    }
    const unsound = unsoundnessOf(path);
    if (unsound !== undefined) return { kind: "damaged", reason: unsound };
    kv = await answered(Deno.openKv(path));
    const newer = newerFormatOf(
      { version: decoded((await answered(kv.get(["version"]))).value) },
      formats.registry,
    );
    if (newer) {
      return { kind: "unavailable", reason: `a newer playbooks wrote it, in format ${newer.format}` };
    }
    return { kind: "done", value: await answered(work(registryOn(kv))) };
  } catch (error) {
    const reason = messageOf(error);
    const isDamaged = error instanceof UntrustedPathError || damage.test(reason);
    return { kind: isDamaged ? "damaged" : "unavailable", reason: diskTrouble(error) };
  } finally {
    kv?.close();
  }
}

/** Puts a registry that is no registry out of the way, with what belongs to it; returns its new name. */
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

/** What SQLite keeps beside a database. It follows links. */
const sideFiles = ["-wal", "-shm", "-journal"];
/** What SQLite and Deno KV say of a file that is no registry; all else (locked, full, read-only) passes or is not its fault. */
const damage =
  /not a database|malformed|corrupt|unable to open|deserializ|already exists|no such (table|column)|is a directory/i;
/** Files, pipes and event queues that Deno KV opens, and room for what the session opens meanwhile. */
const neededDescriptors = 32;
/** A registry that takes longer is no help. */
const longestAnswerMs = 5_000;
/** Deno KV takes at most a thousand changes, or 800 KiB, in one step. */
const sessionsPerCommit = 50;
/** A value in Deno KV has at most 64 KiB: what has more paths than fit is in `session.json` all the same. */
const mostPathBytes = 16 * 1024;

function registryOn(kv: Deno.Kv): Registry {
  return {
    isNew: async () => decoded((await kv.get(["version"])).value) !== formats.registry,
    last: async (key) => {
      const value = decoded((await kv.get(["last", key])).value);
      return typeof value === "string" && isSessionId(value) ? value : undefined;
    },
    put: async (sessions, last) => {
      const keys = [...last];
      for (
        let from = 0;
        from === 0 || from < Math.max(sessions.length, keys.length);
        from += sessionsPerCommit
      ) {
        const step = kv.atomic();
        for (const session of sessions.slice(from, from + sessionsPerCommit)) {
          step.set(["session", session.id], encoded(summaryOf(session)));
        }
        for (const [key, id] of keys.slice(from, from + sessionsPerCommit)) {
          step.set(["last", key], encoded(id));
        }
        await step.set(["version"], encoded(formats.registry)).commit();
      }
    },
    remove: async (id) => {
      const step = kv.atomic().delete(["session", id]);
      for await (const entry of kv.list({ prefix: ["last"] })) {
        if (decoded(entry.value) === id) step.delete(entry.key);
      }
      await step.commit();
    },
  };
}

/**
 * A value as JSON in UTF-8. Deno KV keeps bytes as they are, but other values in the form of its own V8, which an older Deno
 * cannot read: a binary and a newer Deno that runs from source share one registry.
 */
function encoded(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}

/** The value that `encoded` wrote. Format 1 had plain values. */
function decoded(value: unknown): unknown {
  if (!(value instanceof Uint8Array)) return value;
  try {
    return JSON.parse(new TextDecoder().decode(value));
  } catch {
    throw new Error("it holds a malformed value");
  }
}

/** Waits for the registry, but not for ever: a run must end whatever becomes of it. */
async function answered<T>(work: Promise<T>): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    const error = new Error(`it did not answer within ${longestAnswerMs / 1000} s`);
    timer = setTimeout(() => reject(error), longestAnswerMs);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
    work.catch(() => {});
  }
}

function summaryOf(session: SessionFile): SessionFile {
  let bytes = 0;
  const programPaths = session.programPaths.filter((path) => (bytes += path.length * 2) <= mostPathBytes);
  return { ...session, programPaths };
}

/** What SQLite finds wrong with a file; a damaged one is not to be opened as a key-value store, which ends the whole process. */
function unsoundnessOf(path: string): string | undefined {
  const database = new DatabaseSync(path);
  try {
    const found = Object.values(database.prepare("PRAGMA integrity_check(1)").get() ?? {})[0];
    return found === "ok" ? undefined : String(found);
  } finally {
    database.close();
  }
}

/** SQLite gives its side files the mode of the main one, and would make that readable for all. */
function createPrivately(path: string): void {
  for (const part of sideFiles) checkFileAt(path + part);
  openTrusted(path, { create: true }).close();
}
