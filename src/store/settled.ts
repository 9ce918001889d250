import { assert } from "@std/assert";
import type { Awaitable } from "./session_store.ts";

/** A value that a store must have at once. The engine reads in this way what it cannot wait for yet. */
export function settled<T>(value: Awaitable<T>): T {
  assert(!(value instanceof Promise), "This store must answer at once");
  return value;
}
