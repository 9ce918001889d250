import { messageOf } from "../errors.ts";
import type { Model } from "./model.ts";
import { recordingLine } from "./recording.ts";

/**
 * A model whose answers are recorded: `sink` is given one line for each, with its line break, before anyone sees that the
 * answer is complete. What fails is not recorded; a sink that throws makes the request fail.
 */
export function recordModel(model: Model, sink: (line: string) => void): Model {
  return {
    id: model.id,
    async *stream(request, options) {
      for await (const event of model.stream(request, options)) {
        if (event.type === "completed") {
          try {
            sink(recordingLine(request, event.completion));
          } catch (error) {
            const message = `Cannot record the answer of ${model.id}: ${
              messageOf(error)
            }; mend it, then resume`;
            yield { type: "failed", failure: { kind: "other", message } };
            return;
          }
        }
        yield event;
      }
    },
  };
}
