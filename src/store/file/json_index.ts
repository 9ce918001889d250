import type { FileSystem } from "./file_system.ts";
import { isKey } from "./key.ts";
import { isSessionId } from "../session_id.ts";
import { replaceFile } from "./session_file.ts";

/** The readable index of the storage folder: the last session of each key, `{ "<key>": "<session id>" }`. */
export const jsonIndexName = ".sessions.json";

/** Reads the last sessions by key; `"missing"` if there is no file, `"damaged"` if it has another form. */
export function readJsonIndex(
  fs: FileSystem,
  storagePath: string,
): ReadonlyMap<string, string> | "missing" | "damaged" {
  try {
    const bytes = fs.read(`${storagePath}/${jsonIndexName}`);
    if (bytes === undefined) return "missing";
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    if (typeof value !== "object" || value === null || Array.isArray(value)) return "damaged";
    // Another user may have made the storage. Drop invalid pairs, because the rest is written back.
    const pairs = Object.entries(value).filter(([key, id]) => isKey(key) && isSessionId(String(id)));
    return new Map(pairs.map(([key, id]) => [key, String(id)]));
  } catch {
    return "damaged";
  }
}

/** Replaces the file atomically. Throws the disk's errors. */
export function writeJsonIndex(fs: FileSystem, storagePath: string, last: ReadonlyMap<string, string>): void {
  const text = `${JSON.stringify(Object.fromEntries(last), null, 2)}\n`;
  replaceFile(fs, storagePath, { name: jsonIndexName, text });
}
