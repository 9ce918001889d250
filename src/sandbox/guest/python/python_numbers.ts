import { kindOf, pythonError } from "./python_values.ts";

/*
 * Rounding as in Python: the exact binary value decides, and a tie goes to the even digit.
 */

/** The digits after the point of a decimal expansion that `toFixed` can give. */
const maxFixedDigits = 100;

/** The decimal digits of a finite number of at least 0: before the point, and after it. */
function exactDigits(value: number): readonly [string, string] {
  if (value >= 1e21) return [BigInt(value).toString(), ""];
  const [whole = "0", fraction = ""] = value.toFixed(maxFixedDigits).split(".");
  return [whole, fraction];
}

/** Rounds digits to the first `count` of them. The result has one digit more if the rounding carries. */
function roundedDigits(digits: string, count: number): string {
  const kept = digits.slice(0, count);
  const rest = digits.slice(count);
  const isUp = rest > "5" && /^(?:[6-9]|5.*[1-9])/.test(rest);
  const isTie = /^50*$/.test(rest);
  const isOdd = Number(kept.at(-1) ?? 0) % 2 === 1;
  if (!isUp && !(isTie && isOdd)) return kept;
  return (BigInt(`0${kept}`) + 1n).toString().padStart(kept.length, "0");
}

/** The text of a number with this many digits after the point. */
export function fixedText(value: number, places: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf";
  const digits = Math.min(places, maxFixedDigits);
  const [whole, fraction] = exactDigits(Math.abs(value));
  const all = roundedDigits(whole + fraction.padEnd(digits, "0"), whole.length + digits).padStart(
    digits + 1,
    "0",
  );
  const point = all.length - digits;
  const text = digits === 0 ? all : `${all.slice(0, point)}.${all.slice(point)}`;
  return isNegative(value) ? `-${text}` : text;
}

function isNegative(value: number): boolean {
  return value < 0 || Object.is(value, -0);
}

/** The significant digits of a number, and its exponent of ten. */
export function significantDigits(value: number, count: number): readonly [digits: string, exponent: number] {
  const size = Math.abs(value);
  if (size === 0) return ["0".repeat(count), 0];
  if (size < 1e-60) {
    const [digits = "", exponent = "0"] = size.toExponential(Math.min(count, 100) - 1).split("e");
    return [digits.replace(".", ""), Number(exponent)];
  }
  const [whole, fraction] = exactDigits(size);
  const all = whole + fraction;
  const first = all.search(/[1-9]/);
  const exponent = whole.length - 1 - first;
  const digits = roundedDigits(all.slice(first).padEnd(count, "0"), count);
  return digits.length > count ? [digits.slice(0, count), exponent + 1] : [digits, exponent];
}

/** `round(value, places)`. */
export function rounded(value: number, places: number): number {
  if (!Number.isFinite(value)) return value;
  if (places >= 0) return Number(fixedText(value, places)) + 0;
  const unit = 10n ** BigInt(-places);
  const size = Math.abs(value);
  const whole = BigInt(Math.trunc(size));
  const twice = 2n * (whole % unit);
  const hasMore = size !== Math.trunc(size);
  const isUp = twice > unit || (twice === unit && (hasMore || (whole / unit) % 2n === 1n));
  const result = Number((whole / unit + (isUp ? 1n : 0n)) * unit);
  return value < 0 ? 0 - result : result;
}

/** A number for arithmetic. */
export function pythonNumber(value: unknown, operation: string): number {
  if (typeof value === "number") return value;
  if (typeof value === "boolean" || typeof value === "bigint") return Number(value);
  throw pythonError("TypeError", `${kindOf(value)} cannot be used with ${operation}`);
}

/** Checks the result of arithmetic with whole numbers: beyond 2^53 it would be inexact in silence. */
export function exactResult(result: number, a: number, b: number): number {
  if (Number.isSafeInteger(result) || !Number.isSafeInteger(a) || !Number.isSafeInteger(b)) return result;
  if (!Number.isInteger(result) && Number.isFinite(result)) return result;
  throw pythonError(
    "OverflowError",
    "the result is larger than 9007199254740991, so its digits would be wrong",
  );
}
