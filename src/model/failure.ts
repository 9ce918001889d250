import { messageOf } from "../errors.ts";
import type { ModelFailure } from "./model.ts";
import { askedWait, longestWaitMs } from "./retry.ts";

/** What went wrong with one attempt, and whether another one may go better. */
export interface AttemptFailure {
  readonly failure: ModelFailure;
  readonly retry: boolean;
  /** What the server asked us to wait. */
  readonly askedMs: number | undefined;
  /** In a few words, for the line that says that we try again. */
  readonly reason: string;
}

/** What a failure's message can name. */
export interface Asked {
  /** `provider:name`. */
  readonly model: string;
  readonly name: string;
  readonly baseUrl: string;
  readonly keyEnv: string;
  readonly hasKey: boolean;
  readonly nowMs: number;
}

/** Raised within an attempt when its server has been silent for too long. */
export class SilenceError extends Error {
  constructor(ms: number) {
    super(`no word for ${Math.round(ms / 1000)} s`);
  }
}

/** Raised within an attempt when the answer ended without an end. */
export class TruncatedError extends Error {}

/** Raised within an attempt when what answers is no model server but, say, a web site. */
export class NoServerError extends Error {}

/** Says what an error of an attempt means. */
export function readFailure(error: unknown, asked: Asked): AttemptFailure {
  const call = asCallError(error);
  const began = call?.status !== undefined && call.status >= 200 && call.status < 300;
  // A status of success is the beginning of an answer that went wrong later: why stands in the causes.
  if (call?.status !== undefined && !began) return readStatus({ ...call, status: call.status }, asked);
  if (error instanceof NoServerError) return noServer(asked);
  if (error instanceof SilenceError) return tryAgain("timeout", error.message, asked);
  const text = [messageOf(error), ...causes(error)].join(": ");
  if (error instanceof TruncatedError || /without a finish reason/i.test(text)) {
    return tryAgain("network", "the connection closed in the middle of the answer", asked);
  }
  if (/connection refused|ECONNREFUSED/i.test(text)) {
    return final(
      "network",
      `Cannot reach ${asked.baseUrl}: connection refused; start the server, or set base_url`,
    );
  }
  if (/dns error|failed to lookup|ENOTFOUND|name resolution/i.test(text)) {
    return final("network", `Cannot reach ${asked.baseUrl}: no such host; check base_url and the network`);
  }
  if (/certificate|invalid peer|UnknownIssuer/i.test(text)) {
    return final(
      "network",
      `Cannot reach ${asked.baseUrl}: its certificate is not trusted (${short(text)}); check base_url`,
    );
  }
  if (/requests to port \d+ are blocked/i.test(text)) {
    return final(
      "network",
      `Cannot reach ${asked.baseUrl}: requests to this port are blocked; check base_url`,
    );
  }
  if (/NotCapable|Requires net access/i.test(text)) {
    return final(
      "network",
      `Cannot reach ${asked.baseUrl}: this run may not use the network; check base_url`,
    );
  }
  if (began && /JSON|type validation/i.test(text)) {
    return final(
      "request",
      `Cannot ask ${asked.model}: ${asked.baseUrl} does not speak chat completions; check base_url`,
    );
  }
  if (/timed? ?out|ETIMEDOUT/i.test(text)) return tryAgain("timeout", "timed out", asked);
  if (isNetwork(error, text)) return tryAgain("network", connectionReason(text), asked);
  // A server can fail in the middle of a stream, and says so there: what kind it is stands in its words alone.
  const kind = /rate.?limit|too many/i.test(text)
    ? "rate-limit"
    : /overload|capacity/i.test(text)
    ? "overload"
    : "other";
  return tryAgain(kind, short(text), asked);
}

