import { isSpecial } from "./objects.ts";
import { primordials } from "./primordials.ts";

/*
 * Whether the code holds an object that is ours.
 *
 * The engine counts references: an object is gone as soon as nobody holds it. So we drop our own reference and ask a weak one.
 * If the object is gone, nobody else had it, and a copy takes its place. This works only while no code runs, when no frame of
 * the code's is on the stack.
 */

type Loose = Record<PropertyKey, unknown>;
const { isArray, keys, ownKeys, getPrototypeOf, getOwnPropertyDescriptor, isExtensible, defineProperty } =
  primordials;
const { put, append, hasOwn, weakHas, weakSet, deref, timeOf, prototypes } = primordials;
const { Date: NewDate, Proxy: NewProxy, WeakRef: NewWeakRef, String: toText } = primordials;
/** What is nested more deeply counts as held. */
const maxDepth = 20;
/** Proxies look plain, but are not. */
const proxies = new WeakMap<object, true>();

/** Notes that an object is a proxy. */
export function markProxy<Proxied extends object>(proxy: Proxied): Proxied {
  weakSet(proxies, proxy, true);
  return proxy;
}

/** Notes all proxies that code makes. */
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
 * Makes the object `holder[key]` into one that only we hold, if nobody else holds it: into a copy. Returns whether all of it
 * is ours now. The caller must not hold the object.
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

/** The items of the array `holder[key]`, if nobody else holds it: then it is gone. Else it stays in its place. */
export function takeItems(holder: Loose, key: PropertyKey): unknown[] | undefined {
  if (!isArray(holder[key]) || !isPlain(holder[key])) return undefined;
  const { values } = partsOf(holder[key] as unknown as Loose);
  return release(holder, key) ? values : undefined;
}

/** Drops the object `holder[key]`, unless somebody else holds it. Returns whether it is gone. */
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

/** Whether a copy cannot be told from the object: nothing but plain properties, that can be written and enumerated. */
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
    // A hole and a property that is no item would make up for each other in the count.
    if (isList && name !== toText(i)) return false;
    const descriptor = getOwnPropertyDescriptor(value, name)!;
    if (!hasOwn(descriptor, "value") || !descriptor.writable) return false;
    if (!descriptor.enumerable || !descriptor.configurable) return false;
  }
  return true;
}
