/*
 * Values as Python sees them: what is true, what is equal, what comes first, and the text of a value.
 *
 * Lists and tuples are arrays. A dict is a plain object, or a `Map` if a key is no text. `None` is `null` or `undefined`.
 */

/** Makes an error with this name. */
export function pythonError(name: string, message: string): Error {
  const error = new Error(message);
  error.name = name;
  return error;
}

/** The most items of a list that an expression makes. */
export const maxItems = 100_000;

/** The most characters of a text that an expression makes by repetition or padding. */
export const maxText = 1_000_000;

/** A plain object, or a map. */
export type Dict = Record<string, unknown> | Map<unknown, unknown>;

/** Whether a value is a text: a string, or an artifact, which has the methods of strings. */
export function isPythonText(value: unknown): boolean {
  return typeof value === "string" ||
    (typeof value === "object" && value !== null && !Array.isArray(value) &&
      typeof (value as { codePointAt?: unknown }).codePointAt === "function");
}

/** The string of a text. */
export function stringInside(value: unknown): string {
  return typeof value === "string" ? value : String((value as { content?: unknown }).content);
}

/** Whether a value is `None`. */
export function isNone(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

/** Whether a value is a number or a boolean, which counts as 0 or 1. */
export function isNumeric(value: unknown): value is number | boolean | bigint {
  return typeof value === "number" || typeof value === "boolean" || typeof value === "bigint";
}

/** Whether a value is a dict. */
export function isDict(value: unknown): value is Dict {
  if (value instanceof Map) return true;
  if (typeof value !== "object" || value === null || Array.isArray(value)) return false;
  const prototype = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** What a value is, for a message: `a list`, `None`. */
export function kindOf(value: unknown): string {
  if (isNone(value)) return "None";
  if (isPythonText(value)) return "a text";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Set) return "a set";
  if (isDict(value)) return "a dict";
  switch (typeof value) {
    case "boolean":
      return value ? "True" : "False";
    case "number":
    case "bigint":
      return "a number";
    case "function":
      return "a function";
    default:
      return value instanceof Date || hasOwnText(value) ? "a date" : "an object";
  }
}

/** A value with its own text in Python, such as a date. */
interface OwnText {
  readonly pythonText: () => string;
  readonly order: number;
}

export function hasOwnText(value: unknown): value is OwnText {
  return typeof value === "object" && value !== null &&
    typeof (value as Partial<OwnText>).pythonText === "function";
}

/** Whether a value counts as true: not 0, not empty, not `None`. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (value instanceof Set || value instanceof Map) return value.size > 0;
  if (isPythonText(value)) return stringInside(value) !== "";
  if (isDict(value)) return Object.keys(value).length > 0;
  return Boolean(value);
}

/** The keys of a dict. */
export function keysOf(dict: Dict): unknown[] {
  return dict instanceof Map ? [...dict.keys()] : Object.keys(dict);
}

/** The key under which a dict has its values: objects have texts as keys. */
function objectKey(key: unknown): string | undefined {
  if (isPythonText(key)) return stringInside(key);
  return typeof key === "number" ? String(key) : undefined;
}

export function hasKey(dict: Dict, key: unknown): boolean {
  if (dict instanceof Map) return dict.has(isPythonText(key) ? stringInside(key) : key);
  const name = objectKey(key);
  return name !== undefined && Object.hasOwn(dict, name);
}

/** The value of a key that the dict has. */
export function valueAt(dict: Dict, key: unknown): unknown {
  return dict instanceof Map ? dict.get(isPythonText(key) ? stringInside(key) : key) : dict[objectKey(key)!];
}

/** Sets a key. `__proto__` is a key like any other. */
export function setKey(dict: Dict, key: unknown, value: unknown): void {
  if (dict instanceof Map) {
    dict.set(isPythonText(key) ? stringInside(key) : key, value);
    return;
  }
  Object.defineProperty(dict, objectKey(key) ?? String(key), {
    value,
    enumerable: true,
    configurable: true,
    writable: true,
  });
}

/** A dict of entries: an object if all keys are texts. */
export function dictOf(entries: readonly (readonly [unknown, unknown])[]): Dict {
  const dict: Dict = entries.every(([key]) => isPythonText(key)) ? {} : new Map();
  for (const [key, value] of entries) setKey(dict, key, value);
  return dict;
}

/** The items over which Python iterates: characters of a text, keys of a dict. */
export function itemsOf(value: unknown): unknown[] {
  if (Array.isArray(value)) return value;
  if (isPythonText(value)) return Array.from(stringInside(value));
  if (value instanceof Set) return [...value];
  if (isDict(value)) return keysOf(value);
  throw pythonError("TypeError", `${kindOf(value)} has no items to go through`);
}

/** Whether two values are equal in Python: lists and dicts by their content. */
export function isEqual(a: unknown, b: unknown): boolean {
  if (a === b || (isNone(a) && isNone(b))) return true;
  if (isNumeric(a) && isNumeric(b)) return Number(a) === Number(b);
  if (isPythonText(a) && isPythonText(b)) return stringInside(a) === stringInside(b);
  if (Array.isArray(a) && Array.isArray(b)) {
    return a.length === b.length && a.every((item, index) => isEqual(item, b[index]));
  }
  if (a instanceof Set && b instanceof Set) {
    return a.size === b.size && [...a].every((item) => contains(b, item));
  }
  if (isDict(a) && isDict(b)) {
    const keys = keysOf(a);
    return keys.length === keysOf(b).length &&
      keys.every((key) => hasKey(b, key) && isEqual(valueAt(a, key), valueAt(b, key)));
  }
  if (hasOwnText(a) && hasOwnText(b)) return a.order === b.order;
  return a instanceof Date && b instanceof Date && a.getTime() === b.getTime();
}

/** Compares two values: negative if `a` comes first. Throws for values of different kinds. */
export function compare(a: unknown, b: unknown): number {
  if (isNumeric(a) && isNumeric(b)) return sign(Number(a), Number(b));
  if (isPythonText(a) && isPythonText(b)) return sign(stringInside(a), stringInside(b));
  if (Array.isArray(a) && Array.isArray(b)) {
    for (let i = 0; i < a.length && i < b.length; i++) {
      if (!isEqual(a[i], b[i])) return compare(a[i], b[i]);
    }
    return a.length - b.length;
  }
  if (hasOwnText(a) && hasOwnText(b)) return sign(a.order, b.order);
  if (a instanceof Date && b instanceof Date) return sign(a.getTime(), b.getTime());
  throw pythonError("TypeError", `${kindOf(a)} and ${kindOf(b)} cannot be compared`);
}

function sign<T extends number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether a list, text, set or dict contains an item. A dict contains its keys. */
export function contains(container: unknown, item: unknown): boolean {
  if (isPythonText(container)) {
    if (!isPythonText(item)) {
      throw pythonError("TypeError", `${kindOf(item)} cannot be in a text; write str(…) around it`);
    }
    return stringInside(container).includes(stringInside(item));
  }
  if (isDict(container)) return hasKey(container, item);
  return itemsOf(container).some((each) => isEqual(each, item));
}

/** The text of a value as `str()` gives it. */
export function strOf(value: unknown): string {
  return isPythonText(value) ? stringInside(value) : reprOf(value);
}

/** The text of a value as `repr()` gives it. */
export function reprOf(value: unknown): string {
  if (isNone(value)) return "None";
  if (isPythonText(value)) return quoted(stringInside(value));
  if (Array.isArray(value)) return `[${value.map(reprOf).join(", ")}]`;
  if (value instanceof Set) return value.size === 0 ? "set()" : `{${[...value].map(reprOf).join(", ")}}`;
  if (isDict(value)) {
    return `{${keysOf(value).map((key) => `${reprOf(key)}: ${reprOf(valueAt(value, key))}`).join(", ")}}`;
  }
  if (typeof value === "number") return numberText(value);
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "bigint") return value.toString();
  if (hasOwnText(value)) return value.pythonText();
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "function") throw pythonError("TypeError", "a function has no text; call it");
  return String(value);
}

