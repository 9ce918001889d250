import type { Protocol } from "./providers.ts";

/** An address as a request needs it: what may be secret is apart from what may be shown. */
export interface ServerAddress {
  /** The address without password, query and fragment, and without the name of an endpoint: it may be shown. */
  readonly shown: string;
  /** The query with its `?`, sent with each request; `""` if there is none. */
  readonly query: string;
  /** A header that carries user and password; absent if the address has none. */
  readonly authorization?: string;
  /** Parts of the address that no message may hold. */
  readonly secrets: readonly string[];
}

/** Reads a `base_url`; `undefined` for a text that is no address of a server. */
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

/** People copy the address of a request, as documents of servers show it. The SDK adds these itself. */
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

/** An address without the password or token that it may carry, also where it is no proper address. */
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

/** Whether the server is on this machine. A name such as `127.0.0.1.example` is no address of it. */
export function isLoopback(baseUrl: string): boolean {
  const { hostname } = new URL(baseUrl);
  return hostname === "localhost" || hostname === "[::1]" || /^127(\.\d+){3}$/.test(hostname);
}

/** Shorter parts would be found in words that have nothing to do with them. */
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
