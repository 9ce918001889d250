import { primordials } from "./primordials.ts";

/** The parts of the codec that differ between host and guest: special objects, and the bound on a text. */
export interface CodecHooks {
  /** The encoded text of a special object, such as an agent; `undefined` for an ordinary one. */
  write(value: object): string | undefined;
  /** The value of an encoded object with a `$type` that the codec does not know. */
  revive(encoded: Record<string, unknown>): unknown;
  /** Returns the object that the codec reads instead of `value`. */
  behind?(value: object): object;
  readonly maxCharacters: number;
}

/** Turns values into the text of their encoding, and parsed encodings into values. */
interface Codec {
  /**
   * Throws a `DataError` for a value that cannot be kept, and a `LimitError` for one that is too large. The message
   * names its path. The path begins with `where` if that is a name, and is inside `where` if that is a description.
   */
  encodeText(value: unknown, where: string): string;
  /** The text of a plain value or a special object; `undefined` for other values, and if the value cannot be kept. */
  leafText(value: unknown): string | undefined;
  /** Whether a text of this length is within the bound. */
  fits(characters: number): boolean;
  /** Decodes a value. It changes `encoded` in place, so `encoded` must come fresh from `JSON.parse`. */
  revive(encoded: unknown): unknown;
}

type Loose = Record<PropertyKey, unknown>;
const { quote, isArray, keys, is, getPrototypeOf, getOwnPropertySymbols, hasOwn, isEnumerable } = primordials;
const { timeOf, mapSet, eachOfMap, setAdd, setHas, setDelete, eachOfSet } = primordials;
const { put, append, deleteProperty, fix, match, weakHas, weakSet, prototypes } = primordials;
const { Map: NewMap, Set: NewSet, Date: NewDate, BigInt: toBigInt, Number: toNumber, Error: NewError } =
  primordials;
const identifierPattern = /^[A-Za-z_$][\w$]*$/;
const namePattern = /^\S+$/;
const maxDepth = 100;
/** Errors thrown by codecs. */
const faults = new WeakMap<object, true>();

/**
 * Makes a codec. The host and the guest use the same code.
 *
 * It quotes primitives only, since they have no `toJSON`. It writes containers only at keys that they own.
 */
export function createCodec(hooks: CodecHooks): Codec {
  return {
    encodeText(value, where) {
      const text = plainText(value);
      return text !== undefined && text.length <= hooks.maxCharacters
        ? text
        : encodeDeep(value, where, hooks);
    },
    leafText(value) {
      if (typeof value === "object" && value !== null) return hooks.write(value);
      const text = plainText(value);
      return text !== undefined && text.length <= hooks.maxCharacters ? text : undefined;
    },
    fits: (characters) => characters <= hooks.maxCharacters,
    revive: (encoded) => revive(encoded, hooks),
  };
}

/** The text of a primitive that can always be kept. */
function plainText(value: unknown): string | undefined {
  if (typeof value === "string") return quote(value);
  if (value === null) return "null";
  if (typeof value === "object") return undefined;
  if (typeof value === "number") return value - value === 0 && !is(value, -0) ? "" + value : undefined;
  if (typeof value === "boolean") return value ? "true" : "false";
  return value === undefined ? '{"$type":"undefined"}' : undefined;
}

/** A container that is being written. Frames form a chain, without recursion, since the sandbox's stack is small. */
interface Frame {
  readonly up: Frame | null;
  readonly value: object;
  readonly kind: "array" | "plain" | "typed" | "map" | "set";
  /** Names of properties, items of a set, or keys and values of a map in turn. */
  readonly items: readonly unknown[];
  readonly size: number;
  readonly open: string;
  readonly close: string;
  index: number;
}

type MakeFault = (problem: string, name?: string) => Error;

