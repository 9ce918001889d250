import { providerInfo } from "./providers.ts";
import { importProtocol } from "./protocols/import.ts";

/** Loads the libraries of a provider, without opening a model. */
export async function preloadModel(provider: string): Promise<void> {
  const info = providerInfo(provider);
  if (info) await Promise.all([importProtocol(info.protocol), import("./provider.ts")]);
}
