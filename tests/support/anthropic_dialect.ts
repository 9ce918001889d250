import { type Dialect, inputTokens, outputTokens, type ScriptedAnswer, sse } from "./dialect.ts";

/** Anthropic's messages API, with the events that it names. */
export const anthropic: Dialect = {
  provider: "anthropic",
  root: "/v1",
  keyEnv: "ANTHROPIC_API_KEY",
  key: (headers) => headers["x-api-key"],
  streams: (_, body) => body["stream"] === true,
  opening: (answer) => {
    const events = [
      named({ type: "message_start", message: { ...message(), content: [], usage: usageOf(answer, 1) } }),
      named({ type: "ping" }),
    ];
    for (const [index, { begin, deltas }] of blocks(answer).entries()) {
      events.push(named({ type: "content_block_start", index, content_block: begin }));
      for (const delta of deltas) events.push(named({ type: "content_block_delta", index, delta }));
      events.push(named({ type: "content_block_stop", index }));
    }
    return events;
  },
  closing: (answer) => [
    named({
      type: "message_delta",
      delta: { stop_reason: stopReason(answer), stop_sequence: null },
      usage: { output_tokens: outputTokens(answer) },
    }),
    named({ type: "message_stop" }),
  ],
  whole: (answer) => ({
    ...message(),
    content: blocks(answer).map(({ whole }) => whole),
    stop_reason: stopReason(answer),
    usage: usageOf(answer, outputTokens(answer)),
  }),
  overloaded: () =>
    named({ type: "error", error: { type: "overloaded_error", message: "Overloaded" }, request_id: "req_1" }),
  error: (status, text) => ({
    type: "error",
    error: { type: errorTypes[status] ?? "api_error", message: text },
    request_id: "req_1",
  }),
};

const errorTypes: Readonly<Record<number, string>> = {
  400: "invalid_request_error",
  401: "authentication_error",
  403: "permission_error",
  404: "not_found_error",
  413: "request_too_large",
  429: "rate_limit_error",
  500: "api_error",
  529: "overloaded_error",
};

function named(event: Readonly<Record<string, unknown>> & { readonly type: string }): string {
  return sse(event, event.type);
}

function message() {
  return {
    id: "msg_1",
    type: "message",
    role: "assistant",
    model: "tiny",
    stop_reason: null,
    stop_sequence: null,
  };
}

function blocks({ words, thoughts, toolCall }: ScriptedAnswer) {
  const thinking = thoughts?.join("") ?? "";
  return [
    ...(thoughts
      ? [{
        begin: { type: "thinking", thinking: "", signature: "" },
        deltas: [
          ...thoughts.map((text) => ({ type: "thinking_delta", thinking: text })),
          { type: "signature_delta", signature: "c2lnbmVk" },
        ],
        whole: { type: "thinking", thinking, signature: "c2lnbmVk" },
      }]
      : []),
    ...(words.length > 0
      ? [{
        begin: { type: "text", text: "" },
        deltas: words.map((text) => ({ type: "text_delta", text })),
        whole: { type: "text", text: words.join("") },
      }]
      : []),
    ...(toolCall
      ? [{
        begin: { type: "tool_use", id: "toolu_1", name: toolCall.name, input: {} },
        deltas: [{ type: "input_json_delta", partial_json: JSON.stringify(toolCall.arguments) }],
        whole: { type: "tool_use", id: "toolu_1", name: toolCall.name, input: toolCall.arguments },
      }]
      : []),
  ];
}

function stopReason({ finish, toolCall }: ScriptedAnswer): string {
  if (finish === "length") return "max_tokens";
  if (finish === "filter" || finish === "refusal") return "refusal";
  return toolCall ? "tool_use" : "end_turn";
}

/** Anthropic counts cache reads and writes separately from the other input. */
function usageOf({ cachedTokens = 0, writtenTokens = 0 }: ScriptedAnswer, output: number) {
  return {
    input_tokens: inputTokens - cachedTokens - writtenTokens,
    cache_read_input_tokens: cachedTokens,
    cache_creation_input_tokens: writtenTokens,
    output_tokens: output,
  };
}
