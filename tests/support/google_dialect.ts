import { type Dialect, inputTokens, type ScriptedAnswer, sse } from "./dialect.ts";

/** Google's generateContent and streamGenerateContent. */
export const google: Dialect = {
  provider: "google",
  root: "/v1beta",
  keyEnv: "GEMINI_API_KEY",
  key: (headers) => headers["x-goog-api-key"],
  streams: (path) => path.includes(":streamGenerateContent"),
  opening: ({ words, thoughts = [], toolCall }) =>
    [
      ...thoughts.map((text) => ({ text, thought: true })),
      ...words.map((text) => ({ text })),
      ...(toolCall ? [call(toolCall)] : []),
    ].map((part) => sse({ candidates: [{ content: { role: "model", parts: [part] }, index: 0 }], ...base })),
  closing: (answer) => [sse({
    ...ending(answer, []),
    ...base,
    usageMetadata: usageOf(answer),
  })],
  whole: (answer) => ({
    ...ending(answer, [
      ...(answer.thoughts ? [{ text: answer.thoughts.join(""), thought: true }] : []),
      ...(answer.words.length > 0 ? [{ text: answer.words.join("") }] : []),
      ...(answer.toolCall ? [call(answer.toolCall)] : []),
    ]),
    ...base,
    usageMetadata: usageOf(answer),
  }),
  overloaded: () => sse({ error: { code: 503, message: "The model is overloaded.", status: "UNAVAILABLE" } }),
  error: (code, message) => ({ error: { code, message, status: statuses[code] ?? "UNKNOWN" } }),
};

const base = { modelVersion: "tiny", responseId: "r1" };

const statuses: Readonly<Record<number, string>> = {
  400: "INVALID_ARGUMENT",
  401: "UNAUTHENTICATED",
  403: "PERMISSION_DENIED",
  404: "NOT_FOUND",
  429: "RESOURCE_EXHAUSTED",
  500: "INTERNAL",
  503: "UNAVAILABLE",
  504: "DEADLINE_EXCEEDED",
};

/** A blocked prompt has no candidate. A blocked answer has one that ends for safety. */
function ending(answer: ScriptedAnswer, parts: readonly object[]) {
  if (answer.finish === "filter" && answer.words.length === 0) {
    return { promptFeedback: { blockReason: "PROHIBITED_CONTENT" } };
  }
  const reasons = {
    stop: "STOP",
    length: "MAX_TOKENS",
    filter: "SAFETY",
    refusal: "PROHIBITED_CONTENT",
    error: "OTHER",
  };
  return {
    candidates: [{
      content: { role: "model", parts },
      finishReason: reasons[answer.finish ?? "stop"],
      index: 0,
    }],
  };
}

function call(toolCall: NonNullable<ScriptedAnswer["toolCall"]>) {
  return { functionCall: { name: toolCall.name, args: toolCall.arguments } };
}

function usageOf({ words, thoughts = [], cachedTokens = 0 }: ScriptedAnswer) {
  return {
    promptTokenCount: inputTokens,
    cachedContentTokenCount: cachedTokens,
    candidatesTokenCount: words.length,
    thoughtsTokenCount: thoughts.length,
    totalTokenCount: inputTokens + words.length + thoughts.length,
  };
}
