import { messageOf } from "../errors.ts";
import { errorsOf, TimeOverError } from "../net/mod.ts";
import { type AttemptFailure, final, type RequestContext, tryAgain } from "./attempt.ts";
import {
  GivenUpError,
  NoServerError,
  RedirectError,
  SilenceError,
  TruncatedError,
} from "./attempt_errors.ts";
import { oneLine } from "./one_line.ts";
import type { Protocol } from "./providers.ts";
import { asServerError, readServerError, withoutSecrets } from "./server_error.ts";

/** Explains an error of an attempt. */
export function readFailure(error: unknown, asked: RequestContext): AttemptFailure {
  const server = asServerError(error);
  if (server && !server.began) return readServerError(server, asked);
  const through = asked.proxy === undefined ? "" : ` through the proxy ${asked.proxy}`;
  const unreachable = (why: string) => final("network", `Cannot reach ${asked.baseUrl}${through}: ${why}`);
  if (error instanceof NoServerError) return noServer(asked);
  if (error instanceof RedirectError) return redirected(error.message, asked);
  const over = errorsOf(error).find((each) => each instanceof TimeOverError);
  if (over) {
    return final(
      "timeout",
      `Cannot ask ${asked.id} at ${asked.baseUrl}: ${over.message}; raise max_request_seconds under [limits], then resume`,
    );
  }
  if (error instanceof SilenceError) return tryAgain("timeout", error.message, asked);
  if (error instanceof GivenUpError) {
    return tryAgain("overload", "the provider gave up in the middle of the answer", asked);
  }
  const text = withoutSecrets([messageOf(error), ...causes(error)].join(": "), asked.secrets);
  if (error instanceof TruncatedError || /without a finish reason/i.test(text)) {
    return tryAgain("network", "the connection closed in the middle of the answer", asked);
  }
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
  if (server?.began && /JSON|type validation/i.test(text)) {
    return final(
      "request",
      `Cannot ask ${asked.id}: ${asked.baseUrl} does not speak ${
        spoken[asked.info.protocol]
      }; check base_url`,
    );
  }
  if (/timed? ?out|ETIMEDOUT/i.test(text)) return tryAgain("timeout", "timed out", asked);
  if (isNetwork(error, text)) return tryAgain("network", connectionReason(text), asked);
  return tryAgain("other", oneLine(text), asked);
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
