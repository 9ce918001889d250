import { requestHash } from "./fingerprint.ts";
import type { Model, ModelSettings } from "./model.ts";
import { parseRecording, recordingLine } from "./recording.ts";

/** Keeps answers by the hash of their request. Its methods must not throw: a failing cache acts as an empty one. */
export interface AnswerCache {
  get(key: string): string | undefined;
  put(key: string, text: string): void;
}

/**
 * Adds a cache to a model. An identical request, with the same model and settings, gets its earlier answer at no cost.
 * The cache keeps complete answers only.
 */
export function cachedModel(model: Model, settings: ModelSettings, cache: AnswerCache): Model {
  return {
    ...model,
    async *stream(request, options) {
      const key = requestHash(settings, request);
      const answer = readAnswer(cache.get(key));
      if (answer !== undefined && !options.signal.aborted) {
        if (answer !== "") yield { type: "text", text: answer };
        const usage = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, costUsd: 0 };
        yield { type: "completed", completion: { text: answer, finish: "stop", usage, model: model.id } };
        return;
      }
      for await (const event of model.stream(request, options)) {
        if (event.type === "completed" && event.completion.finish === "stop") {
          cache.put(key, recordingLine(request, event.completion));
        }
        yield event;
      }
    },
  };
}

function readAnswer(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : parseRecording(text)[0]?.answer;
  } catch {
    return undefined;
  }
}
