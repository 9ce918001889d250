import { isSpecial, responseOf } from "./objects.ts";
import { primordials } from "./primordials.ts";
import { request } from "./requests.ts";

type Loose = Record<PropertyKey, unknown>;
const { quote, isArray, keys, put, upper, eachOfMap, thenOf } = primordials;
const { Map: NewMap, TypeError: NewTypeError } = primordials;

/** The subset of `fetch` that code in the sandbox has. */
export function fetchLike(resource: unknown, init: Loose | undefined): Promise<unknown> {
  const options = (init ?? {}) as Loose;
  const body = options.body ?? null;
  if (body !== null && typeof body !== "string") {
    throw new NewTypeError(`fetch: the body must be a string; use JSON.stringify(…)`);
  }
  const method = upper(`${options.method ?? "GET"}`);
  const headers = headersOf(options.headers);
  return thenOf(request("Fetch", [`${resource}`, { method, headers, body }]), (value: unknown) => {
    const isPlain = typeof value === "object" && value !== null && !isSpecial(value);
    return isPlain ? responseOf(value as Loose) : value;
  });
}

function headersOf(given: unknown): object {
  const headers = {};
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
