import { isSameOrigin, maskedAddress, type ModelSettings, providerInfo } from "../model/mod.ts";
import type { RunFact } from "../session/mod.ts";
import type { Config } from "./config.ts";

/** The fact about the model of a run. Returns `undefined` for a default model other than the rehearsal. */
export function modelFact(config: Pick<Config, "model" | "rawModel" | "modelFrom">): RunFact | undefined {
  if (config.modelFrom !== "default") return { type: "model", model: modelInWords(config) };
  return config.model.provider === "rehearsal" ? { type: "rehearsal" } : undefined;
}

/** `openai:gpt-5 at http://…`: the models. The provider's own address is left out. */
export function modelInWords({ model, rawModel }: {
  readonly model: ModelPlace;
  readonly rawModel?: ModelPlace;
}): string {
  const raw = rawModel === undefined || placeInWords(rawModel) === placeInWords(model)
    ? ""
    : `; for raw playbooks ${placeInWords(rawModel)}`;
  return placeInWords(model) + raw;
}

type ModelPlace = Pick<ModelSettings, "provider" | "name" | "baseUrl">;

function placeInWords({ provider, name, baseUrl }: ModelPlace): string {
  const id = name === "" ? provider : `${provider}:${name}`;
  const isOwn = baseUrl === "" || isSameOrigin(baseUrl, providerInfo(provider)?.baseUrl ?? "");
  return isOwn ? id : `${id} at ${maskedAddress(baseUrl)}`;
}
