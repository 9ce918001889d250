import { messageOf } from "../errors.ts";
import type { Model } from "./model.ts";
import { recordingLine } from "./recording.ts";

/**
 * Makes a model that records its answers. `sink` gets one line for each answer, with its line break, before the
 * `completed` event. It does not record failures. If `sink` throws, the request fails.
 */
export function recordModel(model: Model, sink: (line: string) => void): Model {
  return {
    ...model,
    async *stream(request, options) {
      for await (const event of model.stream(request, options)) {
        if (event.type === "completed") {
          try {
            sink(recordingLine(request, event.completion));
          } catch (error) {
            const message = `Cannot record the answer of ${model.id}: ${
              messageOf(error)
            }; fix this, then resume`;
            yield { type: "failed", failure: { kind: "other", message } };
            return;
          }
        }
        yield event;
      }
    },
  };
}
