import { createOpenAI } from "@ai-sdk/openai";
import type { Connection } from "../connection.ts";
import { effortFor, type OpenedProtocol } from "./protocol.ts";

/** OpenAI's responses API, which its SDKs use by default today; nothing is stored on the provider's side. */
export function openOpenAI({ settings, baseUrl, key, fetch }: Connection): OpenedProtocol {
  const provider = createOpenAI({ baseURL: baseUrl, apiKey: key ?? "", fetch });
  const tokens = settings.reasoningTokens ?? 0;
  return {
    model: provider(settings.name),
    options: {
      openai: {
        store: false,
        ...(tokens > 0 ? { reasoningEffort: effortFor(tokens), reasoningSummary: "auto" } : {}),
      },
    },
    thinkingWithinAnswer: tokens,
  };
}
