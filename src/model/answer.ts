import type { LanguageModelV4StreamPart } from "@ai-sdk/provider";
import { TooLargeError } from "../net/mod.ts";
import { GivenUpError, TruncatedError } from "./attempt_errors.ts";
import type { Completion, ModelEvent, ModelRequest } from "./model.ts";
import type { TokenCounts } from "./prices.ts";
import { ThoughtMarks } from "./thought_marks.ts";
import { codeOfToolCall, textOfToolCall } from "./tool_call.ts";

/** A complete answer. */
export interface FinishedAnswer {
  readonly text: string;
  readonly finish: Completion["finish"];
  readonly tokens: TokenCounts;
}

/** Builds an answer from the stream parts of the AI SDK. */
export class AnswerReader {
  #text = "";
  readonly #marks: ThoughtMarks;
  readonly #maxBytes: number;
  #code: string | undefined;
  #answer: FinishedAnswer | undefined;
  #bytes = 0;

  /** `maxBytes` bounds the words of the answer and of the thoughts together. */
  constructor(maxBytes: number, answer: ModelRequest["answer"]) {
    this.#maxBytes = maxBytes;
    this.#marks = new ThoughtMarks(answer);
  }

  /** The answer, once it is complete. */
  get answer(): FinishedAnswer | undefined {
    return this.#answer;
  }

  /** The bytes of words and thoughts so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Ends an incomplete answer: returns the events for its held words, and its whole text. */
  cut(): { readonly events: ModelEvent[]; readonly text: string } {
    const events = this.#pieces(this.#marks.end());
    return { events, text: this.#text };
  }

  /** Takes one part. Throws an error that is part of the answer, and a `TooLargeError` beyond the bound. */
  take(part: LanguageModelV4StreamPart): ModelEvent[] {
    this.#count(part);
    switch (part.type) {
      case "text-delta":
        return this.#pieces(this.#marks.push(part.delta));
      case "reasoning-delta":
        return part.delta === "" ? [] : [{ type: "thought", text: part.delta }];
      case "tool-call":
        this.#code ??= codeOfToolCall(part.input) ?? textOfToolCall(part.toolName, part.input);
        return [];
      case "error":
        throw part.error;
      case "finish":
        return this.#finish(part);
      default:
        return [];
    }
  }

  #finish({ finishReason, usage }: Extract<LanguageModelV4StreamPart, { type: "finish" }>): ModelEvent[] {
    const { unified, raw } = finishReason;
    if (unified === "interrupted") throw new TruncatedError();
    // Google reports a malformed tool call as an error, and repeats it in the next attempt.
    if ((unified === "error" || raw === "error") && raw !== "MALFORMED_FUNCTION_CALL") {
      throw new GivenUpError();
    }
    const events = this.#pieces(this.#marks.end());
    const code = this.#code;
    if (code !== undefined) {
      const text = this.#text === "" ? code : `\n\`\`\`js\n${code.replace(/\n?$/, "\n")}\`\`\``;
      events.push(...this.#pieces([{ type: "text", text }]));
    }
    const cost = usage.raw?.["cost"];
    this.#answer = {
      text: this.#text,
      finish: unified === "content-filter"
        ? "filter"
        : unified === "stop" || unified === "length"
        ? unified
        : code !== undefined
        ? "stop"
        : "other",
      tokens: {
        input: usage.inputTokens.total ?? 0,
        cached: usage.inputTokens.cacheRead ?? 0,
        written: usage.inputTokens.cacheWrite ?? 0,
        output: usage.outputTokens.total ?? 0,
        ...(typeof cost === "number" && cost >= 0 ? { costUsd: cost } : {}),
      },
    };
    return events;
  }

  #count(part: LanguageModelV4StreamPart): void {
    const words = "delta" in part ? part.delta : part.type === "tool-call" ? part.input : "";
    if (words === "") return;
    this.#bytes += new TextEncoder().encode(words).length;
    if (this.#bytes > this.#maxBytes) throw new TooLargeError(this.#maxBytes);
  }

  #pieces(pieces: readonly ModelEvent[]): ModelEvent[] {
    for (const piece of pieces) {
      if (piece.type === "text") this.#text += piece.text;
      else if (piece.type === "withdrawn") this.#text = "";
    }
    return [...pieces];
  }
}
