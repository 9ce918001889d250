// deno-lint-ignore ban-types
type AnyFunction = Function;
type Method<Args extends unknown[], Result> = (self: unknown, ...args: Args) => Result;
const uncurry = Function.prototype.bind.bind(Function.prototype.call) as unknown as <
  Args extends unknown[],
  Result,
>(method: AnyFunction) => Method<Args, Result>;
const { defineProperty } = Object;

/** Defines a property that cannot be assigned to. */
function fix(target: object, key: PropertyKey, value: unknown, enumerable = false): void {
  defineProperty(target, key, { __proto__: null, value, enumerable } as PropertyDescriptor);
}

/** Assigns without calling a setter that the code may have put on a prototype. */
function put(target: object, key: PropertyKey, value: unknown): void {
  defineProperty(
    target,
    key,
    { __proto__: null, value, enumerable: true, configurable: true, writable: true } as PropertyDescriptor,
  );
}

/**
 * The builtins of the language, saved before any other code runs.
 *
 * Code in the sandbox can change every builtin later. So modules of the guest use these. They also avoid everything
 * that the language itself looks up: iterators, setters on prototypes, `toJSON`, the `constructor` of a promise.
 */
export const primordials = {
  quote: JSON.stringify as (value: unknown) => string,
  parse: JSON.parse,
  isArray: Array.isArray,
  keys: Object.keys,
  is: Object.is,
  create: Object.create as (prototype: object) => Record<PropertyKey, unknown>,
  freeze: Object.freeze,
  getPrototypeOf: Object.getPrototypeOf,
  getOwnPropertySymbols: Object.getOwnPropertySymbols,
  getOwnPropertyDescriptor: Reflect.getOwnPropertyDescriptor,
  deleteProperty: Reflect.deleteProperty,
  ownKeys: Reflect.ownKeys,
  reflectGet: Reflect.get,
  reflectSet: Reflect.set,
  define: Reflect.defineProperty,
  prevent: Reflect.preventExtensions,
  setPrototype: Reflect.setPrototypeOf,
  isExtensible: Object.isExtensible,
  apply: Reflect.apply,
  defineProperty,
  fix,
  put,
  append: (list: readonly unknown[], item: unknown) => put(list, list.length, item),
  hasOwn: Object.hasOwn as (target: unknown, key: PropertyKey) => boolean,
  isEnumerable: uncurry<[PropertyKey], boolean>(Object.prototype.propertyIsEnumerable),
  timeOf: uncurry<[], number>(Date.prototype.getTime),
  mapGet: uncurry<[unknown], unknown>(Map.prototype.get),
  mapSet: uncurry<[unknown, unknown], unknown>(Map.prototype.set),
  mapHas: uncurry<[unknown], boolean>(Map.prototype.has),
  mapDelete: uncurry<[unknown], boolean>(Map.prototype.delete),
  mapClear: uncurry<[], void>(Map.prototype.clear),
  mapSize: uncurry<[], number>(Object.getOwnPropertyDescriptor(Map.prototype, "size")!.get!),
  eachOfMap: uncurry<[AnyFunction], void>(Map.prototype.forEach),
  setAdd: uncurry<[unknown], unknown>(Set.prototype.add),
  setHas: uncurry<[unknown], boolean>(Set.prototype.has),
  setDelete: uncurry<[unknown], boolean>(Set.prototype.delete),
  eachOfSet: uncurry<[AnyFunction], void>(Set.prototype.forEach),
  weakGet: uncurry<[unknown], unknown>(WeakMap.prototype.get),
  weakSet: uncurry<[object, unknown], unknown>(WeakMap.prototype.set),
  weakHas: uncurry<[unknown], boolean>(WeakMap.prototype.has),
  deref: uncurry<[], object | undefined>(WeakRef.prototype.deref),
  match: uncurry<[string], RegExpExecArray | null>(RegExp.prototype.exec),
  numberOf: uncurry<[], number>(Number.prototype.valueOf),
  bigintOf: uncurry<[], bigint>(BigInt.prototype.valueOf),
  slice: uncurry<[number, number], string>(String.prototype.slice),
  lower: uncurry<[], string>(String.prototype.toLowerCase),
  upper: uncurry<[], string>(String.prototype.toUpperCase),
  thenOf: uncurry<[unknown, unknown?], Promise<unknown>>(Promise.prototype.then),
  toPrimitive: Symbol.toPrimitive,
  prototypes: {
    object: Object.prototype,
    array: Array.prototype,
    map: Map.prototype,
    set: Set.prototype,
    date: Date.prototype,
    regexp: RegExp.prototype,
    promise: Promise.prototype,
    error: Error.prototype,
    string: String.prototype,
    number: Number.prototype,
    bigint: BigInt.prototype,
  },
  Promise,
  Proxy,
  Map,
  Set,
  WeakMap,
  WeakRef,
  Date,
  BigInt,
  Number,
  String,
  Error,
  TypeError,
  RangeError,
  ReferenceError,
};
