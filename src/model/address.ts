import type { Protocol } from "./providers.ts";

/** The parts of a server's address. It separates the secret parts from the part that messages may show. */
export interface ServerAddress {
  /** The address without password, query, fragment and endpoint name; messages may show it. */
  readonly shown: string;
  /** The query with its `?`, which each request carries; `""` without a query. */
  readonly query: string;
  /** The header with user and password; absent if the address has neither. */
  readonly authorization?: string;
  /** Parts of the address that no message may contain. */
  readonly secrets: readonly string[];
}

/** Reads a `base_url`; `undefined` if the text is not an HTTP address. */
export function readAddress(text: string, protocol: Protocol): ServerAddress | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") return undefined;
  const { username, password, search } = url;
  url.username =
    url.password =
    url.search =
    url.hash =
      "";
  const shown = url.href.replace(/\/+$/, "").replace(endpoints[protocol], "").replace(/\/+$/, "");
  const userInfo = [username, password].map(decoded).join(":");
  const values = [...new URLSearchParams(search).values()];
  return {
    shown,
    query: search,
    ...(userInfo === ":" ? {} : { authorization: `Basic ${base64(userInfo)}` }),
    secrets: [search.slice(1), ...values, password, decoded(password), base64(userInfo)].filter(isLong),
  };
}

/** Endpoints that people copy along with an address; the SDK adds them itself. */
const endpoints: Readonly<Record<Protocol, RegExp>> = {
  anthropic: /\/messages$/,
  openai: /\/(responses|chat\/completions)$/,
  google: /\/models(\/[^/]*)?$/,
  chat: /\/(chat\/)?completions$/,
};

/** Sends requests with the query and the password of an address. A key takes the place of the password. */
export function fetchAt(
  { query, authorization }: ServerAddress,
  key: string | undefined,
  send: typeof fetch,
): typeof fetch {
  if (query === "" && authorization === undefined) return send;
  return (input, init?: RequestInit) => {
    const url = new URL(input instanceof Request ? input.url : input);
    for (const [name, value] of new URLSearchParams(query)) {
      if (!url.searchParams.has(name)) url.searchParams.append(name, value);
    }
    const headers = new Headers(init?.headers);
    if (authorization !== undefined && key === undefined) headers.set("Authorization", authorization);
    return send(url, { ...init, headers });
  };
}

/** Masks the password or token in an address, also in a malformed one. */
export function maskedAddress(address: string): string {
  return address.replace(/\/\/[^/?#]*@/, "//****@").replace(/^[^/]*@/, "****@").replace(
    /[?#].*$/s,
    (rest) => `${rest[0]}****`,
  );
}

/** Whether two addresses have the same scheme, host and port. */
export function isSameOrigin(a: string, b: string): boolean {
  return URL.canParse(a) && URL.canParse(b) && new URL(a).origin === new URL(b).origin;
}

/** Whether the server is on this machine; `127.0.0.1.example` is not. */
export function isLoopback(baseUrl: string): boolean {
  const { hostname } = new URL(baseUrl);
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}

/** Whether a secret is long enough to mask. A shorter one would also mask unrelated words. */
function isLong(secret: string): boolean {
  return secret.length >= 4;
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function base64(text: string): string {
  return new TextEncoder().encode(text).toBase64();
}
