import { host } from "./support.ts";

/*
 * Formats of languages and regions. The host has the data: each method asks it with the locales and options of the
 * object. The default locale is en-US and the default time zone is UTC, on every machine.
 */

type Options = Readonly<Record<string, unknown>>;
/** Turns the arguments of a method into values that can cross to the host. */
type Crossing = (args: unknown[]) => unknown[];

function ask(
  kind: string,
  locales: unknown,
  options: unknown,
  method: string,
  args: unknown[] = [],
): unknown {
  return host("intl", [kind, localesOf(locales), plainOptions(options), method, ...args]);
}

/** Locales as strings. */
function localesOf(locales: unknown): string[] {
  if (locales === undefined) return [];
  if (typeof locales === "string" || locales instanceof Locale) return [`${locales}`];
  if (typeof locales !== "object" || locales === null) {
    throw new TypeError('a locale is a text, such as "de-DE"');
  }
  return Array.from(locales as ArrayLike<unknown>, (each) => {
    if (typeof each !== "string" && !(each instanceof Locale)) {
      throw new TypeError('a locale is a text, such as "de-DE"');
    }
    return `${each}`;
  });
}

function plainOptions(options: unknown): Options {
  if (options === undefined) return {};
  if (options === null) throw new TypeError("the options must be an object");
  const plain: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(options as Options)) {
    if (value !== undefined) {
      plain[key] = typeof value === "number" || typeof value === "boolean" ? value : `${value}`;
    }
  }
  return plain;
}

/** Makes a class of `Intl`. `bound` methods are also usable without their object, as in `list.map(format.format)`. */
function formatClass(
  kind: string,
  methods: Readonly<Record<string, Crossing>>,
  { bound, withoutNew = false }: { readonly bound?: string; readonly withoutNew?: boolean } = {},
): unknown {
  const data = new WeakMap<object, readonly [unknown, Options]>();
  const made = function (this: unknown, locales?: unknown, options?: unknown): unknown {
    if (!new.target && !withoutNew) throw new TypeError(`Intl.${kind} needs new`);
    const object = Object.create((new.target ?? made).prototype);
    const kept = [localesOf(locales), plainOptions(options)] as const;
    // A wrong locale or option is an error here, not at the first use.
    ask(kind, ...kept, "resolvedOptions");
    data.set(object, kept);
    return object;
  } as unknown as { new (): object; prototype: object };
  const call = (object: unknown, method: string, args: unknown[]) => {
    const kept = data.get(object as object);
    if (kept === undefined) throw new TypeError(`${method} needs an Intl.${kind}`);
    return ask(kind, ...kept, method, args);
  };
  const hide = (target: object, name: PropertyKey, descriptor: PropertyDescriptor) =>
    Object.defineProperty(target, name, { configurable: true, enumerable: false, ...descriptor });
  for (const [method, crossing] of Object.entries({ ...methods, resolvedOptions: noArguments })) {
    if (method === bound) {
      hide(made.prototype, method, {
        get(this: unknown) {
          return (...args: unknown[]) => call(this, method, crossing(args));
        },
      });
    } else {
      hide(made.prototype, method, {
        writable: true,
        value(this: unknown, ...args: unknown[]) {
          return call(this, method, crossing(args));
        },
      });
    }
  }
  hide(made.prototype, Symbol.toStringTag, { value: `Intl.${kind}` });
  hide(made, "name", { value: kind });
  hide(made, "supportedLocalesOf", {
    value: (locales: unknown) => ask(kind, locales, {}, "supportedLocalesOf"),
  });
  return made;
}

const noArguments: Crossing = () => [];
const texts: Crossing = (args) => args.map((arg) => `${arg}`);
const numbers: Crossing = (args) => args.map(crossingNumber);
const dates: Crossing = (args) => args.map(crossingDate);
/** The present time if there is no date. */
const dateOrNow: Crossing = ([date]) => [crossingDate(date === undefined ? Date.now() : date)];

/** A finite number stays one. Others cross as texts, which formats read exactly. */
function crossingNumber(value: unknown): unknown {
  if (typeof value === "bigint") return `${value}`;
  if (typeof value === "string") return value;
  const number = Number(value);
  return Number.isFinite(number) && !Object.is(number, -0)
    ? number
    : Object.is(number, -0)
    ? "-0"
    : `${number}`;
}

