import { fetchAt, isSameOrigin, maskedAddress, readAddress, type ServerAddress } from "./address.ts";
import { exitCodes, PlaybooksError } from "../errors.ts";
import { type AnswerBounds, answerBounds } from "../net/mod.ts";
import type { ModelSettings } from "./model.ts";
import { modelFetch } from "./model_fetch.ts";
import { type Timeouts, timeoutsOf } from "./timeouts.ts";
import { type Protocol, type ProviderInfo, providerInfo } from "./providers.ts";
import { proxyInWords } from "./proxy.ts";

/** The data with which a protocol reaches its server. */
export interface Connection {
  readonly settings: ModelSettings;
  readonly info: ProviderInfo;
  /** `provider:name`. */
  readonly id: string;
  /** The address without password, query and endpoint; messages may show it. */
  readonly baseUrl: string;
  /** The proxy of the requests, for messages; absent without a proxy. */
  readonly proxy?: string;
  /** Secrets that no message may contain: the key, and the secret parts of the address. */
  readonly secrets: readonly string[];
  /** The environment variable that messages name for the key. */
  readonly keyEnv: string;
  readonly key: string | undefined;
  /** Whether a key exists but must not go to this server, since the server is not the provider's own. */
  readonly keyWithheld: boolean;
  readonly bounds: AnswerBounds;
  readonly timeouts: Timeouts;
  readonly fetch: typeof fetch;
  /** The same, but answers stay in the form in which they came. */
  readonly rawFetch: typeof fetch;
}

/** The keys of a user, and the servers that get them. */
export interface KeyRing {
  env(name: string): string | undefined;
  /** Whether a server that is not the provider's own gets the key in `variable`; if absent, it gets no key. */
  sendsKeyTo?(server: { readonly baseUrl: string; readonly variable: string }): boolean;
}

/**
 * Finds the address and the key of a model. Throws a `PlaybooksError` (exit code 2) for unusable settings: no model
 * name, an invalid address, or a provider's own address without a key.
 */
export function connect(
  settings: ModelSettings,
  { env, sendsKeyTo }: KeyRing,
  bounds: AnswerBounds = answerBounds(),
): Connection {
  const info = providerInfo(settings.provider);
  if (!info) throw new Error(`${settings.provider} has no network protocol`);
  if (settings.name === "") {
    throw openError(`no model is named; set name in [model], or say --model "${info.name}:NAME"`);
  }
  if (settings.baseUrl === "" && info.baseUrl === "") {
    throw openError(
      `${info.name} needs the address of a server; set base_url in [model], such as "http://localhost:11434/v1"`,
    );
  }
  const address = checkedAddress(settings.baseUrl || info.baseUrl, info.protocol);
  const baseUrl = address.shown;
  const names = settings.apiKeyEnv === "" ? info.keyEnvs : [settings.apiKeyEnv];
  const keyEnv = names.find((name) => env(name)?.trim()) ?? names[0]!;
  const held = env(keyEnv)?.trim() || undefined;
  const keyWithheld = held !== undefined && !isSameOrigin(baseUrl, info.baseUrl) &&
    !sendsKeyTo?.({ baseUrl: settings.baseUrl, variable: keyEnv });
  const key = keyWithheld ? undefined : held;
  checkKey(key, keyEnv);
  const proxy = proxyInWords(baseUrl, env);
  if (key === undefined && settings.baseUrl === "" && !info.local) {
    throw openError(
      `${info.name} needs a key and ${keyEnv} is not set; set it in the environment or in .env beside the program, ` +
        "or say --model rehearsal",
    );
  }
  const timeouts = timeoutsOf(settings, baseUrl, bounds);
  const fetchOptions = { protocol: info.protocol, streams: settings.stream ?? true, bounds, timeouts };
  return {
    settings,
    info,
    id: `${info.name}:${settings.name}`,
    baseUrl,
    keyEnv,
    key,
    keyWithheld,
    bounds,
    timeouts,
    ...(proxy === undefined ? {} : { proxy }),
    secrets: [...(key === undefined ? [] : [key]), ...address.secrets],
    fetch: fetchAt(address, key, modelFetch(fetchOptions)),
    rawFetch: fetchAt(address, key, modelFetch({ ...fetchOptions, isRaw: true })),
  };
}

/** Throws a `PlaybooksError` (exit code 2) for a key that is invalid in a header. The message does not show the key. */
function checkKey(key: string | undefined, variable: string): void {
  if (key === undefined || /^[\x20-\x7e]+$/.test(key)) return;
  const what = /[\r\n]/.test(key) ? "a line break" : "a character that no HTTP header can carry";
  throw openError(`the key in ${variable} has ${what}; set ${variable} again, with the key alone`);
}

function checkedAddress(text: string, protocol: Protocol): ServerAddress {
  const address = readAddress(text, protocol);
  if (address) return address;
  throw openError(
    `base_url "${maskedAddress(text)}" is not an address; write it like http://localhost:11434/v1`,
  );
}

function openError(reason: string): PlaybooksError {
  return new PlaybooksError(`Cannot open the model: ${reason}`, { exitCode: exitCodes.usage });
}
