import { Buffer } from "node:buffer";
import { createHash, createHmac } from "node:crypto";

/*
 * The functions of the host that code calls synchronously. Each is a pure function of its arguments, so a replay of the
 * same build gives the same values. They read no clock, no environment and no files.
 */

type Args = readonly unknown[];

/** Answers `["name", [arguments]]` with `{"value": …}` or `{"error": {name, message}}`. */
export function answerHostCall(text: string): string {
  try {
    const [name, args] = JSON.parse(text) as [string, Args];
    const run = Object.hasOwn(functions, name) ? functions[name] : undefined;
    if (run === undefined) throw new TypeError(`there is no function ${name}`);
    return JSON.stringify({ value: run(args) });
  } catch (error) {
    const { name, message } = error instanceof Error ? error : new Error(String(error));
    return JSON.stringify({ error: { name, message } });
  }
}

const functions: Readonly<Record<string, (args: Args) => unknown>> = {
  utf8: ([text]) => binary(Buffer.from((text as string).toWellFormed(), "utf8")),
  encodingOf: ([label]) => new TextDecoder(label as string).encoding,
  decode: ([label, text, fatal, ignoreBOM]) =>
    new TextDecoder(label as string, { fatal: fatal === true, ignoreBOM: ignoreBOM === true }).decode(
      bytesOf(text),
    ),
  atob: ([text]) => unlessThrown(() => atob(text as string)),
  btoa: ([text]) => unlessThrown(() => btoa(text as string)),
  digest: ([algorithm, text]) => {
    const name = digests.get(algorithm);
    return name === undefined ? null : binary(createHash(name).update(bytesOf(text)).digest());
  },
  random: ([seed, count]) => binary(randomBytes(seed as string, count as number)),
  url: ([address, base]) =>
    fieldsOf(
      base === undefined ? URL.parse(address as string) : URL.parse(address as string, base as string),
    ),
  urlWith: ([address, name, value]) =>
    unlessThrown(() => {
      const url = new URL(address as string);
      url[name as "href"] = value as string;
      return fieldsOf(url);
    }),
  query: ([text]) => [...new URLSearchParams(text as string)],
  queryText: ([pairs]) => new URLSearchParams(pairs as [string, string][]).toString(),
  intl: ([kind, locales, options, method, ...args]) =>
    intl(kind as string, locales as string[], options as object, method as string, args),
};

const digests: ReadonlyMap<unknown, string> = new Map([
  ["SHA-1", "sha1"],
  ["SHA-256", "sha256"],
  ["SHA-384", "sha384"],
  ["SHA-512", "sha512"],
]);

/** Bytes as a string with one character for each. */
function binary(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");
}

function bytesOf(text: unknown): Uint8Array<ArrayBuffer> {
  return new Uint8Array(Buffer.from(text as string, "latin1"));
}

/** Bytes that follow from a seed, and look random to everybody without it. */
function randomBytes(seed: string, count: number): Uint8Array {
  const blocks: Uint8Array[] = [];
  for (let i = 0; i * 32 < count; i++) {
    blocks.push(createHmac("sha256", seed).update(`random bytes ${i}`).digest());
  }
  return Buffer.concat(blocks).subarray(0, count);
}

function unlessThrown<Value>(run: () => Value): Value | null {
  try {
    return run();
  } catch {
    return null;
  }
}

function fieldsOf(url: URL | null): object | null {
  if (url === null) return null;
  const { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash } = url;
  return { href, origin, protocol, username, password, host, hostname, port, pathname, search, hash };
}

/** The locale where none is named or known. The machine's own one would differ between machines. */
const defaultLocale = "en-US";

