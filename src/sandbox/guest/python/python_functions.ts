import { currentTime, dateModules, type PythonModule } from "./python_dates.ts";
import { formatValue } from "./python_format.ts";
import { pythonNumber, rounded } from "./python_numbers.ts";
import { add, floorDivide, modulo, power } from "./python_operators.ts";
import {
  bounded,
  compare,
  contains,
  dictOf,
  hasOwnText,
  isDict,
  isNone,
  isPythonText,
  isTrue,
  itemsOf,
  kindOf,
  lengthOf,
  maxItems,
  numberText,
  pythonError,
  reprOf,
  stringInside,
  strOf,
  valueAt,
  wholeNumber,
} from "./python_values.ts";

/*
 * The functions of Python that expressions can call.
 */

export type Named = Readonly<Record<string, unknown>>;
type PythonFunction = (args: readonly unknown[], named: Named) => unknown;

/** Calls a function that an expression passed, such as a lambda. */
function applied(call: unknown, ...args: unknown[]): unknown {
  if (typeof call !== "function") throw pythonError("TypeError", `${kindOf(call)} cannot be called`);
  const result: unknown = call(...args);
  if (result instanceof Promise) {
    result.catch(() => {});
    throw pythonError(
      "TypeError",
      "a function that waits cannot be used here; call it first and keep its result",
    );
  }
  return result;
}

/** Sorts by an optional key; equal items keep their order, also in reverse. */
export function sortedItems(value: unknown, { key, reverse }: Named): unknown[] {
  const items = itemsOf(value).map((item) => ({ item, by: isNone(key) ? item : applied(key, item) }));
  items.sort((a, b) => isTrue(reverse) ? compare(b.by, a.by) : compare(a.by, b.by));
  return items.map(({ item }) => item);
}

function extreme(name: string, direction: 1 | -1): PythonFunction {
  return (args, { key, ...named }) => {
    const items = args.length === 1 ? itemsOf(args[0]) : args;
    if (items.length === 0) {
      if ("default" in named) return named["default"];
      throw pythonError("ValueError", `${name}() of an empty list; add default=…`);
    }
    const by = (item: unknown) => isNone(key) ? item : applied(key, item);
    return items.reduce((best, item) => direction * compare(by(item), by(best)) > 0 ? item : best);
  };
}

function wholeFrom([value, base]: readonly unknown[]): number {
  if (value === undefined) return 0;
  if (!isPythonText(value)) {
    const number = pythonNumber(value, "int()");
    if (!Number.isFinite(number)) throw pythonError("ValueError", "int() of a number that is not finite");
    return Math.trunc(number) + 0;
  }
  const radix = isNone(base) ? 10 : wholeNumber(base, "The base");
  const text = stringInside(value).trim().replace(/(?<=\w)_(?=\w)/g, "");
  const digits = /^([+-]?)(?:0[xX](?=[\da-fA-F])|0[bB](?=[01])|0[oO](?=[0-7]))?(\w+)$/.exec(text);
  const isPlain = /^[+-]?\d+$/.test(text);
  const number = radix === 10
    ? (isPlain ? Number(text) : NaN)
    : parseInt((digits?.[1] ?? "") + (digits?.[2] ?? ""), radix);
  if (Number.isNaN(number)) {
    throw pythonError("ValueError", `int() cannot read ${reprOf(value)} as a whole number`);
  }
  if (!Number.isSafeInteger(number)) {
    throw pythonError(
      "OverflowError",
      `${reprOf(value)} is larger than 9007199254740991, so its digits would be wrong`,
    );
  }
  return number + 0;
}

function floatFrom(value: unknown): number {
  if (value === undefined) return 0;
  if (!isPythonText(value)) return pythonNumber(value, "float()");
  const text = stringInside(value).trim().replace(/(?<=\d)_(?=\d)/g, "");
  if (/^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/.test(text)) return Number(text);
  if (/^[+-]?inf(?:inity)?$/i.test(text)) return text.startsWith("-") ? -Infinity : Infinity;
  throw pythonError("ValueError", `float() cannot read ${reprOf(value)} as a number`);
}

function rangeOf(args: readonly unknown[]): number[] {
  const given = args.map((each) => wholeNumber(each, "An argument of range()"));
  const [from, to, step] = given.length < 2 ? [0, given[0] ?? 0, 1] : [given[0]!, given[1]!, given[2] ?? 1];
  if (step === 0) throw pythonError("ValueError", "the step of range() cannot be 0");
  const count = Math.max(0, Math.ceil((to - from) / step));
  if (count > maxItems) throw pythonError("OverflowError", `range() gives more than ${maxItems} numbers`);
  return Array.from({ length: count }, (_, index) => from + index * step);
}

