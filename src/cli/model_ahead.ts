import { preloadModel } from "../model/preload.ts";
import type { Command } from "./command.ts";
import { loadConfig } from "./load_config.ts";
import type { World } from "./world.ts";

/**
 * Loads what the model of a run will need, beside the run's own code: what is imported together is kept together (see
 * `working_commands.ts`), and a provider's library is large. A configuration that cannot be read is told by the run.
 */
export async function loadModelAhead(command: Command, world: World): Promise<void> {
  if (command.kind !== "run" && command.kind !== "resume") return;
  try {
    const { model } = loadConfig({
      ...("files" in command ? { programFile: command.files[0]! } : {}),
      ...(command.config === undefined ? {} : { config: command.config }),
      ...(command.model === undefined ? {} : { model: command.model }),
    }, world);
    await preloadModel(model.provider);
  } catch {
    // It will be told where it matters.
  }
}
