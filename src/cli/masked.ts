import { maskedAddress } from "../model/mod.ts";
import type { SettingContent } from "./settings.ts";

/**
 * A setting's value without what may be secret. Keys never stand in the configuration itself (`api_key_env` names a
 * variable), but an address may carry a password, and a key may stand where its variable's name belongs.
 */
export function maskedSetting(name: string, value: SettingContent): SettingContent {
  if (typeof value !== "string") return value;
  if (name.endsWith(".api_key_env") && value !== "" && !/^[A-Z_][A-Z0-9_]*$/i.test(value)) return "****";
  return name.endsWith(".base_url") ? maskedAddress(value) : value;
}