function dictFrom([source]: readonly unknown[], named: Named): unknown {
  const entries = isNone(source)
    ? []
    : isDict(source)
    ? itemsOf(source).map((key) => [key, valueAt(source, key)] as const)
    : itemsOf(source).map((pair) => {
      const [key, value] = itemsOf(pair);
      return [key, value] as const;
    });
  return dictOf([...entries, ...Object.entries(named)]);
}

/** A set without repeated items. */
export function setOf(value: unknown): Set<unknown> {
  const found = new Set<unknown>();
  for (const item of isNone(value) ? [] : itemsOf(value)) {
    if (Array.isArray(item) || isDict(item) ? !contains(found, item) : true) {
      found.add(isPythonText(item) ? stringInside(item) : item);
    }
  }
  return found;
}

const kinds: Readonly<Record<string, (value: unknown) => boolean>> = {
  str: isPythonText,
  int: (value) => typeof value === "boolean" || (typeof value === "number" && Number.isInteger(value)),
  float: (value) => typeof value === "number" && !Number.isInteger(value),
  bool: (value) => typeof value === "boolean",
  list: Array.isArray,
  tuple: Array.isArray,
  dict: isDict,
  set: (value) => value instanceof Set,
};

function isInstance([value, wanted]: readonly unknown[]): boolean {
  const names = (Array.isArray(wanted) ? wanted : [wanted]).map((each) => {
    const name = (each as { pythonName?: unknown } | null | undefined)?.pythonName;
    if (typeof name !== "string" || !Object.hasOwn(kinds, name)) {
      throw pythonError("TypeError", `isinstance() knows the types ${Object.keys(kinds).join(", ")}`);
    }
    return name;
  });
  return names.some((name) => kinds[name]!(value));
}

function sumOf([value, start]: readonly unknown[], named: Named): unknown {
  const first = start ?? named["start"] ?? 0;
  const items = itemsOf(value);
  return items.reduce((total, each) => add(total, each, false), first);
}

function zipped(args: readonly unknown[]): unknown[][] {
  const lists = args.map(itemsOf);
  const count = lists.length === 0 ? 0 : Math.min(...lists.map((list) => list.length));
  return Array.from({ length: count }, (_, index) => lists.map((list) => list[index]));
}

/** The functions by name, as `f(args, named)`. */
export const pythonFunctions: Readonly<Record<string, PythonFunction>> = {
  len: ([value]) => lengthOf(value),
  str: ([value]) => value === undefined ? "" : strOf(value),
  repr: ([value]) => reprOf(value),
  int: (args) => wholeFrom(args),
  float: ([value]) => floatFrom(value),
  bool: ([value]) => isTrue(value),
  round: ([value, places], { ndigits }) => {
    const number = pythonNumber(value, "round()");
    const digits = places ?? ndigits;
    return rounded(number, isNone(digits) ? 0 : wholeNumber(digits, "The number of digits"));
  },
  abs: ([value]) => Math.abs(pythonNumber(value, "abs()")),
  min: extreme("min", -1),
  max: extreme("max", 1),
  sum: sumOf,
  pow: ([a, b, c]) => isNone(c) ? power(a, b) : modulo(power(a, b), c, false),
  divmod: ([a, b]) => [floorDivide(a, b), modulo(a, b, false)],
  sorted: ([value], named) => sortedItems(value, named),
  reversed: ([value]) => [...itemsOf(value)].reverse(),
  list: ([value]) => value === undefined ? [] : [...itemsOf(value)],
  tuple: ([value]) => value === undefined ? [] : [...itemsOf(value)],
  set: ([value]) => setOf(value),
  dict: dictFrom,
  range: rangeOf,
  enumerate: ([value, start], named) =>
    itemsOf(value).map((
      item,
      index,
    ) => [index + wholeNumber(start ?? named["start"] ?? 0, "The start"), item]),
  zip: zipped,
  any: ([value]) => itemsOf(value).some(isTrue),
  all: ([value]) => itemsOf(value).every(isTrue),
  map: ([call, ...lists]) => zipped(lists).map((items) => applied(call, ...items)),
  filter: ([call, value]) =>
    itemsOf(value).filter((item) => isTrue(isNone(call) ? item : applied(call, item))),
  isinstance: isInstance,
  format: ([value, spec]) => formatValue(value, isNone(spec) ? "" : strOf(spec)),
  chr: ([value]) => String.fromCodePoint(wholeNumber(value, "The code")),
  ord: ([value]) => strOf(value).codePointAt(0),
  hex: ([value]) => signed(value, 16, "0x"),
  oct: ([value]) => signed(value, 8, "0o"),
  bin: ([value]) => signed(value, 2, "0b"),
};

function signed(value: unknown, radix: number, prefix: string): string {
  const number = wholeNumber(value, "The number");
  return `${number < 0 ? "-" : ""}${prefix}${Math.abs(number).toString(radix)}`;
}

