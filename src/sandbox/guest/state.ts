import { codec } from "./guest_codec.ts";
import {
  adoptList,
  changeText,
  extendList,
  guardList,
  type GuestList,
  isLongList,
  knownListText,
  takeListChange,
} from "./lists.ts";
import { viewOf } from "./list_view.ts";
import { markProxy } from "./ownership.ts";
import { primordials } from "./primordials.ts";
import type { StateChange } from "./protocol.ts";

/*
 * The agent's variables as the code sees them, and the changes that the code makes. The shared states of meetings are
 * among them, under names that `state` hides.
 *
 * The guest asks the host for a value at the first access to its key. From then on it compares the value with the
 * host's text at each progress. So it finds a change deep inside a value, and unused keys cost nothing.
 *
 * Questions for `ask`:
 * - `"names"`: the keys at the start.
 * - `"?"` and a quoted key: any text if the key existed at the start, else `undefined`.
 * - `"="` and a quoted key: its value, encoded.
 */

type Loose = Record<PropertyKey, unknown>;
const { quote, parse, append, keys, put, hasOwn, ownKeys, reflectGet, slice, match } = primordials;
const { mapGet, mapSet, mapHas, mapDelete, eachOfMap, setAdd, setDelete, eachOfSet } = primordials;
const {
  deref,
  isArray,
  Promise: NewPromise,
  Proxy: NewProxy,
  TypeError: NewTypeError,
  WeakRef: NewWeakRef,
  String: toText,
} = primordials;
const plainPrototype = primordials.prototypes.object as unknown as Loose;

/** Values as the code sees them, by key. */
const live = new Map<string, unknown>();
/** Values from others by key, encoded and not decoded yet. */
const waiting = new Map<string, unknown>();
/** Keys of the start that were deleted, and keys that were added later, in their order. */
const removed = new Map<string, true>();
const added = new Map<string, true>();
/** Long lists among the values, by key. The live value is then the list's view; this module keeps no other view. */
const guarded = new Map<string, GuestList>();
/** The number of failed attempts to adopt a long list that the code still holds, by key. */
const held = new Map<string, number>();
/** Items that others added to a list that the code has not read yet, by key. */
const later = new Map<string, unknown[]>();
/** The text that the host knows, by key. A long list keeps its own. */
const known = new Map<string, string>();
/** Keys with a text from the host. A different text may mean the same value. */
const foreign = new Map<string, true>();
const touched = new Set<string>();
let isTouched = false;

/** Beginnings of names that are no variables of the agent: those of the meetings that the code is in. */
let others: readonly string[] = [];

/** `state` as the code sees it. */
export const stateProxy = variablesAt("");

/** Hides variables with these beginnings from `state`. */
export function hideFromState(prefixes: readonly string[]): void {
  others = prefixes;
}

/** Makes an object with the variables whose names begin with a prefix. For `""` these are the agent's own. */
export function variablesAt(prefix: string): object {
  const nameOf = (key: PropertyKey): string | undefined => {
    if (typeof key !== "string") return undefined;
    return prefix === "" ? isHidden(key) ? undefined : key : prefix + key;
  };
  const nameToWrite = (key: PropertyKey, value: unknown): string => {
    if (typeof key === "symbol") throw new NewTypeError("state cannot keep a symbol as key");
    const name = nameOf(key);
    if (name === undefined) throw new NewTypeError(`state cannot keep the key "${toText(key)}"`);
    checkShallow(name, value);
    return name;
  };
  const handler = {
    __proto__: null,
    get(_: unknown, key: PropertyKey) {
      const name = nameOf(key);
      return name !== undefined && has(name) ? read(name) : reflectGet(plainPrototype, key);
    },
    set(_: unknown, key: PropertyKey, value: unknown) {
      write(nameToWrite(key, value), value);
      return true;
    },
    deleteProperty(_: unknown, key: PropertyKey) {
      const name = nameOf(key);
      if (name !== undefined && has(name)) {
        remember(name);
        remove(name);
        touch(name);
      }
      return true;
    },
    has(_: unknown, key: PropertyKey) {
      const name = nameOf(key);
      return name !== undefined && has(name) || key in plainPrototype;
    },
    ownKeys: () => names(prefix),
    getOwnPropertyDescriptor(_: unknown, key: PropertyKey) {
      const name = nameOf(key);
      if (name === undefined || !has(name)) return undefined;
      const value = read(name);
      return { __proto__: null, value, writable: true, enumerable: true, configurable: true };
    },
    defineProperty(_: unknown, key: PropertyKey, descriptor: PropertyDescriptor) {
      if (!hasOwn(descriptor, "value")) throw new NewTypeError(`state.${toText(key)} cannot be a getter`);
      write(nameToWrite(key, descriptor.value), descriptor.value);
      return true;
    },
    getPrototypeOf: () => plainPrototype,
    setPrototypeOf: () => false,
    preventExtensions: () => false,
  };
  return markProxy(new NewProxy({ __proto__: null } as unknown as Loose, handler as ProxyHandler<Loose>));
}

