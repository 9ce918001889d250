import { messageOf } from "../errors.ts";
import { errorsOf, TimeOverError } from "../net/mod.ts";
import { type AttemptFailure, final, type RequestContext, tryAgain } from "./attempt.ts";
import {
  BrokenAnswerError,
  EmptyAnswerError,
  ForeignAnswerError,
  GivenUpError,
  NoServerError,
  RedirectError,
  SilenceError,
  TruncatedError,
  WordlessError,
} from "./attempt_errors.ts";
import { isLoopback } from "./address.ts";
import { oneLine } from "./one_line.ts";
import type { Protocol } from "./providers.ts";
import { asServerError, readServerError, withoutSecrets } from "./server_error.ts";

/** Explains an error of an attempt. */
export function readFailure(error: unknown, asked: RequestContext): AttemptFailure {
  const server = asServerError(error);
  if (server && !server.began) return readServerError(server, asked);
  const through = asked.proxy === undefined ? "" : ` through the proxy ${asked.proxy}`;
  const unreachable = (why: string) => final("network", `Cannot reach ${asked.baseUrl}${through}: ${why}`);
  const own = errorsOf(error).map((each) => ownFailure(each, asked)).find((each) => each !== undefined);
  if (own) return own;
  const text = withoutSecrets([messageOf(error), ...causes(error)].join(": "), asked.secrets);
  if (/without a finish reason/i.test(text)) return truncated(asked);
  if (/connection refused|ECONNREFUSED/i.test(text)) {
    return unreachable(
      asked.proxy === undefined
        ? "connection refused; start the server, or set base_url"
        : "connection refused; check the proxy, or name the host in NO_PROXY",
    );
  }
  if (/dns error|failed to lookup|ENOTFOUND|name resolution/i.test(text)) {
    return unreachable("no such host; check base_url and the network");
  }
  if (/certificate|invalid peer|UnknownIssuer/i.test(text)) {
    return unreachable(`its certificate is not trusted (${oneLine(text)}); check base_url`);
  }
  if (/requests to port \d+ are blocked/i.test(text)) {
    return unreachable("requests to this port are blocked; check base_url");
  }
  if (/NotCapable|Requires net access/i.test(text)) {
    return unreachable("this run may not use the network; check base_url");
  }
  // The AI SDK shows the whole answer in such a message.
  if (/type validation failed|invalid JSON|JSON parsing failed|invalid response data/i.test(text)) {
    return foreign("", asked);
  }
  if (/timed? ?out|ETIMEDOUT/i.test(text)) return tryAgain("timeout", "timed out", asked);
  if (isNetwork(error, text)) return tryAgain("network", connectionReason(text), asked);
  return tryAgain("other", oneLine(text), asked);
}

/** Explains an error of our own; `undefined` for others. */
function ownFailure(error: unknown, asked: RequestContext): AttemptFailure | undefined {
  if (error instanceof NoServerError) return noServer(asked);
  if (error instanceof RedirectError) return redirected(error.message, asked);
  if (error instanceof TimeOverError) {
    const { totalSetting } = asked.timeouts;
    return final(
      "timeout",
      `Cannot ask ${asked.id} at ${asked.baseUrl}: ${error.message}; raise ${totalSetting}, then resume`,
    );
  }
  if (error instanceof SilenceError) return silent(error, asked);
  if (error instanceof WordlessError) {
    return final("other", `Cannot ask ${asked.id} at ${asked.baseUrl}: ${error.message}; check base_url`);
  }
  if (error instanceof GivenUpError) {
    return tryAgain("overload", "the provider gave up in the middle of the answer", asked);
  }
  if (error instanceof TruncatedError) return truncated(asked);
  if (error instanceof BrokenAnswerError) {
    return { ...tryAgain("network", "a part of the answer was damaged", asked), maxAttempts: fewAttempts };
  }
  if (error instanceof ForeignAnswerError) return foreign(error.message, asked);
  if (error instanceof EmptyAnswerError) {
    const hint = "check base_url" + streamHint(asked);
    return { ...tryAgain("other", "it sent an empty answer", asked, hint), maxAttempts: fewAttempts };
  }
  return undefined;
}

/** Attempts in all where each one may be billed and the next one will hardly do better. */
const fewAttempts = 2;

/** A server that is only slow would begin the same work anew, so a silence before the first word is hardly repeated. */
function silent(error: SilenceError, asked: RequestContext): AttemptFailure {
  if (asked.hasWords) return tryAgain("timeout", error.message, asked);
  const hint = "raise timeout_seconds under [model] if it needs longer";
  const failure = tryAgain("timeout", error.message, asked, hint);
  const isSlow = asked.settings.stream === false || isLoopback(asked.baseUrl);
  return isSlow ? { ...failure, retry: false } : { ...failure, maxAttempts: fewAttempts };
}

function truncated(asked: RequestContext): AttemptFailure {
  const reason = "the connection closed in the middle of the answer";
  return tryAgain("network", reason, asked, streamHint(asked).slice(", or ".length) || undefined);
}

/** The way out for a server that cannot stream; `""` if it is not asked to. */
function streamHint({ settings }: RequestContext): string {
  return settings.stream === false ? "" : ", or set stream = false under [model] if the server cannot stream";
}

function foreign(words: string, asked: RequestContext): AttemptFailure {
  const said = withoutSecrets(oneLine(words), asked.secrets);
  return final(
    "request",
    `Cannot ask ${asked.id}: ${asked.baseUrl} does not speak ${spoken[asked.info.protocol]}${
      said === "" ? "" : ` (it says: ${said})`
    }; check base_url`,
  );
}

/** The failure when a model, or its provider's filter, refuses before the first word. */
export function refusal(asked: Pick<RequestContext, "id">): AttemptFailure {
  return final(
    "filter",
    `Cannot go on with ${asked.id}: it refused to answer, or a content filter held the answer back; ` +
      "change what the playbook asks for, or take another model",
  );
}

const spoken: Readonly<Record<Protocol, string>> = {
  anthropic: "Anthropic's messages API",
  openai: "OpenAI's responses API (for chat completions say openai-compatible)",
  google: "Google's generateContent",
  chat: "chat completions",
};

function noServer({ id, baseUrl }: RequestContext): AttemptFailure {
  return final(
    "request",
    `Cannot ask ${id}: ${baseUrl} answers with a web page, not as a model server; check base_url`,
  );
}

/** Key and prompt must not go to a server that the settings do not name. */
function redirected(address: string, { id, baseUrl }: RequestContext): AttemptFailure {
  return final(
    "request",
    `Cannot ask ${id}: ${baseUrl} redirects the request to ${
      oneLine(address)
    }, and nothing was sent there; ` +
      "set base_url to the address of the model server itself",
  );
}

function isNetwork(error: unknown, text: string): boolean {
  return error instanceof TypeError ||
    /connection|network|socket|reset|broken pipe|ECONN|EPIPE|terminated|body|fetch failed|cannot connect/i
      .test(text);
}

function connectionReason(text: string): string {
  return /reset|broken pipe|closed|EOF|terminated|reading a body/i.test(text)
    ? "connection reset"
    : oneLine(text);
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
