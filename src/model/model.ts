import type { Price } from "./prices.ts";

/** What a model is sent. The same request gives byte-identical text to the provider, so that prompt caches hold. */
export interface ModelRequest {
  /** `code`: the answer is JavaScript, perhaps fenced. `text`: the answer itself is the result (raw playbooks). */
  readonly answer: "code" | "text";
  readonly system: string;
  /** Begins and ends with a `user` message; the last one begins with the line `[turn 3 of Main · Seller (agent 1000)]`. */
  readonly messages: readonly PromptMessage[];
}

/** One message of a prompt. */
export interface PromptMessage {
  readonly role: "user" | "assistant";
  readonly text: string;
}

/** What comes back while a completion streams in; the last event is `completed` or `failed`, and there is one of them. */
export type ModelEvent =
  | { readonly type: "text"; readonly text: string }
  /** What the model thinks before it answers: for people who want to see it, never a part of the answer. */
  | { readonly type: "thought"; readonly text: string }
  | { readonly type: "retrying"; readonly attempt: number; readonly waitMs: number; readonly reason: string }
  | { readonly type: "completed"; readonly completion: Completion }
  | { readonly type: "failed"; readonly failure: ModelFailure };

/** One completion of a model. */
export interface Completion {
  /** The whole text, as the concatenation of the `text` events since the last `retrying`, which starts over. */
  readonly text: string;
  /** `length`: cut off at `maxOutputTokens`. `filter`: the provider or the model refused in the middle. */
  readonly finish: "stop" | "length" | "filter" | "other";
  readonly usage: Usage;
  /** The model that answered, as `provider:name`. */
  readonly model: string;
}

/** Tokens of one completion, and what it cost if the price is known. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Of `inputTokens`, those read from the provider's cache. */
  readonly cachedTokens: number;
  /** The server did not count: the tokens are an estimate. */
  readonly estimated?: true;
  /** In US dollars; absent when the price of this model is not known. 0 for models that cost nothing. */
  readonly costUsd?: number;
}

/** Why a model gave no completion, after all retries that make sense. */
export interface ModelFailure {
  /** What we asked, why it failed, what to do: shown to a person. */
  readonly message: string;
  readonly kind: FailureKind;
}

/** What kind of failure it is: `context` is a prompt too long for the model, `filter` a refusal before any text. */
export type FailureKind =
  | "auth"
  | "quota"
  | "rate-limit"
  | "overload"
  | "timeout"
  | "network"
  | "request"
  | "context"
  | "filter"
  | "aborted"
  | "other";

/**
 * Asks a model for one completion.
 *
 * A provider never throws once it has been called, not even when `signal` aborts: a failure is the last event. So the
 * caller handles failure in one place, and text that came before is not lost.
 */
export type StreamModel = (
  request: ModelRequest,
  options: { readonly signal: AbortSignal },
) => AsyncIterable<ModelEvent>;

/** A model that was opened by its settings. */
export interface Model {
  /** `provider:name`, for people and for the journal. */
  readonly id: string;
  readonly stream: StreamModel;
  /** What limits need to know; absent where nothing is known. */
  readonly terms?: ModelTerms;
}

/** What a request to a model may come to. */
export interface ModelTerms {
  /** No model at all: it costs nothing and counts for nothing. */
  readonly isRehearsal?: true;
  /** The longest answer. */
  readonly maxOutputTokens?: number;
  /** Absent when not known. */
  readonly price?: Price;
  /** Its answers say what they cost, so that a limit holds without a price. */
  readonly tellsCost?: true;
}

/** `[model]` of the configuration. */
export interface ModelSettings {
  readonly provider: string;
  readonly name: string;
  /** `""` for the provider's own. */
  readonly baseUrl: string;
  /** Name of the environment variable with the key; `""` for the provider's usual one. */
  readonly apiKeyEnv: string;
  readonly temperature: number;
  readonly maxOutputTokens: number;
  /** Tokens for thinking before the answer; 0 asks for none in particular, and the model does as it is used to. */
  readonly reasoningTokens?: number;
  /** Whether the answer is sent as it is written; `true` when absent. Some proxies cannot. */
  readonly stream?: boolean;
  /** Whether an answer that was given before to the very same request is taken again; `false` when absent. */
  readonly cache?: boolean;
}
