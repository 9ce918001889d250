import { createHash } from "node:crypto";
import { isLoopback, isSameOrigin, providerInfo } from "../model/mod.ts";
import type { TrustRequest } from "../user/mod.ts";
import { maskedSetting } from "./masked.ts";
import type { Setting, SettingContent } from "./settings.ts";

/** A setting that needs the user's trust if a folder sets it. */
export interface Ask {
  /** `permissions.net`. */
  readonly name: string;
  /** The value in force, with real paths. */
  readonly value: SettingContent;
  /** False if the setting also has a limited use without trust: a loopback address works, but gets no key. */
  readonly needed: boolean;
  /** The whole content that the user's answer covers, if `value` shows only a part. */
  readonly covers?: string;
}

/** The facts about a settings file that the rules use. */
interface RuleContext {
  /** The provider that the same file names for a table. */
  readonly provider: (table: string) => string;
  /** Real path of the file's folder. */
  readonly folder: string;
  /** Resolves a path of the setting to a real one. Missing parts stay. */
  readonly realPath: (path: string) => string;
}

/**
 * The request of a setting. Returns `undefined` if any folder may set it. This is the whole list of settings that need
 * trust.
 */
export function askOf(
  { table, key }: Pick<Setting, "table" | "key">,
  value: SettingContent,
  context: RuleContext,
): Ask | undefined {
  const name = `${table}.${key}`;
  const ask = (value: SettingContent, needed = true): Ask => ({ name, value, needed });
  switch (key) {
    case "base_url":
      return typeof value === "string" ? addressAsk(ask, value, context.provider(table)) : undefined;
    case "name": {
      // A recording is a file to read.
      if (context.provider(table) !== "replay") return undefined;
      const path = context.realPath(String(value));
      return isInside(path, context.folder) ? undefined : ask(path);
    }
    case "api_key_env":
    case "url":
      return value === "" ? undefined : ask(value);
    case "storage_path": {
      const path = context.realPath(String(value));
      return isInside(path, context.folder) ? undefined : ask(path);
    }
    case "uncertain":
      return value === "retry" ? ask(value) : undefined;
    case "background":
      return value === true ? ask(value) : undefined;
  }
  if (table === "telemetry") return telemetryAsk(ask, key, value);
  if (table === "notify") return typeof value === "string" && value !== "" ? ask(value) : undefined;
  if (table !== "permissions" || !Array.isArray(value) || value.length === 0) return undefined;
  return ask(key === "read" || key === "write" ? value.map((path) => context.realPath(path)) : value);
}

/** The name of the service and times need no trust. */
function telemetryAsk(
  ask: (value: SettingContent) => Ask,
  key: string,
  value: SettingContent,
): Ask | undefined {
  if (key === "enabled" || key === "content") return value === true ? ask(value) : undefined;
  return (key === "endpoint" || key === "headers_env") && value !== "" ? ask(value) : undefined;
}

/** A loopback address needs no trust and gets no key. The provider's own origin needs no trust. */
function addressAsk(
  ask: (value: SettingContent, needed?: boolean) => Ask,
  address: string,
  provider: string,
): Ask | undefined {
  if (address === "" || isSameOrigin(address, providerInfo(provider)?.baseUrl ?? "")) return undefined;
  return ask(address, !(URL.canParse(address) && isLoopback(address)));
}

/** Whether a path is a folder or below it. */
export function isInside(path: string, folder: string): boolean {
  const end = folder.endsWith("/") || folder.endsWith("\\") ? folder : `${folder}/`;
  return path === folder || path.replaceAll("\\", "/").startsWith(end.replaceAll("\\", "/"));
}

/** The request of a whole file. Returns `undefined` if no setting needs trust. */
export function requestOf(file: string, asks: readonly Ask[]): TrustRequest | undefined {
  if (asks.length === 0) return undefined;
  const sorted = asks.toSorted((a, b) => a.name < b.name ? -1 : 1);
  const hash = createHash("sha256")
    .update(JSON.stringify(sorted.map(({ name, value, covers }) => [name, covers ?? value])))
    .digest("hex");
  return { file, hash, lines: sorted.map(askLine) };
}

/** `model.base_url = "https://…"`, without its password. */
function askLine({ name, value }: Ask): string {
  return `${name} = ${shown(maskedSetting(name, value), name)}${remark(name)}`;
}

/** A value as JSON. Invisible characters are escaped, and an address has its ASCII form, so that it cannot look like another. */
function shown(value: Ask["value"], name: string): string {
  const isAddress = /\.(?:base_url|url|link|endpoint)$/.test(name) && typeof value === "string" &&
    URL.canParse(value);
  // deno-lint-ignore no-control-regex
  const ascii = isAddress && /[^\x00-\x7f]/.test(value) ? new URL(value).href : value;
  return JSON.stringify(ascii).replace(
    /[\p{Cf}\p{Cc}\p{Zl}\p{Zp}]/gu,
    (character) =>
      character.split("").map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`).join(""),
  );
}

function remark(name: string): string {
  if (name.endsWith(".base_url")) return " (where prompts and the key are sent)";
  if (name === "telemetry.enabled") return " (facts about sessions are sent to a collector)";
  if (name === "telemetry.content") return " (prompts, words, arguments and results are sent to it, too)";
  if (name === "telemetry.endpoint") return " (the address of the collector)";
  if (name === "telemetry.headers_env") return " (the variable whose value is sent to it as headers)";
  if (name === "notify.command") return " (a program that is started, and gets what a session asks)";
  if (name === "notify.url") return " (where notifications are sent, with what a session asks)";
  if (name === "notify.token_env") return " (the variable whose value is sent with notifications)";
  if (name.endsWith(".api_key_env")) return " (the variable whose value is sent as the key)";
  if (name === "durability.url") return " (where sessions are kept)";
  if (name.endsWith(".background")) return " (the provider stores prompts and answers)";
  if (name.startsWith("mcp.servers.") || name.endsWith(".remote")) {
    return " (a tool server: it is started, or sent what the program passes to it)";
  }
  if (name === ownerAsk) return " (other users can change this file)";
  return "";
}

/** The name of the request of a file that other users can change. */
export const ownerAsk = "owner";
