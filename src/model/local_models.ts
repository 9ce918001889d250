import type { Model, ModelTerms } from "./model.ts";
import { providerInfos } from "./providers.ts";

/** A model inside this process, without a server. main.ts registers the models that are not part of the core. */
export interface LocalModel {
  /** Its name as a provider in settings. */
  readonly name: string;
  readonly terms: ModelTerms;
  readonly open: () => Promise<Model>;
}

const registered = new Map<string, LocalModel>();

/** Adds models that settings may then name as their provider. The first one is used if no model is configured. */
export function registerModels(models: readonly LocalModel[]): void {
  for (const model of models) registered.set(model.name, model);
}

/** The registered model of this name. */
export function localModel(name: string): LocalModel | undefined {
  return registered.get(name);
}

/** Names of the registered models, in the order of their registration. */
export function localModelNames(): readonly string[] {
  return [...registered.keys()];
}

/** The valid values of `provider`, as messages list them. */
export function providerNames(): readonly string[] {
  return [...providerInfos.map(({ name }) => name), ...localModelNames(), "replay"];
}

/** Whether a provider's model answers without a network: a local one, or a replay. */
export function isOffline(provider: string): boolean {
  return provider === "replay" || localModel(provider) !== undefined;
}
