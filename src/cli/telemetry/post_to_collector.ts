import { failureText, readBody, sendOnce, startDeadline } from "../../net/mod.ts";
import { version } from "../../version.ts";
import { httpAddress } from "../http_address.ts";
import type { TelemetrySettings } from "./telemetry_settings.ts";

/** A request to a collector: OTLP over HTTP. */
interface CollectorRequest {
  /** The whole address. */
  readonly url: string;
  readonly bytes: Uint8Array;
  readonly settings: Pick<TelemetrySettings, "headers" | "protocol" | "timeoutMs">;
  readonly fetch: typeof fetch;
  readonly signal: AbortSignal;
}

/** The answer of a collector. */
interface CollectorAnswer {
  readonly ok: boolean;
  readonly status: number;
  /** Empty if it could not be read. */
  readonly body: Uint8Array;
}

/** Posts a request. Throws an `Error` if the collector does not answer in time, or `signal` aborts. */
export async function postToCollector(request: CollectorRequest): Promise<CollectorAnswer> {
  const { settings, bytes, fetch, signal } = request;
  using deadline = startDeadline(settings.timeoutMs, signal);
  const { url, authorization } = httpAddress(request.url);
  let response;
  try {
    response = await sendOnce(fetch, url, {
      method: "POST",
      headers: {
        "user-agent": `playbooks/${version}`,
        ...(authorization === undefined ? {} : { authorization }),
        ...settings.headers,
        "content-type": settings.protocol === "http/json" ? "application/json" : "application/x-protobuf",
      },
      body: new Blob([new Uint8Array(bytes)]),
      signal: deadline.signal,
    });
  } catch (error) {
    throw new Error(`${collectorIn(request)} did not answer: ${failureText(error)}`);
  }
  const body = await readBody(response.body, maxAnswerBytes).catch(() => new Uint8Array());
  return { ok: response.ok, status: response.status, body };
}

const maxAnswerBytes = 64 * 1024;

/** The collector of an address, in words. */
export function collectorIn({ url }: { readonly url: string }): string {
  return `the collector ${new URL(url).host}`;
}

/** Whether a collector cannot use a request, and would refuse it each time. */
export function isUseless({ status }: Pick<CollectorAnswer, "status">): boolean {
  return status === 400 || status === 413 || status === 422;
}
