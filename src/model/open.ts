import { exitCodes, PlaybooksError } from "../errors.ts";
import type { Model, ModelSettings } from "./model.ts";
import type { Clock } from "./retry.ts";

/** What opening a model needs of the world. */
export interface ModelWorld {
  env(name: string): string | undefined;
  /** The real clock and random numbers when absent. */
  readonly clock?: Clock;
}

/**
 * Opens the model that the settings name. Loads only what that one needs, and asks nothing of it yet.
 *
 * Throws a `PlaybooksError` (exit code 2) for settings that no request could be made with.
 */
export async function openModel(settings: ModelSettings, world: ModelWorld): Promise<Model> {
  switch (settings.provider) {
    case "rehearsal": {
      const { openRehearsal } = await import("./rehearsal/mod.ts");
      return openRehearsal();
    }
    case "openai-compatible": {
      const { openProvider } = await import("./provider.ts");
      return openProvider(settings, world);
    }
    default:
      throw new PlaybooksError(
        `Cannot open the model: this version has no provider "${settings.provider}"; ` +
          `set provider to one of ${providers.join(", ")}`,
        { exitCode: exitCodes.usage },
      );
  }
}

const providers = ["rehearsal", "openai-compatible"];
