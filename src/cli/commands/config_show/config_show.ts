import { type ExitCode, exitCodes } from "../../../errors.ts";
import { jsonText } from "../../../text/mod.ts";
import { writeAll } from "../../../frontends/streams.ts";
import type { Config } from "../../config.ts";
import { loadConfig } from "../../load_config.ts";
import { ignoredText } from "../../other_variables.ts";
import { maskedSetting } from "../../masked.ts";
import type { SettingContent } from "../../settings.ts";
import { table } from "../../table.ts";
import type { World } from "../../world.ts";

/** Options of `config show`. */
export interface ConfigShowOptions {
  readonly file?: string;
  readonly model?: string;
  readonly json: boolean;
  readonly config?: string;
}

/** `playbooks config show`: prints every setting with its effective value and origin. */
export function configShow(command: ConfigShowOptions, world: World): ExitCode {
  const config = loadConfig({
    ...(command.file === undefined ? {} : { programFile: command.file }),
    ...(command.config === undefined ? {} : { config: command.config }),
    ...(command.model === undefined ? {} : { model: command.model }),
  }, world);
  writeAll(world.stdout, command.json ? asJson(config) : asText(config));
  return exitCodes.ok;
}

function asText(config: Config): string {
  const rows = config.settings.map((
    { name, value, from },
  ) => [name, shown(maskedSetting(name, value)), from]);
  const files = config.files.length === 0
    ? "No file: all settings are defaults, or from the environment"
    : `Files: ${config.files.join(", ")}`;
  const untrusted = config.untrusted.flatMap(({ file, lines }) => [
    `Not in force, since you have not trusted ${file}:`,
    ...lines.map((line) => `  ${line}`),
  ]);
  const ignored = config.ignored.map(ignoredText);
  return `${
    [`${table(["SETTING", "VALUE", "FROM"], rows)}\n${files}`, ...untrusted, ...ignored].join("\n")
  }\n`;
}

function asJson(config: Config): string {
  const tables: Record<string, Record<string, SettingContent>> = {};
  for (const { name, value } of config.settings) {
    const at = name.lastIndexOf(".");
    (tables[name.slice(0, at)] ??= {})[name.slice(at + 1)] = maskedSetting(name, value);
  }
  const from = Object.fromEntries(config.settings.map((setting) => [setting.name, setting.from]));
  const { files, untrusted } = config;
  const ignored = config.ignored.map(({ place, reason }) => ({ place, reason }));
  return `${jsonText({ config: tables, from, files_used: files, untrusted, ignored }, 2)}\n`;
}

function shown(value: SettingContent): string {
  return value === null ? "no limit" : JSON.stringify(value);
}
