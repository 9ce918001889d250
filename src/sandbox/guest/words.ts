import { shownText } from "./errors.ts";
import { codec } from "./guest_codec.ts";
import { primordials } from "./primordials.ts";
import { stateProxy } from "./state.ts";

/*
 * Words that code makes from values, and arguments that it gives by name.
 */

const { quote, keys, ownKeys, is, match, put, append, slice, thenOf } = primordials;
const { Promise: NewPromise, TypeError: NewTypeError, String: toText } = primordials;
const objectText = /\[object /;
const maxShownCharacters = 160;

/** Bits of a guard: the value is the whole text, so that an object is shown as JSON; the value gets an `await`. */
const isWholeBit = 1;
const isAwaitedBit = 2;

/**
 * Returns a value from which code makes words, or throws if it gives none: `undefined`, `null`, `NaN`, a function, a
 * promise, and inside a text an object. `source` is its code, and `reasons` gives variables for the message.
 */
export function checkedWord(
  value: unknown,
  source: string,
  reasons: () => Record<string, unknown>,
  bits: number,
): unknown {
  if ((bits & isAwaitedBit) !== 0 && value instanceof NewPromise) {
    return thenOf(value, (fulfilled: unknown) => checkedWord(fulfilled, source, reasons, bits & isWholeBit));
  }
  const fault = faultOf(value, (bits & isWholeBit) !== 0);
  if (fault === undefined) return value;
  throw new NewTypeError(`${source} ${fault}, which gives no words${because(reasons)}`);
}

function faultOf(value: unknown, isWhole: boolean): string | undefined {
  if (value === undefined) return "is undefined";
  if (value === null) return "is null";
  if (typeof value === "number") return is(value, NaN) ? "is NaN" : undefined;
  if (typeof value === "function") return "is a function";
  if (typeof value !== "object") return undefined;
  if (value instanceof NewPromise) return "is a promise without await";
  if (isWhole) return undefined;
  const text = shownText(value);
  return match(objectText, text) === null ? undefined : "is an object: name a field of it";
}

function because(reasons: () => Record<string, unknown>): string {
  let text = "";
  try {
    const given = reasons();
    const names = keys(given);
    for (let i = 0; i < names.length; i++) text += `; ${names[i]} ${described(given[names[i]!])}`;
  } catch {
    return text;
  }
  return text;
}

function described(value: unknown): string {
  if (value === stateProxy) {
    let names = "";
    const all = ownKeys(stateProxy as object);
    for (let i = 0; i < all.length; i++) names += (i === 0 ? "" : ", ") + toText(all[i]);
    return names === "" ? "is empty" : `has ${names}`;
  }
  if (value === undefined) return "is undefined";
  if (typeof value === "function") return "is a function";
  if (typeof value === "number") return `is ${value}`;
  let text: string;
  try {
    text = codec.encodeText(value, "value");
  } catch {
    text = shownText(value);
  }
  const shown = text.length > maxShownCharacters ? `${slice(text, 0, maxShownCharacters)}…` : text;
  return typeof value === "string" ? `is the text ${shown}` : `is ${shown}`;
}

/** The texts of several values of one `Say`, with a space between them. */
export function joinedWords(...values: unknown[]): string {
  let text = "";
  for (let i = 0; i < values.length; i++) {
    const value = values[i];
    const isObject = typeof value === "object" && value !== null &&
      match(objectText, shownText(value)) !== null;
    text += (i === 0 ? "" : " ") + (isObject ? codec.encodeText(value, "value") : shownText(value));
  }
  return text;
}

/**
 * The arguments of a call with named ones. `names` are the names of each parameter. With `options`, the function takes
 * its arguments by position, and names that are no parameters become fields of the argument at that index. With -1 it
 * takes one object.
 */
export function namedArguments(
  names: readonly (readonly string[])[],
  options: number | undefined,
  positional: readonly unknown[],
  named: Record<string, unknown>,
): unknown[] {
  const args: unknown[] = [];
  const rest: Record<string, unknown> = {};
  const given = keys(named);
  let hasRest = false;
  const add = (name: string, value: unknown) => {
    put(rest, name, value);
    hasRest = true;
  };
  if (options === -1) {
    for (let i = 0; i < positional.length; i++) add(names[i]?.[0] ?? `${i + 1}`, positional[i]);
    for (let i = 0; i < given.length; i++) add(given[i]!, named[given[i]!]);
    return [rest];
  }
  for (let i = 0; i < names.length; i++) append(args, positional[i]);
  for (let i = 0; i < given.length; i++) {
    const name = given[i]!;
    const index = indexOf(names, name);
    if (index >= 0) put(args, index, named[name]);
    else if (options === undefined) throw new NewTypeError(`there is no parameter ${quote(name)}`);
    else add(name, named[name]);
  }
  if (hasRest) put(args, options!, rest);
  let count = args.length;
  while (count > 0 && args[count - 1] === undefined) count--;
  args.length = count;
  return args;
}

function indexOf(names: readonly (readonly string[])[], wanted: string): number {
  for (let i = 0; i < names.length; i++) {
    const own = names[i]!;
    for (let j = 0; j < own.length; j++) if (own[j] === wanted) return i;
  }
  return -1;
}
