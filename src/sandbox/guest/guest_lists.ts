import type { Codec } from "../host/codec.ts";
import type { Primordials } from "./guest_primordials.ts";

/**
 * A long list of the agent's state, of which nobody but us has the array itself: the code has a view of it, a proxy that
 * notices what is done to it.
 */
export interface GuestList {
  readonly store: unknown[];
  /** How many items the host knows, and about how many characters their text has. */
  sent: number;
  characters: number;
  /**
   * Items that others may hold, and change, with the text that the host knows. Of all other items that are objects we
   * have the only reference.
   */
  readonly loans: Map<number, string>;
  /** The text that the host knows, if something other than an addition was done since. */
  before: string | undefined;
  /** The text that the host knows, when the list is compared as a whole, since anybody may hold any item. */
  known: string | undefined;
  /** Looks since something other than an addition was seen. */
  quiet: number;
  /** Looks at what is on loan. */
  looks: number;
  /** It is no ordinary array any more: frozen, with getters, with another prototype. */
  isOdd: boolean;
}

/** The lists part of the guest's state. */
export interface GuestLists {
  /** Whether a list whose text is so long is worth a view: below that comparing is cheap, and a proxy is slow to read. */
  isLong(text: string): boolean;
  /** Takes over a fresh array, which nobody else has, whose text the host knows. */
  guard(store: unknown[], characters: number): GuestList;
  /** Makes a view. */
  view(list: GuestList): object;
  /** The array behind a view, for the codec; any other object as it is. */
  behind(value: object): object;
  /** The text of the change since the last look, or "" for none. */
  takeChange(list: GuestList, where: string): string;
  /** The text that the host knows. */
  knownText(list: GuestList): string;
  /** The text of the change from one text of a list, or of anything, to another. */
  changeText(before: string | undefined, now: string): string;
  /**
   * Takes the array `holder[key]` over as a list, if nobody else holds it: the caller must not hold it either. Else it stays
   * where it is.
   */
  adopt(holder: Record<string, unknown>, key: string, text: string): GuestList | undefined;
  /** Adds what others added, unless it might be noticed that the list is the same as before. */
  extend(list: GuestList, encoded: readonly unknown[]): boolean;
}

/**
 * Makes the lists part of the guest. Its source is run inside the sandbox, so it refers to nothing outside itself.
 *
 * A list that grows by an item at each step must not cost more the longer it is. So additions are noticed as they are made,
 * and anything else that is done to the list makes us compare all of it. What the code has put into a list it may still
 * hold, and change later. But the engine counts references: an object of which we give up ours is gone at once, unless
 * somebody else has one, and a weak reference tells. If it is gone, a copy of ours takes its place. This works only while
 * no code runs, when no frame of the code's is on the stack.
 *
 * Invariants:
 * 1. Nobody but us has `store`. All writes of the code's go through a trap.
 * 2. While `known` is not set, an object in `store` at an index below `sent` is frozen for good, or on loan, or reached by
 *    nobody else, and so are all objects in it.
 */
