/** One contract for all models: a prompt in, a completion out, never an exception. */
export type * from "./model.ts";
export type { AnswerCache } from "./cache.ts";
export { isLoopback, isSameOrigin, maskedAddress } from "./address.ts";
export { isOffline, type LocalModel, localModelNames, providerNames } from "./local_models.ts";
export { type Models, openModels } from "./models.ts";
export { type ModelWorld, openModel } from "./open.ts";
export { type Price, priceOf, type Prices, pricesAsOf } from "./prices.ts";
export { providerInfo, providerInfos } from "./providers.ts";
export { maxRecordingBytes } from "./recording.ts";
export { type ModelGiven, overlay, parseModelSpec, usualNames, usualSettings } from "./spec.ts";
