import { assert } from "@std/assert";
import type { Awaitable } from "./session_store.ts";

/** Returns a value that a store must give at once. The engine uses it for reads that it cannot await. */
export function settled<T>(value: Awaitable<T>): T {
  assert(!(value instanceof Promise), "This store must answer at once");
  return value;
}
