import type { LanguageModelV4, SharedV4ProviderOptions } from "@ai-sdk/provider";

/** A provider's model in the AI SDK, and what of a request is particular to it. */
export interface OpenedProtocol {
  readonly model: LanguageModelV4;
  /** Sent with every request. */
  readonly options?: SharedV4ProviderOptions;
  /** Marks the end of a prefix that the provider shall keep in its cache; absent where it does so by itself. */
  readonly cacheMark?: SharedV4ProviderOptions;
  /** Tokens that thinking takes of those allowed for the answer: they are added, so that the answer keeps its own. */
  readonly thinkingWithinAnswer: number;
}

/** The most `reasoning_tokens` that are a low and a medium effort. */
export const effortTokens = { low: 2000, medium: 8000 } as const;

/** How hard to think, in the three words that providers without budgets understand. */
export function effortFor(tokens: number): "low" | "medium" | "high" {
  if (tokens <= effortTokens.low) return "low";
  return tokens <= effortTokens.medium ? "medium" : "high";
}
