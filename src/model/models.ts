import { messageOf } from "../errors.ts";
import { isOffline, localModel } from "./local_models.ts";
import type { Model, ModelRequest, ModelSettings, ModelTerms } from "./model.ts";
import { type ModelWorld, openModel } from "./open.ts";
import { priceOf } from "./prices.ts";
import { providerInfo } from "./providers.ts";
import { overlay, parseModelSpec } from "./spec.ts";

/** The models of a session. */
export interface Models {
  /**
   * The model for an answer of this kind, or the model of a `model:` line. It opens once, at its first request;
   * unusable settings make that request fail. The same line gives the same model.
   */
  pick(answer: ModelRequest["answer"], line?: string): Model;
  /** Like `pick`, but opens the model now. Throws a `PlaybooksError` (exit code 2) for unusable settings. */
  open(answer: ModelRequest["answer"], line?: string): Promise<Model>;
  /** The settings that `pick` uses. */
  settings(answer: ModelRequest["answer"], line?: string): ModelSettings;
}

/** The settings from which the models of a session are chosen. */
interface ModelChoice {
  /** `[model]`. */
  readonly main: ModelSettings;
  /** `[model.raw]`, for answers of kind `text`. */
  readonly raw?: ModelSettings;
  /** Whether the user chose one model for all requests, so that `model:` lines are ignored. */
  readonly fixed?: boolean;
}

/**
 * Makes the models of a session, which open when they are needed. With a local model or a replay, `model:` lines are
 * ignored: the user chose it to avoid every server.
 */
export function openModels(choice: ModelChoice, world: ModelWorld): Models {
  const known = new Map<string, LazyModel>();
  const settings: Models["settings"] = (answer, line) => {
    const base = answer === "text" ? choice.raw ?? choice.main : choice.main;
    const counts = line !== undefined && line.trim() !== "" && !choice.fixed && !isOffline(base.provider);
    return counts ? overlay(base, parseModelSpec(line)) : base;
  };
  const pick = (answer: ModelRequest["answer"], line?: string): LazyModel => {
    const wanted = settings(answer, line);
    const key = JSON.stringify(wanted);
    const model = known.get(key) ?? openLater(wanted, world);
    known.set(key, model);
    return model;
  };
  return {
    settings,
    pick,
    async open(answer, line) {
      const model = pick(answer, line);
      await model.opened();
      return model;
    },
  };
}

interface LazyModel extends Model {
  opened(): Promise<Model>;
}

/** Makes the terms of a model from its settings and the prices. A replay costs nothing. */
function termsOf(
  { provider, name, baseUrl, maxOutputTokens }: ModelSettings,
  prices: ModelWorld["prices"],
): ModelTerms {
  const local = localModel(provider);
  if (local) return local.terms;
  const info = providerInfo(provider);
  if (!info) return isOffline(provider) ? { price: { input: 0, output: 0 } } : {};
  const address = baseUrl || info.baseUrl;
  const price = URL.canParse(address) ? priceOf({ info, name, baseUrl: address }, prices) : undefined;
  return {
    maxOutputTokens,
    ...(price ? { price } : {}),
    ...(info.name === "openrouter" ? { tellsCost: true } : {}),
  };
}

function openLater(settings: ModelSettings, world: ModelWorld): LazyModel {
  let model: Promise<Model> | undefined;
  const opened = () => model ??= openModel(settings, world);
  return {
    terms: termsOf(settings, world.prices),
    id: settings.name === "" ? settings.provider : `${settings.provider}:${settings.name}`,
    opened,
    async *stream(request, options) {
      const ready = await opened().catch((error): string => messageOf(error));
      if (typeof ready !== "string") return yield* ready.stream(request, options);
      yield { type: "failed", failure: { kind: "request", message: ready } };
    },
    async cancel(accepted) {
      const ready = await opened().catch(() => undefined);
      await ready?.cancel?.(accepted);
    },
  };
}
