import { join } from "@std/path";
import type { FileSystem } from "../../../store/file/mod.ts";
import { isSessionId } from "../../../store/mod.ts";
import type { FileStore } from "../../../store/mod.ts";
import { jsonIndexName, readJsonIndex } from "../../../store/file/json_index.ts";
import { registryName, withRegistry } from "../../../store/file/registry.ts";
import type { Finding, IndexReport } from "./reports.ts";

/** Ids of all sessions with a folder, even an empty one, the oldest first. */
export function sessionFolders(fs: FileSystem, storagePath: string): readonly string[] {
  return fs.list(storagePath).filter(isSessionId);
}

/**
 * Compares the registry and the JSON index with the sessions' folders. Works on a copy, because opening the registry changes
 * it.
 */
export async function verifyIndex(fs: FileSystem, sessions: FileStore): Promise<IndexReport> {
  const { storagePath } = sessions;
  const findings: Finding[] = [];
  const notes: string[] = [];
  const newest = new Map(
    sessions.list().filter(({ key }) => key !== "").reverse().map(({ key, id }) => [key, id]),
  );
  const names = fs.list(storagePath);
  const wrong = (file: string, pointers: ReadonlyMap<string, string>) => {
    for (const [key, id] of newest) {
      const pointed = pointers.get(key);
      if (pointed === id) continue;
      const said = pointed === undefined ? "no session" : `session ${pointed}`;
      notes.push(
        `${file} names ${said} for key ${key}, whose last one is ${id}; the next run corrects it`,
      );
    }
  };
  const jsonIndex = readJsonIndex(fs, storagePath);
  if (jsonIndex === "damaged") findings.push(unreadable(jsonIndexName));
  else if (jsonIndex === "missing") {
    if (newest.size > 0) notes.push(`${jsonIndexName} is missing; the next run writes it again`);
  } else wrong(jsonIndexName, jsonIndex);
  if (!names.includes(registryName)) {
    if (newest.size > 0) notes.push(`${registryName} is missing; the next run writes it again`);
    return { findings, notes };
  }
  const copy = await Deno.makeTempDir({ prefix: "playbooks_verify_" });
  try {
    for (const name of names.filter((name) => name.startsWith(registryName) && !name.includes("damaged"))) {
      const bytes = fs.read(join(storagePath, name));
      if (bytes !== undefined) await Deno.writeFile(join(copy, name), bytes, { mode: 0o600 });
    }
    const read = await withRegistry(copy, async (registry) => {
      const pointers = new Map<string, string>();
      for (const key of newest.keys()) {
        const id = await registry.last(key);
        if (id !== undefined) pointers.set(key, id);
      }
      return pointers;
    });
    if (read.kind === "damaged") findings.push(unreadable(registryName));
    else if (read.kind === "unavailable") notes.push(`${registryName} could not be read: ${read.reason}`);
    else wrong(registryName, read.value);
  } finally {
    await Deno.remove(copy, { recursive: true });
  }
  return { findings, notes };
}

function unreadable(file: string): Finding {
  return {
    file,
    what: "is damaged",
    lost: "nothing: the sessions' folders say all that it says",
    mend: "nothing; the next run writes it again from the folders",
  };
}
