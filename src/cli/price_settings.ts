import type { Price } from "../model/mod.ts";
import { didYouMean } from "../language/nearest_name.ts";
import { configError, type Place } from "./setting_values.ts";
import { isTable } from "./toml_table.ts";

/** A `[prices."provider:name"]` table. */
export interface FilePrice {
  /** `provider:name`, or `name` alone. */
  readonly model: string;
  readonly price: Price;
  readonly place: Place;
}

/** The keys of a price, as in the file and as in the model layer. */
export const priceKeys = [
  ["input", "input"],
  ["cached_input", "cachedInput"],
  ["cache_write", "cacheWrite"],
  ["output", "output"],
] as const satisfies readonly (readonly [string, keyof Price])[];

type PriceKey = (typeof priceKeys)[number][1];

/** Reads the `prices` of a configuration. Throws a `PlaybooksError` (exit code 2) for a value that is not a price. */
export function readPrices(
  prices: unknown,
  { placeOf, errorPlaceOf }: {
    readonly placeOf: (name: string) => Place;
    readonly errorPlaceOf: (name: string) => Place;
  },
): FilePrice[] {
  if (prices === undefined) return [];
  if (!isTable(prices)) throw wrongForm(errorPlaceOf("prices"));
  return Object.entries(prices).map(([model, table]) => {
    const name = `prices.${model}`;
    if (!isTable(table)) throw wrongForm(errorPlaceOf(name));
    return { model, price: readPrice(table, name, errorPlaceOf), place: placeOf(name) };
  });
}

function readPrice(table: object, name: string, errorPlaceOf: (name: string) => Place): Price {
  const price: { -readonly [Key in PriceKey]?: number } = {};
  for (const [key, value] of Object.entries(table)) {
    const place = errorPlaceOf(`${name}.${key}`);
    const known = priceKeys.find(([written]) => written === key);
    if (known === undefined) {
      throw configError(
        place,
        `there is no key ${name}.${key}${didYouMean(key, priceKeys.map(([written]) => written))}`,
      );
    }
    if (typeof value !== "number" || !Number.isFinite(value) || value < 0) {
      throw configError(
        place,
        `${name}.${key} is ${JSON.stringify(value)}, and must be US dollars for a million tokens`,
      );
    }
    price[known[1]] = value;
  }
  const { input, output } = price;
  if (input === undefined || output === undefined) {
    throw configError(errorPlaceOf(name), `${name} must give both input and output`);
  }
  return { ...price, input, output };
}

function wrongForm(place: Place): Error {
  return configError(
    place,
    'prices are tables of their own: write [prices."provider:name"] and the keys below',
  );
}
