import type { Connection } from "../connection.ts";
import { createAnthropic } from "./anthropic_library.ts";
import { effortFor, type OpenedProtocol } from "./protocol.ts";

/** Anthropic's messages API. */
export function openAnthropic({ settings, baseUrl, key, fetch }: Connection): OpenedProtocol {
  const provider = createAnthropic({ baseURL: baseUrl, apiKey: key ?? "", fetch });
  const tokens = settings.reasoningTokens ?? 0;
  return {
    model: provider(settings.name),
    ...(tokens > 0 ? { options: { anthropic: thinking(tokens, settings.name) } } : {}),
    cacheMark: { anthropic: { cacheControl: { type: "ephemeral" } } },
    // The SDK adds the budget to max_tokens itself.
    thinkingWithinAnswer: 0,
  };
}

/** The API accepts no smaller budget. */
const minBudgetTokens = 1_024;

/** Models up to 4.5 accept a budget; later ones accept an effort. */
function thinking(tokens: number, name: string) {
  if (/claude-(3|(opus|sonnet|haiku)-4(-[0-5])?(-\d{8})?$)/.test(name) || !name.includes("claude-")) {
    return { thinking: { type: "enabled", budgetTokens: Math.max(minBudgetTokens, tokens) } };
  }
  return { thinking: { type: "adaptive", display: "summarized" }, effort: effortFor(tokens) };
}
