import { assert } from "@std/assert";
import type { Awaitable } from "./session_store.ts";

/** Calls `next` with a value: at once if the value is there, else when its promise resolves. */
export function whenSettled<T, R>(value: Awaitable<T>, next: (value: T) => Awaitable<R>): Awaitable<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Returns a value that a store must give at once. The engine uses it for reads that it cannot await. */
export function settled<T>(value: Awaitable<T>): T {
  assert(!(value instanceof Promise), "This store must answer at once");
  return value;
}
