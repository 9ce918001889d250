import { type AttemptFailure, final, type RequestContext, tryAgain } from "./attempt.ts";
import type { FailureKind } from "./model.ts";
import { oneLine } from "./one_line.ts";
import { askedWait, maxWaitMs } from "./retry.ts";
import { errorWords, unknownStatus } from "./wire/said_error.ts";

/** An error from a server: a status of its response, or an error in the middle of an answer. */
interface ServerError {
  /** Absent for an error within an answer that has no status. */
  readonly status: number | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  /** Whether the response had a good status, so that the error is not the server's own report. */
  readonly began: boolean;
}

/**
 * Reads a server's error that the AI SDK threw or streamed; `undefined` for other errors. It checks the fields of the
 * error instead of its class, so that this file does not load the SDK.
 */
export function asServerError(error: unknown): ServerError | undefined {
  if (typeof error !== "object" || error === null) return undefined;
  if ("requestBodyValues" in error) {
    const { statusCode, responseHeaders, responseBody } = error as {
      readonly statusCode?: number;
      readonly responseHeaders?: Readonly<Record<string, string>>;
      readonly responseBody?: string;
    };
    if (statusCode === undefined) return undefined;
    const began = statusCode >= 200 && statusCode < 300;
    const status = statusCode === unknownStatus ? undefined : statusCode;
    return { status, headers: responseHeaders ?? {}, body: responseBody ?? "", began };
  }
  if (error instanceof Error || !("message" in error)) return undefined;
  const { statusCode, code } = error as { readonly statusCode?: unknown; readonly code?: unknown };
  const status = [statusCode, code].map(Number).find((number) => number >= 400 && number < unknownStatus);
  return { status, headers: {}, body: JSON.stringify({ error }), began: false };
}

/** Explains an error of a server, from any provider. */
export function readServerError(error: ServerError, asked: RequestContext): AttemptFailure {
  const said = withoutSecrets(saidBy(error.body), asked.secrets);
  const details = [error.status, said].filter((part) => part !== undefined && part !== "").join(": ");
  const because = details === "" ? "" : ` (${details})`;
  const fail = (kind: FailureKind, why: string, hint: string) =>
    final(kind, `Cannot ask ${asked.id}: ${why}${because}; ${hint}`);
  switch (meaningOf(error)) {
    case "key":
      return fail("auth", "the server did not accept the key", keyHint(asked));
    case "forbidden":
      return fail("auth", "the server does not allow it", `check what the key in ${asked.keyEnv} may do`);
    case "quota":
      return fail("quota", "no credit or quota is left", "check the account's plan, then resume the session");
    case "filter":
      return fail(
        "filter",
        "a content filter refused the request",
        "change what the playbook asks for, or take another model",
      );
    case "context": {
      const window = windowIn(said);
      const setting = `set context_tokens${window === undefined ? "" : ` = ${window}`} under [limits]`;
      const hint = `${setting}, take a model with a larger window, or keep values and messages shorter`;
      const localHint = asked.info.local ? ", or start the server with a longer context" : "";
      return fail("context", "the prompt is too long for it", hint + localHint);
    }
    case "model":
      return fail(
        "request",
        `${asked.baseUrl} has no model "${asked.settings.name}"`,
        asked.info.name === "ollama"
          ? `get it with: ollama pull ${asked.settings.name}`
          : "check name and base_url",
      );
    case "timeout":
      return {
        ...tryAgain("timeout", `the server timed out${because}`, asked),
        // A gateway gave up, and the model behind it may go on: each attempt may be billed.
        ...(asked.settings.stream === false ? { maxAttempts: 2 } : {}),
      };
    case "rate": {
      const askedMs = waitAskedBy(error, asked.nowMs);
      if (askedMs !== undefined && askedMs > maxWaitMs) {
        return fail("rate-limit", "rate limit", `resume in ${Math.ceil(askedMs / 60_000)} minutes`);
      }
      return { ...tryAgain("rate-limit", `rate limit${because}`, asked), askedMs };
    }
    case "overload":
      return {
        ...tryAgain("overload", `the server failed${because}`, asked),
        askedMs: waitAskedBy(error, asked.nowMs),
      };
    case "refused":
      return final(
        "request",
        `Cannot ask ${asked.id}: the server refused the request${because}${settingHint(said, asked)}`,
      );
  }
}

/** The number of tokens that a server names as its window; `undefined` if it names none that the setting accepts. */
function windowIn(said: string): number | undefined {
  const found = windows.map((pattern) => pattern.exec(said)?.[1]).find((number) => number !== undefined);
  const window = Number((found ?? "").replaceAll(",", ""));
  return window >= minContextTokens ? window : undefined;
}

