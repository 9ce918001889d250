import type { LanguageModelV4, SharedV4ProviderOptions } from "@ai-sdk/provider";

/** A provider's model in the AI SDK, with the options that are particular to it. */
export interface OpenedProtocol {
  readonly model: LanguageModelV4;
  /** Sent with every request. */
  readonly options?: SharedV4ProviderOptions;
  /** Marks the end of a prefix for the provider's cache; absent if the provider caches by itself. */
  readonly cacheMark?: SharedV4ProviderOptions;
  /** Tokens for thinking that count against the answer's bound: a request adds them to the bound. */
  readonly thinkingWithinAnswer: number;
}

/** The upper bounds, in `reasoning_tokens`, of a low and of a medium effort. */
export const effortTokens = { low: 2000, medium: 8000 } as const;

/** The effort for a budget, for providers without budgets. */
export function effortFor(tokens: number): "low" | "medium" | "high" {
  if (tokens <= effortTokens.low) return "low";
  return tokens <= effortTokens.medium ? "medium" : "high";
}
