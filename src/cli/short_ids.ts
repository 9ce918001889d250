import { shortIdLength } from "../store/short_id.ts";

/**
 * The number of last characters that tell all ids apart, applied to one. The first characters are the time, so ids of one
 * minute start alike.
 */
export function shortIds(all: readonly string[]): (id: string) => string {
  const length = endLength(all);
  return (id) => id.slice(-length);
}

function endLength(ids: readonly string[]): number {
  for (let length = shortIdLength;; length++) {
    const ends = new Set(ids.map((id) => id.slice(-length)));
    if (ends.size === ids.length && !ids.some((id) => id.at(-length) === "-")) return length;
  }
}
