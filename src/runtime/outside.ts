import type { Encoded } from "../sandbox/mod.ts";
import type { Outcome } from "../sandbox/sandbox.ts";
import { messageOf } from "../errors.ts";

/** A request that code asked for, checked. */
export interface HttpRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: string;
}

/** Reads the arguments of `fetch(url, {method, headers, body})`; a text says what is wrong with them. */
export function parseHttpRequest(args: readonly Encoded[]): HttpRequest | string {
  const address = args[0];
  if (typeof address !== "string" || !URL.canParse(address)) {
    return `fetch needs a whole address, not ${JSON.stringify(address ?? null)}`;
  }
  const url = new URL(address);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return `fetch reads http and https addresses, not ${url.protocol}`;
  }
  const options = (args[1] ?? {}) as { readonly [key: string]: Encoded };
  const method = typeof options["method"] === "string" ? options["method"].toUpperCase() : "GET";
  if (!/^[A-Z]{1,20}$/.test(method)) return `fetch has no method ${method}`;
  const headers: [string, string][] = [];
  for (const [name, value] of headerPairs(options["headers"])) {
    if (typeof value === "string" || typeof value === "number") headers.push([name, String(value)]);
  }
  const body = options["body"];
  return { url, method, headers, ...(typeof body === "string" ? { body } : {}) };
}

function headerPairs(headers: Encoded | undefined): [string, Encoded][] {
  if (typeof headers !== "object" || headers === null) return [];
  if (Array.isArray(headers)) {
    return (headers as readonly Encoded[]).filter((pair): pair is readonly [string, Encoded] =>
      Array.isArray(pair) && typeof pair[0] === "string" && pair.length === 2
    ).map(([name, value]) => [name, value]);
  }
  return Object.entries(headers);
}

/** Why a host may not be reached, or nothing when it may. An entry is `host`, `host:port` or `*`. */
export function permits(hosts: readonly string[], url: URL): string | undefined {
  const port = url.port || (url.protocol === "https:" ? "443" : "80");
  const allowed = hosts.some((host) =>
    host === "*" || host.toLowerCase() === url.hostname || host.toLowerCase() === `${url.hostname}:${port}`
  );
  if (allowed) return undefined;
  return `Reaching ${url.host} is not permitted; add "${url.hostname}" to net under [permissions] in playbooks.toml`;
}

/** The longest answer that is taken from the network, in bytes. */
const longestBody = 16 * 1024 * 1024;
/** A request that takes longer than this has failed. */
const longestRequestMs = 120_000;

/** Sends a request and gives the answer as `{status, statusText, url, headers, body}`; a failure is an outcome too. */
export async function sendHttpRequest(
  request: HttpRequest,
  options: { readonly fetch: typeof fetch; readonly key: string; readonly signal: AbortSignal },
): Promise<Outcome> {
  try {
    const headers = new Headers(request.headers.map(([name, value]) => [name, value]));
    const changes = request.method !== "GET" && request.method !== "HEAD";
    if (changes && !headers.has("Idempotency-Key")) headers.set("Idempotency-Key", options.key);
    const response = await options.fetch(request.url, {
      method: request.method,
      headers,
      redirect: "manual",
      signal: AbortSignal.any([options.signal, AbortSignal.timeout(longestRequestMs)]),
      ...(request.body === undefined ? {} : { body: request.body }),
    });
    const bytes = new Uint8Array(await response.arrayBuffer());
    if (bytes.length > longestBody) throw new RangeError(`the answer is larger than ${longestBody} bytes`);
    return {
      ok: true,
      value: {
        status: response.status,
        statusText: response.statusText,
        url: response.url || request.url.href,
        headers: Object.fromEntries(response.headers),
        body: new TextDecoder().decode(bytes),
      },
    };
  } catch (error) {
    return {
      ok: false,
      error: {
        name: "TypeError",
        message: `${request.method} ${request.url.origin}${request.url.pathname} failed: ${messageOf(error)}`,
      },
    };
  }
}