function encodeDeep(root: unknown, where: string, hooks: CodecHooks): string {
  const ancestors = new NewSet();
  let left = hooks.maxCharacters;
  let depth = 0;
  let top: Frame | null = null;
  let text = "";
  let value = root;
  let isHole = false;
  const fault: MakeFault = (problem, name) => faultAt(top, where, problem, name);
  const add = (more: string) => {
    left -= more.length;
    if (left < 0) throw fault(`is larger than ${hooks.maxCharacters} characters`, "LimitError");
    text += more;
  };
  for (;;) {
    const leaf = isHole ? '{"$type":"hole"}' : leafOrFault(value, hooks, fault);
    if (leaf !== undefined) add(leaf);
    else {
      if (hooks.behind !== undefined) value = hooks.behind(value as object);
      if (setHas(ancestors, value)) throw fault("contains itself and cannot be kept; keep plain data");
      if (depth >= maxDepth) throw fault(`is nested more than ${maxDepth} levels deep`);
      const frame: Frame = reading(() => frameOf(value as object, top, fault), fault);
      add(frame.open);
      setAdd(ancestors, value);
      depth++;
      top = frame;
    }
    while (top !== null && top.index === top.size) {
      add(top.close);
      setDelete(ancestors, top.value);
      depth--;
      top = top.up;
    }
    if (top === null) return text;
    const frame: Frame = top;
    isHole = frame.kind === "array" && reading(() => !hasOwn(frame.value, frame.index), fault);
    add(textBefore(frame, frame.index++));
    value = isHole ? undefined : reading(() => itemOf(frame, frame.index - 1), fault);
  }
}

function frameOf(container: object, up: Frame | null, fault: MakeFault): Frame {
  if (isArray(container)) return newFrame(container, up, "array", container, "[", "]");
  const prototype = getPrototypeOf(container);
  if (prototype === prototypes.map || prototype === prototypes.set) {
    const isMap = prototype === prototypes.map;
    const items: unknown[] = [];
    (isMap ? eachOfMap : eachOfSet)(container, (item: unknown, key: unknown) => {
      if (isMap) append(items, key);
      append(items, item);
    });
    const kind = isMap ? "map" : "set";
    const close = isMap && items.length > 0 ? "]]}" : "]}";
    return newFrame(container, up, kind, items, '{"$type":"' + kind + '","value":[', close);
  }
  if (prototype !== prototypes.object && prototype !== null) throw fault(unkept(container, prototype));
  const symbols = getOwnPropertySymbols(container);
  for (let i = 0; i < symbols.length; i++) {
    if (isEnumerable(container, symbols[i]!)) throw fault("has a symbol as key and cannot be kept");
  }
  const names = keys(container);
  // A key `$type` in the user's data must not look like our own.
  let isTyped = false;
  for (let i = 0; i < names.length; i++) if (names[i] === "$type") isTyped = true;
  return isTyped
    ? newFrame(container, up, "typed", names, '{"$type":"object","value":[', "]]}")
    : newFrame(container, up, "plain", names, "{", "}");
}

function newFrame(
  value: object,
  up: Frame | null,
  kind: Frame["kind"],
  items: readonly unknown[],
  open: string,
  close: string,
): Frame {
  return { __proto__: null, up, value, kind, items, size: items.length, open, close, index: 0 } as Frame;
}

/** The text before an item of a container: a comma, and the key. */
function textBefore({ kind, items }: Frame, index: number): string {
  const comma = index === 0 ? "" : ",";
  switch (kind) {
    case "array":
    case "set":
      return comma;
    case "map":
      return index % 2 === 1 ? "," : index === 0 ? "[" : "],[";
    case "plain":
      return comma + quote(items[index]) + ":";
    case "typed":
      return (index === 0 ? "[" : "],[") + quote(items[index]) + ",";
  }
}

function itemOf({ kind, value, items }: Frame, index: number): unknown {
  const item = items[index];
  return kind === "plain" || kind === "typed" ? (value as Loose)[item as string] : item;
}

/** Runs user code, such as a getter. An error that it throws becomes a fault at this place. */
function reading<Result>(read: () => Result, fault: MakeFault): Result {
  try {
    return read();
  } catch (error) {
    if (isOwnError(error)) throw error;
    throw fault(`cannot be read: ${said(error)}`);
  }
}

/** The text of a value; `undefined` for a container. */
function leafOrFault(leaf: unknown, hooks: CodecHooks, fault: MakeFault): string | undefined {
  switch (typeof leaf) {
    case "string":
    case "boolean":
      return quote(leaf);
    case "number":
      return leaf - leaf === 0 && !is(leaf, -0)
        ? "" + leaf
        : '{"$type":"number","value":"' + (is(leaf, -0) ? "-0" : leaf) + '"}';
    case "undefined":
      return '{"$type":"undefined"}';
    case "bigint":
      return '{"$type":"bigint","value":"' + leaf + '"}';
    case "function":
      throw fault("is a function and cannot be kept; keep plain data");
    case "symbol":
      throw fault("is a symbol and cannot be kept; keep plain data");
  }
  if (leaf === null) return "null";
  const special = hooks.write(leaf as object);
  if (special !== undefined) return special;
  return reading(() => {
    if (getPrototypeOf(leaf) !== prototypes.date) return undefined;
    const time = timeOf(leaf);
    return '{"$type":"date","value":' + (time === time ? time : "null") + "}";
  }, fault);
}

