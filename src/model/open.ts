import { exitCodes, messageOf, PlaybooksError } from "../errors.ts";
import { FileError, readBoundedText } from "../files/mod.ts";
import type { AnswerBounds } from "../net/mod.ts";
import type { AnswerCache } from "./cache.ts";
import { connect, type KeyRing } from "./connection.ts";
import { isOffline, localModel, providerNames } from "./local_models.ts";
import type { Model, ModelSettings } from "./model.ts";
import type { Prices } from "./prices.ts";
import { maxRecordingBytes } from "./recording.ts";
import { providerInfo } from "./providers.ts";
import { importProtocol } from "./protocols/import.ts";
import { type Clock, realClock } from "./retry.ts";

/** What opening a model needs of the world. */
export interface ModelWorld extends KeyRing {
  /** The real clock and random numbers when absent. */
  readonly clock?: Clock;
  /** What a request may take; the defaults when absent. */
  readonly bounds?: AnswerBounds;
  /** What models cost, over the table that is built in. */
  readonly prices?: Prices;
  /** Reads a recording; the real files when absent. */
  readText?(path: string): string;
  /** Is given a line of a recording for each answer. */
  readonly record?: (line: string) => void;
  /** Where models with `cache` keep their answers; such a model keeps none when absent. */
  readonly cache?: AnswerCache;
}

/**
 * Opens the model that the settings name. Loads only what that one needs, and asks nothing of it yet.
 *
 * Throws a `PlaybooksError` (exit code 2) for settings that no request could be made with.
 */
export async function openModel(settings: ModelSettings, world: ModelWorld): Promise<Model> {
  const model = await openBare(settings, world);
  const cached = settings.cache && world.cache && !isOffline(settings.provider)
    ? (await import("./cache.ts")).cachedModel(model, settings, world.cache)
    : model;
  return world.record ? (await import("./record.ts")).recordModel(cached, world.record) : cached;
}

async function openBare(settings: ModelSettings, world: ModelWorld): Promise<Model> {
  const local = localModel(settings.provider);
  if (local) return await local.open();
  if (settings.provider === "replay") {
    const { openReplay } = await import("./replay.ts");
    return openReplay(settings.name, readRecording(settings.name, world));
  }
  if (!providerInfo(settings.provider)) {
    throw new PlaybooksError(
      `Cannot open the model: there is no provider "${settings.provider}"; ` +
        `set provider to one of ${providerNames().join(", ")}`,
      { exitCode: exitCodes.usage },
    );
  }
  const connection = connect(settings, world, world.bounds);
  const [openProtocol, { providerModel }] = await Promise.all([
    importProtocol(connection.info.protocol),
    import("./provider.ts"),
  ]);
  return providerModel(connection, openProtocol(connection), {
    clock: world.clock ?? realClock,
    ...(world.prices ? { prices: world.prices } : {}),
  });
}

function readRecording(path: string, world: ModelWorld): string {
  if (path === "") {
    throw new PlaybooksError(
      "Cannot replay: no file is named; say replay:FILE with a file that --record made",
      {
        exitCode: exitCodes.usage,
      },
    );
  }
  try {
    return world.readText ? world.readText(path) : readBoundedText(path, { maxBytes: maxRecordingBytes });
  } catch (error) {
    const why = error instanceof FileError
      ? error.fault === "missing" ? "there is no such file" : `it ${error.message}`
      : messageOf(error);
    throw new PlaybooksError(
      `Cannot replay ${path}: ${why}; say replay:FILE with a file that --record made`,
      {
        exitCode: exitCodes.usage,
        cause: error,
      },
    );
  }
}
