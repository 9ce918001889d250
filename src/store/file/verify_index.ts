import { join } from "@std/path";
import type { IndexRemark, IndexVerification } from "../verification.ts";
import type { FileSystem } from "./file_system.ts";
import { jsonIndexName, readJsonIndex } from "./json_index.ts";
import { registryName, type RegistryResult, withRegistry } from "./registry.ts";
import type { Sessions } from "./sessions.ts";

/** Compares registry and JSON index with the sessions' folders, and changes nothing. */
export async function verifyIndexes(fs: FileSystem, sessions: Sessions): Promise<IndexVerification> {
  const { storagePath } = sessions;
  const damaged: string[] = [];
  const remarks: IndexRemark[] = [];
  // The list is newest first: the newest is put in last and stays.
  const newest = new Map(
    sessions.list().filter(({ key }) => key !== "").reverse().map(({ key, id }) => [key, id]),
  );
  const compare = (file: string, pointers: ReadonlyMap<string, string>) => {
    for (const [key, id] of newest) {
      const pointed = pointers.get(key);
      if (pointed !== id) remarks.push({ kind: "stale", file, key, pointed, newest: id });
    }
  };
  const missing = (file: string) => {
    if (newest.size > 0) remarks.push({ kind: "missing", file });
  };
  const index = readJsonIndex(fs, storagePath);
  if (index === "damaged") damaged.push(jsonIndexName);
  else if (index === "missing") missing(jsonIndexName);
  else compare(jsonIndexName, index);
  const read = await readRegistry(fs, storagePath, newest.keys());
  if (read === undefined) missing(registryName);
  else if (read.kind === "damaged") damaged.push(registryName);
  else if (read.kind === "unavailable") {
    remarks.push({ kind: "unavailable", file: registryName, reason: read.reason });
  } else compare(registryName, read.value);
  return { damaged, remarks };
}

/** The last sessions by key; `undefined` without a registry. Reads a copy, because opening a registry changes it. */
async function readRegistry(
  fs: FileSystem,
  storagePath: string,
  keys: Iterable<string>,
): Promise<RegistryResult<ReadonlyMap<string, string>> | undefined> {
  const names = fs.list(storagePath);
  if (!names.includes(registryName)) return undefined;
  const copy = await Deno.makeTempDir({ prefix: "playbooks_verify_" });
  try {
    for (const name of names.filter((name) => name.startsWith(registryName) && !name.includes("damaged"))) {
      const bytes = fs.read(join(storagePath, name));
      if (bytes !== undefined) await Deno.writeFile(join(copy, name), bytes, { mode: 0o600 });
    }
    return await withRegistry(copy, async (registry) => {
      const pointers = new Map<string, string>();
      for (const key of keys) {
        const id = await registry.last(key);
        if (id !== undefined) pointers.set(key, id);
      }
      return pointers;
    });
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
}