const windows: readonly RegExp[] = [
  /> ?(\d[\d,]*)/,
  /maximum context length (?:is|of) (\d[\d,]*)/i,
  /context (?:size|window|length|limit)\D{0,20}(\d[\d,]*)/i,
  /allowed \((\d[\d,]*)\)/i,
];

/** The setting `context_tokens` accepts no smaller number. */
const minContextTokens = 4000;

/** The setting that a server objects to; `""` if it names none. */
function settingHint(said: string, { settings }: RequestContext): string {
  const hints: readonly (readonly [RegExp, string])[] = [
    ...(settings.stream === false ? [] : [[/stream/i, "set stream = false under [model]"] as const]),
    [/temperature/i, "set temperature under [model] to a value that it accepts"],
    [/max_(completion_|output_)?tokens|maxOutputTokens/i, "set max_output_tokens under [model] lower"],
    [/reasoning|thinking/i, "set reasoning_tokens = 0 under [model]"],
  ];
  const hint = hints.find(([words]) => words.test(said))?.[1];
  return hint === undefined ? "" : `; ${hint}`;
}

function keyHint({ keyEnv, key, keyWithheld, info }: RequestContext): string {
  if (keyWithheld) {
    return `the key in ${keyEnv} goes only to ${info.name}; to send it here too, trust the ` +
      "folder whose settings name this server, with: playbooks trust FOLDER";
  }
  if (key !== undefined) return `check the key in ${keyEnv}`;
  return `set ${keyEnv}, or name another variable as api_key_env`;
}

type Meaning =
  | "key"
  | "forbidden"
  | "quota"
  | "filter"
  | "context"
  | "model"
  | "timeout"
  | "rate"
  | "overload"
  | "refused";

/** Checks the words of the body before the status, since servers use one status for several causes. */
function meaningOf({ status, body }: ServerError): Meaning {
  const says = (words: RegExp) => words.test(body);
  const server = status !== undefined && status >= 500;
  if (status === 402 || says(quotaWords)) return "quota";
  if (status === 401 || (!server && says(keyWords))) return "key";
  if (!server && says(filterWords)) return "filter";
  if (status === 413 || (!server && says(contextWords))) return "context";
  if (status === 404 || (!server && says(modelWords))) return "model";
  if (status === 403) return "forbidden";
  if (status === 408 || status === 504) return "timeout";
  if (status === 429 || says(rateWords)) return "rate";
  // Groq sends 498 for an overload; 409 and 425 ask for a retry. An error within an answer has no status.
  if (status === undefined || server || status === 409 || status === 425 || status === 498) {
    return "overload";
  }
  return "refused";
}

const quotaWords =
  /insufficient_quota|no credits? (left|remaining)|out of credits|insufficient[_ ]balance|arrearage|credit balance is too low|insufficient (credits|balance|funds)|billing_(hard_limit|not_active)|PerDay|spend(ing)? limit/i;
const keyWords =
  /API_KEY_INVALID|login fail|no auth credentials|not authenticated|unauthori[sz]ed|API key not valid|(incorrect|invalid|missing) (x-)?api[ _-]?key|invalid_api_key|authentication_error/i;
const filterWords =
  /content[_ ]filter|content[_ -]?policy|content management policy|flagged|moderation|safety (system|polic)|PROHIBITED_CONTENT/i;
const contextWords =
  /context[_ ]?(length|window|size)|context limit|maximum context|prompt is too long|input token count|request[_ ]too[_ ]large|too many (input )?tokens|exceed_context/i;
const modelWords =
  /model_not_found|model .{0,80}(not found|does not exist|not exist)|(not a valid|invalid|unknown) model/i;
const rateWords = /rate.?limit|too many requests|RESOURCE_EXHAUSTED/i;

/** The wait that the server asks for, in a header, or in the body (Google and others). */
function waitAskedBy({ headers, body }: ServerError, nowMs: number): number | undefined {
  const asked = askedWait(headers, nowMs);
  if (asked !== undefined) return asked;
  const [, delay] = /"retryDelay":\s*"([\d.]+)s"/.exec(body) ?? [];
  if (delay !== undefined) return Math.round(Number(delay) * 1000);
  const [, minutes, count, unit] = /try again in (?:(\d+)m)?([\d.]*\d)(ms|s)\b/i.exec(body) ?? [];
  if (count === undefined) return undefined;
  return Math.round(Number(minutes ?? 0) * 60_000 + Number(count) * (unit === "ms" ? 1 : 1000));
}

/** The words in the body of an error; `""` for a web page. */
function saidBy(body: string): string {
  try {
    return oneLine(errorWords(JSON.parse(body)));
  } catch {
    return /^\s*</.test(body) ? "" : oneLine(body);
  }
}

/** Masks secrets: some servers repeat a wrong key, and HTTP clients name the whole address. */
export function withoutSecrets(text: string, secrets: readonly string[]): string {
  return secrets.reduce((shown, secret) => shown.replaceAll(secret, "****"), text);
}
