/** A test's answer, independent of the wire protocol. */
export interface ScriptedAnswer {
  readonly words: readonly string[];
  readonly thoughts?: readonly string[];
  /** A call of a tool that was never offered. */
  readonly toolCall?: { readonly name: string; readonly arguments: unknown };
  /** The reason for the end: `refusal` by the model, `filter` by the provider, `error` only in chat completions. */
  readonly finish?: "stop" | "length" | "filter" | "refusal" | "error";
  readonly cachedTokens?: number;
  readonly writtenTokens?: number;
  /** The cost that the provider reports, like OpenRouter. */
  readonly costUsd?: number;
}

/** An error in a provider's own words. */
export interface ScriptedError {
  readonly status: number;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A provider's wire protocol. */
export interface Dialect {
  /** The provider's name in the settings. */
  readonly provider: string;
  /** The path of its base URL. */
  readonly root: string;
  /** The variable with its key. */
  readonly keyEnv: string;
  /** The key of a request, by its headers (names in lower case). */
  key(headers: Readonly<Record<string, string>>): string | undefined;
  /** Whether a request asks for streaming. */
  streams(path: string, body: Readonly<Record<string, unknown>>): boolean;
  /** The text of server-sent events up to the last word. */
  opening(answer: ScriptedAnswer): readonly string[];
  /** The text of the events that end the answer. */
  closing(answer: ScriptedAnswer): readonly string[];
  /** The same answer without streaming. */
  whole(answer: ScriptedAnswer): unknown;
  /** An event that says in the middle of an answer that the server is overloaded. */
  overloaded(): string;
  /** An error of any status, in the usual form. */
  error(status: number, message: string): unknown;
}

/** A server-sent event. */
export function sse(data: unknown, event?: string): string {
  const name = event === undefined ? "" : `event: ${event}\n`;
  return `${name}data: ${typeof data === "string" ? data : JSON.stringify(data)}\n\n`;
}

/** Input tokens of every scripted answer, all kinds together. */
export const inputTokens = 100;

/** Output tokens of a scripted answer. */
export function outputTokens({ words, thoughts = [] }: ScriptedAnswer): number {
  return words.length + thoughts.length;
}
