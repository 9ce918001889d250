import type { FileSystem } from "./file_system.ts";

/** A session is made in a storage of its own inside the storage, and then renamed into it. */
const prefix = ".making-";

/** The path of a new staging storage. Its name has the time at which it was made. */
export function stagingPath(storagePath: string, nowMs: number): string {
  return `${storagePath}/${prefix}${nowMs}-${crypto.randomUUID()}`;
}

/** Removes the staging storages of processes that died. */
export function removeOldStaging(fs: FileSystem, storagePath: string, nowMs: number): void {
  for (const name of fs.list(storagePath)) {
    const [, madeAtMs] = new RegExp(`^\\${prefix}(\\d{1,15})-[0-9a-f-]{36}$`).exec(name) ?? [];
    if (madeAtMs === undefined || nowMs - Number(madeAtMs) < maxMakingMs) continue;
    removeStaging(`${storagePath}/${name}`);
  }
}

/** Removes a folder with all in it, or only an empty one. Its failure leaves files that nothing reads. */
export function removeStaging(path: string, { recursive = true } = {}): void {
  try {
    Deno.removeSync(path, { recursive });
  } catch {
    // The result of the work is reported, not this.
  }
}

/** No process takes so long to make a session. */
const maxMakingMs = 24 * 60 * 60 * 1000;
