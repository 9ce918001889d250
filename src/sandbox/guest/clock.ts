/*
 * The guest's clock. It shows the time of the latest delivery in UTC, and moves only with deliveries.
 */

const Real = Date;
const { construct, apply } = Reflect;
const { UTC, parse } = Real;
const { defineProperty } = Object;
const prototype = Real.prototype as unknown as Record<string, (...args: unknown[]) => unknown>;
const toPrimitive = prototype[Symbol.toPrimitive as unknown as string]!;
const timeOf = prototype.getTime!;
const toUTCString = prototype.toUTCString!;
const test = RegExp.prototype.exec;
const slice = String.prototype.slice;
// A time without a zone is local time. Local time is UTC here, but may differ on the host.
const zone = /(?:z|utc|gmt|[ecmp][sd]t|[+-]\d\d:?\d\d)\s*(?:\(.*\))?\s*$/i;
const dateOnly = /^\s*[+-]?\d{4,6}(?:-\d\d(?:-\d\d)?)?\s*$/;
const isoTime = /^\s*[+-]?\d{4,6}-\d\d-\d\d[tT ]/;
let nowMs = 0;

/** Sets the clock, in ms since 1970. */
export function setNow(ms: number): void {
  nowMs = ms;
}

/** Replaces `Date` by one that uses this clock, in UTC. */
export function installClock(): void {
  for (const unit of ["FullYear", "Month", "Date", "Day", "Hours", "Minutes", "Seconds", "Milliseconds"]) {
    hide(prototype, `get${unit}`, prototype[`getUTC${unit}`]);
    if (unit !== "Day") hide(prototype, `set${unit}`, prototype[`setUTC${unit}`]);
  }
  for (const name of Object.keys(methods)) hide(prototype, name, methods[name]);
  delete prototype["getYear"];
  delete prototype["setYear"];
  hide(Clock, "now", () => nowMs);
  hide(Clock, "UTC", UTC);
  hide(Clock, "parse", (value: unknown) => parseUtc(`${value}`));
  hide(Clock, "name", "Date");
  Clock.prototype = Real.prototype;
  hide(Real.prototype, "constructor", Clock);
  hide(globalThis, "Date", Clock);
}

function hide(target: object, key: PropertyKey, value: unknown): void {
  defineProperty(target, key, { value, writable: true, configurable: true, enumerable: false });
}

function Clock(this: unknown, ...args: unknown[]): unknown {
  if (!new.target) return dateText(new Real(nowMs), "all");
  let time: unknown;
  if (args.length === 0) time = nowMs;
  else if (args.length > 1) time = apply(UTC, Real, args);
  else {
    const value = args[0];
    try {
      time = apply(timeOf, value, []);
    } catch {
      const primitive = typeof value === "object" && value !== null
        ? apply(toPrimitive, value, ["default"])
        : value;
      time = typeof primitive === "string" ? parseUtc(primitive) : primitive;
    }
  }
  return construct(Real, [time], new.target);
}

function parseUtc(text: string): number {
  if (apply(test, zone, [text]) !== null || apply(test, dateOnly, [text]) !== null) return parse(text);
  return parse(text + (apply(test, isoTime, [text]) !== null ? "Z" : " UTC"));
}

/** Formats a date. It converts `toUTCString`, which has a fixed form: "Mon, 01 Jun 2020 00:00:00 GMT". */
function dateText(date: unknown, part: "all" | "date" | "time"): string {
  const utc = apply(toUTCString, date, []) as string;
  if (utc === "Invalid Date") return utc;
  const cut = (from: number, to: number) => apply(slice, utc, [from, to]) as string;
  const day = `${cut(0, 3)} ${cut(8, 11)} ${cut(5, 7)} ${cut(12, -13)}`;
  const time = `${cut(-12, -4)} GMT+0000 (UTC)`;
  return part === "all" ? `${day} ${time}` : part === "date" ? day : time;
}

const methods: Record<string, (this: unknown) => unknown> = {
  getTimezoneOffset() {
    return apply(timeOf, this, []) as number * 0;
  },
  toString() {
    return dateText(this, "all");
  },
  toDateString() {
    return dateText(this, "date");
  },
  toTimeString() {
    return dateText(this, "time");
  },
};
