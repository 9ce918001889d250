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

/** The dependencies of {@linkcode openModel}. */
export interface ModelWorld extends KeyRing {
  /** The clock and random numbers; the real ones if absent. */
  readonly clock?: Clock;
  /** The bounds of a request; the defaults if absent. */
  readonly bounds?: AnswerBounds;
  /** Prices that override the built-in table. */
  readonly prices?: Prices;
  /** Reads a recording; from the real files if absent. */
  readText?(path: string): string;
  /** Receives one line of a recording for each answer. */
  readonly record?: (line: string) => void;
  /** The cache for models with the setting `cache`; they do not cache if absent. */
  readonly cache?: AnswerCache;
}

/**
 * Opens the model of the settings. Loads only the code of that model, and sends no request.
 *
 * Throws a `PlaybooksError` (exit code 2) for unusable settings.
 */
export async function openModel(settings: ModelSettings, world: ModelWorld): Promise<Model> {
  const model = await openBare(settings, world);
  const cached = settings.cache && world.cache && !isOffline(settings.provider)
    ? (await import("./cache.ts")).cachedModel(model, settings, world.cache)
    : model;
  return world.record ? (await import("./record.ts")).recordModel(cached, world.record) : cached;
}

async function openBare(settings: ModelSettings, world: ModelWorld): Promise<Model> {
  if (settings.background && providerInfo(settings.provider)?.protocol !== "openai") {
    throw new PlaybooksError(
      `Cannot open the model: background = true needs OpenAI's responses API, which the provider ` +
        `${settings.provider} does not speak; remove background from [model], or set provider = "openai"`,
      { exitCode: exitCodes.usage },
    );
  }
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