function crossingDate(value: unknown): number {
  const ms = Number(value);
  if (!Number.isFinite(ms)) throw new RangeError("Invalid time value");
  return ms;
}

class Locale {
  readonly #tag: string;

  constructor(tag: unknown, options?: unknown) {
    if (typeof tag !== "string" && !(tag instanceof Locale)) throw new TypeError("Intl.Locale needs a text");
    const fields = ask("Locale", `${tag}`, options, "fields") as Record<string, unknown>;
    this.#tag = fields["text"] as string;
    for (const [name, value] of Object.entries(fields)) {
      if (name !== "text") Object.defineProperty(this, name, { value, enumerable: false });
    }
  }

  maximize(): Locale {
    return new Locale(ask("Locale", this.#tag, {}, "maximize"));
  }

  minimize(): Locale {
    return new Locale(ask("Locale", this.#tag, {}, "minimize"));
  }

  toString(): string {
    return this.#tag;
  }
}

function segmenterClass(): unknown {
  const Base = formatClass("Segmenter", { segment: texts }) as { new (): object; prototype: object };
  const segments = (Base.prototype as { segment(text: unknown): object[] }).segment;
  Object.defineProperty(Base.prototype, "segment", {
    configurable: true,
    writable: true,
    value(this: unknown, text: unknown) {
      const input = `${text}`;
      const found = segments.call(this, input) as unknown as { index: number; segment: string }[];
      const list = found.map((each) => ({ ...each, input }));
      return {
        [Symbol.iterator]: () => list[Symbol.iterator](),
        containing: (index = 0) =>
          list.find((each) => index >= each.index && index < each.index + each.segment.length),
      };
    },
  });
  return Base;
}

export const Intl = {
  Collator: formatClass("Collator", { compare: texts }, { bound: "compare", withoutNew: true }),
  DateTimeFormat: formatClass("DateTimeFormat", {
    format: dateOrNow,
    formatToParts: dateOrNow,
    formatRange: dates,
    formatRangeToParts: dates,
  }, { bound: "format", withoutNew: true }),
  DisplayNames: formatClass("DisplayNames", { of: texts }),
  ListFormat: formatClass("ListFormat", {
    format: ([list]) => [Array.from(list as Iterable<unknown>, stringItem)],
    formatToParts: ([list]) => [Array.from(list as Iterable<unknown>, stringItem)],
  }),
  Locale,
  NumberFormat: formatClass("NumberFormat", {
    format: ([value]) => [crossingNumber(value)],
    formatToParts: ([value]) => [crossingNumber(value)],
    formatRange: numbers,
    formatRangeToParts: numbers,
  }, { bound: "format", withoutNew: true }),
  PluralRules: formatClass("PluralRules", { select: numbers, selectRange: numbers }),
  RelativeTimeFormat: formatClass("RelativeTimeFormat", {
    format: ([value, unit]) => [crossingNumber(value), `${unit}`],
    formatToParts: ([value, unit]) => [crossingNumber(value), `${unit}`],
  }),
  Segmenter: segmenterClass(),
  getCanonicalLocales: (locales?: unknown) => ask("Intl", locales, {}, "getCanonicalLocales"),
  supportedValuesOf: (key: unknown) => ask("Intl", undefined, {}, "supportedValuesOf", [`${key}`]),
};

function stringItem(item: unknown): string {
  if (typeof item !== "string") throw new TypeError("Intl.ListFormat joins texts");
  return item;
}

/** The methods of the language's own types that format for a locale. */
export const localeMethods = {
  number: (value: unknown, locales: unknown, options: unknown) =>
    ask("NumberFormat", locales, options, "format", [crossingNumber(value)]),
  date: (ms: number, method: string, locales: unknown, options: unknown) =>
    ask("Date", locales, options, method, [ms]),
  compare: (a: string, b: string, locales: unknown, options: unknown) =>
    ask("Collator", locales, options, "compare", [a, b]),
  cased: (text: string, method: string, locales: unknown) => ask("String", locales, {}, method, [text]),
};
