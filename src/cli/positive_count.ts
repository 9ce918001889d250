import { usageError } from "./usage_error.ts";

/** Reads the value of a flag that is a count. Throws a usage error. */
export function positiveCount(flag: string, text: string): number {
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw usageError(`${flag} cannot be ${text === "" ? "empty" : text}; it is a whole number, 1 or more`);
}