interface CallError {
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** The AI SDK's `APICallError`, known by its shape so that this file needs not load the SDK. */
function asCallError(error: unknown): CallError | undefined {
  if (typeof error !== "object" || error === null || !("requestBodyValues" in error)) return undefined;
  const { statusCode, responseHeaders, responseBody } = error as {
    readonly statusCode?: number;
    readonly responseHeaders?: Readonly<Record<string, string>>;
    readonly responseBody?: string;
  };
  return { status: statusCode, headers: responseHeaders ?? {}, body: responseBody ?? "" };
}

function readStatus(call: CallError & { readonly status: number }, asked: Asked): AttemptFailure {
  const { status } = call;
  const said = saidBy(call.body);
  const because = said === "" ? "" : `: ${said}`;
  if (status === 401 || status === 403) {
    const way = asked.hasKey
      ? `check the key in ${asked.keyEnv}`
      : `set ${asked.keyEnv}, or name another variable as api_key_env`;
    return final(
      "auth",
      `Cannot ask ${asked.model}: the server did not accept the key (${status}${because}); ${way}`,
    );
  }
  if (status === 402 || /insufficient_quota|billing/i.test(call.body)) {
    return final(
      "auth",
      `Cannot ask ${asked.model}: no credit is left (${status}${because}); check the account's plan`,
    );
  }
  if (status === 404 || /model_not_found|model .*(not found|does not exist)/i.test(call.body)) {
    return final(
      "request",
      `Cannot ask ${asked.model}: ${asked.baseUrl} has no model "${asked.name}" (${status}${because}); ` +
        "check name and base_url",
    );
  }
  if (status === 408) return tryAgain("timeout", "the server timed out (408)", asked);
  if (status === 429) {
    const askedMs = askedWait(call.headers, asked.nowMs);
    const reason = `rate limit (429${because})`;
    if (askedMs !== undefined && askedMs > longestWaitMs) {
      return final(
        "rate-limit",
        `Cannot ask ${asked.model}: ${reason}; resume in ${Math.ceil(askedMs / 60_000)} minutes`,
      );
    }
    return { ...tryAgain("rate-limit", reason, asked), askedMs };
  }
  if (status >= 500 || status === 409 || status === 425) {
    const askedMs = askedWait(call.headers, asked.nowMs);
    return { ...tryAgain("overload", `the server failed (${status}${because})`, asked), askedMs };
  }
  return final("request", `Cannot ask ${asked.model}: the server refused the request (${status}${because})`);
}

function noServer({ model, baseUrl }: Asked): AttemptFailure {
  return final(
    "request",
    `Cannot ask ${model}: ${baseUrl} answers with a web page, not as a model server; check base_url`,
  );
}

function final(kind: ModelFailure["kind"], message: string): AttemptFailure {
  return { failure: { kind, message }, retry: false, askedMs: undefined, reason: message };
}

function tryAgain(kind: ModelFailure["kind"], reason: string, asked: Asked): AttemptFailure {
  const message = `Cannot ask ${asked.model} at ${asked.baseUrl}: ${reason}; resume the session to try again`;
  return { failure: { kind, message }, retry: true, askedMs: undefined, reason };
}

/** The message in an error's body, which servers put in different places. */
function saidBy(body: string): string {
  try {
    const value = JSON.parse(body) as {
      readonly error?: unknown;
      readonly message?: unknown;
      readonly detail?: unknown;
    };
    const error = value.error as { readonly message?: unknown } | string | undefined;
    const said = typeof error === "string" ? error : error?.message ?? value.message ?? value.detail;
    return typeof said === "string" ? short(said) : "";
  } catch {
    return /^\s*</.test(body) ? "" : short(body);
  }
}

function isNetwork(error: unknown, text: string): boolean {
  return error instanceof TypeError ||
    /connection|network|socket|reset|broken pipe|ECONN|EPIPE|terminated|body|fetch failed|cannot connect/i
      .test(text);
}

function connectionReason(text: string): string {
  return /reset|broken pipe|closed|EOF|terminated|reading a body/i.test(text)
    ? "connection reset"
    : short(text);
}

function causes(error: unknown): string[] {
  const found: string[] = [];
  let current = error instanceof Error ? error.cause : undefined;
  for (let depth = 0; depth < 5 && current instanceof Error; depth++) {
    found.push(current.message);
    current = current.cause;
  }
  return found;
}

/** One line, not too long for a person, without the full stop that servers like to end with. */
function short(text: string): string {
  const line = text.replace(/\s+/g, " ").trim().replace(/\.$/, "");
  return line.length > 200 ? `${line.slice(0, 199)}…` : line;
}
