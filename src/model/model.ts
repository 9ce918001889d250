import type { Price } from "./prices.ts";

/** A request to a model. Equal requests send identical bytes to the provider, so that prompt caches work. */
export interface ModelRequest {
  /** `code`: the answer is JavaScript, perhaps fenced. `text`: the answer itself is the result (raw playbooks). */
  readonly answer: "code" | "text";
  readonly system: string;
  /** Begins and ends with a `user` message. The last one begins with the line `[turn 3 of Main · Seller (agent 1000)]`. */
  readonly messages: readonly PromptMessage[];
}

/** One message of a prompt. */
export interface PromptMessage {
  readonly role: "user" | "assistant";
  readonly text: string;
}

/** An event of a streaming completion. Exactly one event is `completed` or `failed`, and it is the last one. */
export type ModelEvent =
  | { readonly type: "text"; readonly text: string }
  /** A thought of the model before its answer: only for display, never part of the answer. */
  | { readonly type: "thought"; readonly text: string }
  /** The text since the last `retrying` was thought, and is no part of the answer. */
  | { readonly type: "withdrawn" }
  | { readonly type: "retrying"; readonly attempt: number; readonly waitMs: number; readonly reason: string }
  | { readonly type: "completed"; readonly completion: Completion }
  | { readonly type: "failed"; readonly failure: ModelFailure };

/** One completion of a model. */
export interface Completion {
  /** The whole text: all `text` events since the last `retrying` or `withdrawn`, joined. These drop the text before. */
  readonly text: string;
  /** `length`: cut off at `maxOutputTokens`. `filter`: the provider or the model refused in the middle. */
  readonly finish: "stop" | "length" | "filter" | "other";
  readonly usage: Usage;
  /** The model that answered, as `provider:name`. */
  readonly model: string;
}

/** The tokens of one completion, and its cost if the price is known. */
export interface Usage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** The part of `inputTokens` that was read from the provider's cache. */
  readonly cachedTokens: number;
  /** Requests that were sent and may be billed, if more than one; the tokens are those of all. */
  readonly requests?: number;
  /** Present if the tokens are an estimate, since the server gave no count. */
  readonly estimated?: true;
  /** The cost in US dollars; 0 for a free model, absent if the price is not known. */
  readonly costUsd?: number;
}

/** The reason why a model gave no completion, after all retries. */
export interface ModelFailure {
  /** A message for people: the request, the reason, the recovery hint. */
  readonly message: string;
  readonly kind: FailureKind;
  /** The estimated use of its requests that may be billed; absent if there is none. */
  readonly usage?: Usage;
}

/** The kind of a failure: `context` is a prompt that is too long for the model, `filter` a refusal before any text. */
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
 * A provider never throws after the call, not even when `signal` aborts: a failure is the last event. So the caller
 * handles failures in one place and keeps the text before them.
 */
export type StreamModel = (request: ModelRequest, options: StreamOptions) => AsyncIterable<ModelEvent>;

/** The options of one call of a model. */
export interface StreamOptions {
  readonly signal: AbortSignal;
  /** For a model inside this process. */
  readonly turn?: RequestedTurn;
  /** For a provider that makes answers in the background; other providers ignore it. */
  readonly background?: BackgroundOptions;
}

/** How a caller keeps and finds an answer that a provider makes in the background. */
export interface BackgroundOptions {
  /** A request of an earlier call. Its answer is fetched if the request is equal. */
  readonly accepted?: AcceptedRequest;
  /** Called as soon as the id of a new answer is known, before the answer. */
  onAccepted(accepted: AcceptedRequest): void;
  /** Called if the answer to `accepted` is not used, before the request is sent anew. */
  onAskedAnew(reason: AskedAnew): void;
}

/** A request whose answer a provider makes in the background. The answer can be fetched by its id, also after a crash. */
export interface AcceptedRequest {
  /** The id of the answer at the provider. */
  readonly id: string;
  /** The model, as `provider:name`. */
  readonly model: string;
  /** The address of the server, without password and query. */
  readonly server: string;
  /** Hash of the request and of the settings that decide about its answer. */
  readonly request: string;
}

/**
 * Why an accepted request is sent anew. `changed`: the request, its model or its server differs. `lost`: the provider
 * does not know the answer any more, or ended it without a result.
 */
