import { parse } from "@std/toml";
import { messageOf } from "../errors.ts";
import { didYouMean } from "../language/nearest_name.ts";
import { type FilePrice, readPrices } from "./price_settings.ts";
import { type FileServer, readServers } from "./server_settings.ts";
import { checkValue, configError, type Place } from "./setting_values.ts";
import { KeyPositions } from "./toml_positions.ts";
import { type Setting, type SettingContent, settingName, settings } from "./settings.ts";
import { isTable } from "./toml_table.ts";
import { isOldSetting } from "../upgrade/settings_file.ts";

/** A setting in a file. */
interface FileSetting {
  readonly setting: Setting;
  readonly value: SettingContent;
  readonly place: Place;
}

/** The content of a `playbooks.toml`. */
export interface ConfigFile {
  readonly settings: readonly FileSetting[];
  /** Whether there is a `[model]` table, even an empty one. */
  readonly hasModel: boolean;
  /** `[prices."provider:name"]`. */
  readonly prices: readonly FilePrice[];
  /** `[mcp.servers.NAME]`. */
  readonly servers: readonly FileServer[];
}

/**
 * Reads a `playbooks.toml`. Throws a `PlaybooksError` (exit code 2). For an unknown key, the error names the line, the
 * column and the nearest known key.
 */
export function parseConfigFile(text: string, path: string): ConfigFile {
  const { prices, mcp, ...document } = parseToml(text, path);
  const positions = new KeyPositions(text, path);
  const placeOf = (name: string) => {
    const position = positions.of(name);
    return position === undefined ? path : `${path}, line ${position.line}`;
  };
  const errorPlaceOf = (name: string) => {
    const position = positions.of(name);
    return position === undefined ? path : `${placeOf(name)}, column ${position.column}`;
  };
  const found: FileSetting[] = [];
  collect(document, "", (name, value) => {
    const setting = settings.find((candidate) => settingName(candidate) === name);
    if (setting === undefined) throw unknownKey(name, value, errorPlaceOf(name));
    found.push({ setting, value: checkValue(setting, value, errorPlaceOf(name)), place: placeOf(name) });
  });
  return {
    settings: found,
    hasModel: "model" in document,
    prices: readPrices(prices, { placeOf, errorPlaceOf }),
    servers: readServers(mcp, { placeOf, errorPlaceOf }),
  };
}

/** The parsers take quadratic time in the number of keys, and a folder's file is read before the user trusts it. */
const maxLength = 64 * 1024;
const maxKeys = 1000;
/** Keys have at most two parts here. */
const maxKeyParts = 32;
const longKey = new RegExp(
  `(?<![\\w-])(?:(?:[\\w-]+|"[^"\\n]*"|'[^'\\n]*')[ \\t]*\\.[ \\t]*){${maxKeyParts}}`,
);

function requireBounded(text: string, path: string): void {
  if (text.length > maxLength) throw configError(path, `it is longer than ${maxLength / 1024} KiB`);
  if (text.split("=").length > maxKeys) throw configError(path, `it has more than ${maxKeys} keys`);
  const long = text.search(longKey);
  if (long < 0) return;
  const line = text.slice(0, long).split("\n").length;
  throw configError(`${path}, line ${line}`, `a name has more than ${maxKeyParts} parts`);
}

function parseToml(text: string, path: string): Record<string, unknown> {
  requireBounded(text, path);
  try {
    return parse(text);
  } catch (error) {
    const [, line, reason] = /^Parse error on line (\d+), column \d+: (.*)$/s.exec(messageOf(error)) ?? [];
    // This is the error for a table that stands twice, and also for one below a table inside it, which TOML allows. The other
    // parser tells them apart, and gives the place and the reason.
    if (reason?.includes("not a positive number")) return new KeyPositions(text, path).values();
    throw configError(
      line === undefined ? path : `${path}, line ${line}`,
      `it is not TOML: ${(reason ?? messageOf(error)).replace(/\s+/g, " ").trim()}`,
    );
  }
}

const tables = new Set(settings.map(({ table }) => table));

/** Calls `take` for each key of the known tables, and once for each unknown table. */
function collect(table: object, prefix: string, take: (name: string, value: unknown) => void): void {
  for (const [key, value] of Object.entries(table)) {
    const name = prefix === "" ? key : `${prefix}.${key}`;
    if (isTable(value) && tables.has(name)) collect(value, name, take);
    else take(name, value);
  }
}

function unknownKey(name: string, value: unknown, place: Place): Error {
  const upgrade =
    "; it is a setting of the original, which playbooks upgrade FILE turns into those of this version";
  if (isTable(value)) {
    const hint = Object.keys(value).some((key) => isOldSetting(name, key))
      ? upgrade
      : didYouMean(name, [...tables, "prices", "mcp"]);
    return configError(place, `there is no table [${name}]${hint}`);
  }
  if (tables.has(name)) return configError(place, `${name} is a table: write [${name}] and its keys below`);
  const names = settings.map(settingName);
  const key = name.slice(name.lastIndexOf(".") + 1);
  const table = name.slice(0, -key.length - 1);
  const elsewhere = settings.find((setting) => setting.key === key);
  const hint = elsewhere !== undefined && !name.includes(".")
    ? `; it must be under [${elsewhere.table}]`
    : isOldSetting(table, key)
    ? upgrade
    // A key is more likely misspelt than in the wrong table.
    : didYouMean(key, settings.filter((setting) => setting.table === table).map((setting) => setting.key)) ||
      didYouMean(name, names);
  return configError(place, `there is no key ${name}${hint}`);
}
