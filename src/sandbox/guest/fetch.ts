import { library } from "./library_slot.ts";
import { isSpecial, responseOf } from "./objects.ts";
import { primordials } from "./primordials.ts";
import { request } from "./requests.ts";

type Loose = Record<PropertyKey, unknown>;
const { quote, isArray, keys, put, upper, eachOfMap, thenOf, getPrototypeOf, prototypes } = primordials;
const { Map: NewMap, TypeError: NewTypeError } = primordials;

/** The subset of `fetch` that code in the sandbox has. */
export function fetchLike(resource: unknown, init: Loose | undefined): Promise<unknown> {
  const options = (init ?? {}) as Loose;
  const body = options.body ?? null;
  if (typeof body === "object" && body !== null && isPlainData(body)) {
    throw new NewTypeError(`fetch: the body must be a string; use JSON.stringify(…)`);
  }
  const isPlain = typeof resource === "string" && (body === null || typeof body === "string") &&
    !options.signal && isPlainData(options.headers);
  if (!isPlain) {
    return asResponse(library().fetchStandard(resource, options));
  }
  const method = upper(`${options.method ?? "GET"}`);
  const headers = headersOf(options.headers);
  return asResponse(request("Fetch", [resource, { method, headers, body }]));
}

function asResponse(result: Promise<unknown>): Promise<unknown> {
  return thenOf(result, (value: unknown) => {
    const isPlain = typeof value === "object" && value !== null && !isSpecial(value);
    return isPlain ? responseOf(value as Loose) : value;
  });
}

/** Whether a value is no object of a class. */
function isPlainData(value: unknown): boolean {
  if (typeof value !== "object" || value === null || isArray(value)) return true;
  const prototype = getPrototypeOf(value);
  return prototype === prototypes.object || prototype === prototypes.map || prototype === null;
}

function headersOf(given: unknown): object {
  const headers: Loose = {};
  const add = (value: unknown, name: unknown) => put(headers, `${name}`, `${value}`);
  if (isArray(given)) { for (let i = 0; i < given.length; i++) add(given[i][1], given[i][0]); }
  else if (given instanceof NewMap) eachOfMap(given, add);
  else if (typeof given === "object" && given !== null) {
    const names = keys(given);
    for (let i = 0; i < names.length; i++) add((given as Loose)[names[i]!], names[i]);
  } else if (given !== undefined && given !== null) {
    throw new NewTypeError(`fetch: the headers must be an object, not ${quote(given)}`);
  }
  return headers;
}
