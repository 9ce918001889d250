import { codec } from "./guest_codec.ts";
import { primordials } from "./primordials.ts";

/*
 * Errors of the guest: their text for the host, and the errors that no code has handled.
 *
 * QuickJS does not report a rejected promise without a handler. So the guest notes an error when an effect fails, and
 * when an error leaves an async function. It removes the error when a handler of a promise or a `catch` clause gets it.
 * The host rewrites `catch` clauses so that they report the error.
 */

type Loose = Record<PropertyKey, unknown>;
const { quote, isArray, slice, fix, defineProperty, apply } = primordials;
const { mapSet, mapDelete, eachOfMap, Error: NewError, String: toText } = primordials;
/** Errors that no code has handled. */
const lost = new Map<unknown, true>();
const maxCharacters = 10_000;

/** Removes errors that handlers of promises receive. */
export function trackHandlers(): void {
  const original = Promise.prototype.then;
  defineProperty(Promise.prototype, "then", {
    configurable: true,
    writable: true,
    value: function then(this: unknown, onFulfilled: unknown, onRejected: unknown) {
      const handler = typeof onRejected !== "function" ? onRejected : (error: unknown) => {
        mapDelete(lost, error);
        return onRejected(error);
      };
      return apply(original, this, [onFulfilled, handler]);
    },
  });
}

/** Makes an error with this name. */
export function namedError(name: string, message: string): Error {
  const error = new NewError(message);
  fix(error, "name", name);
  return error;
}

/** Notes an error until some code handles it. */
export function loseError(error: unknown): void {
  mapSet(lost, error, true);
}

/** Removes an error that some code has handled. */
export function seeError(error: unknown): void {
  mapDelete(lost, error);
}

/** Describes an error in one phrase. */
export function phraseOf(error: unknown): string {
  return field(error, "message") ?? shownText(error);
}

/** Formats any value for a message; never throws. */
export function shownText(value: unknown): string {
  try {
    return typeof value === "symbol" ? toText(value) : `${value}`;
  } catch {
    return "(an object that cannot be shown)";
  }
}

function field(error: unknown, key: string): string | undefined {
  try {
    const value = (error as Loose)[key];
    return typeof value === "string" ? slice(value, 0, maxCharacters) : undefined;
  } catch {
    return undefined;
  }
}

/** Returns `{"name":…,"message":…,"stack":…}`. */
export function errorText(error: unknown): string {
  if (typeof error !== "object" || error === null) {
    return `{"name":"Error","message":${quote(shownText(error))}}`;
  }
  const own = field(error, "message") ?? asData(error);
  const causes = causesOf(error);
  const message = (own === "" && causes !== "" ? "every promise failed" : own) + causes;
  const stack = field(error, "stack");
  return `{"name":${quote(field(error, "name") ?? "Error")},"message":${quote(message)}` +
    (stack === undefined ? "}" : `,"stack":${quote(stack)}}`);
}

function asData(error: object): string {
  try {
    return slice(codec.encodeText(error, "value"), 0, maxCharacters);
  } catch {
    return shownText(error);
  }
}

/** The reasons inside an error of `Promise.any`. */
function causesOf(error: object): string {
  let causes = "";
  try {
    const { errors } = error as { errors?: unknown };
    for (let i = 0; isArray(errors) && i < errors.length && i < 3; i++) {
      causes += (i === 0 ? ": " : "; ") + (field(errors[i], "message") ?? shownText(errors[i]));
    }
  } catch {
    return "";
  }
  return causes;
}

/** Returns the text of the first error that no code has handled. */
export function firstLost(): string | undefined {
  let first: string | undefined;
  eachOfMap(lost, (_: true, error: unknown) => {
    first ??= errorText(error);
  });
  return first;
}
