import { BackgroundAnswer, cancelAnswer } from "../background.ts";
import type { Connection } from "../connection.ts";
import { normalizedFetch } from "../model_fetch.ts";
import { createOpenAI } from "./openai_library.ts";
import { effortFor, type OpenedProtocol } from "./protocol.ts";

/** OpenAI's responses API, the default of its SDKs. */
export function openOpenAI(connection: Connection): OpenedProtocol {
  return {
    ...openWith(connection, connection.fetch),
    forCall: (call) => {
      const { accepted } = call.options.background ?? {};
      if (!connection.settings.background && !accepted) return openWith(connection, connection.fetch);
      const answer = new BackgroundAnswer(connection, call);
      return { ...openWith(connection, normalizedFetch(answer.fetch, "openai")), answer };
    },
    cancel: (accepted) => cancelAnswer(connection, accepted),
  };
}

/** Without `background` the provider is asked to store nothing. It can fetch only what it stores. */
function openWith({ settings, baseUrl, key }: Connection, send: typeof fetch): OpenedProtocol {
  const provider = createOpenAI({ baseURL: baseUrl, apiKey: key ?? "", fetch: send });
  const tokens = settings.reasoningTokens ?? 0;
  return {
    model: provider(settings.name),
    options: {
      openai: {
        store: settings.background ?? false,
        ...(tokens > 0 ? { reasoningEffort: effortFor(tokens), reasoningSummary: "auto" } : {}),
      },
    },
    thinkingWithinAnswer: tokens,
  };
}
