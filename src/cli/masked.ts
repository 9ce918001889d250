import { maskedAddress } from "../model/mod.ts";
import { maskedDatabaseAddress } from "../store/mod.ts";
import type { SettingContent } from "./settings.ts";

/**
 * A setting's value without possible secrets. The configuration holds no keys (`api_key_env` names a variable). But an
 * address may contain a password, and a user may write a key in place of its variable's name.
 */
export function maskedSetting(name: string, value: SettingContent): SettingContent {
  if (typeof value !== "string") return value;
  if (/_env$/.test(name) && value !== "" && !/^[A-Z_][A-Z0-9_]*$/i.test(value)) return "****";
  if (name === "durability.url") return maskedDatabaseAddress(value);
  // The path of a webhook is often its secret.
  if (name === "notify.url") return value.replace(/^(\w+:\/\/)(?:[^/?#]*@)?([^/?#]*)[/?#].+$/s, "$1$2/****");
  return /\.(?:base_url|endpoint)$/.test(name) ? maskedAddress(value) : value;
}
