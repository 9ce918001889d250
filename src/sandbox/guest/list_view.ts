import { addViews } from "./guest_codec.ts";
import { beforeChange, type GuestList, lendItem } from "./lists.ts";
import { markProxy } from "./ownership.ts";
import { primordials } from "./primordials.ts";

const { put, hasOwn, deleteProperty, define, prevent, setPrototype, getOwnPropertyDescriptor } = primordials;
const { reflectGet, reflectSet, weakGet, weakSet, Proxy: NewProxy, String: toText } = primordials;
const lists = new WeakMap<object, GuestList>();

/** The codec reads the array instead of its view. */
addViews((value) => {
  const list = weakGet(lists, value) as GuestList | undefined;
  return list === undefined ? value : list.store;
});

/** Makes a view of a list: the proxy that the code gets instead of the array. It tracks all changes. */
export function viewOf(list: GuestList): object {
  const becomeOdd = () => {
    beforeChange(list);
    list.isOdd = true;
  };
  const proxy = new NewProxy(list.store, {
    __proto__: null,
    get(store: unknown[], key: PropertyKey, receiver: unknown) {
      if (typeof key === "symbol" || list.isOdd || !hasOwn(store, key)) {
        return reflectGet(store, key, receiver);
      }
      const value = (store as unknown as Record<PropertyKey, unknown>)[key];
      if (typeof value === "object" && value !== null) lendItem(list, +key, value);
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
        beforeChange(list);
        if (key === "length" ? (value as number) < length : hasOwn(store, key)) {
          return reflectSet(store, key, value, store);
        }
        list.isOdd = true;
      }
      // A setter on a prototype gets the view, since code must never get the array.
      return reflectSet(store, key, value, receiver);
    },
    deleteProperty(store: unknown[], key: PropertyKey) {
      if (key === toText(store.length - 1)) beforeChange(list);
      else becomeOdd();
      return deleteProperty(store, key);
    },
    defineProperty(store: unknown[], key: PropertyKey, descriptor: PropertyDescriptor) {
      becomeOdd();
      return define(store, key, descriptor);
    },
    getOwnPropertyDescriptor(store: unknown[], key: PropertyKey) {
      const descriptor = getOwnPropertyDescriptor(store, key);
      const value = descriptor !== undefined && hasOwn(descriptor, "value") ? descriptor.value : undefined;
      if (typeof value === "object" && value !== null && typeof key === "string") lendItem(list, +key, value);
      return descriptor;
    },
    preventExtensions(store: unknown[]) {
      becomeOdd();
      return prevent(store);
    },
    setPrototypeOf(store: unknown[], prototype: object | null) {
      becomeOdd();
      return setPrototype(store, prototype);
    },
  } as ProxyHandler<unknown[]>);
  weakSet(lists, proxy, list);
  return markProxy(proxy);
}
