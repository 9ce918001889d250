/** What the two sides of the border do differently: which objects stand for agents and artifacts, and how large a text may be. */
export interface CodecHooks {
  /** The encoded text of an object that has a meaning of its own; `undefined` for ordinary ones. */
  write(value: object): string | undefined;
  /** The value for an encoded object whose `$type` the codec does not know itself. */
  revive(encoded: Record<string, unknown>): unknown;
  readonly maxCharacters: number;
}

/** Turns values into the text of their encoding, and parsed encodings into values. */
export interface Codec {
  /**
   * Throws a `DataError` that names what cannot be kept, and a `LimitError` for what is too large: as a path that begins
   * with the name `where`, or, when `where` is a description in words, as a path inside it.
   */
  encodeText(value: unknown, where: string): string;
  /** Takes over `encoded`, which must come fresh from `JSON.parse`: it is changed in place. */
  revive(encoded: unknown): unknown;
}

/**
 * Makes a codec. The source of this function is also run inside the sandbox, so it refers to nothing outside itself.
 *
 * Code in the sandbox may change every builtin after this has run. Hence all of them are taken at the start, texts are
 * built from primitives (which have no `toJSON`), and containers are only ever written at keys that they own.
 */
export function createCodec(hooks: CodecHooks): Codec {
  type Loose = Record<PropertyKey, unknown>;
  // deno-lint-ignore ban-types
  const uncurry = Function.prototype.bind.bind(Function.prototype.call) as (f: Function) => (
    self: unknown,
    ...args: unknown[]
  ) => unknown;
  const quote = JSON.stringify;
  const { isArray } = Array;
  const { keys, getPrototypeOf, getOwnPropertySymbols, defineProperty, is } = Object;
  const hasOwn = uncurry(Object.prototype.hasOwnProperty) as (self: unknown, key: string) => boolean;
  const isEnumerable = uncurry(Object.prototype.propertyIsEnumerable) as (s: unknown, k: symbol) => boolean;
  const timeOf = uncurry(Date.prototype.getTime) as (date: unknown) => number;
  const eachOfMap = uncurry(Map.prototype.forEach);
  const eachOfSet = uncurry(Set.prototype.forEach);
  const setInMap = uncurry(Map.prototype.set);
  const addToSet = uncurry(Set.prototype.add);
  const hasInSet = uncurry(Set.prototype.has);
  const removeFromSet = uncurry(Set.prototype.delete);
  const match = uncurry(RegExp.prototype.exec);
  const identifierPattern = /^[A-Za-z_$][\w$]*$/;
  const namePattern = /^\S+$/;
  const prototypes = {
    object: Object.prototype,
    map: Map.prototype,
    set: Set.prototype,
    date: Date.prototype,
    regexp: RegExp.prototype,
    promise: Promise.prototype,
    error: Error.prototype,
  };
  const { Map: NewMap, Set: NewSet, Date: NewDate, BigInt: toBigInt, Number: toNumber, Error: NewError } =
    globalThis;
  const maxDepth = 100;

  return { encodeText, revive };

  function encodeText(value: unknown, where: string): string {
    try {
      return encodeAll(value, null);
    } catch (error) {
      // Paths cost time, so they are made only once it is known that there is something to tell.
      if (isKnown(error)) encodeAll(value, match(namePattern, where) === null ? "" : where, where);
      throw error;
    }
  }

  function encodeAll(root: unknown, rootWhere: string | null, whole = ""): string {
    const ancestors = new NewSet();
    let left = hooks.maxCharacters;
    return write(root, rootWhere, 0);

    function write(value: unknown, where: string | null, depth: number): string {
      const text = primitiveText(value, where) ?? objectText(value as object, where, depth);
      return text;
    }

    function primitiveText(value: unknown, where: string | null): string | undefined {
      let text;
      if (typeof value === "string" || typeof value === "boolean" || value === null) text = quote(value);
      else if (typeof value === "number") {
        text = value - value === 0 && !is(value, -0)
          ? `${value}`
          : '{"$type":"number","value":"' + (is(value, -0) ? "-0" : value) + '"}';
      } else if (value === undefined) text = '{"$type":"undefined"}';
      else if (typeof value === "bigint") text = '{"$type":"bigint","value":"' + value + '"}';
      else if (typeof value === "function") {
        throw fault(where, "is a function and cannot be kept; keep plain data");
      } else if (typeof value === "symbol") {
        throw fault(where, "is a symbol and cannot be kept; keep plain data");
      } else return undefined;
      spend(text.length, where);
      return text;
    }

    function fault(where: string | null, problem: string, name = "DataError"): Error {
      const isInside = match(namePattern, whole) === null;
      const subject = where === "" ? whole : isInside ? `"${where}" in ${whole}` : `"${where}"`;
      const error = new NewError(`${subject} ${problem}`);
      defineProperty(error, "name", { __proto__: null, value: name } as PropertyDescriptor);
      return error;
    }

    function spend(characters: number, where: string | null): void {
      left -= characters;
      if (left < 0) throw fault(where, `is larger than ${hooks.maxCharacters} characters`, "LimitError");
    }

    function objectText(value: object, where: string | null, depth: number): string {
      const special = hooks.write(value);
      if (special !== undefined) {
        spend(special.length, where);
        return special;
      }
      if (hasInSet(ancestors, value)) {
        throw fault(where, "contains itself and cannot be kept; keep plain data");
      }
      if (depth > maxDepth) throw fault(where, `is nested more than ${maxDepth} levels deep`);
      addToSet(ancestors, value);
      let text;
      try {
        text = isArray(value) ? arrayText(value, where, depth) : recordText(value, where, depth);
      } catch (error) {
        if (isKnown(error) || !isTypical(error)) throw error;
        throw fault(where, `cannot be read: ${said(error)}`);
      }
      removeFromSet(ancestors, value);
      spend(2, where);
      return text;
    }

    function arrayText(value: unknown[], where: string | null, depth: number): string {
      let text = "[";
      for (let i = 0; i < value.length; i++) {
        text += (i === 0 ? "" : ",") + write(value[i], where === null ? null : `${where}[${i}]`, depth + 1);
      }
      return text + "]";
    }

    function recordText(value: object, where: string | null, depth: number): string {
      const prototype = getPrototypeOf(value);
      if (prototype === prototypes.object || prototype === null) {
        return plainText(value as Loose, where, depth);
      }
      if (prototype === prototypes.date) {
        const time = timeOf(value);
        return '{"$type":"date","value":' + (time === time ? time : "null") + "}";
      }
      if (prototype === prototypes.map || prototype === prototypes.set) {
        const isMap = prototype === prototypes.map;
        let text = "";
        let index = 0;
        (isMap ? eachOfMap : eachOfSet)(value, (item: unknown, key: unknown) => {
          const inner = where === null ? null : `${where}[entry ${index}]`;
          const itemText = write(item, inner, depth + 1);
          text += (index++ === 0 ? "" : ",") +
            (isMap ? "[" + write(key, inner, depth + 1) + "," + itemText + "]" : itemText);
        });
        return '{"$type":"' + (isMap ? "map" : "set") + '","value":[' + text + "]}";
      }
      throw fault(where, unkept(value, prototype));
    }

    function plainText(value: Loose, where: string | null, depth: number): string {
      const symbols = getOwnPropertySymbols(value);
      for (let i = 0; i < symbols.length; i++) {
        if (isEnumerable(value, symbols[i]!)) throw fault(where, "has a symbol as key and cannot be kept");
      }
      const names = keys(value);
      // A key `$type` of the user's own must not be taken for one of ours.
      const ours = hasOwn(value, "$type");
      let text = ours ? '{"$type":"object","value":[' : "{";
      for (let i = 0; i < names.length; i++) {
        const name = names[i]!;
        const item = write(value[name], where === null ? null : under(where, name), depth + 1);
        const key = quote(name);
        spend(key.length + 2, where);
        text += (i === 0 ? "" : ",") + (ours ? "[" + key + "," + item + "]" : key + ":" + item);
      }
      return text + (ours ? "]}" : "}");
    }
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

  function isKnown(error: unknown): boolean {
    try {
      const { name } = error as Loose;
      return hasOwn(error, "name") && (name === "DataError" || name === "LimitError");
    } catch {
      return false;
    }
  }

  /** Running out of stack or memory is not the value's fault. */
  function isTypical(error: unknown): boolean {
    try {
      return (error as Loose).name !== "InternalError";
    } catch {
      return true;
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
      for (let i = 0; i < encoded.length; i++) encoded[i] = revive(encoded[i]);
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
          setInMap(map, revive(entries[i]![0]), revive(entries[i]![1]));
        }
        return map;
      }
      case "set": {
        const set = new NewSet();
        const items = value as unknown[];
        for (let i = 0; i < items.length; i++) addToSet(set, revive(items[i]));
        return set;
      }
      case "object": {
        const object = {};
        const entries = value as [string, unknown][];
        for (let i = 0; i < entries.length; i++) {
          defineProperty(object, entries[i]![0], {
            __proto__: null,
            value: revive(entries[i]![1]),
            enumerable: true,
            configurable: true,
            writable: true,
          } as PropertyDescriptor);
        }
        return object;
      }
      default:
        return hooks.revive(record);
    }
  }
}
