/** Kinds of damage to the byte at an offset and the bytes after it. */
export type Harm = typeof harms[number];

/** A flipped bit, a cut at the offset, a zeroed byte, or zeros from the offset to the end. */
export const harms = ["flipped", "cut", "zeroed", "zeroed to the end"] as const;

/** With `PLAYBOOKS_TEST_THOROUGH=1` every byte is damaged in each way, also in large files. */
export const thorough = Deno.env.get("PLAYBOOKS_TEST_THOROUGH") === "1";

/** A copy of the bytes with the damage at `offset`. */
export function harmed(bytes: Uint8Array, offset: number, harm: Harm): Uint8Array {
  if (harm === "cut") return bytes.slice(0, offset);
  const copy = bytes.slice();
  if (harm === "flipped") copy[offset]! ^= 1 << (offset % 8);
  else copy.fill(0, offset, harm === "zeroed" ? offset + 1 : copy.length);
  return copy;
}

/**
 * Tries each offset, or one in `stride`, with each kind of damage; returns the number of tries. Every byte is flipped.
 * To save time, only one byte in four gets the other kinds, unless the run is thorough.
 */
export function forEachHarm(
  bytes: Uint8Array,
  work: (bytes: Uint8Array, offset: number, harm: Harm) => void,
  options: { readonly stride?: number } = {},
): number {
  let count = 0;
  for (let offset = 0; offset < bytes.length; offset += options.stride ?? 1) {
    for (const harm of harms) {
      if (harm !== "flipped" && !thorough && offset % 4 !== 0) continue;
      const copy = harmed(bytes, offset, harm);
      work(copy, offset, harm);
      count++;
    }
  }
  return count;
}

/** Prints the number of tries if `PLAYBOOKS_TEST_FIGURES=1`. */
export function report(what: string, count: number, seen: Readonly<Record<string, number>> = {}): void {
  if (Deno.env.get("PLAYBOOKS_TEST_FIGURES") !== "1") return;
  // deno-lint-ignore no-console
  console.log(`figures: ${what}: ${count} harmed`, seen);
}
