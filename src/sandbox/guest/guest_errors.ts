import type { Primordials } from "./guest_primordials.ts";

/** Errors of the guest: as text for the host, and which of them nobody has seen. */
export interface GuestErrors {
  /** An error with a name of ours. */
  named(name: string, message: string): Error;
  /** Any value as words; never throws. */
  shown(value: unknown): string;
  /** What is to be said of an error in one phrase. */
  messageOf(error: unknown): string;
  /** `{"name":…,"message":…,"stack":…}`. */
  text(error: unknown): string;
  /** Notes an error that somebody should see. */
  lose(error: unknown): void;
  /** Notes that somebody has seen it. */
  see(error: unknown): void;
  /** The text of the first error that nobody has seen. */
  firstLost(): string | undefined;
}

/**
 * Makes the error part of the guest. Its source is run inside the sandbox, so it refers to nothing outside itself.
 *
 * QuickJS tells nobody of rejected promises that have no handler. So errors are noted where effects fail and where they
 * leave async functions, and struck out where they are caught: in `catch` clauses, which the host has rewritten to say
 * so, and in handlers of promises.
 */
export function createErrors(
  primordials: Primordials,
  encodeText: (value: unknown, where: string) => string,
): GuestErrors {
  type Loose = Record<PropertyKey, unknown>;
  const { quote, isArray, slice, fix, defineProperty, apply } = primordials;
  const { mapSet, mapDelete, eachOfMap, Error: NewError, String: toText } = primordials;
  const lost = new Map<unknown, true>();
  const maxCharacters = 10_000;
  trackHandlers();

  return {
    named,
    shown,
    messageOf: (error) => field(error, "message") ?? shown(error),
    text,
    lose: (error) => void mapSet(lost, error, true),
    see: (error) => void mapDelete(lost, error),
    firstLost,
  };

  function trackHandlers(): void {
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

  function named(name: string, message: string): Error {
    const error = new NewError(message);
    fix(error, "name", name);
    return error;
  }

  function shown(value: unknown): string {
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

  function text(error: unknown): string {
    if (typeof error !== "object" || error === null) {
      return `{"name":"Error","message":${quote(shown(error))}}`;
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
      return slice(encodeText(error, "value"), 0, maxCharacters);
    } catch {
      return shown(error);
    }
  }

  /** `Promise.any` fails with an error that has the reasons inside. */
  function causesOf(error: object): string {
    let causes = "";
    try {
      const { errors } = error as { errors?: unknown };
      for (let i = 0; isArray(errors) && i < errors.length && i < 3; i++) {
        causes += (i === 0 ? ": " : "; ") + (field(errors[i], "message") ?? shown(errors[i]));
      }
    } catch {
      return "";
    }
    return causes;
  }

  function firstLost(): string | undefined {
    let first: string | undefined;
    eachOfMap(lost, (_: true, error: unknown) => {
      first ??= text(error);
    });
    return first;
  }
}
