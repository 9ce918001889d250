import { type Dialect, inputTokens, outputTokens, type ScriptedAnswer, sse } from "./dialect.ts";

/** OpenAI's chat completions API, which most servers support. */
export const chat: Dialect = {
  provider: "openai-compatible",
  root: "/v1",
  keyEnv: "OPENAI_API_KEY",
  key: (headers) => /^Bearer (.*)$/.exec(headers["authorization"] ?? "")?.[1],
  streams: (_, body) => body["stream"] === true,
  opening: ({ words, thoughts = [], toolCall }) => [
    ...thoughts.map((text) => chunk({ reasoning_content: text })),
    ...words.map((text) => chunk({ content: text })),
    ...(toolCall ? [chunk({ tool_calls: [{ index: 0, ...call(toolCall) }] })] : []),
  ],
  closing: (answer) => [
    sse({
      ...base("chat.completion.chunk"),
      choices: [{ index: 0, delta: {}, finish_reason: finishOf(answer) }],
    }),
    sse({ ...base("chat.completion.chunk"), choices: [], usage: usageOf(answer) }),
    sse("[DONE]"),
  ],
  whole: (answer) => ({
    ...base("chat.completion"),
    choices: [{
      index: 0,
      message: {
        role: "assistant",
        content: answer.words.join("") || null,
        ...(answer.thoughts ? { reasoning_content: answer.thoughts.join("") } : {}),
        ...(answer.toolCall ? { tool_calls: [call(answer.toolCall)] } : {}),
      },
      finish_reason: finishOf(answer),
    }],
    usage: usageOf(answer),
  }),
  overloaded: () => sse({ error: { message: "The server is overloaded", type: "server_error", code: 503 } }),
  error: (_, message) => ({ error: { message, type: "invalid_request_error", param: null, code: null } }),
};

function base(object: string) {
  return { id: "chatcmpl-1", object, created: 1_700_000_000, model: "tiny" };
}

function chunk(delta: object): string {
  return sse({ ...base("chat.completion.chunk"), choices: [{ index: 0, delta, finish_reason: null }] });
}

function call(toolCall: NonNullable<ScriptedAnswer["toolCall"]>) {
  return {
    id: "call_1",
    type: "function",
    function: { name: toolCall.name, arguments: JSON.stringify(toolCall.arguments) },
  };
}

function finishOf({ finish, toolCall }: ScriptedAnswer): string {
  if (finish === "length" || finish === "error") return finish;
  if (finish === "filter" || finish === "refusal") return "content_filter";
  return toolCall ? "tool_calls" : "stop";
}

function usageOf(answer: ScriptedAnswer) {
  return {
    prompt_tokens: inputTokens,
    completion_tokens: outputTokens(answer),
    total_tokens: inputTokens + outputTokens(answer),
    ...(answer.costUsd === undefined ? {} : { cost: answer.costUsd }),
    prompt_tokens_details: { cached_tokens: answer.cachedTokens ?? 0 },
  };
}
