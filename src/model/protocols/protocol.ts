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

/** How hard to think, in the three words that providers without budgets understand. */
export function effortFor(tokens: number): "low" | "medium" | "high" {
  if (tokens <= 2_000) return "low";
  return tokens <= 8_000 ? "medium" : "high";
}
