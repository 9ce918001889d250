import type { Connection } from "../connection.ts";
import { createOpenAICompatible } from "./chat_library.ts";
import { effortFor, type OpenedProtocol } from "./protocol.ts";

/** The chat completions API, which most servers offer. */
export function openChat({ settings, info, baseUrl, key, fetch }: Connection): OpenedProtocol {
  const tokens = settings.reasoningTokens ?? 0;
  const provider = createOpenAICompatible({
    name: "chat",
    baseURL: baseUrl,
    includeUsage: true,
    fetch,
    ...(key ? { apiKey: key } : {}),
    ...(tokens > 0 ? { transformRequestBody: (body) => ({ ...body, ...thinking(tokens, info.name) }) } : {}),
  });
  return { model: provider(settings.name), thinkingWithinAnswer: tokens };
}

/** OpenRouter accepts a budget for every model; most other servers accept an effort. */
function thinking(tokens: number, provider: string): Record<string, unknown> {
  return provider === "openrouter"
    ? { reasoning: { max_tokens: tokens } }
    : { reasoning_effort: effortFor(tokens) };
}
