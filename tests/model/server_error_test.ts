import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { providerInfo } from "../../src/model/providers.ts";
import { readServerError } from "../../src/model/server_error.ts";
import { usualSettings } from "../../src/model/spec.ts";

const asked = {
  id: "anthropic:m",
  baseUrl: "https://api.example",
  keyEnv: "KEY",
  key: "secret-key",
  info: providerInfo("anthropic")!,
  settings: usualSettings("anthropic"),
  secrets: [],
  keyWithheld: false,
  nowMs: 0,
  hasWords: false,
  timeouts: { totalMs: 1, totalSetting: "" },
};

const table: readonly (readonly [status: number, kind: string, retry: boolean])[] = [
  [400, "request", false],
  [401, "auth", false],
  [402, "quota", false],
  [403, "auth", false],
  [404, "request", false],
  [408, "timeout", true],
  [409, "overload", true],
  [413, "context", false],
  [429, "rate-limit", true],
  [500, "overload", true],
  [503, "overload", true],
  [504, "timeout", true],
];

Deno.test("server error: the status decides if the body has no message", () => {
  for (const [status, kind, retry] of table) {
    const failure = readServerError({ status, headers: {}, body: "nope", began: false }, asked);
    assertEquals([failure.failure.kind, failure.retry], [kind, retry], String(status));
  }
});

Deno.test("server error: a prompt that is too long names context_tokens, with the window that the server names", () => {
  const says: readonly (readonly [string, string])[] = [
    ["prompt is too long: 208310 tokens > 200000 maximum", "set context_tokens = 200000 under"],
    [
      "input length and `max_tokens` exceed context limit: 195000 + 8000 > 200000",
      "context_tokens = 200000 under",
    ],
    [
      "This model's maximum context length is 131,072 tokens. You sent 140000",
      "context_tokens = 131072 under",
    ],
    ["the request exceeds the available context size (8192 tokens)", "context_tokens = 8192 under"],
    [
      "The input token count (9) exceeds the maximum number of tokens allowed (32000).",
      "context_tokens = 32000 under",
    ],
    ["the context size (2048 tokens) is exceeded", "set context_tokens under"],
    ["Your input exceeds the context window of this model.", "set context_tokens under"],
  ];
  for (const [message, hint] of says) {
    const body = JSON.stringify({ error: { message } });
    const { failure } = readServerError({ status: 400, headers: {}, body, began: false }, asked);
    assertEquals(failure.kind, "context", message);
    assertStringIncludes(failure.message, hint);
  }
});

Deno.test("server error: a refused setting is named", () => {
  const says: readonly (readonly [string, RegExp])[] = [
    ["Streaming is not supported", /set stream = false under \[model\]$/],
    [
      "Unsupported value: 'temperature' does not support 0.2 with this model",
      /set temperature under \[model\]/,
    ],
    ["max_tokens is too large: 8000", /set max_output_tokens under \[model\] lower$/],
    ["thinking is not supported", /set reasoning_tokens = 0 under \[model\]$/],
  ];
  for (const [message, hint] of says) {
    const body = JSON.stringify({ error: { message } });
    const { failure } = readServerError({ status: 400, headers: {}, body, began: false }, asked);
    assertMatch(failure.message, hint);
  }
});
