import { usageError } from "./usage_error.ts";

/** A time that a person gave: an age, a local day, or a moment. */
export type TimeBound =
  | { readonly kind: "ago"; readonly ms: number }
  /** Midnight at the beginning of a local day. */
  | { readonly kind: "day"; readonly year: number; readonly month: number; readonly day: number }
  | { readonly kind: "moment"; readonly ms: number };

/** Reads `2d`, `36h`, `2026-03-01` or `2026-03-01T12:00`. Throws a usage error. */
export function timeBound(flag: string, text: string): TimeBound {
  const ago = ageMs(text);
  if (ago !== undefined) return { kind: "ago", ms: ago };
  const day = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (day) {
    const [year, month, date] = day.slice(1).map(Number) as [number, number, number];
    const local = new Date(year, month - 1, date);
    if (local.getMonth() === month - 1 && local.getDate() === date) {
      return { kind: "day", year, month, day: date };
    }
  } else if (/^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/.test(text)) {
    const ms = Date.parse(text.replace(" ", "T"));
    if (!Number.isNaN(ms)) return { kind: "moment", ms };
  }
  throw usageError(
    `${flag} takes an age such as 30m, 12h, 2d or 3w, or a date such as 2026-03-01, not ${
      JSON.stringify(text)
    }`,
  );
}

/** An age such as `2d` in ms; `undefined` for another text. */
export function ageMs(text: string): number | undefined {
  const match = /^(\d{1,6}(?:\.\d{1,3})?)\s*([a-z]+)$/i.exec(text.trim());
  const unit = match ? units.find(([, name]) => name.test(match[2]!)) : undefined;
  return match && unit ? Number(match[1]) * unit[0] : undefined;
}

/** The moment of a bound in ms since 1970. A day as the `end` of a range includes that day. */
export function momentMs(
  bound: TimeBound | undefined,
  nowMs: number,
  side: "start" | "end" = "start",
): number | undefined {
  switch (bound?.kind) {
    case undefined:
      return undefined;
    case "ago":
      return nowMs - bound.ms;
    case "day":
      return new Date(bound.year, bound.month - 1, bound.day + (side === "end" ? 1 : 0)).getTime();
    case "moment":
      return bound.ms;
  }
}

const units: readonly (readonly [ms: number, name: RegExp])[] = [
  [1000, /^(s|sec|secs|seconds?)$/i],
  [60_000, /^(m|min|mins|minutes?)$/i],
  [3_600_000, /^(h|hrs?|hours?)$/i],
  [86_400_000, /^(d|days?)$/i],
  [7 * 86_400_000, /^(w|weeks?)$/i],
];
