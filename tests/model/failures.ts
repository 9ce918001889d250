import { anthropic } from "../support/anthropic_dialect.ts";
import { chat } from "../support/chat_dialect.ts";
import type { Dialect, ScriptedError } from "../support/dialect.ts";
import { google } from "../support/google_dialect.ts";
import { openai } from "../support/openai_dialect.ts";

/** An error in a provider's words, with the expected result. */
export interface FailureCase {
  readonly dialect: Dialect;
  /** The provider's name in settings, if it is a preset with this dialect. */
  readonly provider?: string;
  readonly what: string;
  readonly error: ScriptedError;
  /** The failure's kind if it is reported at once; otherwise the wait before the retry. */
  readonly outcome: { readonly kind: string; readonly way: RegExp } | { readonly waitMs: number };
}

/** Errors as the providers document them, or as servers were seen to send them. */
export const failureCases: readonly FailureCase[] = [
  ...cases(anthropic, (type, message) => ({ type: "error", error: { type, message }, request_id: "req_1" }), [
    ["rate limit with a wait", 429, "rate_limit_error", "This request would exceed your rate limit", {
      waitMs: 7_000,
    }, { "retry-after": "7" }],
    ["overloaded", 529, "overloaded_error", "Overloaded", { waitMs: 1_000 }],
    ["failure of the server", 500, "api_error", "Internal server error", { waitMs: 1_000 }],
    ["timeout", 504, "timeout_error", "Request timed out", { waitMs: 1_000 }],
    [
      "bad key",
      401,
      "authentication_error",
      "invalid x-api-key",
      named("auth", /check the key in ANTHROPIC/),
    ],
    [
      "key without the right",
      403,
      "permission_error",
      "Your API key does not have permission to use the specified resource",
      named("auth", /check what the key in ANTHROPIC_API_KEY may do$/),
    ],
    [
      "unknown model",
      404,
      "not_found_error",
      "model: tiny",
      named("request", /has no model "tiny".*check name/),
    ],
    [
      "prompt too long",
      400,
      "invalid_request_error",
      "prompt is too long: 208310 tokens > 200000 maximum",
      named("context", /take a model with a larger window/),
    ],
    [
      "prompt and answer too long",
      400,
      "invalid_request_error",
      "input length and `max_tokens` exceed context limit: 195000 + 8000 > 200000",
      named("context", /larger window/),
    ],
    [
      "request too large",
      413,
      "request_too_large",
      "Request exceeds the maximum size",
      named("context", /larger window/),
    ],
    [
      "content filter",
      400,
      "invalid_request_error",
      "Output blocked by content filtering policy",
      named("filter", /change what the playbook asks for/),
    ],
    [
      "no credit",
      400,
      "invalid_request_error",
      "Your credit balance is too low to access the Anthropic API. Please go to Plans & Billing",
      named("quota", /check the account's plan, then resume/),
    ],
    [
      "bad request",
      400,
      "invalid_request_error",
      "max_tokens: 99999 > 64000",
      named(
        "request",
        /refused the request \(400: max_tokens: 99999 > 64000\); set max_output_tokens under \[model\] lower$/,
      ),
    ],
  ]),
  ...cases(openai, openaiError, [
    [
      "rate limit with a wait in milliseconds",
      429,
      "rate_limit_exceeded",
      "Rate limit reached for gpt-5 on requests per min",
      { waitMs: 250 },
      { "retry-after-ms": "250", "retry-after": "1" },
    ],
    [
      "rate limit with a wait in words",
      429,
      "rate_limit_exceeded",
      "Rate limit reached for gpt-5. Please try again in 1.2s.",
      { waitMs: 1_200 },
    ],
    ["overloaded", 503, "server_is_overloaded", "Our servers are currently overloaded", { waitMs: 1_000 }],
    ["failure of the server", 500, "server_error", "The server had an error", { waitMs: 1_000 }],
    [
      "bad key",
      401,
      "invalid_api_key",
      "Incorrect API key provided: secret.",
      named("auth", /provided: \*\*\*\*\); check the key in OPENAI_API_KEY$/),
    ],
    [
      "country not supported",
      403,
      "unsupported_country_region_territory",
      "Country, region, or territory not supported",
      named("auth", /does not allow it \(403: Country/),
    ],
    [
      "unknown model",
      404,
      "model_not_found",
      "The model `tiny` does not exist or you do not have access to it.",
      named("request", /has no model "tiny"/),
    ],
    [
      "unknown model as a bad request",
      400,
      "model_not_found",
      "The requested model 'tiny' does not exist.",
      named("request", /has no model "tiny"/),
    ],
    [
      "prompt too long",
      400,
      "context_length_exceeded",
      "Your input exceeds the context window of this model.",
      named("context", /larger window/),
    ],
    [
      "request larger than the rate allows",
      429,
      "rate_limit_exceeded",
      "Request too large for gpt-5 on tokens per min (TPM): Limit 30000, Requested 41000.",
      named("context", /keep values and messages shorter/),
    ],
    [
      "quota used up",
      429,
      "insufficient_quota",
      "You exceeded your current quota, please check your plan and billing details.",
      named("quota", /check the account's plan/),
    ],
    [
      "content filter",
      400,
      "content_policy_violation",
      "Your request was rejected as a result of our safety system",
      named("filter", /another model$/),
    ],
  ]),
  ...cases(google, (status, message, code) => ({ error: { code, message, status } }), [
    ["overloaded", 503, "UNAVAILABLE", "The model is overloaded. Please try again later.", { waitMs: 1_000 }],
    ["failure of the server", 500, "INTERNAL", "An internal error has occurred.", { waitMs: 1_000 }],
    ["timeout", 504, "DEADLINE_EXCEEDED", "Deadline expired before operation could complete.", {
      waitMs: 1_000,
    }],
    [
      "unknown model",
      404,
      "NOT_FOUND",
      "models/tiny is not found for API version v1beta",
      named("request", /no model/),
    ],
    [
      "prompt too long",
      400,
      "INVALID_ARGUMENT",
      "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
      named("context", /larger window/),
    ],
    [
      "key without the right",
      403,
      "PERMISSION_DENIED",
      "Requests are blocked.",
      named("auth", /GEMINI_API_KEY may do$/),
    ],
    [
      "country not supported",
      400,
      "FAILED_PRECONDITION",
      "User location is not supported for the API use.",
      named("request", /refused the request \(400: User location/),
    ],
  ]),
  {
    dialect: google,
    what: "rate limit with a wait in the body",
    error: googleQuota("GenerateRequestsPerMinutePerProjectPerModel"),
    outcome: { waitMs: 17_000 },
  },
  {
    dialect: google,
    what: "quota of the day used up",
    error: googleQuota("GenerateRequestsPerDayPerProjectPerModel-FreeTier"),
    outcome: named("quota", /check the account's plan/),
  },
  {
    dialect: google,
    what: "bad key as a bad request",
    error: {
      status: 400,
      body: {
        error: {
          code: 400,
          message: "API key not valid. Please pass a valid API key.",
          status: "INVALID_ARGUMENT",
          details: [{ "@type": "type.googleapis.com/google.rpc.ErrorInfo", reason: "API_KEY_INVALID" }],
        },
      },
    },
    outcome: named("auth", /check the key in GEMINI_API_KEY$/),
  },
  ...cases(chat, openaiError, [
    ["rate limit until a date", 429, "rate_limit_exceeded", "Slow down", { waitMs: 5_000 }, {
      "retry-after": "Thu, 01 Jan 1970 00:00:05 GMT",
    }],
    [
      "a wait of an hour",
      429,
      "rate_limit_exceeded",
      "Slow down",
      named("rate-limit", /resume in 60 minutes$/),
      { "retry-after": "3600" },
    ],
    ["timeout", 408, "timeout", "Request timed out", { waitMs: 1_000 }],
  ]),
  preset("ollama", "model that was not fetched", 404, {
    error: { message: 'model "tiny" not found, try pulling it first', type: "api_error" },
  }, named("request", /get it with: ollama pull tiny$/)),
  preset("llamacpp", "model that is being loaded", 503, {
    error: { code: 503, message: "Loading model", type: "unavailable_error" },
  }, { waitMs: 1_000 }),
  preset("llamacpp", "prompt too long", 400, {
    error: {
      code: 400,
      message: "the request exceeds the available context size (4096 tokens), try increasing it",
      type: "exceed_context_size_error",
    },
  }, named("context", /start the server with a longer context$/)),
  preset("vllm", "prompt too long", 400, {
    object: "error",
    message: "This model's maximum context length is 4096 tokens. However, you requested 5100 tokens",
    type: "BadRequestError",
    code: 400,
  }, named("context", /larger window/)),
  preset("openrouter", "no credit", 402, {
    error: { code: 402, message: "Insufficient credits. Add more using https://openrouter.ai/credits" },
  }, named("quota", /no credit or quota is left/)),
  preset("openrouter", "moderation", 403, {
    error: {
      code: 403,
      message: "Your chosen model requires moderation and your input was flagged",
      metadata: { reasons: ["violence"], provider_name: "OpenAI" },
    },
  }, named("filter", /change what the playbook asks for/)),
  preset("openrouter", "unknown model", 400, {
    error: { code: 400, message: "tiny is not a valid model ID" },
  }, named("request", /has no model "tiny"/)),
  preset("groq", "capacity", 498, {
    error: { message: "The flex tier is at capacity", type: "capacity_exceeded", code: "capacity_exceeded" },
  }, { waitMs: 1_000 }),
  preset("xai", "bad key as a bad request", 400, {
    code: "Client specified an invalid argument",
    error: "Incorrect API key provided: se***et. You can obtain an API key from https://console.x.ai",
  }, named("auth", /check the key in XAI_API_KEY$/)),
];

/** The table of docs/models.md, made from the cases above. */
export function failureTable(): string {
  const rows = failureCases.map(({ dialect, provider, what, error, outcome }) => {
    const happens = "waitMs" in outcome
      ? `tried again after ${seconds(outcome.waitMs)}`
      : `named at once, as \`${outcome.kind}\``;
    return `| ${provider ?? dialect.provider} | ${what} | ${error.status} | ${happens} |`;
  });
  return [
    "| provider | what it says | status | what happens |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

function seconds(ms: number): string {
  return ms === 1_000 ? "a second, then ever longer" : `${ms / 1_000} s, as it asks`;
}

type Row = readonly [
  what: string,
  status: number,
  type: string,
  message: string,
  outcome: FailureCase["outcome"],
  headers?: Readonly<Record<string, string>>,
];

function cases(
  dialect: Dialect,
  body: (type: string, message: string, status: number) => unknown,
  rows: readonly Row[],
): FailureCase[] {
  return rows.map(([what, status, type, message, outcome, headers]) => ({
    dialect,
    what,
    error: { status, body: body(type, message, status), ...(headers ? { headers } : {}) },
    outcome,
  }));
}

function preset(
  provider: string,
  what: string,
  status: number,
  body: unknown,
  outcome: FailureCase["outcome"],
): FailureCase {
  return { dialect: chat, provider, what, error: { status, body }, outcome };
}

function named(kind: string, way: RegExp): { readonly kind: string; readonly way: RegExp } {
  return { kind, way };
}

function openaiError(code: string, message: string): unknown {
  return { error: { message, type: "invalid_request_error", param: null, code } };
}

/** Google puts the period into the quota's name and the wait only into the body. */
function googleQuota(quotaId: string): ScriptedError {
  return {
    status: 429,
    body: {
      error: {
        code: 429,
        message: "You exceeded your current quota, please check your plan and billing details.",
        status: "RESOURCE_EXHAUSTED",
        details: [
          { "@type": "type.googleapis.com/google.rpc.QuotaFailure", violations: [{ quotaId }] },
          { "@type": "type.googleapis.com/google.rpc.RetryInfo", retryDelay: "17s" },
        ],
      },
    },
  };
}
