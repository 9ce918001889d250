import type { Entry } from "../../src/engine/mod.ts";

/** The number of entries of a type. */
export function countOf(entries: readonly Entry[], type: Entry["type"]): number {
  return entries.filter((entry) => entry.type === type).length;
}

/** The outcomes of all calls as JSON, sorted, because agents return in any order. */
export function returnsIn(entries: readonly Entry[]): readonly string[] {
  return entries.flatMap((entry) => entry.type === "return" ? [JSON.stringify(entry.outcome)] : []).sort();
}
