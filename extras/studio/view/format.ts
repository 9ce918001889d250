import { durationInWords } from "../../../src/text/mod.ts";
import { thousands } from "../../../src/frontends/thousands.ts";

/** `3 min ago` */
export function agoText(iso: string, nowMs: number): string {
  const ms = nowMs - Date.parse(iso);
  return Number.isNaN(ms) ? "" : ms < 5000 ? "now" : `${durationInWords(ms)} ago`;
}

/** US dollars. A rehearsal is free, and many turns cost less than a cent. */
export function dollars(costUsd: number): string {
  if (costUsd === 0) return "$0";
  return `$${costUsd.toFixed(costUsd < 1 ? 4 : 2)}`;
}

/** `12,345` */
export function countText(count: number): string {
  return thousands(count);
}

/** `1.2k`, for narrow columns. */
export function shortCount(count: number): string {
  if (count < 1000) return String(count);
  const [unit, size] = count < 1e6 ? ["k", 1e3] as const : ["M", 1e6] as const;
  return `${Number((count / size).toPrecision(3))}${unit}`;
}

/** The time of day, with seconds. */
export function clockText(ms: number): string {
  return clock.format(ms);
}

const clock = new Intl.DateTimeFormat(undefined, {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hour12: false,
});
/** The last part of a path. */
export function fileName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
