import { basename, dirname, join } from "@std/path";
import { providerInfos } from "../model/mod.ts";
import type { TrustRequest } from "../user/mod.ts";
import type { ConfigFile } from "./config_file.ts";
import { absolutePath, type Given, takeEnvironment } from "./given.ts";
import { settingName, settings } from "./settings.ts";
import { serverAsk } from "./tool_trust.ts";
import { type Ask, askOf, ownerAsk, requestOf } from "./trust_rules.ts";

/** A file with settings that need trust. */
export interface UntrustedFile extends TrustRequest {
  /** Names of the untrusted settings that change the meaning of the program. */
  readonly needed: readonly string[];
}

/** A settings file of a folder. */
interface FolderFile {
  readonly path: string;
  /** The other users that can change the file, in words for a person. Absent if there are none. */
  readonly owner?: string;
}

/** The settings files of folders, and the trust in them. */
export interface FolderSources {
  readonly file?: FolderFile & { readonly text: string };
  /** Variables of the program's `.env` that the environment does not set. */
  readonly dotEnv?: FolderFile & { readonly variables: Readonly<Record<string, string>> };
  readonly environment: Readonly<Record<string, string>>;
  /** Whether the user trusts a file's request. If absent, nothing is trusted. */
  readonly isTrusted?: (request: TrustRequest) => boolean;
  /** The real path of a file or folder, which may not exist. If absent, paths stay unchanged. */
  readonly realPath?: (path: string) => string;
}

/** The settings of one file, and the ones that need trust. */
interface FolderLayer {
  readonly given: ReadonlyMap<string, Given>;
  readonly asks: readonly Ask[];
  readonly request: TrustRequest | undefined;
  readonly isTrusted: boolean;
  /** Names of settings that are ignored, because the user does not trust the file. */
  readonly refused: ReadonlySet<string>;
}

/** The layers of `playbooks.toml` and `.env`, the weaker one first. */
export function folderLayers(
  sources: FolderSources,
  file: ConfigFile | undefined,
): FolderLayer[] {
  const layers: FolderLayer[] = [];
  if (sources.file !== undefined) {
    const folder = dirname(sources.file.path);
    const given = new Map<string, Given>();
    for (const { setting, value, place } of file?.settings ?? []) {
      given.set(settingName(setting), { value, place, folder, layer: "file" });
    }
    const servers = (file?.servers ?? []).flatMap(({ name, server }) =>
      serverAsk(`mcp.servers.${name}`, server) ?? []
    );
    layers.push(folderLayer(sources.file, given, sources, servers));
  }
  const { dotEnv } = sources;
  if (dotEnv !== undefined) {
    const given = new Map<string, Given>();
    const place = (name: string) => placeInFile(name, dotEnv.path);
    takeEnvironment(given, dotEnv.variables, dirname(dotEnv.path), place);
    layers.push(folderLayer(dotEnv, given, sources));
  }
  return layers;
}

/** The place of a variable of a `.env`. */
export function placeInFile(name: string, path: string): string {
  return `${name} in ${path}`;
}

function folderLayer(
  file: FolderFile,
  given: ReadonlyMap<string, Given>,
  { isTrusted, realPath = (path) => path, environment }: FolderSources,
  servers: readonly Ask[] = [],
): FolderLayer {
  const folder = dirname(file.path);
  const home = environment["HOME"] ?? environment["USERPROFILE"];
  const context = {
    provider: (table: string) =>
      String(given.get(`${table}.provider`)?.value ?? given.get("model.provider")?.value ?? "anthropic"),
    folder: realPath(folder),
    realPath: (path: string) => realPath(absolutePath(path, folder, home)),
  };
  const asks: Ask[] = settings.flatMap((setting) => {
    const value = given.get(settingName(setting))?.value;
    return value === undefined ? [] : askOf(setting, value, context) ?? [];
  });
  asks.push(...servers);
  if (file.owner !== undefined && given.size + servers.length > 0) {
    asks.push({ name: ownerAsk, value: file.owner, needed: true });
  }
  // A link to a trusted file elsewhere must not inherit its trust, so only the folder is resolved.
  const request = requestOf(join(context.folder, basename(file.path)), asks);
  const trusted = request !== undefined && (isTrusted?.(request) ?? false);
  const refused = trusted ? [] : asks.filter(({ needed }) => needed).map(({ name }) => name);
  return { given, asks, request, isTrusted: trusted, refused: new Set(refused) };
}

/** The request of an untrusted file, if this run would use one of its settings. */
export function untrustedFile(
  { request, refused }: FolderLayer,
  isOverridden: (name: string) => boolean,
): UntrustedFile[] {
  const needed = [...refused].filter((name) => !isOverridden(name));
  return request === undefined || needed.length === 0 ? [] : [{ ...request, needed }];
}

/**
 * The variables of a `.env` that hold a key: those of the providers, and those that `api_key_env` or `[permissions] env`
 * name. Others are ignored, because a folder must not choose a proxy, a certificate or a home folder.
 */
export function keysIn(
  variables: Readonly<Record<string, string>>,
  given: ReadonlyMap<string, Given>,
): Record<string, string> {
  const named = [
    "model.api_key_env",
    "model.raw.api_key_env",
    "permissions.env",
    "notify.token_env",
    "telemetry.headers_env",
  ].flatMap(
    (name) => given.get(name)?.value ?? [],
  );
  const known = new Set([...providerInfos.flatMap(({ keyEnvs }) => keyEnvs), ...named.map(String)]);
  return Object.fromEntries(Object.entries(variables).filter(([name]) => known.has(name)));
}
