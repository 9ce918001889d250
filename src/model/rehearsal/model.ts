import type { Completion, Model, ModelEvent, ModelRequest } from "../model.ts";
import { rehearse } from "./rehearse.ts";

/** The model that is none: answers at once, offline, at no cost, the same way each time. */
export function openRehearsal(): Model {
  return { id: "rehearsal:steps", stream };
}

async function* stream(
  request: ModelRequest,
  { signal }: { readonly signal: AbortSignal },
): AsyncGenerator<ModelEvent> {
  if (signal.aborted) {
    yield {
      type: "failed",
      failure: { kind: "aborted", message: "Cannot rehearse a turn: the run was stopped" },
    };
    return;
  }
  const text = rehearse(request);
  for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) yield { type: "text", text: line };
  yield { type: "completed", completion: toCompletion(request, text) };
}

function toCompletion(request: ModelRequest, text: string): Completion {
  const input = request.messages.reduce((sum, message) => sum + message.text.length, request.system.length);
  return {
    text,
    finish: "stop",
    usage: { inputTokens: tokens(input), outputTokens: tokens(text.length), cachedTokens: 0, costUsd: 0 },
    model: "rehearsal:steps",
  };
}

/** What a provider would count, roughly: four characters a token. */
function tokens(characters: number): number {
  return Math.ceil(characters / 4);
}