export function createLists(
  primordials: Primordials,
  codec: Codec,
  isSpecial: (value: unknown) => boolean,
): GuestLists {
  type Loose = Record<PropertyKey, unknown>;
  const { isArray, keys, ownKeys, getPrototypeOf, getOwnPropertyDescriptor, isExtensible, defineProperty } =
    primordials;
  const { put, append, slice, hasOwn, deleteProperty, define, prevent, setPrototype } = primordials;
  const { reflectGet, reflectSet, mapGet, mapSet, mapHas, mapDelete, mapClear, mapSize, eachOfMap } =
    primordials;
  const { weakGet, weakHas, weakSet, deref, timeOf, prototypes } = primordials;
  const { Map: NewMap, Date: NewDate, Proxy: NewProxy, WeakRef: NewWeakRef, String: toText } = primordials;
  const lists = new WeakMap<object, GuestList>();
  const longCharacters = 2_000;
  /** Looks that must see nothing but additions before a list that was compared is trusted again. */
  const quietLooks = 8;
  /** Looks between two attempts to get back what is on loan. */
  const patience = 8;
  /** Of what is nested more deeply we do not ask who holds it. */
  const maxDepth = 20;
  /** Proxies of the code's look plain, but are not. */
  const proxies = new WeakMap<object, true>();
  trackProxies();

  return { isLong, guard, view, behind, takeChange, knownText, changeText, adopt, extend };

  function isLong(text: string): boolean {
    return text.length > longCharacters;
  }

  function guard(store: unknown[], characters: number): GuestList {
    return {
      store,
      sent: store.length,
      characters,
      loans: new NewMap(),
      before: undefined,
      known: undefined,
      quiet: 0,
      looks: 0,
      isOdd: false,
    };
  }

  function behind(value: object): object {
    const list = weakGet(lists, value) as GuestList | undefined;
    return list === undefined ? value : list.store;
  }

  function view(list: GuestList): object {
    const proxy = new NewProxy(list.store, {
      __proto__: null,
      get(store: unknown[], key: PropertyKey, receiver: unknown) {
        if (typeof key === "symbol" || list.isOdd || !hasOwn(store, key)) {
          return reflectGet(store, key, receiver);
        }
        const value = (store as unknown as Loose)[key];
        if (typeof value === "object" && value !== null) lend(list, +key, value);
        return value;
      },
      set(store: unknown[], key: PropertyKey, value: unknown, receiver: object) {
        if (weakGet(lists, receiver) !== list) return reflectSet(store, key, value, receiver);
        if (!list.isOdd) {
          const { length } = store;
          if (key === "length" && value === length) return true;
          if (key === toText(length)) {
            put(store, key, value);
            return true;
          }
          change(list);
          if (key === "length" ? (value as number) < length : hasOwn(store, key)) {
            return reflectSet(store, key, value, store);
          }
          list.isOdd = true;
        }
        // A setter on a prototype gets the view: nobody may ever get the array.
        return reflectSet(store, key, value, receiver);
      },
      deleteProperty(store: unknown[], key: PropertyKey) {
        change(list);
        if (key !== toText(store.length - 1)) list.isOdd = true;
        return deleteProperty(store, key);
      },
      defineProperty(store: unknown[], key: PropertyKey, descriptor: PropertyDescriptor) {
        change(list);
        list.isOdd = true;
        return define(store, key, descriptor);
      },
      getOwnPropertyDescriptor(store: unknown[], key: PropertyKey) {
        const descriptor = getOwnPropertyDescriptor(store, key);
        const value = descriptor !== undefined && hasOwn(descriptor, "value") ? descriptor.value : undefined;
        if (typeof value === "object" && value !== null && typeof key === "string") lend(list, +key, value);
        return descriptor;
      },
      preventExtensions(store: unknown[]) {
        change(list);
        list.isOdd = true;
        return prevent(store);
      },
      setPrototypeOf(store: unknown[], prototype: object | null) {
        change(list);
        list.isOdd = true;
        return setPrototype(store, prototype);
      },
    } as ProxyHandler<unknown[]>);
    weakSet(lists, proxy, list);
    return proxy;
  }

  /** An item is given out. Those that the host does not know yet are looked at anyway. */
  function lend(list: GuestList, index: number, value: unknown): void {
    if (list.known !== undefined || list.before !== undefined || !(index < list.sent)) return;
    if (mapHas(list.loans, index) || isSpecial(value)) return;
    mapSet(list.loans, index, codec.encodeText(value, "value"));
  }

  /** Something other than an addition is about to be done. */
  function change(list: GuestList): void {
    if (list.known === undefined && list.before === undefined) list.before = knownText(list);
  }

  function knownText(list: GuestList): string {
    if (list.before !== undefined) return list.before;
    if (list.known !== undefined) return list.known;
    let text = "";
    for (let i = 0; i < list.sent; i++) {
      const item = mapGet(list.loans, i) as string | undefined ?? itemText(list, i);
      text += i === 0 ? item : "," + item;
    }
    return "[" + text + "]";
  }

  function itemText({ store }: GuestList, index: number): string {
    if (!hasOwn(store, index)) return '{"$type":"hole"}';
    return codec.leafText(store[index]) ?? codec.encodeText(store[index], "value");
  }

  function takeChange(list: GuestList, where: string): string {
    if (list.known === undefined) {
      if (list.before === undefined && !hasChangedLoan(list, where)) return takeAddition(list, where);
      list.known = knownText(list);
      list.before = undefined;
      list.quiet = 0;
      mapClear(list.loans);
    }
    const now = codec.encodeText(list.store, where);
    const change = changeText(list.known, now);
    list.quiet = change === "" || slice(change, 0, 9) === '{"append"' ? list.quiet + 1 : 0;
    list.known = now;
    list.sent = list.store.length;
    list.characters = now.length;
    if (list.quiet > quietLooks && !list.isOdd) trust(list);
    return change;
  }

  function hasChangedLoan(list: GuestList, where: string): boolean {
    let hasChanged = false;
    try {
      eachOfMap(list.loans, (text: string, index: number) => {
        hasChanged ||= itemText(list, index) !== text;
      });
    } catch {
      // It fails again for the whole, with an error that tells the place.
      codec.encodeText(list.store, where);
      return true;
    }
    return hasChanged;
  }

  function takeAddition(list: GuestList, where: string): string {
    const { store, loans } = list;
    const before = list.sent;
    let text = "";
    if (before < store.length) {
      try {
        for (let i = before; i < store.length; i++) {
          const item = itemText(list, i);
          text += text === "" ? item : "," + item;
          const value = store[i];
          if (typeof value === "object" && value !== null && !isSpecial(value)) mapSet(loans, i, item);
        }
        list.characters += text.length + 1;
      } catch {
        list.characters = Infinity;
      }
      if (!codec.fits(list.characters)) list.characters = codec.encodeText(store, where).length;
      list.sent = store.length;
    }
    if (mapSize(loans) > 0) reclaimLoans(list, ++list.looks % patience === 0 ? 0 : before);
    return text === "" ? "" : '{"append":[' + text + "]}";
  }

  function changeText(before: string | undefined, now: string): string {
    if (before === now) return "";
    if (before !== undefined && slice(before, 0, 1) === "[" && before.length < now.length) {
      const head = before.length - 1;
      const isEmpty = before.length === 2;
      if (
        (isEmpty ? slice(now, 0, 1) === "[" : slice(now, head, head + 1) === ",") &&
        slice(now, 0, head) === slice(before, 0, head)
      ) return '{"append":[' + slice(now, isEmpty ? head : head + 1, now.length) + "}";
    }
    return '{"value":' + now + "}";
  }

  /** Whoever held items of a list that was compared may hold them still: all are on loan until that is known. */
  function trust(list: GuestList): void {
    if (keys(list.store).length !== list.store.length) {
      list.isOdd = true;
      return;
    }
    list.known = undefined;
    for (let i = 0; i < list.store.length; i++) {
      const item = list.store[i];
      if (typeof item === "object" && item !== null && !isSpecial(item)) {
        mapSet(list.loans, i, itemText(list, i));
      }
    }
    if (mapSize(list.loans) > 0) reclaimLoans(list, 0);
  }

  function reclaimLoans({ store, loans }: GuestList, from: number): void {
    const free: number[] = [];
    eachOfMap(loans, (_: string, index: number) => {
      if (index >= from && reclaim(store as unknown as Loose, index, 0)) append(free, index);
    });
    for (let i = 0; i < free.length; i++) mapDelete(loans, free[i]);
  }

  /**
   * Makes the object `holder[key]` into one that only we have, if only we have it: into a copy, as we cannot look without
   * letting go. Whether all of it is ours now.
   */
  function reclaim(holder: Loose, key: PropertyKey, depth: number): boolean {
    if (depth > maxDepth || !isPlain(holder[key])) return false;
    const parts = partsOf(holder[key] as Loose);
    const reference = new NewWeakRef(holder[key] as object);
    put(holder, key, null);
    const held = deref(reference);
    if (held !== undefined) {
      put(holder, key, held);
      return false;
    }
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
    if (typeof value !== "object" || value === null || weakHas(lists, value) || weakHas(proxies, value)) {
      return false;
    }
    if (!isExtensible(value)) return false;
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

  function trackProxies(): void {
    const { revocable } = NewProxy;
    const track = (proxy: object) => {
      weakSet(proxies, proxy, true);
      return proxy;
    };
    const make = {
      __proto__: null,
      construct: (_: unknown, args: [object, ProxyHandler<object>]) => track(new NewProxy(args[0], args[1])),
    };
    const tracking = new NewProxy(NewProxy, make as ProxyHandler<typeof Proxy>);
    defineProperty(NewProxy, "revocable", {
      __proto__: null,
      configurable: true,
      writable: true,
      value: (target: object, handler: ProxyHandler<object>) => {
        const made = revocable(target, handler);
        track(made.proxy);
        return made;
      },
    } as PropertyDescriptor);
    defineProperty(globalThis, "Proxy", {
      __proto__: null,
      configurable: true,
      writable: true,
      value: tracking,
    } as PropertyDescriptor);
  }

  function adopt(holder: Record<string, unknown>, key: string, text: string): GuestList | undefined {
    if (!isArray(holder[key]) || !isPlain(holder[key])) return undefined;
    const { values } = partsOf(holder[key] as unknown as Loose);
    const reference = new NewWeakRef(holder[key] as object);
    holder[key] = undefined;
    const held = deref(reference);
    if (held !== undefined) {
      holder[key] = held;
      return undefined;
    }
    const list = guard(values, text.length);
    trust(list);
    return list;
  }

  function extend(list: GuestList, encoded: readonly unknown[]): boolean {
    if (list.known !== undefined || list.before !== undefined || mapSize(list.loans) > 0) return false;
    if (list.sent !== list.store.length) return false;
    for (let i = 0; i < encoded.length; i++) {
      append(list.store, codec.revive(encoded[i]));
      list.characters += itemText(list, list.sent).length + 1;
      list.sent++;
    }
    return true;
  }
}
