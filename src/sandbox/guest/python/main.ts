/**
 * The entry point of the expressions' runtime. `deno task guest` bundles it into `src/sandbox/python.bundle.js`. A scope
 * evaluates it only if a placeholder needs it: for Python forms, and for operations that have one meaning in JavaScript
 * and another one in Python.
 */
import type { PythonModule } from "./python_dates.ts";
import {
  collectedDict,
  collectEntry,
  type Named,
  pythonFunctions,
  pythonModules,
  setOf,
} from "./python_functions.ts";
import { formatValue } from "./python_format.ts";
import { methodNames, pythonMethod } from "./python_methods.ts";
import {
  add,
  bits,
  divide,
  equals,
  floorDivide,
  isSame,
  item,
  keysText,
  modulo,
  multiply,
  negative,
  power,
  slice,
  subtract,
  unpacked,
} from "./python_operators.ts";
import { pythonNumber } from "./python_numbers.ts";
import {
  bounded,
  compare,
  contains,
  dictOf,
  hasKey,
  hasOwnText,
  isDict,
  isNone,
  isPythonText,
  isTrue,
  itemsOf,
  kindOf,
  pythonError,
  reprOf,
  stringInside,
  strOf,
  valueAt,
} from "./python_values.ts";

type Loose = Record<string, unknown>;

/** Calls a method: of Python, else of the object itself. Named arguments of an object's method become one last object. */
function call(
  value: unknown,
  name: string,
  args: readonly unknown[],
  named: Named = {},
  isShared = false,
): unknown {
  if (isModule(value)) return callInModule(value, name, args, named);
  if (isNone(value)) {
    throw pythonError("TypeError", `None has no ${name}(): the value before it is missing`);
  }
  const method = pythonMethod(value, name);
  if (method !== undefined) {
    if (isShared) refuseAmbiguous(value, name, args);
    return method(args, named);
  }
  const own = isDict(value) ? undefined : (value as Loose)[name];
  if (typeof own !== "function") {
    const names = methodNames(value);
    throw pythonError(
      "AttributeError",
      `${kindOf(value)} has no ${name}()${names.length === 0 ? "" : `; it has ${names.join(", ")}`}`,
    );
  }
  const all = Object.keys(named).length === 0 ? args : [...args, named];
  return own.apply(value, all);
}

/** Throws for a call that gives another value in JavaScript, if the expression is JavaScript too. */
function refuseAmbiguous(value: unknown, name: string, args: readonly unknown[]): void {
  const fault = (fix: string) =>
    pythonError("TypeError", `${name}() means one thing in Python and another in JavaScript; ${fix}`);
  if (
    isPythonText(value) && name === "replace" && args.length === 2 && isPythonText(args[0]) &&
    stringInside(value).split(stringInside(args[0])).length > 2
  ) {
    throw fault("write replaceAll(…) to replace every place, or replace(…, …, 1) for the first");
  }
  if (isPythonText(value) && name === "split" && args.length > 1) {
    throw fault("write split(…, maxsplit=…), or slice the list");
  }
  if (Array.isArray(value) && name === "sort") throw fault("write sorted(…)");
  if (Array.isArray(value) && name === "reverse") throw fault("write list(reversed(…)), or toReversed()");
}

function isModule(value: unknown): value is PythonModule {
  return typeof value === "object" && value !== null && Object.hasOwn(value, "functions");
}

function callInModule(module: PythonModule, name: string, args: readonly unknown[], named: Named): unknown {
  const found = Object.hasOwn(module.functions, name) ? module.functions[name] : undefined;
  const run = typeof found === "function" ? found : found?.call;
  if (run !== undefined) return run(args, named);
  const own = (module.value?.() as Loose | undefined)?.[name];
  if (typeof own === "function") return own.apply(module.value!(), args);
  throw pythonError(
    "AttributeError",
    `there is no ${name}() there; there are: ${Object.keys(module.functions).join(", ")}`,
  );
}

