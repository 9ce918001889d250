import type { Model, ModelEvent, ModelRequest, StreamModel } from "../../src/model/model.ts";
import { rehearse } from "./rehearse.ts";

/** A model without a server: answers at once, at no cost, and the same way each time. */
export function openRehearsal(): Model {
  return { id: "rehearsal:steps", stream, terms: { isRehearsal: true } };
}

async function* stream(
  request: ModelRequest,
  { signal, turn }: Parameters<StreamModel>[1],
): AsyncGenerator<ModelEvent> {
  if (signal.aborted || turn === undefined) {
    const message = signal.aborted
      ? "Cannot rehearse a turn: the run was stopped"
      : "Cannot rehearse a request without its turn";
    yield { type: "failed", failure: { kind: signal.aborted ? "aborted" : "other", message } };
    return;
  }
  const text = rehearse(request, turn);
  for (const line of text.match(/[^\n]*\n|[^\n]+$/g) ?? []) yield { type: "text", text: line };
  const usage = { inputTokens: 0, outputTokens: 0, cachedTokens: 0, costUsd: 0 };
  yield { type: "completed", completion: { text, finish: "stop", usage, model: "rehearsal:steps" } };
}
