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

/**
 * The last session of one key, by a binary search in the file: the time does not depend on the number of keys.
 *
 * Returns `undefined` if the search meets another form than that of `writeJsonIndex`, or no line of the key. Then the key
 * may still be in the file: a version before 0.3 does not sort it.
 */
export function lastInJsonIndex(fs: FileSystem, storagePath: string, key: string): string | undefined {
  try {
    using file = fs.open(`${storagePath}/${jsonIndexName}`, { create: false, readOnly: true });
    let [low, high] = [0, Math.floor((file.size() - headBytes) / lineBytes)];
    while (low < high) {
      const middle = (low + high) >> 1;
      const line = new TextDecoder().decode(file.bytes(lineBytes, headBytes + middle * lineBytes));
      const [, found, id] = linePattern.exec(line) ?? [];
      if (found === undefined) return undefined;
      if (found === key) return isSessionId(id!) ? id : undefined;
      if (found < key) low = middle + 1;
      else high = middle;
    }
  } catch {
    // Without this short cut, the whole file is read.
  }
  return undefined;
}

/**
 * Replaces the file atomically. Throws the disk's errors. The keys are sorted, and all lines have one length:
 * `lastInJsonIndex` needs both.
 */
export function writeJsonIndex(fs: FileSystem, storagePath: string, last: ReadonlyMap<string, string>): void {
  const sorted = [...last].sort(([a], [b]) => a < b ? -1 : 1);
  const text = `${JSON.stringify(Object.fromEntries(sorted), null, 2)}\n`;
  replaceFile(fs, storagePath, { name: jsonIndexName, text });
}

const linePattern = /^ {2}"([0-9a-f]{16})": "(.{36})",?\n/;
/** The line of the opening brace. */
const headBytes = 2;
/** Two spaces, a key, a colon with a space, an id, a comma, and the line end. */
const lineBytes = 2 + 18 + 2 + 38 + 1 + 1;
