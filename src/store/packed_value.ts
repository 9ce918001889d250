import { GrowingList } from "./growing_list.ts";

/*
 * Long strings are kept apart from the JSON that has them. `{"$blob":"<name>","length":<UTF-16 units>}` refers to one. An
 * object's own key `$blob` is written `$$blob`, `$$blob` is written `$$$blob`, and so on. A string with a lone
 * surrogate stays in place, because it is no Unicode text.
 */

/** Strings longer than this (in UTF-16 units) are kept apart. A shorter string costs less in place than as a file. */
export const maxInlineLength = 64 * 1024;

/** Keeps the long strings of a value. `put` returns the name of a string; `list` packs a list that grows. */
interface PackedParts {
  put(text: string): string;
  list(list: GrowingList): unknown;
}

/** Gives back kept strings, and lists that were packed in parts. */
interface UnpackedParts {
  get(name: string): string;
  list(names: readonly unknown[], items: readonly unknown[]): unknown;
}

/** The JSON value without its long strings. */
export function packValue(value: unknown, parts: PackedParts): unknown {
  if (typeof value === "string") {
    if (value.length <= maxInlineLength || !value.isWellFormed()) return value;
    return { $blob: parts.put(value), length: value.length };
  }
  if (Array.isArray(value)) return value.map((item) => packValue(item, parts));
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof GrowingList) return parts.list(value);
  return Object.fromEntries(
    Object.entries(value).map((
      [key, item],
    ) => [reservedKey.test(key) ? `$${key}` : key, packValue(item, parts)]),
  );
}

/** The value that {@linkcode packValue} packed. */
export function unpackValue(value: unknown, parts: UnpackedParts): unknown {
  if (Array.isArray(value)) return value.map((item) => unpackValue(item, parts));
  if (typeof value !== "object" || value === null) return value;
  if ("$blob" in value) {
    const { $blob: names, items } = value as {
      readonly $blob: unknown;
      readonly items?: readonly unknown[];
    };
    return Array.isArray(names) ? parts.list(names, items ?? []) : parts.get(String(names));
  }
  return Object.fromEntries(
    Object.entries(value).map((
      [key, item],
    ) => [reservedKey.test(key) ? key.slice(1) : key, unpackValue(item, parts)]),
  );
}

const reservedKey = /^\$+blob$/;
/** Each reserved key ends so in JSON. JSON without it needs no unpacking. */
export const reservedKeyEnd = '$blob"';
