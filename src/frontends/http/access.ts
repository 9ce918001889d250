import { timingSafeEqual } from "@std/crypto/timing-safe-equal";
import { HttpError } from "./problem.ts";

/** The facts that decide who may use a server. */
export interface AccessOptions {
  readonly token: string;
  readonly port: number;
  /** Whether only this machine can connect. */
  readonly isLoopback: boolean;
  /** Names of hosts under which clients may reach the server, beside addresses and this machine's own names. */
  readonly names: readonly string[];
}

/** How a request was let in. */
type Entrance =
  | { readonly kind: "open" }
  /** The address had the token. The browser must keep it in a cookie and leave it out of the address. */
  | { readonly kind: "first visit"; readonly location: string; readonly cookie: string };

/**
 * Lets a request in, or throws an `HttpError`. Every request passes here before any handler.
 *
 * - The host must be one of ours. A site whose name resolves to this machine (DNS rebinding) sends its own name.
 * - A page of another origin is refused, whether or not the browser sends our cookie with its request. The browser says
 *   where a request comes from in `Origin` and `Sec-Fetch-Site`; other clients send neither.
 * - The token comes as a bearer, in the cookie, or once in the address of a page.
 */
export function admit(request: Request, options: AccessOptions): Entrance {
  const url = new URL(request.url);
  const host = hostOf(request);
  if (!isOwnHost(host, options)) {
    throw new HttpError(
      "forbidden",
      `The server does not answer for the host ${JSON.stringify(host)}; use the address that it printed, ` +
        "or start it with --allow-host NAME",
    );
  }
  refuseOtherSites(request, url, host);
  const given = url.searchParams.get("token");
  if (given !== null && isPage(url, request.method)) {
    if (!isToken(given, options.token)) throw wrongToken();
    url.searchParams.delete("token");
    return {
      kind: "first visit",
      location: `${url.pathname.replace(/^\/+/, "/")}${url.search}`,
      cookie: `${cookieName(options)}=${options.token}; Path=/; HttpOnly; SameSite=Strict`,
    };
  }
  const bearer = /^Bearer +(\S+)$/i.exec(request.headers.get("authorization") ?? "")?.[1];
  const token = bearer ?? cookieOf(request, cookieName(options));
  if (token === undefined || !isToken(token, options.token)) throw wrongToken();
  return { kind: "open" };
}

/** Whether an address is a page for a person, and not of the API. */
function isPage({ pathname }: URL, method: string): boolean {
  return method === "GET" && !pathname.startsWith("/v1/");
}

function hostOf(request: Request): string {
  return (request.headers.get("host") ?? "").toLowerCase();
}

function isOwnHost(host: string, { port, isLoopback, names }: AccessOptions): boolean {
  const [, name, own = "80"] = /^(\[[0-9a-f:.]+\]|[^:[\]/@]+)(?::(\d{1,5}))?$/.exec(host) ?? [];
  if (name === undefined) return false;
  const plain = name.replace(/\.$/, "");
  // Behind a proxy, the name has the proxy's port.
  if (names.includes(plain)) return true;
  if (Number(own) !== port) return false;
  if (loopbackNames.includes(plain)) return true;
  // Only a name can be rebound; an address is where the client connected.
  return !isLoopback && (plain.startsWith("[") || /^\d{1,3}(\.\d{1,3}){3}$/.test(plain));
}

const loopbackNames: readonly string[] = ["127.0.0.1", "localhost", "[::1]"];

function refuseOtherSites(request: Request, url: URL, host: string): void {
  const origin = request.headers.get("origin");
  const site = request.headers.get("sec-fetch-site");
  const isOwn = origin === null || origin === `http://${host}` || origin === `https://${host}`;
  const isFromElsewhere = site === "cross-site" || site === "same-site";
  // A link from a mail or a chat may open a page; it cannot read it.
  const isLink = isPage(url, request.method) && request.headers.get("sec-fetch-mode") === "navigate";
  if (isOwn && (!isFromElsewhere || isLink)) return;
  throw new HttpError(
    "forbidden",
    `A page of ${
      origin === null || isOwn ? "another site" : JSON.stringify(origin)
    } sent this request, and only the ` +
      "server's own pages may; programs send the token as Authorization: Bearer, without Origin",
  );
}

function wrongToken(): HttpError {
  return new HttpError(
    "not-authenticated",
    "The request has no valid token; open the address that the server printed, or send Authorization: Bearer TOKEN",
    { headers: { "www-authenticate": 'Bearer realm="playbooks"' } },
  );
}

/** Cookies of a host are sent to all its ports, so the name has the port. */
function cookieName({ port }: Pick<AccessOptions, "port">): string {
  return `playbooks-${port}`;
}

function cookieOf(request: Request, name: string): string | undefined {
  return (request.headers.get("cookie") ?? "").split(";").map((pair) => pair.trim())
    .find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1);
}

/** Compares in constant time. A token of another length is refused early, and its length is no secret. */
function isToken(given: string, token: string): boolean {
  const [one, other] = [given, token].map((text) => new TextEncoder().encode(text)) as [
    Uint8Array,
    Uint8Array,
  ];
  return one.length === other.length && timingSafeEqual(one, other);
}

/** A new token: 256 random bits in characters that fit an address, a header and a cookie. */
export function newToken(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toBase64({ alphabet: "base64url", omitPadding: true });
}

/** Whether a text can be a token: it fits a header and a cookie, and is too long to guess. */
export function isFitToken(text: string): boolean {
  return /^[\w.~+/=-]{32,512}$/.test(text);
}
