import type { Codec } from "./codec.ts";
import type { Primordials } from "./guest_primordials.ts";

/** What others did to a key: a new value, or items added to a list; encoded. */
export type StateChange = { readonly value: unknown } | { readonly append: readonly unknown[] };

/** The agent's variables as the code sees them, and what it changed in them. */
export interface GuestState {
  readonly proxy: object;
  /** Text of a patch with what changed since the last call; throws the `DataError` of a value that cannot be kept. */
  takePatch(): string;
  /** Takes over what others changed; `null` deletes. */
  applyPatch(patch: Record<string, StateChange | null>): void;
}

/**
 * Makes `state`. Its source is run inside the sandbox, so it refers to nothing outside itself.
 *
 * A value is decoded when its key is first touched, and from then on compared with what the host knows at each progress:
 * so a change deep inside is noticed, and keys that nobody looked at cost nothing.
 */
export function createState(
  primordials: Primordials,
  codec: Codec,
  initial: Record<string, unknown>,
): GuestState {
  type Loose = Record<PropertyKey, unknown>;
  const {
    quote,
    parse,
    append,
    keys,
    put,
    hasOwn,
    deleteProperty,
    ownKeys,
    reflectGet,
    getOwnPropertyDescriptor,
  } = primordials;
  const { mapGet, mapSet, mapHas, mapDelete, eachOfMap, setAdd, setDelete, eachOfSet } = primordials;
  const { Promise: NewPromise, TypeError: NewTypeError, String: toText, Map: NewMap } = primordials;
  const plainPrototype = primordials.prototypes.object as unknown as Loose;

  const live: Loose = { __proto__: null } as unknown as Loose;
  /** Encoded and not yet decoded, by key. */
  const waiting = new Map<string, unknown>();
  /** The text that the host knows, by key; made from the decoded value, so that two texts of one value do not differ. */
  const known = new Map<string, string>();
  const touched = new Set<string>();

  for (const key of keys(initial)) place(key, initial[key]);

  function place(key: string, encoded: unknown): void {
    put(live, key, undefined);
    mapSet(waiting, key, encoded);
    mapDelete(known, key);
    setDelete(touched, key);
  }

  function touch(key: PropertyKey): void {
    if (typeof key !== "string") return;
    if (mapHas(waiting, key)) {
      const value = codec.revive(mapGet(waiting, key));
      mapDelete(waiting, key);
      put(live, key, value);
      mapSet(known, key, codec.encodeText(value, `state.${key}`));
    }
    setAdd(touched, key);
  }

  function checkShallow(key: PropertyKey, value: unknown): void {
    if (typeof key === "symbol") throw new NewTypeError("state cannot keep a symbol as key");
    const type = typeof value;
    if (type === "function" || type === "symbol" || value instanceof NewPromise) {
      codec.encodeText(value, `state.${key}`);
    }
  }

  const proxy = new Proxy(live, {
    __proto__: null,
    get(_, key) {
      if (!hasOwn(live, key)) return reflectGet(plainPrototype, key);
      touch(key);
      return live[key];
    },
    set(_, key, value) {
      checkShallow(key, value);
      touch(key);
      put(live, key, value);
      return true;
    },
    deleteProperty(_, key) {
      touch(key);
      return deleteProperty(live, key);
    },
    has: (_, key) => hasOwn(live, key) || key in plainPrototype,
    ownKeys: () => ownKeys(live),
    getOwnPropertyDescriptor(_, key) {
      if (hasOwn(live, key)) touch(key);
      return getOwnPropertyDescriptor(live, key);
    },
    defineProperty(_, key, descriptor) {
      if (!hasOwn(descriptor, "value")) throw new NewTypeError(`state.${toText(key)} cannot be a getter`);
      checkShallow(key, descriptor.value);
      touch(key);
      put(live, key, descriptor.value);
      return true;
    },
    getPrototypeOf: () => plainPrototype,
    setPrototypeOf: () => false,
    preventExtensions: () => false,
  } as ProxyHandler<Loose>);

  return { proxy, takePatch, applyPatch };

  function takePatch(): string {
    let text = "";
    const settled = new NewMap<string, true>();
    eachOfSet(touched, (key: string) => {
      if (!hasOwn(live, key)) {
        if (mapHas(known, key)) text += (text === "" ? "" : ",") + quote(key) + ":null";
        mapDelete(known, key);
        mapSet(settled, key, true);
        return;
      }
      const value = live[key];
      const now = codec.encodeText(value, `state.${key}`);
      if (now !== mapGet(known, key)) {
        text += (text === "" ? "" : ",") + quote(key) + ':{"value":' + now + "}";
        mapSet(known, key, now);
      }
      // Nobody can hold a reference into a primitive, so it need not be compared again.
      if (typeof value !== "object" || value === null) mapSet(settled, key, true);
    });
    eachOfMap(settled, (_: true, key: string) => setDelete(touched, key));
    return "{" + text + "}";
  }

  function applyPatch(patch: Record<string, StateChange | null>): void {
    const names = keys(patch);
    for (let i = 0; i < names.length; i++) {
      const name = names[i]!;
      const change = patch[name]!;
      if (change === null) {
        deleteProperty(live, name);
        mapDelete(waiting, name);
        mapDelete(known, name);
        setDelete(touched, name);
      } else if (hasOwn(change, "value")) place(name, (change as { value: unknown }).value);
      else place(name, extended(name, (change as { append: unknown[] }).append));
    }
  }

  /** The encoding of a list as the host knows it, with more items. */
  function extended(name: string, more: unknown[]): unknown[] {
    const list =
      (mapHas(waiting, name) ? mapGet(waiting, name) : parse(mapGet(known, name) as string)) as unknown[];
    for (let i = 0; i < more.length; i++) append(list, more[i]);
    return list;
  }
}
