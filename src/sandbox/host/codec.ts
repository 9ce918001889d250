import type { Primordials } from "../guest/guest_primordials.ts";

/** What the two sides of the border do differently: which objects stand for agents and artifacts, and how large a text may be. */
export interface CodecHooks {
  /** The encoded text of an object that has a meaning of its own; `undefined` for ordinary ones. */
  write(value: object): string | undefined;
  /** The value for an encoded object whose `$type` the codec does not know itself. */
  revive(encoded: Record<string, unknown>): unknown;
  /** The object that is to be read in the place of one. */
  behind?(value: object): object;
  readonly maxCharacters: number;
}

/** Turns values into the text of their encoding, and parsed encodings into values. */
export interface Codec {
  /**
   * Throws a `DataError` that names what cannot be kept, and a `LimitError` for what is too large: as a path that begins
   * with the name `where`, or, when `where` is a description in words, as a path inside it.
   */
  encodeText(value: unknown, where: string): string;
  /** The text of a value that is one plain piece and can be kept for certain; else `undefined`. */
  leafText(value: unknown): string | undefined;
  /** Whether a text of so many characters is not too large. */
  fits(characters: number): boolean;
  /** Takes over `encoded`, which must come fresh from `JSON.parse`: it is changed in place. */
  revive(encoded: unknown): unknown;
}

/**
 * Makes a codec. The source of this function is also run inside the sandbox, so it refers to nothing outside itself.
 *
 * Texts are built from primitives, which have no `toJSON`, and containers are only ever written at keys that they own.
 */
