import type { SandboxBuiltin } from "../sandbox.ts";
import { library } from "./library_slot.ts";
import { beginGroup, endGroup, log } from "./log.ts";
import { primordials } from "./primordials.ts";

/*
 * Standard names that the library has. Each is an accessor that loads the library. The program's own names win over them.
 */

type Loose = Record<PropertyKey, unknown>;
const { defineProperty, freeze, match, timeOf, numberOf, bigintOf, is, lower, upper, prototypes } =
  primordials;
const { apply, String: toText } = primordials;

/** Defines the accessors of standard names, and the methods of the language that depend on a locale. */
export function publishStandard(rows: readonly SandboxBuiltin[]): void {
  for (const row of rows) if (row.kind === "standard") publishLazy(row.name);
  installLocales();
}

function publishLazy(name: string): void {
  defineProperty(globalThis, name, {
    __proto__: null,
    configurable: true,
    get: () => (library().globals as Loose)[name],
    set(value: unknown) {
      redefine(name, value);
    },
  } as PropertyDescriptor);
}

function redefine(name: string, value: unknown): void {
  const descriptor = { __proto__: null, value, writable: true, configurable: true };
  defineProperty(globalThis, name, descriptor as PropertyDescriptor);
}

const lazyMethods = [
  ...["assert", "count", "countReset", "time", "timeLog", "timeEnd", "trace", "table"] as const,
];

/** The object `console`. */
export function createConsole(): object {
  const write = (...values: unknown[]) => {
    const isFormat = values.length > 1 && typeof values[0] === "string" &&
      match(/%[sdifjoOc%]/, values[0]) !== null;
    if (isFormat) log(...library().formatted(values));
    else log(...values);
  };
  const object: Loose = {
    ...{ log: write, info: write, warn: write, error: write, debug: write },
    ...{ dir: (value: unknown) => log(value), dirxml: write },
    ...{ group: beginGroup, groupCollapsed: beginGroup, groupEnd: endGroup },
  };
  for (const name of lazyMethods) {
    object[name] = (...values: unknown[]) => apply(library().consoleMethods[name], undefined, values);
  }
  return freeze(object);
}

/** QuickJS has no locales: its own methods would ignore them in silence. */
function installLocales(): void {
  const define = (prototype: object, name: string, value: unknown) =>
    defineProperty(
      prototype,
      name,
      { __proto__: null, value, writable: true, configurable: true } as PropertyDescriptor,
    );
  define(prototypes.number, "toLocaleString", function (this: unknown, locales?: unknown, options?: unknown) {
    return library().localeMethods.number(numberOf(this), locales, options);
  });
  define(prototypes.bigint, "toLocaleString", function (this: unknown, locales?: unknown, options?: unknown) {
    return library().localeMethods.number(bigintOf(this), locales, options);
  });
  for (const method of ["toLocaleString", "toLocaleDateString", "toLocaleTimeString"]) {
    define(prototypes.date, method, function (this: unknown, locales?: unknown, options?: unknown) {
      const ms = timeOf(this);
      return is(ms, NaN) ? "Invalid Date" : library().localeMethods.date(ms, method, locales, options);
    });
  }
  define(prototypes.string, "localeCompare", function (this: unknown, that: unknown, ...more: unknown[]) {
    return library().localeMethods.compare(toText(this), toText(that), more[0], more[1]);
  });
  for (const [method, plain] of [["toLocaleLowerCase", lower], ["toLocaleUpperCase", upper]] as const) {
    define(prototypes.string, method, function (this: unknown, locales?: unknown) {
      const text = toText(this);
      return locales === undefined ? plain(text) : library().localeMethods.cased(text, method, locales);
    });
  }
  define(prototypes.array, "toLocaleString", function (this: unknown, locales?: unknown, options?: unknown) {
    const list = this as readonly unknown[];
    let text = "";
    for (let i = 0; i < list.length; i++) {
      const item = list[i] as
        | { toLocaleString(locales?: unknown, options?: unknown): unknown }
        | null
        | undefined;
      text += (i === 0 ? "" : ",") +
        (item === undefined || item === null ? "" : toText(item.toLocaleString(locales, options)));
    }
    return text;
  });
}
