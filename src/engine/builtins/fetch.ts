import { encode, type Encoded, fieldsOf } from "../../sandbox/mod.ts";
import {
  checkAddress,
  defaultNetBounds,
  failureText,
  followRedirect,
  type Hop,
  isSafeMethod,
  maxRedirects,
  neverReached,
  permits,
  readBody,
  redirectOf,
  sendOnce,
  shownAddress,
  startDeadline,
  systemLookup,
  TimeOverError,
  TooLargeError,
} from "../../net/mod.ts";
import { encodedAsJson } from "../plain_json.ts";
import { type OutsideBuiltin, refuse, type SendContext, type Sent, shortened } from "./builtin.ts";

export const fetchBuiltin: OutsideBuiltin = {
  kind: "outside",
  name: "fetch",
  effect: "Fetch",
  parameters: [
    { name: "url", type: "string" },
    { name: "options", type: "{ method?: string; headers?: object; body?: string }", optional: true },
  ],
  returns: "Promise<Response>",
  isUndeclared: true,
  permission: "net",
  doc: "Sends a request to an address that `[permissions] net` allows, as in a browser.",
  perform(args, { state, key }) {
    const request = parseHttpRequest(args);
    if (typeof request === "string") return refuse("TypeError", request);
    const denied = permits(state.settings.permissions.net, request.url);
    if (denied) return refuse("PermissionError", denied);
    return {
      kind: "start",
      wait: {
        kind: "outside",
        key,
        repeatable: isSafeMethod(request.method),
        what: describeRequest(request),
      },
    };
  },
  send(args, context) {
    const request = parseHttpRequest(args);
    return typeof request === "string"
      ? Promise.resolve(failed("TypeError", request))
      : sendHttpRequest(request, context);
  },
  valueOfGiven(given, args) {
    // A person's names must not be read as our encoding, so each field is taken by its name.
    const { status, statusText, headers, body } = Object.fromEntries(fieldsOf(given) ?? []);
    const isStatus = typeof status === "number" && Number.isInteger(status) && status >= 200 && status <= 599;
    const isResponse = isStatus && typeof body === "string";
    return {
      status: isResponse ? status : 200,
      statusText: isResponse && typeof statusText === "string" ? statusText : "",
      url: typeof args[0] === "string" ? args[0] : "",
      headers: encode(Object.fromEntries(isResponse ? textsIn(headers) : [])),
      body: isResponse ? body : typeof given === "string" ? given : JSON.stringify(encodedAsJson(given)),
    };
  },
};

function textsIn(value: Encoded | undefined): readonly (readonly [string, string])[] {
  return (fieldsOf(value) ?? []).flatMap(([name, text]) => typeof text === "string" ? [[name, text]] : []);
}

/** A valid request of the code. */
interface HttpRequest {
  readonly url: URL;
  readonly method: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body?: string;
}

/** Reads the arguments of `fetch(url, {method, headers, body})`. A text is the reason why they are wrong. */
function parseHttpRequest(args: readonly Encoded[]): HttpRequest | string {
  const address = args[0];
  if (typeof address !== "string" || !URL.canParse(address)) {
    return `fetch needs a whole address, not ${shortened(JSON.stringify(address ?? null))}`;
  }
  const url = new URL(address);
  if (url.protocol !== "http:" && url.protocol !== "https:") {
    return `fetch reads http and https addresses, not ${shortened(url.protocol)}`;
  }
  const options = Object.fromEntries(fieldsOf(args[1]) ?? []);
  const method = typeof options["method"] === "string" ? options["method"].toUpperCase() : "GET";
  // The standard forbids these, so no request would leave.
  if (!/^[A-Z]{1,20}$/.test(method) || ["CONNECT", "TRACE", "TRACK"].includes(method)) {
    return `fetch has no method ${shortened(method)}`;
  }
  const headers: [string, string][] = [];
  for (const [name, value] of headerPairs(options["headers"])) {
    if (typeof value === "string" || typeof value === "number") headers.push([name, String(value)]);
  }
  const body = options["body"];
  return { url, method, headers, ...(typeof body === "string" ? { body } : {}) };
}