/** `value.name`. A dict has its keys; a text, a list and a date have their own members. */
function attribute(value: unknown, name: string): unknown {
  if (isModule(value)) {
    if (value.values !== undefined && Object.hasOwn(value.values, name)) return value.values[name];
    if (Object.hasOwn(value.functions, name)) return value.functions[name];
    return attribute(value.value?.(), name);
  }
  if (isNone(value)) throw pythonError("TypeError", `None has no ${name}: the value before it is missing`);
  const method = isDict(value) && hasKey(value, name) ? undefined : pythonMethod(value, name);
  if (method !== undefined) return (...args: unknown[]) => method(args, {});
  if (isDict(value)) {
    if (hasKey(value, name)) return valueAt(value, name);
    throw pythonError("AttributeError", `there is no ${name}; ${keysText(value)}`);
  }
  const found = (value as Loose)[name];
  if (found !== undefined) return found;
  throw pythonError("AttributeError", `${kindOf(value)} has no ${name}`);
}

/** The value that a placeholder shows. */
function shown(value: unknown, isPython: boolean): unknown {
  const own = isModule(value) ? value.value?.() : value;
  if (hasOwnText(own)) return own.pythonText();
  if (typeof own === "function" || isModule(own)) {
    throw pythonError("TypeError", "the expression gives a function; write () after it to call it");
  }
  if (!isPython) return own;
  return typeof own === "boolean" || typeof own === "number" ? strOf(own) : own;
}

/** A function as a value: `key=len`, `map(str, items)`. */
function functionValue(name: string): unknown {
  const run = pythonFunctions[name]!;
  return Object.assign((...args: unknown[]) => run(args, {}), { pythonName: name });
}

return_({
  ...{ add, sub: subtract, mul: multiply, div: divide, floordiv: floorDivide, mod: modulo, pow: power, bits },
  ...{ neg: negative, eq: equals, is: isSame, item, slice, call, attr: attribute, shown, unpack: unpacked },
  ...{ items: itemsOf, in: contains, true: isTrue, dict: dictOf, set: setOf, entry: collectEntry },
  ...{ entries: collectedDict, format: formatValue, fn: functionValue, repr: reprOf },
  table: () => new Map<unknown, unknown>(),
  pos: (value: unknown) => pythonNumber(value, "+"),
  invert: (value: unknown) => ~pythonNumber(value, "~"),
  lt: (a: unknown, b: unknown, isShared: boolean) => ordered(a, b, isShared) < 0,
  le: (a: unknown, b: unknown, isShared: boolean) => ordered(a, b, isShared) <= 0,
  gt: (a: unknown, b: unknown, isShared: boolean) => ordered(a, b, isShared) > 0,
  ge: (a: unknown, b: unknown, isShared: boolean) => ordered(a, b, isShared) >= 0,
  run: (name: string, args: readonly unknown[], named: Named = {}) => pythonFunctions[name]!(args, named),
  method: (name: string) => (value: unknown, ...args: unknown[]) => call(value, name, args),
  module: (name: string) => pythonModules[name]!,
  make: (name: string, args: readonly unknown[], named: Named = {}) =>
    pythonModules[name]!.call!(args, named),
  push: (list: unknown[], value: unknown) => bounded({ length: list.push(value) }),
});

/** In an expression that is JavaScript too, a text of digits compares with a number as a number. */
function ordered(a: unknown, b: unknown, isShared: boolean): number {
  if (isShared && isPythonText(a) !== isPythonText(b)) {
    const numbers = [a, b].map((each) =>
      isPythonText(each) && stringInside(each).trim() !== "" ? Number(stringInside(each)) : each
    );
    if (numbers.every((each) => typeof each === "number" && !Number.isNaN(each))) {
      return compare(numbers[0], numbers[1]);
    }
  }
  return compare(a, b);
}

declare function return_(runtime: Loose): void;