export type AskedAnew = "changed" | "lost";

/** Cancels the answer to an accepted request. */
export type CancelAnswer = (accepted: AcceptedRequest) => Promise<void>;

/**
 * The turn that a request is for, as data, so that a model inside this process need not read the words of the prompt.
 * It is never sent and never recorded.
 */
export interface RequestedTurn {
  /** Its number in its frame, from 1. */
  readonly turn: number;
  /** The class of the agent, and all classes of the program. */
  readonly agentClass: RequestedClass;
  readonly classes: readonly RequestedClass[];
  readonly playbook: RequestedPlaybook;
  /** Names of the playbooks on the agent's stack, including this one. */
  readonly stack: readonly string[];
  /** The last step reached, such as `02` or `Main:02.01`. */
  readonly step?: string;
  /** Values in their encoded form. */
  readonly args: Readonly<Record<string, unknown>>;
  readonly state: Readonly<Record<string, unknown>>;
  readonly locals: Readonly<Record<string, unknown>>;
}

/** The parts of a class of agents that a turn can use. */
interface RequestedClass {
  readonly name: string;
  readonly title: string;
  readonly type: "AI" | "Human" | "MCP";
  /** Only for `Human`. */
  readonly person?: { readonly displayName: string };
  readonly playbooks: readonly RequestedPlaybook[];
}

/** The parts of a playbook that a turn can use. */
interface RequestedPlaybook {
  /** `tool` is a tool of a server, with the heading `title` at the server. */
  readonly mode?: string;
  readonly title?: string;
  readonly description?: string;
  readonly name: string;
  readonly parameters: readonly { readonly name: string; readonly optional: boolean }[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly meeting: boolean;
  readonly triggers: readonly {
    readonly kind: "begin" | "condition" | "event";
    readonly text: string;
    /** The runtime computes the condition. */
    readonly when?: string;
  }[];
  readonly steps: readonly RequestedStep[];
  readonly public: boolean;
  readonly hidden: boolean;
}

/** A numbered step with the steps below it. `code` is the code of a `.pbasm` step. */
interface RequestedStep {
  readonly number: string;
  readonly code?: string;
  readonly text: string;
  readonly children: readonly RequestedStep[];
}

/** An opened model. */
export interface Model {
  /** `provider:name`, for people and for the journal. */
  readonly id: string;
  readonly stream: StreamModel;
  /**
   * Tells the provider that the answer to this request is not needed. Absent if the provider makes none in the
   * background. Never throws, and takes a few seconds at most; does nothing for another provider's request.
   */
  readonly cancel?: CancelAnswer;
  /** The facts for checking limits; absent if nothing is known. */
  readonly terms?: ModelTerms;
}

/** The facts about a model for checking limits. */
export interface ModelTerms {
  /** A rehearsal costs nothing, and limits ignore it. */
  readonly isRehearsal?: true;
  /** The maximum of tokens in one answer. */
  readonly maxOutputTokens?: number;
  /** Absent if not known. */
  readonly price?: Price;
  /** Present if its answers state their cost. Then a cost limit needs no price. */
  readonly tellsCost?: true;
}

/** `[model]` of the configuration. */
export interface ModelSettings {
  readonly provider: string;
  readonly name: string;
  /** `""` for the provider's own server. */
  readonly baseUrl: string;
  /** The environment variable with the key; `""` for the provider's usual variable. */
  readonly apiKeyEnv: string;
  readonly temperature: number;
  readonly maxOutputTokens: number;
  /** Tokens for thinking before the answer; 0 leaves it to the model. */
  readonly reasoningTokens?: number;
  /** Seconds without a byte before a request fails; 0, or absent, for the default. */
  readonly timeoutSeconds?: number;
  /** Seconds that one request may take; 0, or absent, for the default. */
  readonly totalTimeoutSeconds?: number;
  /** Whether the answer streams; `true` if absent. Some proxies cannot stream. */
  readonly stream?: boolean;
  /** Whether an identical request gets its earlier answer from a cache; `false` if absent. */
  readonly cache?: boolean;
  /** Whether the provider makes answers in the background, so that a resume can fetch them; `false` if absent. */
  readonly background?: boolean;
}
