import { exitCodes, PlaybooksError } from "../errors.ts";
import type { Setting, SettingContent, SettingType } from "./settings.ts";
import { isHostEntry } from "../net/mod.ts";
import { jsonOrText } from "../text/mod.ts";

/** The place of a value, for people: `playbooks.toml, line 3`, or `the environment variable PLAYBOOKS_…`. */
export type Place = string;

/** A mistake in the configuration: exit code 2. */
export function configError(place: Place, reason: string): PlaybooksError {
  return new PlaybooksError(`Cannot use ${place}: ${reason}`, { exitCode: exitCodes.usage });
}

/** Checks a value from a TOML file. Throws a `PlaybooksError` that describes the valid values. */
export function checkValue(setting: Setting, value: unknown, place: Place): SettingContent {
  if (isContent(setting.type, value)) return value;
  throw configError(
    place,
    `${setting.table}.${setting.key} is ${shown(value)}, and must be ${demand(setting.type)}`,
  );
}

/** Reads a value from an environment variable's text, and checks it. */
export function checkText(setting: Setting, text: string, place: Place): SettingContent {
  return checkValue(setting, fromText(setting.type, text), place);
}

function isContent(type: SettingType, value: unknown): value is SettingContent {
  switch (type.kind) {
    case "text":
    case "path":
      return typeof value === "string" && (type.kind === "text" || value.trim() !== "");
    case "choice":
      return typeof value === "string" && type.choices.includes(value);
    case "flag":
      return typeof value === "boolean";
    case "number":
      return isNumber(value, type) && value <= (type.max ?? Infinity);
    case "limit":
      return value === null || isNumber(value, type);
    case "list":
      return Array.isArray(value) &&
        value.every((item) =>
          typeof item === "string" && item.trim() !== "" && (type.of !== "hosts" || isHostEntry(item))
        );
  }
}

function isNumber(value: unknown, type: { readonly min: number; readonly whole?: true }): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= type.min &&
    (!type.whole || Number.isSafeInteger(value));
}

/** Converts the text to the setting's type. Returns the text itself if that is impossible. */
function fromText(type: SettingType, text: string): unknown {
  const trimmed = text.trim();
  switch (type.kind) {
    case "text":
    case "path":
    case "choice":
      return type.kind === "choice" ? trimmed : text;
    case "flag":
      return trimmed === "true" || trimmed === "1"
        ? true
        : trimmed === "false" || trimmed === "0"
        ? false
        : text;
    case "limit":
      if (trimmed === "" || trimmed === "none") return null;
      return numberFrom(trimmed);
    case "number":
      return numberFrom(trimmed);
    case "list":
      return trimmed.startsWith("[") && !ipv6.test(trimmed)
        ? jsonOrText(trimmed)
        : trimmed.split(",").map((item) => item.trim())
          .filter((item) => item !== "");
  }
}

/** A host in brackets, which is no list in JSON. */
const ipv6 = /^\[[\da-f.]*:[\da-f:.]*\]/i;

function numberFrom(text: string): unknown {
  return /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : text;
}

const listed = {
  hosts: `hosts such as "example.com" or "example.com:443" ("*" is every public one)`,
  folders: "folders",
  names: "variable names",
};

function demand(type: SettingType): string {
  switch (type.kind) {
    case "text":
      return "text in quotes";
    case "path":
      return "the path of a folder in quotes";
    case "choice":
      return `one of ${type.choices.map((choice) => `"${choice}"`).join(", ")}`;
    case "flag":
      return "true or false";
    case "number": {
      const kind = type.whole ? "a whole number" : "a number";
      return type.max === undefined
        ? `${kind} of at least ${type.min}`
        : `${kind} from ${type.min} to ${type.max}`;
    }
    case "limit":
      return `${
        type.whole ? "a whole number" : "a number"
      } of at least ${type.min}, or left out for no limit`;
    case "list":
      return `a list of ${listed[type.of]}, each as text in quotes`;
  }
}

function shown(value: unknown): string {
  if (value instanceof Date) return "a date";
  return JSON.stringify(value) ?? String(value);
}