function ofNumber(name: string, compute: (value: number, second: number) => number): PythonFunction {
  return ([value, second]) => {
    const result = compute(
      pythonNumber(value, `math.${name}()`),
      isNone(second) ? NaN : pythonNumber(second, `math.${name}()`),
    );
    if (Number.isNaN(result)) {
      throw pythonError("ValueError", `math.${name}() has no value for ${numberText(Number(value))}`);
    }
    return result + 0;
  };
}

function factorial(value: number): number {
  if (value < 0 || !Number.isInteger(value)) return NaN;
  let product = 1;
  for (let i = 2; i <= value && product < Infinity; i++) product *= i;
  if (!Number.isSafeInteger(product)) {
    throw pythonError(
      "OverflowError",
      "the result is larger than 9007199254740991, so its digits would be wrong",
    );
  }
  return product;
}

function commonDivisor(a: number, b: number): number {
  let [left, right] = [Math.abs(a), Math.abs(b)];
  while (right > 0) [left, right] = [right, left % right];
  return left;
}

const mathFunctions: Readonly<Record<string, (x: number, y: number) => number>> = {
  ...Object.fromEntries(
    ([
      "sqrt",
      "sin",
      "cos",
      "tan",
      "asin",
      "acos",
      "atan",
      "exp",
      "log2",
      "log10",
      "floor",
      "ceil",
      "trunc",
    ] as const)
      .map((name) => [name, (x: number) => Math[name](x)]),
  ),
  fabs: (x) => Math.abs(x),
  degrees: (x) => x * 180 / Math.PI,
  radians: (x) => x * Math.PI / 180,
  pow: (x, y) => x ** y,
  atan2: (x, y) => Math.atan2(x, y),
  hypot: (x, y) => Math.hypot(x, y),
  log: (x, y) => Number.isNaN(y) ? Math.log(x) : Math.log(x) / Math.log(y),
  factorial,
  gcd: commonDivisor,
};

const mathModule: PythonModule = {
  values: { pi: Math.PI, e: Math.E, tau: 2 * Math.PI, inf: Infinity },
  functions: {
    ...Object.fromEntries(
      Object.entries(mathFunctions).map(([name, compute]) => [name, ofNumber(name, compute)]),
    ),
    prod: ([value]) =>
      itemsOf(value).reduce<number>((product, each) => product * pythonNumber(each, "math.prod()"), 1),
    isclose: ([a, b]) => {
      const [left, right] = [pythonNumber(a, "math.isclose()"), pythonNumber(b, "math.isclose()")];
      return Math.abs(left - right) <= 1e-9 * Math.max(Math.abs(left), Math.abs(right));
    },
    isnan: ([value]) => Number.isNaN(pythonNumber(value, "math.isnan()")),
  },
};

const jsonModule: PythonModule = {
  functions: {
    dumps: ([value], { indent, sort_keys: sorts, ensure_ascii: ascii }) =>
      jsonText(
        value,
        isNone(indent) ? 0 : Number(indent),
        isTrue(sorts),
        ascii === undefined || isTrue(ascii),
      ),
    loads: ([text]) => JSON.parse(strOf(text)),
  },
};

function jsonText(value: unknown, indent: number, sorts: boolean, ascii: boolean): string {
  const text = write(value, "");
  return ascii
    ? text.replace(/[\u0080-\uffff]/g, (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`)
    : text;

  function write(each: unknown, before: string): string {
    if (isNone(each)) return "null";
    if (isPythonText(each)) return JSON.stringify(stringInside(each));
    if (typeof each === "boolean") return String(each);
    if (typeof each === "number") return numberText(each);
    const inner = before + " ".repeat(indent);
    const join = (open: string, parts: readonly string[], close: string) =>
      parts.length === 0
        ? open + close
        : indent === 0
        ? open + parts.join(", ") + close
        : `${open}\n${inner}${parts.join(`,\n${inner}`)}\n${before}${close}`;
    if (Array.isArray(each)) return join("[", each.map((item) => write(item, inner)), "]");
    if (isDict(each)) {
      const keys = sorts ? sortedItems(each, {}) : itemsOf(each);
      return join(
        "{",
        keys.map((key) => `${JSON.stringify(strOf(key))}: ${write(valueAt(each, key), inner)}`),
        "}",
      );
    }
    if (hasOwnText(each)) throw pythonError("TypeError", "a date has no JSON; write str(…) around it");
    return JSON.stringify(each) ?? "null";
  }
}

/** The modules by name. */
export const pythonModules: Readonly<Record<string, PythonModule>> = {
  ...dateModules,
  math: mathModule,
  json: jsonModule,
  timestamp: { functions: {}, value: currentTime },
};

/** Adds an item to a dict that a comprehension makes. */
export function collectEntry(entries: Map<unknown, unknown>, key: unknown, value: unknown): void {
  entries.set(isPythonText(key) ? stringInside(key) : key, value);
  bounded({ length: entries.size });
}

/** A dict of the entries that a comprehension made. */
export function collectedDict(entries: Map<unknown, unknown>): unknown {
  return dictOf([...entries]);
}