export function createCodec(primordials: Primordials, hooks: CodecHooks): Codec {
  type Loose = Record<PropertyKey, unknown>;
  const { quote, isArray, keys, is, getPrototypeOf, getOwnPropertySymbols, hasOwn, isEnumerable } =
    primordials;
  const { timeOf, mapSet, eachOfMap, setAdd, setHas, setDelete, eachOfSet } = primordials;
  const { put, append, deleteProperty, fix, match, weakHas, weakSet, prototypes } = primordials;
  const { Map: NewMap, Set: NewSet, Date: NewDate, BigInt: toBigInt, Number: toNumber, Error: NewError } =
    primordials;
  const identifierPattern = /^[A-Za-z_$][\w$]*$/;
  const namePattern = /^\S+$/;
  const maxDepth = 100;
  /** The errors that this codec has thrown. */
  const faults = new WeakMap<object, true>();

  return {
    encodeText,
    leafText: certainText,
    fits: (characters) => characters <= hooks.maxCharacters,
    revive,
  };

  /** A container that is being written; a chain of them and no recursion, as the sandbox's stack is small. */
  interface Frame {
    readonly up: Frame | null;
    readonly value: object;
    readonly kind: "array" | "plain" | "typed" | "map" | "set";
    /** Names of properties, or a map's or set's items, a map's keys and values in turn. */
    readonly items: readonly unknown[];
    readonly size: number;
    readonly close: string;
    index: number;
  }

  function certainText(value: unknown): string | undefined {
    if (typeof value === "string") {
      const text = quote(value);
      return text.length <= hooks.maxCharacters ? text : undefined;
    }
    if (value === null) return "null";
    if (typeof value === "object") return undefined;
    if (typeof value === "number") return value - value === 0 && !is(value, -0) ? "" + value : undefined;
    if (typeof value === "boolean") return value ? "true" : "false";
    return value === undefined ? '{"$type":"undefined"}' : undefined;
  }

  function encodeText(root: unknown, where: string): string {
    const text = certainText(root);
    return text !== undefined && text.length <= hooks.maxCharacters ? text : encodeDeep(root, where);
  }

  function encodeDeep(root: unknown, where: string): string {
    const ancestors = new NewSet();
    let left = hooks.maxCharacters;
    let depth = 0;
    let top: Frame | null = null;
    let text = "";
    let value = root;
    let isHole = false;
    for (;;) {
      const leaf = isHole ? '{"$type":"hole"}' : leafText(value);
      if (leaf !== undefined) add(leaf);
      else {
        if (hooks.behind !== undefined) value = hooks.behind(value as object);
        if (setHas(ancestors, value)) throw fault("contains itself and cannot be kept; keep plain data");
        if (depth >= maxDepth) throw fault(`is nested more than ${maxDepth} levels deep`);
        const frame = reading(() => frameOf(value as object, top));
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
      const { kind, value: list, index } = top;
      isHole = kind === "array" && reading(() => !hasOwn(list, index));
      value = nextOf(top);
    }

    function add(more: string): void {
      left -= more.length;
      if (left < 0) throw fault(`is larger than ${hooks.maxCharacters} characters`, "LimitError");
      text += more;
    }

    function frameOf(container: object, up: Frame | null): Frame {
      const frame = (
        kind: Frame["kind"],
        items: readonly unknown[],
        size: number,
        open: string,
        close: string,
      ) => {
        add(open);
        return { __proto__: null, up, value: container, kind, items, size, close, index: 0 } as Frame;
      };
      if (isArray(container)) return frame("array", container, container.length, "[", "]");
      const prototype = getPrototypeOf(container);
      if (prototype === prototypes.map || prototype === prototypes.set) {
        const isMap = prototype === prototypes.map;
        const items: unknown[] = [];
        (isMap ? eachOfMap : eachOfSet)(container, (item: unknown, key: unknown) => {
          if (isMap) append(items, key);
          append(items, item);
        });
        const kind = isMap ? "map" : "set";
        return frame(
          kind,
          items,
          items.length,
          '{"$type":"' + kind + '","value":[',
          isMap && items.length > 0 ? "]]}" : "]}",
        );
      }
      if (prototype !== prototypes.object && prototype !== null) throw fault(unkept(container, prototype));
      const symbols = getOwnPropertySymbols(container);
      for (let i = 0; i < symbols.length; i++) {
        if (isEnumerable(container, symbols[i]!)) throw fault("has a symbol as key and cannot be kept");
      }
      const names = keys(container);
      // A key `$type` of the user's own must not be taken for one of ours.
      let isTyped = false;
      for (let i = 0; i < names.length; i++) if (names[i] === "$type") isTyped = true;
      return isTyped
        ? frame("typed", names, names.length, '{"$type":"object","value":[', "]]}")
        : frame("plain", names, names.length, "{", "}");
    }

    /** Takes the next item of a container, and writes what stands before it. */
    function nextOf(frame: Frame): unknown {
      const i = frame.index++;
      const comma = i === 0 ? "" : ",";
      switch (frame.kind) {
        case "set":
          add(comma);
          return frame.items[i];
        case "map":
          add(i % 2 === 1 ? "," : i === 0 ? "[" : "],[");
          return frame.items[i];
        case "array":
          add(comma);
          return reading(() => frame.items[i]);
        default: {
          const key = frame.items[i] as string;
          const name = quote(key);
          add(frame.kind === "plain" ? comma + name + ":" : (i === 0 ? "[" : "],[") + name + ",");
          return reading(() => (frame.value as Loose)[key]);
        }
      }
    }

    /** Reading may run code of the sandbox's: getters, proxies. */
    function reading<T>(read: () => T): T {
      try {
        return read();
      } catch (error) {
        if (isOurs(error)) throw error;
        throw fault(`cannot be read: ${said(error)}`);
      }
    }

    function leafText(leaf: unknown): string | undefined {
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
      });
    }

    function fault(problem: string, name = "DataError"): Error {
      const isName = match(namePattern, where) !== null;
      const path = pathTo(top, isName ? where : "");
      const subject = path === "" ? where : isName ? `"${path}"` : `"${path}" in ${where}`;
      const error = new NewError(`${subject} ${problem}`);
      fix(error, "name", name);
      weakSet(faults, error, true);
      return error;
    }
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

  /** Ours to tell as it is; and running out of stack or memory is not the value's fault. */
  function isOurs(error: unknown): boolean {
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

  function revive(encoded: unknown): unknown {
    if (typeof encoded !== "object" || encoded === null) return encoded;
    if (isArray(encoded)) {
      for (let i = 0; i < encoded.length; i++) {
        const item = encoded[i];
        if (typeof item !== "object" || item === null) continue;
        if ((item as Loose)["$type"] === "hole") deleteProperty(encoded, i);
        else encoded[i] = revive(item);
      }
      return encoded;
    }
    const record = encoded as Loose;
    if (hasOwn(record, "$type")) return reviveTyped(record);
    const names = keys(record);
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      const item = record[name];
      if (typeof item === "object" && item !== null) record[name] = revive(item);
    }
    return record;
  }

  function reviveTyped(record: Loose): unknown {
    const { $type: type, value } = record;
    switch (type) {
      case "undefined":
      // One that is no item of a list: nobody wrote it.
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
          mapSet(map, revive(entries[i]![0]), revive(entries[i]![1]));
        }
        return map;
      }
      case "set": {
        const set = new NewSet();
        const items = value as unknown[];
        for (let i = 0; i < items.length; i++) setAdd(set, revive(items[i]));
        return set;
      }
      case "object": {
        const object = {};
        const entries = value as [string, unknown][];
        for (let i = 0; i < entries.length; i++) {
          put(object, entries[i]![0], revive(entries[i]![1]));
        }
        return object;
      }
      default:
        return hooks.revive(record);
    }
  }
}
