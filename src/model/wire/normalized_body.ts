import { EmptyAnswerError, ForeignAnswerError, NoServerError } from "../attempt_errors.ts";
import type { Protocol } from "../providers.ts";
import { AnthropicAnswer } from "./anthropic_answer.ts";
import { type BodyValue, BodyValues } from "./body_values.ts";
import { ChatAnswer } from "./chat_answer.ts";
import { objectOf } from "./fields.ts";
import { GoogleAnswer } from "./google_answer.ts";
import { OpenAIAnswer } from "./openai_answer.ts";
import { saidErrorIn } from "./said_error.ts";
import type { WireAnswer } from "./wire_answer.ts";
import { concatBytes } from "../../net/concat_bytes.ts";

/**
 * Brings the body of an answer into the form that the AI SDK reads: the server-sent events of the protocol. Servers
 * differ from their protocol in form and in detail; each difference here was seen. See docs/models.md.
 */
export class NormalizedBody {
  readonly #values = new BodyValues();
  readonly #decoder = new TextDecoder();
  readonly #answer: WireAnswer;
  #isForeign = false;
  #hasFailed = false;
  #wordlessBytes = 0;

  constructor(protocol: Protocol) {
    this.#answer = answerOf(protocol);
  }

  /** Whether the answer is complete, so that nothing but its usage can be missing. */
  get isFinished(): boolean {
    return this.#answer.isFinished || (this.#values.isDone && this.#answer.began);
  }

  /** Whether the server said that nothing more comes. */
  get isDone(): boolean {
    return this.#values.isDone;
  }

  /** The bytes since the last words of the answer. */
  get wordlessBytes(): number {
    return this.#wordlessBytes;
  }

  /** Takes the next bytes and returns the events that they complete. */
  push(chunk: Uint8Array): Uint8Array {
    this.#wordlessBytes += chunk.length;
    return this.#events(this.#values.push(this.#decoder.decode(chunk, { stream: true })));
  }

  /**
   * Returns the last events. Throws an `EmptyAnswerError` for a body without values, and a `ForeignAnswerError` or a
   * `NoServerError` for a body of another kind.
   */
  end(): Uint8Array {
    const last = this.#events([...this.#values.push(this.#decoder.decode()), ...this.#values.end()]);
    if (this.#hasFailed) return last;
    if (!this.#answer.began) {
      const { words } = this.#values;
      if (words.startsWith("<")) throw new NoServerError();
      if (this.#isForeign || words !== "") throw new ForeignAnswerError(words);
      throw new EmptyAnswerError();
    }
    return concatBytes(last, encoded(this.#answer.end(this.#values.isDone)));
  }

  #events(values: readonly BodyValue[]): Uint8Array {
    const events: object[] = [];
    for (const { value, event } of values) {
      const fields = objectOf(value);
      if (!fields || this.#hasFailed) continue;
      const error = saidErrorIn(fields, event);
      if (error) {
        // An error behind a complete answer is no reason to pay for the answer again.
        if (this.isFinished) continue;
        this.#hasFailed = true;
        events.push(this.#answer.error(error));
        continue;
      }
      const taken = this.#answer.take(fields);
      if (taken) events.push(...taken);
      else if (!isSign(fields)) this.#isForeign = true;
    }
    if (events.some((event) => hasWords(event))) this.#wordlessBytes = 0;
    return encoded(events);
  }
}

/** Whether an event has words, thoughts, or a part of a call. */
function hasWords(value: unknown, depth = 0): boolean {
  if (typeof value !== "object" || value === null || depth > maxDepth) return false;
  return Object.entries(value).some(([name, inner]) =>
    (wordFields.has(name) && typeof inner === "string" && inner !== "") || hasWords(inner, depth + 1)
  );
}

const wordFields: ReadonlySet<string> = new Set(
  ["content", "reasoning_content", "refusal", "text", "thinking", "partial_json", "delta", "arguments"],
);
const maxDepth = 6;

function answerOf(protocol: Protocol): WireAnswer {
  switch (protocol) {
    case "anthropic":
      return new AnthropicAnswer();
    case "openai":
      return new OpenAIAnswer();
    case "google":
      return new GoogleAnswer();
    case "chat":
      return new ChatAnswer();
  }
}

/** Whether a value only shows that the server is there: `{}`, `{"type":"ping"}`. */
function isSign(fields: object): boolean {
  const keys = Object.keys(fields);
  return keys.length === 0 || (keys.length === 1 && keys[0] === "type");
}

function encoded(events: readonly object[]): Uint8Array {
  if (events.length === 0) return new Uint8Array();
  return new TextEncoder().encode(events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join(""));
}
