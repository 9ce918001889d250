import type { LanguageModelV4, SharedV4ProviderOptions } from "@ai-sdk/provider";

/** A provider's model in the AI SDK, with its own options. */
export interface OpenedProtocol {
  readonly model: LanguageModelV4;
  /** Sent with every request. */
  readonly options?: SharedV4ProviderOptions;
  /** Marks the end of a prefix for the provider's cache; absent if the provider caches by itself. */
  readonly cacheMark?: SharedV4ProviderOptions;
  /** Tokens for thinking that the provider counts as part of the answer. A request adds them to the answer's bound. */
  readonly thinkingWithinAnswer: number;
}

/** The upper bounds of a low and a medium effort, in `reasoning_tokens`. */
export const effortTokens = { low: 2000, medium: 8000 } as const;

/** The effort for a budget, for providers without budgets. */
export function effortFor(tokens: number): "low" | "medium" | "high" {
  if (tokens <= effortTokens.low) return "low";
  return tokens <= effortTokens.medium ? "medium" : "high";
}
