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
 * The host is asked for a value when its key is first touched. From then on the value is compared with what the host knows
 * at each progress: so a change deep inside is noticed, and keys that nobody looked at cost nothing.
 *
 * `ask` answers `"names"` with the keys of the start; `"?"` and a quoted key, with anything if the key was there; and `"="`
 * and a quoted key, with its value, encoded.
 */
export function createState(
  primordials: Primordials,
  codec: Codec,
  ask: (question: string) => string | undefined,
): GuestState {
  type Loose = Record<PropertyKey, unknown>;
  const { quote, parse, append, keys, put, hasOwn, ownKeys, reflectGet } = primordials;
  const { mapGet, mapSet, mapHas, mapDelete, eachOfMap, setAdd, setDelete, eachOfSet } = primordials;
  const { Promise: NewPromise, TypeError: NewTypeError, String: toText } = primordials;
  const plainPrototype = primordials.prototypes.object as unknown as Loose;

  /** Values as the code sees them, by key. */
  const live = new Map<string, unknown>();
  /** From others, encoded and not yet decoded, by key. */
  const waiting = new Map<string, unknown>();
  /** Keys of the start that are there no more; and keys that came later, in their order. */
  const removed = new Map<string, true>();
  const added = new Map<string, true>();
  /** The text that the host knows, by key. */
  const known = new Map<string, string>();
  /** Keys whose known text is the host's own: another text may mean the same. */
  const foreign = new Map<string, true>();
  const touched = new Set<string>();
  let isTouched = false;

  const proxy = new Proxy({ __proto__: null } as unknown as Loose, {
    __proto__: null,
    get: (_, key) => typeof key === "string" && has(key) ? read(key) : reflectGet(plainPrototype, key),
    set(_, key, value) {
      checkShallow(key, value);
      write(key as string, value);
      return true;
    },
    deleteProperty(_, key) {
      if (typeof key === "string" && has(key)) {
        remember(key);
        remove(key);
        touch(key);
      }
      return true;
    },
    has: (_, key) => typeof key === "string" && has(key) || key in plainPrototype,
    ownKeys: names,
    getOwnPropertyDescriptor(_, key) {
      if (typeof key !== "string" || !has(key)) return undefined;
      const value = read(key);
      return { __proto__: null, value, writable: true, enumerable: true, configurable: true };
    },
    defineProperty(_, key, descriptor) {
      if (!hasOwn(descriptor, "value")) throw new NewTypeError(`state.${toText(key)} cannot be a getter`);
      checkShallow(key, descriptor.value);
      write(key as string, descriptor.value);
      return true;
    },
    getPrototypeOf: () => plainPrototype,
    setPrototypeOf: () => false,
    preventExtensions: () => false,
  } as ProxyHandler<Loose>);

  return { proxy, takePatch, applyPatch };

  function has(key: string): boolean {
    return mapHas(live, key) || mapHas(waiting, key) || isInitial(key);
  }

  /** Whether the host has the value. */
  function isInitial(key: string): boolean {
    return !mapHas(removed, key) && ask("?" + quote(key)) !== undefined;
  }

  function names(): PropertyKey[] {
    const ordered = { __proto__: null } as unknown as Loose;
    const initial = parse(ask("names")!) as string[];
    for (let i = 0; i < initial.length; i++) {
      if (!mapHas(removed, initial[i])) put(ordered, initial[i]!, true);
    }
    eachOfMap(added, (_: true, key: string) => put(ordered, key, true));
    return ownKeys(ordered);
  }

  function touch(key: string): void {
    setAdd(touched, key);
    isTouched = true;
  }

  function read(key: string): unknown {
    touch(key);
    if (mapHas(live, key)) return mapGet(live, key);
    remember(key);
    const value = codec.revive(parse(mapGet(known, key) as string));
    mapSet(live, key, value);
    return value;
  }

  function write(key: string, value: unknown): void {
    if (!mapHas(live, key)) {
      if (has(key)) remember(key);
      else mapSet(added, key, true);
    }
    mapSet(live, key, value);
    touch(key);
  }

  /** Notes what the host knows of a key that is there. */
  function remember(key: string): void {
    if (mapHas(live, key)) return;
    if (mapHas(waiting, key)) {
      mapSet(known, key, codec.encodeText(codec.revive(mapGet(waiting, key)), `state.${key}`));
      mapDelete(waiting, key);
    } else {
      mapSet(known, key, ask("=" + quote(key)));
      mapSet(foreign, key, true);
    }
  }

  function remove(key: string): void {
    mapDelete(live, key);
    mapDelete(waiting, key);
    if (!mapDelete(added, key)) mapSet(removed, key, true);
  }

  function checkShallow(key: PropertyKey, value: unknown): void {
    if (typeof key === "symbol") throw new NewTypeError("state cannot keep a symbol as key");
    const type = typeof value;
    if (type === "function" || type === "symbol" || value instanceof NewPromise) {
      codec.encodeText(value, `state.${key}`);
    }
  }

  function takePatch(): string {
    if (!isTouched) return "{}";
    let text = "";
    const add = (key: string, change: string) => {
      text += (text === "" ? "" : ",") + quote(key) + ":" + change;
    };
    const settled: string[] = [];
    let isOpen = false;
    eachOfSet(touched, (key: string) => {
      if (!mapHas(live, key)) {
        if (mapHas(known, key)) add(key, "null");
        forget(key);
        append(settled, key);
        return;
      }
      const value = mapGet(live, key);
      const now = codec.encodeText(value, `state.${key}`);
      if (!isKnown(key, now)) {
        add(key, '{"value":' + now + "}");
        mapSet(known, key, now);
        mapDelete(foreign, key);
      }
      // Nobody can hold a reference into a primitive, so it need not be compared again.
      if (typeof value !== "object" || value === null) append(settled, key);
      else isOpen = true;
    });
    for (let i = 0; i < settled.length; i++) setDelete(touched, settled[i]);
    isTouched = isOpen;
    return "{" + text + "}";
  }

  function isKnown(key: string, now: string): boolean {
    const before = mapGet(known, key) as string | undefined;
    if (before === now) return true;
    if (before === undefined || !mapHas(foreign, key)) return false;
    return codec.encodeText(codec.revive(parse(before)), `state.${key}`) === now;
  }

  function forget(key: string): void {
    mapDelete(known, key);
    mapDelete(foreign, key);
  }

  function applyPatch(patch: Record<string, StateChange | null>): void {
    const names = keys(patch);
    for (let i = 0; i < names.length; i++) {
      const key = names[i]!;
      const change = patch[key]!;
      if (change === null) {
        if (has(key)) remove(key);
        forget(key);
        setDelete(touched, key);
      } else {place(
          key,
          hasOwn(change, "value") ? (change as { value: unknown }).value : extended(key, change),
        );}
    }
  }

  function place(key: string, encoded: unknown): void {
    if (!has(key)) mapSet(added, key, true);
    mapDelete(live, key);
    mapSet(waiting, key, encoded);
    forget(key);
    setDelete(touched, key);
  }

  /** The encoding of a list as the host knows it, with more items. */
  function extended(key: string, change: StateChange): unknown[] {
    const known = mapHas(waiting, key) ? mapGet(waiting, key) : parse(knownText(key));
    const more = (change as { append: readonly unknown[] }).append;
    for (let i = 0; i < more.length; i++) append(known as unknown[], more[i]);
    return known as unknown[];
  }

  function knownText(key: string): string {
    return (mapHas(known, key) ? mapGet(known, key) : ask("=" + quote(key))) as string;
  }
}
