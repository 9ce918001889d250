import { type ExitCode, exitCodes } from "../errors.ts";
import { writeAll } from "../ui/streams.ts";
import type { ConfigShowCommand } from "./command.ts";
import type { Config } from "./config.ts";
import { loadConfig } from "./load_config.ts";
import { maskedAddress } from "./masked.ts";
import type { SettingContent } from "./settings.ts";
import { table } from "./table.ts";
import type { World } from "./world.ts";

/** `playbooks config show`: every setting as it is in force, and where it comes from. */
export function configShow(command: ConfigShowCommand, world: World): ExitCode {
  const config = loadConfig({
    ...(command.file === undefined ? {} : { programFile: command.file }),
    ...(command.config === undefined ? {} : { config: command.config }),
    ...(command.model === undefined ? {} : { model: command.model }),
  }, world);
  writeAll(world.stdout, command.json ? asJson(config) : asText(config));
  return exitCodes.ok;
}

function asText(config: Config): string {
  const rows = config.settings.map(({ name, value, from }) => [name, shown(masked(name, value)), from]);
  const files = config.files.length === 0
    ? "No file: all settings are defaults, or from the environment"
    : `Files: ${config.files.join(", ")}`;
  return `${table(["SETTING", "VALUE", "FROM"], rows)}\n${files}\n`;
}

function asJson(config: Config): string {
  const tables: Record<string, Record<string, SettingContent>> = {};
  for (const { name, value } of config.settings) {
    const at = name.lastIndexOf(".");
    (tables[name.slice(0, at)] ??= {})[name.slice(at + 1)] = masked(name, value);
  }
  const from = Object.fromEntries(config.settings.map((setting) => [setting.name, setting.from]));
  return `${JSON.stringify({ config: tables, from, files_used: config.files }, null, 2)}\n`;
}

/**
 * Hides what may be secret. Keys never stand in the configuration itself (`api_key_env` names a variable), but an
 * address may carry a password or a token, and somebody may have put the key where its variable's name belongs.
 */
function masked(name: string, value: SettingContent): SettingContent {
  if (typeof value !== "string") return value;
  if (name.endsWith(".api_key_env") && value !== "" && !/^[A-Z_][A-Z0-9_]*$/i.test(value)) return "****";
  if (!name.endsWith(".base_url")) return value;
  return maskedAddress(value);
}

function shown(value: SettingContent): string {
  return value === null ? "no limit" : JSON.stringify(value);
}
