import { isLoopback } from "./address.ts";
import type { ProviderInfo } from "./providers.ts";

/** The tokens that a provider counted. */
export interface TokenCounts {
  /** All input, cached and not cached. */
  readonly input: number;
  /** The parts of the input that were read from, and written to, the provider's cache. */
  readonly cached: number;
  readonly written: number;
  /** All output, thoughts included. */
  readonly output: number;
  /** The cost in US dollars, where the provider states it. */
  readonly costUsd?: number;
}

/** The prices of a model, in US dollars for a million tokens. */
export interface Price {
  readonly input: number;
  readonly output: number;
  /** Input read from the provider's cache; the same as `input` if absent. */
  readonly cachedInput?: number;
  /** Input written to the provider's cache; the same as `input` if absent. */
  readonly cacheWrite?: number;
  /** The prices of a request with more than `over` input tokens. */
  readonly long?: { readonly over: number } & Omit<Price, "long">;
}

/** Prices by `provider:name`, or by `name` alone. */
export type Prices = Readonly<Record<string, Price>>;

/** The date of the table below, which copies the providers' price lists. Put newer models and prices in the settings. */
export const pricesAsOf = "2025-12";

/** The cost of a call in US dollars; `undefined` if the model's price is not known. */
export function costOf(
  tokens: TokenCounts,
  asked: { readonly info: ProviderInfo; readonly name: string; readonly baseUrl: string },
  own: Prices = {},
): number | undefined {
  const price = priceOf(asked, own);
  if (price === undefined) return tokens.costUsd;
  const tier = price.long && tokens.input > price.long.over ? price.long : price;
  const fresh = Math.max(0, tokens.input - tokens.cached - tokens.written);
  const dollars = fresh * tier.input + tokens.cached * (tier.cachedInput ?? tier.input) +
    tokens.written * (tier.cacheWrite ?? tier.input) + tokens.output * tier.output;
  return dollars / 1e6;
}

/**
 * The price of a model: from `own`, else zero for a server on this machine, else from the table; `undefined` if not
 * known. A name with a date (`claude-haiku-4-5-20251001`) has the price of its model.
 */
export function priceOf(
  { info, name, baseUrl }: {
    readonly info: ProviderInfo;
    readonly name: string;
    readonly baseUrl: string;
  },
  own: Prices = {},
): Price | undefined {
  const mine = own[`${info.name}:${name}`] ?? own[name];
  if (mine) return mine;
  if (info.local && isLoopback(baseUrl)) return { input: 0, output: 0 };
  const table = baseUrl === info.baseUrl ? published[info.name] : undefined;
  return table?.[name] ?? table?.[name.replace(/-(\d{8}|\d{4}-\d\d-\d\d|\d{3}|latest)$/, "")];
}

/** Prices of Anthropic: reading from the cache costs 0.1 of the input price, writing 1.25. */
function claude(input: number, output: number): Price {
  return { input, output, cachedInput: input / 10, cacheWrite: input * 1.25 };
}

function cached(input: number, cachedInput: number, output: number): Price {
  return { input, cachedInput, output };
}

const published: Readonly<Record<string, Prices>> = {
  anthropic: {
    "claude-opus-4-5": claude(5, 25),
    "claude-opus-4-1": claude(15, 75),
    "claude-opus-4-0": claude(15, 75),
    "claude-opus-4": claude(15, 75),
    "claude-sonnet-4-5": { ...claude(3, 15), long: { over: 200_000, ...claude(6, 22.5) } },
    "claude-sonnet-4-0": claude(3, 15),
    "claude-sonnet-4": claude(3, 15),
    "claude-haiku-4-5": claude(1, 5),
    "claude-3-7-sonnet": claude(3, 15),
    "claude-3-5-haiku": claude(0.8, 4),
    "claude-3-haiku": claude(0.25, 1.25),
  },
  openai: {
    "gpt-5.2": cached(1.75, 0.175, 14),
    "gpt-5.1": cached(1.25, 0.125, 10),
    "gpt-5": cached(1.25, 0.125, 10),
    "gpt-5-mini": cached(0.25, 0.025, 2),
    "gpt-5-nano": cached(0.05, 0.005, 0.4),
    "gpt-4.1": cached(2, 0.5, 8),
    "gpt-4.1-mini": cached(0.4, 0.1, 1.6),
    "gpt-4.1-nano": cached(0.1, 0.025, 0.4),
    "gpt-4o": cached(2.5, 1.25, 10),
    "gpt-4o-mini": cached(0.15, 0.075, 0.6),
    "o3": cached(2, 0.5, 8),
    "o4-mini": cached(1.1, 0.275, 4.4),
  },
  google: {
    "gemini-3-pro-preview": { ...cached(2, 0.2, 12), long: { over: 200_000, ...cached(4, 0.4, 18) } },
    "gemini-3-flash-preview": cached(0.5, 0.05, 3),
    "gemini-2.5-pro": { ...cached(1.25, 0.125, 10), long: { over: 200_000, ...cached(2.5, 0.25, 15) } },
    "gemini-2.5-flash": cached(0.3, 0.03, 2.5),
    "gemini-2.5-flash-lite": cached(0.1, 0.01, 0.4),
    "gemini-2.0-flash": cached(0.1, 0.025, 0.4),
    "gemini-2.0-flash-lite": { input: 0.075, output: 0.3 },
  },
};