function isHidden(name: string): boolean {
  for (let i = 0; i < others.length; i++) {
    if (slice(name, 0, others[i]!.length) === others[i]) return true;
  }
  return false;
}

/** The present value of a variable that no code can change. It is not tracked. */
export function factOf(name: string): unknown {
  const text = mapHas(waiting, name) ? quote(mapGet(waiting, name)) : ask("=" + quote(name));
  return text === undefined ? undefined : codec.revive(parse(text));
}

/** The name of a variable in errors: `state.x`, or `sharedState.x` for a meeting. */
function shownName(name: string): string {
  if (!isHidden(name)) return `state.${name}`;
  return `sharedState.${match(/^meeting \d+: ([^]*)$/, name)?.[1] ?? name}`;
}

function has(key: string): boolean {
  return mapHas(live, key) || mapHas(waiting, key) || isInitial(key);
}

/** Whether the host has the value. */
function isInitial(key: string): boolean {
  return !mapHas(removed, key) && ask("?" + quote(key)) !== undefined;
}

function names(prefix: string): PropertyKey[] {
  const ordered = { __proto__: null } as unknown as Loose;
  const add = (name: string) => {
    if (prefix === "") { if (!isHidden(name)) put(ordered, name, true); }
    else if (slice(name, 0, prefix.length) === prefix) {
      put(ordered, slice(name, prefix.length, name.length), true);
    }
  };
  const initial = parse(ask("names")!) as string[];
  for (let i = 0; i < initial.length; i++) if (!mapHas(removed, initial[i])) add(initial[i]!);
  eachOfMap(added, (_: true, name: string) => add(name));
  return ownKeys(ordered);
}

function touch(key: string): void {
  setAdd(touched, key);
  isTouched = true;
}

function read(key: string): unknown {
  if (mapHas(live, key)) {
    touch(key);
    return mapGet(live, key);
  }
  remember(key);
  touch(key);
  const text = mapGet(known, key) as string;
  const value = codec.revive(parse(text));
  if (isArray(value) && isLongList(text)) {
    forget(key);
    return watch(key, guardList(value, text.length));
  }
  mapSet(live, key, value);
  return value;
}

function watch(key: string, list: GuestList): object {
  const view = viewOf(list);
  mapSet(guarded, key, list);
  mapSet(live, key, view);
  return view;
}

/** Stops tracking the list of a value that is being replaced. */
function unwatch(key: string): void {
  const list = mapGet(guarded, key) as GuestList | undefined;
  if (list === undefined) return;
  mapSet(known, key, knownListText(list));
  mapDelete(guarded, key);
}

function write(key: string, value: unknown): void {
  if (!mapHas(live, key)) {
    if (has(key)) remember(key);
    else mapSet(added, key, true);
  } else if (mapGet(live, key) !== value) unwatch(key);
  mapSet(live, key, value);
  touch(key);
}

/** Stores the text that the host knows for an existing key. */
function remember(key: string): void {
  if (mapHas(live, key)) {
    unwatch(key);
    return;
  }
  if (mapHas(later, key)) {
    place(key, extended(parse(ask("=" + quote(key))!), mapGet(later, key) as unknown[]));
  }
  if (mapHas(waiting, key)) {
    mapSet(known, key, codec.encodeText(codec.revive(mapGet(waiting, key)), shownName(key)));
    mapDelete(waiting, key);
  } else {
    mapSet(known, key, ask("=" + quote(key)));
    mapSet(foreign, key, true);
  }
}

function remove(key: string): void {
  mapDelete(live, key);
  mapDelete(waiting, key);
  mapDelete(guarded, key);
  mapDelete(later, key);
  if (!mapDelete(added, key)) mapSet(removed, key, true);
}

function checkShallow(name: string, value: unknown): void {
  const type = typeof value;
  if (type === "function" || type === "symbol" || value instanceof NewPromise) {
    codec.encodeText(value, shownName(name));
  }
}