function quoted(text: string): string {
  const quote = text.includes("'") && !text.includes('"') ? '"' : "'";
  const escaped = text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r")
    .replaceAll("\t", "\\t");
  return quote + (quote === "'" ? escaped.replaceAll("'", "\\'") : escaped) + quote;
}

/** The text of a number. A whole number has no `.0`, since values here do not tell 2 from 2.0. */
export function numberText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const [digits, exponentText] = value.toExponential().split("e") as [string, string];
  const exponent = Number(exponentText);
  if (value === 0 || (exponent >= -4 && exponent < 16)) return String(value === 0 ? 0 : value);
  return `${digits}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

/** The characters of a text, or the items of a list. */
export function lengthOf(value: unknown): number {
  if (Array.isArray(value)) return value.length;
  if (isPythonText(value)) return charactersOf(stringInside(value)).length;
  if (value instanceof Set || value instanceof Map) return value.size;
  if (isDict(value)) return Object.keys(value).length;
  throw pythonError("TypeError", `${kindOf(value)} has no length`);
}

/** The characters of a string. Most strings have no surrogates and need no list. */
export function charactersOf(text: string): string | string[] {
  return /[\ud800-\udfff]/.test(text) ? Array.from(text) : text;
}

/** A list of at most {@linkcode maxItems} items. */
export function bounded<T extends { readonly length: number }>(list: T, max = maxItems): T {
  if (list.length > max) throw pythonError("OverflowError", `the result has more than ${max} items`);
  return list;
}

/** Checks that a value is a whole number. */
export function wholeNumber(value: unknown, what: string): number {
  const number = typeof value === "boolean" ? Number(value) : value;
  if (typeof number === "number" && Number.isInteger(number)) return number;
  throw pythonError("TypeError", `${what} must be a whole number, not ${kindOf(value)}`);
}

/** Checks that a value is a text. */
export function textArgument(value: unknown, what: string): string {
  if (isPythonText(value)) return stringInside(value);
  throw pythonError("TypeError", `${what} must be a text, not ${kindOf(value)}; write str(…) around it`);
}
