import { errorsOf } from "./failure_text.ts";

/** A request for {@linkcode sendOnce}. */
interface OneRequest extends RequestInit {
  readonly method?: string;
}

/** Whether sending a request of this method twice has the same effect as once. */
export function isSafeMethod(method: string): boolean {
  return method === "GET" || method === "HEAD";
}

/**
 * Sends a request once, and follows no redirect.
 *
 * Deno's HTTP client repeats a request by itself if the connection closes before the answer: Deno 2.7 on every
 * connection, Deno 2.9 on a reused one. It does so only if it can clone the body. A stream cannot be cloned, and a
 * `Blob` is read as a stream. A `Blob` has a length, so the request keeps its `Content-Length`. So every request that
 * changes something has a `Blob` as its body, even if it is empty.
 */
export function sendOnce(send: typeof fetch, url: string | URL, request: OneRequest): Promise<Response> {
  const { method = "GET" } = request;
  if (isSafeMethod(method)) return send(url, { ...request, redirect: "manual" });
  const body = request.body ?? "";
  const headers = new Headers(request.headers);
  if (typeof request.body === "string" && !headers.has("Content-Type")) {
    headers.set("Content-Type", "text/plain;charset=UTF-8");
  }
  return send(url, {
    ...request,
    headers,
    redirect: "manual",
    body: typeof body === "string" ? new Blob([body]) : body,
  });
}

/**
 * Whether a failed request certainly did not reach its server: no address, no connection, no TLS, no permission. After
 * any other failure, the server may have executed the request.
 */
export function neverReached(error: unknown): boolean {
  return /client error \(Connect\)|requests to port \d+ are blocked|NotCapable|Requires net access/i
    .test(errorsOf(error).join("\n"));
}