/** Returns the text of a patch with the changes since the last call. Throws a `DataError` for an unsupported value. */
export function takeStatePatch(): string {
  if (!isTouched) return "{}";
  let text = "";
  const settled: string[] = [];
  const long: string[] = [];
  let isOpen = false;
  eachOfSet(touched, (key: string) => {
    const change = takeChange(key, long);
    if (change !== "") text += (text === "" ? "" : ",") + quote(key) + ":" + change;
    const value = mapGet(live, key);
    // A primitive cannot change in place, so it need not be compared again.
    if (typeof value !== "object" || value === null) append(settled, key);
    else isOpen = true;
  });
  for (let i = 0; i < settled.length; i++) setDelete(touched, settled[i]);
  for (let i = 0; i < long.length; i++) adopt(long[i]!);
  isTouched = isOpen;
  return "{" + text + "}";
}

function takeChange(key: string, long: string[]): string {
  if (!mapHas(live, key)) {
    const wasKnown = mapHas(known, key);
    forget(key);
    return wasKnown ? "null" : "";
  }
  const list = mapGet(guarded, key) as GuestList | undefined;
  if (list !== undefined) return takeListChange(list, shownName(key));
  const value = mapGet(live, key);
  const now = codec.encodeText(value, shownName(key));
  if (isArray(value) && isLongList(now)) append(long, key);
  const before = mapGet(known, key) as string | undefined;
  if (isKnown(key, before, now)) return "";
  mapSet(known, key, now);
  mapDelete(foreign, key);
  return changeText(before, now);
}

/** Whether the host knows this value. The host's text may differ from ours for the same value. */
function isKnown(key: string, before: string | undefined, now: string): boolean {
  if (before === now) return true;
  if (before === undefined || !mapHas(foreign, key)) return false;
  return codec.encodeText(codec.revive(parse(before)), shownName(key)) === now;
}

/** Starts to track a long list that the code made, if the code no longer holds it. */
function adopt(key: string): void {
  const failures = (mapGet(held, key) as number | undefined ?? 0) + 1;
  mapSet(held, key, failures);
  // An attempt takes as long as a comparison, so try less and less often.
  if ((failures & (failures - 1)) !== 0) return;
  const holder = { __proto__: null, value: mapGet(live, key) } as unknown as Loose;
  mapDelete(live, key);
  const list = adoptList(holder, "value", mapGet(known, key) as string);
  if (list === undefined) mapSet(live, key, holder.value);
  else {
    forget(key);
    mapDelete(held, key);
    watch(key, list);
  }
}

function forget(key: string): void {
  mapDelete(known, key);
  mapDelete(foreign, key);
}

/** Applies changes by others; `null` deletes. */
export function applyStatePatch(patch: Record<string, StateChange | null>): void {
  const names = keys(patch);
  for (let i = 0; i < names.length; i++) {
    const key = names[i]!;
    const change = patch[key]!;
    if (change === null) {
      if (has(key)) remove(key);
      forget(key);
      setDelete(touched, key);
    } else if (hasOwn(change, "value")) place(key, (change as { value: unknown }).value);
    else extend(key, (change as { append: readonly unknown[] }).append);
  }
}

function place(key: string, encoded: unknown): void {
  if (!has(key)) mapSet(added, key, true);
  mapDelete(live, key);
  mapDelete(guarded, key);
  mapDelete(later, key);
  mapSet(waiting, key, encoded);
  forget(key);
  setDelete(touched, key);
}

function extend(key: string, more: readonly unknown[]): void {
  if (mapHas(waiting, key)) extended(mapGet(waiting, key) as unknown[], more);
  else if (!mapHas(live, key)) {
    mapSet(later, key, extended(mapGet(later, key) as unknown[] | undefined ?? [], more));
  } else {
    const list = mapGet(guarded, key) as GuestList | undefined;
    if (list !== undefined && isUnseen(key, list) && extendList(list, more)) return;
    const text = list === undefined ? mapGet(known, key) as string : knownListText(list);
    place(key, extended(parse(text), more));
  }
}

/** Whether the code holds no view of the list. Then the list gets a new view. */
function isUnseen(key: string, list: GuestList): boolean {
  const reference = new NewWeakRef(mapGet(live, key) as object);
  mapSet(live, key, undefined);
  const view = deref(reference);
  if (view === undefined) watch(key, list);
  else mapSet(live, key, view);
  return view === undefined;
}

function extended(list: unknown[], more: readonly unknown[]): unknown[] {
  for (let i = 0; i < more.length; i++) append(list, more[i]);
  return list;
}
