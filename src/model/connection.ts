import { exitCodes, PlaybooksError } from "../errors.ts";
import { NoServerError } from "./attempt.ts";
import type { ModelSettings } from "./model.ts";
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
  readonly fetch: typeof fetch;
}

/**
 * Finds address and key of the model that the settings name. Throws a `PlaybooksError` (exit code 2) for settings that no
 * request could be made with: a provider without a name, an address that is none, a provider's own address without a key.
 */
export function connect(settings: ModelSettings, env: (name: string) => string | undefined): Connection {
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
  const key = env(keyEnv)?.trim() || undefined;
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
    fetch: fetchCompletion,
  };
}

/** Whether the server is on this machine. */
export function isLoopback(baseUrl: string): boolean {
  const { hostname } = new URL(baseUrl);
  return hostname === "localhost" || hostname === "[::1]" || /^127\./.test(hostname);
}

/** A wrong address often leads to a web site, whose page would look like an empty answer. */
const fetchCompletion: typeof fetch = async (input, init) => {
  const response = await fetch(input, init);
  if (!response.ok || !/\bhtml\b/i.test(response.headers.get("content-type") ?? "")) return response;
  await response.body?.cancel();
  throw new NoServerError();
};

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