/** Calls a method of a class of `Intl`, or a method of a date or text that depends on a locale. */
function intl(kind: string, given: readonly string[], options: object, method: string, args: Args): unknown {
  const locales = [...given, defaultLocale];
  switch (kind) {
    case "Date": {
      const name = allowed(method, ["toLocaleString", "toLocaleDateString", "toLocaleTimeString"]);
      return new Date(args[0] as number)[name](locales, { timeZone: "UTC", ...options });
    }
    case "String":
      return (args[0] as string)[allowed(method, ["toLocaleLowerCase", "toLocaleUpperCase"])](
        given as string[],
      );
    case "Locale":
      return localeAnswer(given[0]!, options, method);
    case "Intl":
      return method === "supportedValuesOf"
        ? Intl.supportedValuesOf(args[0] as "calendar")
        : Intl.getCanonicalLocales(given as string[]);
  }
  if (!isFormatKind(kind)) throw new TypeError(`there is no Intl.${kind}`);
  if (method === "supportedLocalesOf") {
    return (Intl[kind] as typeof Intl.NumberFormat).supportedLocalesOf(given as string[]);
  }
  const format = formatOf(
    kind,
    locales,
    kind === "DateTimeFormat" ? { timeZone: "UTC", ...options } : options,
  );
  const run = format[allowed(method, formatMethods[kind])]!;
  const value = run.apply(format, args as unknown[]);
  return kind === "Segmenter" && method === "segment" ? segmentsOf(value as Iterable<object>) : value;
}

const formatMethods = {
  Collator: ["compare", "resolvedOptions"],
  DateTimeFormat: ["format", "formatToParts", "formatRange", "formatRangeToParts", "resolvedOptions"],
  DisplayNames: ["of", "resolvedOptions"],
  ListFormat: ["format", "formatToParts", "resolvedOptions"],
  NumberFormat: ["format", "formatToParts", "formatRange", "formatRangeToParts", "resolvedOptions"],
  PluralRules: ["select", "selectRange", "resolvedOptions"],
  RelativeTimeFormat: ["format", "formatToParts", "resolvedOptions"],
  Segmenter: ["segment", "resolvedOptions"],
} as const;

type FormatKind = keyof typeof formatMethods;
type Format = Readonly<Record<string, (...args: unknown[]) => unknown>>;

function isFormatKind(kind: string): kind is FormatKind {
  return Object.hasOwn(formatMethods, kind);
}

function allowed<Name extends string>(name: string, names: readonly Name[]): Name {
  if (!(names as readonly string[]).includes(name)) throw new TypeError(`there is no method ${name}`);
  return name as Name;
}

/** Formats by kind, locales and options. Making one takes longer than using it. */
const formats = new Map<string, Format>();
const maxFormats = 64;
const maxKeyCharacters = 2_000;

function formatOf(kind: FormatKind, locales: readonly string[], options: object): Format {
  const key = JSON.stringify([kind, locales, options]);
  const known = formats.get(key);
  if (known !== undefined) return known;
  const Kind = Intl[kind] as unknown as new (locales: readonly string[], options: object) => Format;
  const format = new Kind(locales, options);
  if (formats.size >= maxFormats) formats.clear();
  if (key.length <= maxKeyCharacters) formats.set(key, format);
  return format;
}

function segmentsOf(segments: Iterable<object>): object[] {
  // A segment also has the whole text: with it, the answer would be as long as the square of the text.
  return Array.from(segments as Iterable<Intl.SegmentData>, ({ segment, index, isWordLike }) => ({
    segment,
    index,
    ...(isWordLike === undefined ? {} : { isWordLike }),
  }));
}

function localeAnswer(tag: string, options: object, method: string): unknown {
  const locale = new Intl.Locale(tag, options);
  if (method !== "fields") return locale[allowed(method, ["maximize", "minimize"])]().toString();
  const { baseName, language, region, script, calendar, caseFirst, collation, hourCycle } = locale;
  const { numberingSystem, numeric } = locale;
  return {
    text: locale.toString(),
    ...{
      baseName,
      language,
      region,
      script,
      calendar,
      caseFirst,
      collation,
      hourCycle,
      numberingSystem,
      numeric,
    },
  };
}
