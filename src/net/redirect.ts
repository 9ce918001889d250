import { isSafeMethod } from "./send_once.ts";

/** The redirects that one request may follow, as in the Fetch standard. */
export const maxRedirects = 20;

/** One request of a chain of redirects. */
export interface Hop {
  readonly url: URL;
  readonly method: string;
  readonly headers: Headers;
  readonly body?: string;
}

/** The target of a redirect, as the server wrote it; `undefined` for other responses. */
export function redirectOf(response: Response): string | undefined {
  if (![301, 302, 303, 307, 308].includes(response.status)) return undefined;
  return response.headers.get("location") ?? undefined;
}

/**
 * The request after a redirect, by the rules of the Fetch standard. 303 changes every method except GET and HEAD to
 * GET. 301 and 302 change POST to GET. Others keep method and body. Headers that may be secret do not go to another
 * origin.
 *
 * Throws an `Error` if the address is not an HTTP address.
 */
export function followRedirect(hop: Hop, status: number, location: string): Hop {
  const url = URL.canParse(location, hop.url.href) ? new URL(location, hop.url.href) : undefined;
  if (url?.protocol !== "http:" && url?.protocol !== "https:") {
    throw new Error(
      `it was sent on to ${JSON.stringify(location.slice(0, 200))}, which is not an address of HTTP`,
    );
  }
  // The client would send a name and password from the server's address as our own.
  url.username = url.password = "";
  if (url.hash === "") url.hash = hop.url.hash;
  const headers = new Headers(hop.headers);
  if (url.origin !== hop.url.origin) {
    for (const name of [...headers.keys()]) if (secretHeader.test(name)) headers.delete(name);
  }
  const becomesGet = status === 303 ? !isSafeMethod(hop.method) : status < 303 && hop.method === "POST";
  if (!becomesGet) return { ...hop, url, headers };
  for (const name of bodyHeaders) headers.delete(name);
  return { url, method: "GET", headers };
}

/** Matches `Authorization`, `Cookie` and `X-Api-Key`, but not `Idempotency-Key`. */
const secretHeader = /auth|cookie|token|secret|password|api-?key/i;

const bodyHeaders = [
  "content-encoding",
  "content-language",
  "content-location",
  "content-type",
  "content-length",
];

/** An address as a message shows it: no name, password, query or fragment. */
export function shownAddress(url: URL): string {
  return `${url.origin}${url.pathname}`;
}
