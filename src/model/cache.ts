import { exactHash } from "./fingerprint.ts";
import type { Model, ModelRequest, ModelSettings } from "./model.ts";
import { parseRecording, recordingLine } from "./recording.ts";

/** Where answers are kept by the hash of their request. Neither may throw: a cache that fails is one that has nothing. */
export interface AnswerCache {
  get(key: string): string | undefined;
  put(key: string, text: string): void;
}

/**
 * A model that is not asked twice for the same: the very same request, to the same model with the same settings, is answered
 * as it was before, at once and at no cost. Only answers that came to their own end are kept.
 */
export function cachedModel(model: Model, settings: ModelSettings, cache: AnswerCache): Model {
  return {
    id: model.id,
    async *stream(request, options) {
      const key = keyOf(settings, request);
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

function keyOf(settings: ModelSettings, { answer, system, messages }: ModelRequest): string {
  const { provider, name, baseUrl, temperature, maxOutputTokens, reasoningTokens = 0 } = settings;
  const asked = [provider, name, baseUrl, temperature, maxOutputTokens, reasoningTokens];
  return exactHash([asked, answer, system, messages.map(({ role, text }) => [role, text])]);
}

function readAnswer(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : parseRecording(text)[0]?.answer;
  } catch {
    return undefined;
  }
}
