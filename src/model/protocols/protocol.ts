import type { LanguageModelV4, SharedV4ProviderOptions } from "@ai-sdk/provider";
import type { CancelAnswer, ModelRequest, StreamOptions } from "../model.ts";
import type { Clock } from "../retry.ts";

/** A provider's model in the AI SDK, with its own options. */
export interface OpenedProtocol {
  readonly model: LanguageModelV4;
  /** Sent with every request. */
  readonly options?: SharedV4ProviderOptions;
  /** Marks the end of a prefix for the provider's cache; absent if the provider caches by itself. */
  readonly cacheMark?: SharedV4ProviderOptions;
  /** Tokens for thinking that the provider counts as part of the answer. A request adds them to the answer's bound. */
  readonly thinkingWithinAnswer: number;
  /** The same for one call, if its answer is made in the background or may be fetched. Absent without that ability. */
  readonly forCall?: (call: ProtocolCall) => OpenedProtocol;
  /** The answer of this call in the background. */
  readonly answer?: AnswerInBackground;
  readonly cancel?: CancelAnswer;
}

/** One call of a model, with all its attempts. */
export interface ProtocolCall {
  readonly request: ModelRequest;
  readonly options: StreamOptions;
  readonly clock: Clock;
}

/** An answer that the provider makes in the background. */
export interface AnswerInBackground {
  /** Whether the provider has it, so that another attempt fetches it and pays nothing. */
  readonly isAccepted: boolean;
  /** Tells the provider that the rest is not needed. */
  cancel(): Promise<void>;
}

/** The upper bounds of a low and a medium effort, in `reasoning_tokens`. */
export const effortTokens = { low: 2000, medium: 8000 } as const;

/** The effort for a budget, for providers without budgets. */
export function effortFor(tokens: number): "low" | "medium" | "high" {
  if (tokens <= effortTokens.low) return "low";
  return tokens <= effortTokens.medium ? "medium" : "high";
}
