import { createOpenAI } from "@ai-sdk/openai";
import type { Connection } from "../connection.ts";
import { effortFor, type OpenedProtocol } from "./protocol.ts";

/** OpenAI's responses API, the default of its SDKs. It asks the provider to store nothing. */
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
