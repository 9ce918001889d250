import { exitCodes, PlaybooksError } from "../errors.ts";
import { type AnswerBounds, answerBounds } from "../net/mod.ts";
import type { ModelSettings } from "./model.ts";
import { modelFetch } from "./model_fetch.ts";
import { type ProviderInfo, providerInfo } from "./providers.ts";

/** All that a protocol needs to reach its server. */
export interface Connection {
  readonly settings: ModelSettings;
  readonly info: ProviderInfo;
  /** `provider:name`. */
  readonly id: string;
  readonly baseUrl: string;
  /** The variable that a person is told to set. */
  readonly keyEnv: string;
  readonly key: string | undefined;
  /** Whether there is a key that this server does not get, since it is not the provider's own. */
  readonly keyWithheld: boolean;
  readonly bounds: AnswerBounds;
  readonly fetch: typeof fetch;
}

/** The keys of a user, and the servers that get them. */
export interface KeyRing {
  env(name: string): string | undefined;
  /** Whether a server that is not the provider's own gets the key in `variable`; none does if absent. */
  sendsKeyTo?(server: { readonly baseUrl: string; readonly variable: string }): boolean;
}

/**
 * Finds address and key of the model that the settings name. Throws a `PlaybooksError` (exit code 2) for settings that no
 * request could be made with: a provider without a name, an address that is none, a provider's own address without a key.
 */
export function connect(
  settings: ModelSettings,
  { env, sendsKeyTo }: KeyRing,
  bounds: AnswerBounds = answerBounds(),
): Connection {
  const info = providerInfo(settings.provider);
  if (!info) throw new Error(`${settings.provider} is not asked over a network`);
  if (settings.name === "") {
    throw openError(`no model is named; set name in [model], or say --model "${info.name}:NAME"`);
  }
  if (settings.baseUrl === "" && info.baseUrl === "") {
    throw openError(
      `${info.name} needs the address of a server; set base_url in [model], such as "http://localhost:11434/v1"`,
    );
  }
  const baseUrl = checkedUrl(settings.baseUrl || info.baseUrl);
  const names = settings.apiKeyEnv === "" ? info.keyEnvs : [settings.apiKeyEnv];
  const keyEnv = names.find((name) => env(name)?.trim()) ?? names[0]!;
  const held = env(keyEnv)?.trim() || undefined;
  const keyWithheld = held !== undefined && !isSameOrigin(baseUrl, info.baseUrl) &&
    !sendsKeyTo?.({ baseUrl: settings.baseUrl, variable: keyEnv });
  const key = keyWithheld ? undefined : held;
  if (key === undefined && settings.baseUrl === "" && !info.local) {
    throw openError(
      `${info.name} needs a key and ${keyEnv} is not set; set it in the environment or in .env beside the program, ` +
        "or say --model rehearsal",
    );
  }
  return {
    settings,
    info,
    id: `${info.name}:${settings.name}`,
    baseUrl,
    keyEnv,
    key,
    keyWithheld,
    bounds,
    fetch: modelFetch(bounds),
  };
}

/** Whether two addresses have the same scheme, host and port. */
export function isSameOrigin(a: string, b: string): boolean {
  return URL.canParse(a) && URL.canParse(b) && new URL(a).origin === new URL(b).origin;
}

/** Whether the server is on this machine. A name such as `127.0.0.1.example` is no address of it. */
export function isLoopback(baseUrl: string): boolean {
  const { hostname } = new URL(baseUrl);
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}

function checkedUrl(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw openError(`base_url "${text}" is no address; write it like http://localhost:11434/v1`);
  }
  return text.replace(/\/+$/, "");
}

function openError(reason: string): PlaybooksError {
  return new PlaybooksError(`Cannot open the model: ${reason}`, { exitCode: exitCodes.usage });
}
