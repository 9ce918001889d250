import { isSpecial } from "./objects.ts";
import { primordials } from "./primordials.ts";

/*
 * Finds out whether other code holds an object of ours.
 *
 * The engine counts references, and frees an object with its last reference. So we drop our reference and read a weak
 * one. If the object is gone, no other code held it, and a copy replaces it. This works only while no frame of the code
 * is on the stack.
 */

type Loose = Record<PropertyKey, unknown>;
const { isArray, keys, ownKeys, getPrototypeOf, getOwnPropertyDescriptor, isExtensible, defineProperty } =
  primordials;
const { put, append, hasOwn, weakHas, weakSet, deref, timeOf, prototypes } = primordials;
const { Date: NewDate, Proxy: NewProxy, WeakRef: NewWeakRef, String: toText } = primordials;
/** Objects at a greater depth count as held. */
const maxDepth = 20;
/** All known proxies. A proxy looks like a plain object, but may run code. */
const proxies = new WeakMap<object, true>();

/** Adds a proxy to the known ones. */
export function markProxy<Proxied extends object>(proxy: Proxied): Proxied {
  weakSet(proxies, proxy, true);
  return proxy;
}

/** Adds every proxy that code makes to the known ones. */
export function trackProxies(): void {
  const { revocable } = NewProxy;
  const make = {
    __proto__: null,
    construct: (_: unknown, args: [object, ProxyHandler<object>]) =>
      markProxy(new NewProxy(args[0], args[1])),
  };
  const tracking = new NewProxy(NewProxy, make as ProxyHandler<typeof Proxy>);
  const replace = (target: object, key: PropertyKey, value: unknown) =>
    defineProperty(
      target,
      key,
      { __proto__: null, configurable: true, writable: true, value } as PropertyDescriptor,
    );
  replace(NewProxy, "revocable", (target: object, handler: ProxyHandler<object>) => {
    const made = revocable(target, handler);
    markProxy(made.proxy);
    return made;
  });
  replace(globalThis, "Proxy", tracking);
}

/**
 * Replaces the object `holder[key]` by a copy, if no other code holds the object. Returns whether we alone hold all
 * parts of it now. The caller must not hold the object.
 */
export function reclaim(holder: Loose, key: PropertyKey, depth = 0): boolean {
  if (depth > maxDepth || !isPlain(holder[key])) return false;
  const parts = partsOf(holder[key] as Loose);
  if (!release(holder, key)) return false;
  let isOurs = true;
  const { names, values } = parts;
  for (let i = 0; i < values.length; i++) {
    if (typeof values[i] !== "object" || values[i] === null || isSpecial(values[i])) continue;
    isOurs = reclaim(values as unknown as Loose, i, depth + 1) && isOurs;
  }
  if (parts.kind === "date") put(holder, key, new NewDate(parts.time));
  else if (parts.kind === "array") put(holder, key, values);
  else {
    const object = {};
    for (let i = 0; i < names.length; i++) put(object, names[i]!, values[i]);
    put(holder, key, object);
  }
  return isOurs;
}

/** Removes the array `holder[key]` and returns its items. Returns `undefined`, and keeps it, if other code holds it. */
export function takeItems(holder: Loose, key: PropertyKey): unknown[] | undefined {
  if (!isArray(holder[key]) || !isPlain(holder[key])) return undefined;
  const { values } = partsOf(holder[key] as unknown as Loose);
  return release(holder, key) ? values : undefined;
}

/** Drops the object `holder[key]`, unless other code holds it. Returns whether it is gone. */
function release(holder: Loose, key: PropertyKey): boolean {
  const reference = new NewWeakRef(holder[key] as object);
  put(holder, key, null);
  const held = deref(reference);
  if (held !== undefined) put(holder, key, held);
  return held === undefined;
}

interface Parts {
  readonly kind: "array" | "object" | "date";
  readonly names: readonly string[];
  readonly values: unknown[];
  readonly time: number;
}

function partsOf(value: Loose): Parts {
  if (getPrototypeOf(value) === prototypes.date) {
    return { kind: "date", names: [], values: [], time: timeOf(value) };
  }
  const names = keys(value);
  const values: unknown[] = [];
  for (let i = 0; i < names.length; i++) append(values, value[names[i]!]);
  return { kind: isArray(value) ? "array" : "object", names, values, time: 0 };
}

/** Whether a copy would equal the object: it has only plain properties that are writable and enumerable. */
function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null || weakHas(proxies, value) || !isExtensible(value)) {
    return false;
  }
  const prototype = getPrototypeOf(value);
  const names = ownKeys(value);
  if (prototype === prototypes.date) return names.length === 0;
  const isList = isArray(value);
  if (prototype !== (isList ? prototypes.array : prototypes.object)) return false;
  if (isList && names.length !== value.length + 1) return false;
  for (let i = 0; i < names.length; i++) {
    const name = names[i]!;
    if (typeof name === "symbol") return false;
    if (isList && i === value.length) continue;
    // The count alone would accept one hole together with one extra property.
    if (isList && name !== toText(i)) return false;
    const descriptor = getOwnPropertyDescriptor(value, name)!;
    if (!hasOwn(descriptor, "value") || !descriptor.writable) return false;
    if (!descriptor.enumerable || !descriptor.configurable) return false;
  }
  return true;
}
