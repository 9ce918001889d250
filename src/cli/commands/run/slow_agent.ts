import type { Model } from "../../../model/mod.ts";
import type { SessionModels } from "../../session_models.ts";

/**
 * The models, which answer one agent a second later: `PLAYBOOKS_SLOW_AGENT=<id>`. `crash-test` sees so what depends on the
 * order of answers.
 */
export function slowedModels(models: SessionModels, agent: string | undefined): SessionModels {
  if (agent === undefined) return models;
  const slowed = new Map<Model, Model>();
  return {
    ...models,
    pick(answer, line) {
      const model = models.pick(answer, line);
      const known = slowed.get(model) ?? slowedModel(model, agent);
      slowed.set(model, known);
      return known;
    },
    [Symbol.dispose]: () => models[Symbol.dispose](),
  };
}

function slowedModel(model: Model, agent: string): Model {
  return {
    ...model,
    async *stream(request, options) {
      // The first line of a request names its agent: "[turn 3 of Main · Seller (agent 1000)]".
      const [line] = request.messages.at(-1)!.text.split("\n", 1);
      if (line!.endsWith(` (agent ${agent})]`)) await later(options.signal);
      yield* model.stream(request, options);
    },
  };
}

/** More than the time that messages wait to be delivered together. */
const slowMs = 1000;

function later(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(done, slowMs);
    signal.addEventListener("abort", done, { once: true });
    function done() {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    }
  });
}
