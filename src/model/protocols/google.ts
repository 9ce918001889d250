import type { Connection } from "../connection.ts";
import { createGoogle } from "./google_library.ts";
import { effortFor, type OpenedProtocol } from "./protocol.ts";

/** Google's generateContent. */
export function openGoogle({ settings, baseUrl, key, fetch }: Connection): OpenedProtocol {
  const provider = createGoogle({ baseURL: baseUrl, apiKey: key ?? "", fetch });
  const tokens = settings.reasoningTokens ?? 0;
  return {
    model: provider(settings.name),
    ...(tokens > 0 ? { options: { google: { thinkingConfig: thinking(tokens, settings.name) } } } : {}),
    thinkingWithinAnswer: tokens,
  };
}

/** Gemini up to 2.5 accepts a budget, later models accept a level. */
function thinking(tokens: number, name: string) {
  const budgeted = /gemini-[12]([.-]|$)/.test(name);
  return {
    includeThoughts: true,
    ...(budgeted ? { thinkingBudget: tokens } : { thinkingLevel: effortFor(tokens) }),
  };
}