function headerPairs(headers: Encoded | undefined): readonly (readonly [string, Encoded])[] {
  if (Array.isArray(headers)) {
    return (headers as readonly Encoded[]).filter((pair): pair is readonly [string, Encoded] =>
      Array.isArray(pair) && typeof pair[0] === "string" && pair.length === 2
    ).map(([name, value]) => [name, value]);
  }
  return fieldsOf(headers) ?? [];
}

/** Sends a request and returns `{status, statusText, url, headers, body}`. A failure is an outcome too. */
async function sendHttpRequest(request: HttpRequest, context: SendContext): Promise<Sent> {
  const { world, settings, key } = context;
  const net = settings.permissions.net;
  const lookup = world.lookup ?? systemLookup;
  /** Whether a request that changes something may have done so. */
  let mayHaveChanged = false;
  const { maxBodyMb = defaultNetBounds.maxBodyMb, maxRequestSeconds = defaultNetBounds.maxRequestSeconds } =
    settings.limits;
  using deadline = startDeadline(maxRequestSeconds * 1000, context.signal);
  const { signal } = deadline;
  try {
    let hop = firstHop(request, key);
    for (let redirects = 0;; redirects++) {
      const denied = await checkAddress(net, hop.url, { lookup, signal });
      if (denied !== undefined) return refused("PermissionError", request, hop, denied);
      const changes = !isSafeMethod(hop.method);
      const answer = await sendHop(hop, world.fetch, signal).catch((error) => {
        mayHaveChanged ||= changes && !neverReached(error);
        throw error;
      });
      const location = redirectOf(answer);
      if (location === undefined) {
        mayHaveChanged ||= changes;
        const body = await readBody(answer.body, Math.round(maxBodyMb * 1024 * 1024));
        return { kind: "result", outcome: { ok: true, value: responseValue(answer, body, hop.url) } };
      }
      await answer.body?.cancel();
      if (redirects === maxRedirects) {
        return refused("TypeError", request, hop, `it was sent on more than ${maxRedirects} times`);
      }
      const next = followRedirect(hop, answer.status, location);
      // A redirect to a safe method means that the server has done the work. A redirect with the same method means that
      // it has not.
      mayHaveChanged ||= changes && isSafeMethod(next.method);
      hop = next;
    }
  } catch (error) {
    const why = whyFailed(error);
    // A server whose answer is too large has answered. A retry would get the same answer.
    if (mayHaveChanged && !(error instanceof TooLargeError)) return { kind: "lost", why };
    return failed("TypeError", `${describeRequest(request)} failed: ${why}`);
  }
}

/** A request in messages: `POST https://shop.example/orders`. */
function describeRequest({ method, url }: Pick<HttpRequest, "method" | "url">): string {
  return `${method} ${shownAddress(url)}`;
}

function firstHop({ url, method, headers: given, body }: HttpRequest, key: string): Hop {
  const headers = new Headers(given.map(([name, value]): [string, string] => [name, value]));
  if (!isSafeMethod(method) && !headers.has("Idempotency-Key")) headers.set("Idempotency-Key", key);
  return { url, method, headers, ...(body === undefined ? {} : { body }) };
}

function sendHop(
  { url, method, headers, body }: Hop,
  fetchOnce: typeof fetch,
  signal: AbortSignal,
): Promise<Response> {
  return sendOnce(fetchOnce, url, { method, headers, signal, ...(body === undefined ? {} : { body }) });
}

function responseValue(response: Response, body: Uint8Array, url: URL): Encoded {
  return {
    status: response.status,
    statusText: response.statusText,
    url: response.url || url.href,
    headers: encode(Object.fromEntries(response.headers)),
    body: new TextDecoder().decode(body),
  };
}

function whyFailed(error: unknown): string {
  if (error instanceof TooLargeError) {
    return `the server answered, and ${error.message}; ask for less, or raise max_body_mb under [limits] in playbooks.toml`;
  }
  return error instanceof TimeOverError
    ? `${error.message}; raise max_request_seconds under [limits] in playbooks.toml to wait longer`
    : failureText(error);
}

function refused(name: string, request: HttpRequest, hop: Hop, why: string): Sent {
  const isFirst = hop.url.href === request.url.href;
  const way = `${describeRequest(request)} is sent on to ${shownAddress(hop.url)}`;
  return failed(name, isFirst ? why : `${way}. ${why}`);
}

function failed(name: string, message: string): Sent {
  return { kind: "result", outcome: { ok: false, error: { name, message } } };
}
