import { parse } from "@std/toml";
import { messageOf } from "../errors.ts";
import { didYouMean } from "./nearest.ts";
import { type FilePrice, readPrices } from "./price_settings.ts";
import { checkValue, configError, type Place } from "./setting_values.ts";
import { type Setting, type SettingContent, settingName, settings } from "./settings.ts";

/** A setting that a file gives. */
export interface FileSetting {
  readonly setting: Setting;
  readonly value: SettingContent;
  readonly place: Place;
}

/** What `playbooks.toml` says. */
export interface ConfigFile {
  readonly settings: readonly FileSetting[];
  /** Whether there is a `[model]` table, be it empty. */
  readonly hasModel: boolean;
  /** `[prices."provider:name"]`. */
  readonly prices: readonly FilePrice[];
}

/** Reads a `playbooks.toml`; throws a `PlaybooksError` (exit code 2) with file, line, key and the nearest known one. */
export function parseConfigFile(text: string, path: string): ConfigFile {
  const { prices, ...document } = parseToml(text, path);
  const placeOf = (name: string) => {
    const line = lineOf(text, name);
    return line === undefined ? path : `${path}, line ${line}`;
  };
  const found: FileSetting[] = [];
  collect(document, "", (name, value) => {
    const place = placeOf(name);
    const setting = settings.find((candidate) => settingName(candidate) === name);
    if (setting === undefined) throw unknownKey(name, value, place);
    found.push({ setting, value: checkValue(setting, value, place), place });
  });
  return { settings: found, hasModel: "model" in document, prices: readPrices(prices, placeOf) };
}

function parseToml(text: string, path: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    const [, line, reason] = /^Parse error on line (\d+), column \d+: (.*)$/s.exec(messageOf(error)) ?? [];
    throw configError(
      line === undefined ? path : `${path}, line ${line}`,
      `it is not TOML: ${(reason ?? messageOf(error)).replace(/\s+/g, " ").trim()}`,
    );
  }
}

const tables = new Set(settings.map(({ table }) => table));

/** Calls `take` for each key; a table that we know is gone into, any other is itself a key that we do not know. */
function collect(table: object, prefix: string, take: (name: string, value: unknown) => void): void {
  for (const [key, value] of Object.entries(table)) {
    const name = prefix === "" ? key : `${prefix}.${key}`;
    if (isTable(value) && tables.has(name)) collect(value, name, take);
    else take(name, value);
  }
}

function isTable(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

function unknownKey(name: string, value: unknown, place: Place): Error {
  if (isTable(value)) {
    return configError(place, `there is no table [${name}]${didYouMean(name, [...tables, "prices"])}`);
  }
  if (tables.has(name)) return configError(place, `${name} is a table: say [${name}] and its keys below`);
  const names = settings.map(settingName);
  const key = name.slice(name.lastIndexOf(".") + 1);
  const table = name.slice(0, -key.length - 1);
  const elsewhere = settings.find((setting) => setting.key === key);
  const hint = elsewhere !== undefined && !name.includes(".")
    ? `; it belongs below [${elsewhere.table}]`
    // A key is more likely misspelt than in the wrong table.
    : didYouMean(key, settings.filter((setting) => setting.table === table).map((setting) => setting.key)) ||
      didYouMean(name, names);
  return configError(place, `there is no key ${name}${hint}`);
}

/** The line, from 1, that gives `name`; else that of the innermost table around it. */
function lineOf(text: string, name: string): number | undefined {
  let table = "";
  let nearest: { readonly line: number; readonly length: number } | undefined;
  for (const [index, line] of text.split("\n").entries()) {
    const header = /^\s*\[+\s*([^\]]*?)\s*\]/.exec(line)?.[1];
    const key = /^\s*([\w.\s"'-]+?)\s*=/.exec(line)?.[1];
    if (header !== undefined) table = bare(header);
    else if (key === undefined) continue;
    const here = header !== undefined ? table : table === "" ? bare(key!) : `${table}.${bare(key!)}`;
    if (here === name) return index + 1;
    if (name.startsWith(`${here}.`) && here.length > (nearest?.length ?? 0)) {
      nearest = { line: index + 1, length: here.length };
    }
  }
  return nearest?.line;
}

function bare(key: string): string {
  return key.replace(/["'\s]/g, "");
}