function faultAt(top: Frame | null, where: string, problem: string, name = "DataError"): Error {
  const isName = match(namePattern, where) !== null;
  const path = pathTo(top, isName ? where : "");
  const subject = path === "" ? where : isName ? `"${path}"` : `"${path}" in ${where}`;
  const error = new NewError(`${subject} ${problem}`);
  fix(error, "name", name);
  weakSet(faults, error, true);
  return error;
}

function pathTo(frame: Frame | null, root: string): string {
  if (frame === null) return root;
  const up = pathTo(frame.up, root);
  const at = frame.index - 1;
  if (at < 0) return up;
  if (frame.kind === "array") return `${up}[${at}]`;
  if (frame.kind === "set") return `${up}[entry ${at}]`;
  if (frame.kind === "map") return `${up}[entry ${(at - at % 2) / 2}]`;
  return under(up, frame.items[at] as string);
}

function under(where: string, name: string): string {
  if (match(identifierPattern, name) === null) return `${where}[${quote(name)}]`;
  return where === "" ? name : `${where}.${name}`;
}

function unkept(value: object, prototype: object): string {
  if (prototype === prototypes.promise) return "is a promise and cannot be kept; await it first";
  if (prototype === prototypes.regexp) return "is a RegExp and cannot be kept; keep its source as a string";
  for (let up: object | null = prototype; up !== null; up = getPrototypeOf(up)) {
    if (up === prototypes.error) return "is an Error and cannot be kept; keep its message";
  }
  let name: unknown;
  try {
    name = (value as { constructor?: { name?: unknown } }).constructor?.name;
  } catch {
    name = undefined;
  }
  return typeof name === "string" && name !== "" && name !== "Object"
    ? `is an instance of ${name} and cannot be kept; keep plain data`
    : "is an object with a prototype of its own and cannot be kept; keep plain data";
}

/** Whether to rethrow an error unchanged: an error of the codec, or of the engine, such as "out of memory". */
function isOwnError(error: unknown): boolean {
  if (weakHas(faults, error)) return true;
  try {
    return (error as Loose).name === "InternalError";
  } catch {
    return false;
  }
}

function said(error: unknown): string {
  try {
    const { message } = error as Loose;
    return typeof message === "string" ? message : `${error}`;
  } catch {
    return "it throws";
  }
}

function revive(encoded: unknown, hooks: CodecHooks): unknown {
  if (typeof encoded !== "object" || encoded === null) return encoded;
  if (isArray(encoded)) {
    for (let i = 0; i < encoded.length; i++) {
      const item = encoded[i];
      if (typeof item !== "object" || item === null) continue;
      if ((item as Loose)["$type"] === "hole") deleteProperty(encoded, i);
      else encoded[i] = revive(item, hooks);
    }
    return encoded;
  }
  const record = encoded as Loose;
  if (hasOwn(record, "$type")) return reviveTyped(record, hooks);
  const names = keys(record);
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    const item = record[name];
    if (typeof item === "object" && item !== null) record[name] = revive(item, hooks);
  }
  return record;
}

function reviveTyped(record: Loose, hooks: CodecHooks): unknown {
  const { $type: type, value } = record;
  switch (type) {
    case "undefined":
    // A hole outside a list: the codec never writes one.
    case "hole":
      return undefined;
    case "number":
      return toNumber(value);
    case "bigint":
      return toBigInt(value as string);
    case "date":
      return new NewDate(value === null ? NaN : value as number);
    case "map": {
      const map = new NewMap();
      const entries = value as unknown[][];
      for (let i = 0; i < entries.length; i++) {
        mapSet(map, revive(entries[i]![0], hooks), revive(entries[i]![1], hooks));
      }
      return map;
    }
    case "set": {
      const set = new NewSet();
      const items = value as unknown[];
      for (let i = 0; i < items.length; i++) setAdd(set, revive(items[i], hooks));
      return set;
    }
    case "object": {
      const object = {};
      const entries = value as [string, unknown][];
      for (let i = 0; i < entries.length; i++) {
        put(object, entries[i]![0], revive(entries[i]![1], hooks));
      }
      return object;
    }
    default:
      return hooks.revive(record);
  }
}
