import type { ParameterType } from "./parameter_types.ts";
import { didYouMean } from "../language/nearest_name.ts";
import { usageError } from "./usage_error.ts";

/** Texts that a flag of the command line may have as a boolean. */
export const booleanText = /^(?:true|yes|on|1|false|no|off|0)$/i;

/**
 * The value of a parameter from what its flag was given, each time; `true` stands for a flag without a value. Throws a usage
 * error that names the flag.
 */
export function parameterValue(
  flag: string,
  given: readonly (string | true)[],
  type: ParameterType,
): unknown {
  if (type.kind === "list") return given.flatMap((text) => listOf(flag, text, type.items));
  if (given.length > 1) throw usageError(`--${flag} is given twice`);
  return singleValue(flag, given[0]!, type);
}

function singleValue(flag: string, text: string | true, type: ParameterType): unknown {
  if (type.kind === "boolean") return text === true || booleanOf(flag, text);
  if (text === true) {
    throw usageError(
      type.kind === "number" || type.kind === "integer"
        ? `--${flag} has no value, and must be ${formOf(type)}`
        : `--${flag} needs a value`,
    );
  }
  switch (type.kind) {
    case "number":
    case "integer": {
      const number = text.trim() === "" ? NaN : Number(text);
      if (Number.isFinite(number) && (type.kind === "number" || Number.isInteger(number))) {
        return exact(flag, text, number);
      }
      throw wrongValue(flag, text, type);
    }
    case "choice":
      if (type.choices.includes(text)) return text;
      throw usageError(
        `--${flag} cannot be ${text}${didYouMean(text, type.choices)}; it is one of ${
          type.choices.join(", ")
        }`,
      );
    case "map": {
      const value = fromJson(text);
      if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
      throw wrongValue(flag, text, type);
    }
    default:
      return text;
  }
}

function booleanOf(flag: string, text: string): boolean {
  if (!booleanText.test(text)) throw wrongValue(flag, text, { kind: "boolean" });
  return /^(?:true|yes|on|1)$/i.test(text);
}

/** `a,b`, or JSON in brackets for items that contain commas. */
function listOf(flag: string, text: string | true, items: ParameterType): readonly unknown[] {
  if (text === true) throw usageError(`--${flag} needs a value`);
  if (text.trim() === "") return [];
  if (!text.trimStart().startsWith("[")) {
    if (items.kind === "map" || items.kind === "list") return [jsonItem(flag, fromJson(text), items, text)];
    return text.split(",").map((item) => singleValue(flag, item.trim(), items));
  }
  const list = fromJson(text);
  if (!Array.isArray(list)) {
    throw usageError(`--${flag} is ${text}, and must be a list such as a,b or ["a", "b"] in JSON`);
  }
  return list.map((item) => jsonItem(flag, item, items, text));
}

function jsonItem(flag: string, item: unknown, type: ParameterType, text: string): unknown {
  switch (type.kind) {
    case "text":
      // A list of any values is text to the command line, so JSON gives them as they are.
      return item;
    case "list":
      if (Array.isArray(item)) return item;
      break;
    case "map":
      if (typeof item === "object" && item !== null && !Array.isArray(item)) return item;
      break;
    case "boolean":
      if (typeof item === "boolean") return item;
      break;
    case "number":
    case "integer":
      if (typeof item === "number" && (type.kind === "number" || Number.isInteger(item))) {
        return exact(flag, text, item);
      }
      break;
    case "choice":
      if (typeof item === "string") return singleValue(flag, item, type);
  }
  throw usageError(`--${flag} is ${text}, and each item of it must be ${formOf(type)}`);
}

/** A number whose digits are all kept: a larger integer would be another one in silence. */
function exact(flag: string, text: string, number: number): number {
  if (!Number.isInteger(number) || Number.isSafeInteger(number) || !/\d{16}/.test(text)) return number;
  throw usageError(
    `--${flag} is ${text}, and numbers keep their digits only up to ${Number.MAX_SAFE_INTEGER}; declare it as a text`,
  );
}

function fromJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function wrongValue(flag: string, text: string, type: ParameterType): Error {
  return usageError(`--${flag} is ${text}, and must be ${formOf(type)}`);
}

/** What a value must be, to follow "must be". */
function formOf(type: ParameterType): string {
  switch (type.kind) {
    case "boolean":
      return "true or false";
    case "number":
      return "a number";
    case "integer":
      return "a whole number";
    case "map":
      return 'a map in JSON, such as {"key": 1}';
    case "list":
      return "a list";
    case "choice":
      return `one of ${type.choices.join(", ")}`;
    case "text":
      return "a text";
  }
}
