import { defineCommand, optional } from "../../command.ts";
import { configFlag, jsonFlag, modelFlag, trustFlag } from "../../shared_flags.ts";
import type { ModelsOptions } from "./models.ts";

/** `playbooks models`. */
export const modelsCommand = defineCommand<ModelsOptions>({
  name: "models",
  operands: "",
  completes: "nothing",
  operandCount: { min: 0, max: 0 },
  summary: "list the models that are configured, and providers with a key",
  detail: "With --test, each configured model is asked for one word; exit code 1 when one does not answer.",
  flags: [
    { name: "test", doc: "ask each configured model for one word" },
    modelFlag,
    trustFlag,
    jsonFlag,
    configFlag,
  ],
  examples: ["playbooks models", "playbooks models --test --model ollama:qwen3:14b"],
  asksModels: true,
  read: ({ flags }) => ({
    ...optional("model", flags.get("model")),
    test: flags.has("test"),
    trust: flags.has("trust"),
    json: flags.has("json"),
    ...optional("config", flags.get("config")),
  }),
  load: async () => (await import("./models.ts")).models,
});
