/** What can happen to the byte at an offset, and to those behind it. */
export type Harm = typeof harms[number];

/** A bit flipped, all from there on cut off, the byte zeroed, all from there on zeroed. */
export const harms = ["flipped", "cut", "zeroed", "zeroed to the end"] as const;

/** With `PLAYBOOKS_TEST_THOROUGH=1` every byte is harmed in each way, be the file large. */
export const thorough = Deno.env.get("PLAYBOOKS_TEST_THOROUGH") === "1";

/** The bytes with one of them harmed. */
export function harmed(bytes: Uint8Array, offset: number, harm: Harm): Uint8Array {
  if (harm === "cut") return bytes.slice(0, offset);
  const copy = bytes.slice();
  if (harm === "flipped") copy[offset]! ^= 1 << (offset % 8);
  else copy.fill(0, offset, harm === "zeroed" ? offset + 1 : copy.length);
  return copy;
}

/**
 * Each offset of the bytes, or one in `stride`, with each harm; gives how many there were. Every byte is flipped, and, to be
 * quick, one in four is harmed otherwise, unless this is to be thorough.
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

/** Tells how many harms there were, for who wants figures: with `PLAYBOOKS_TEST_FIGURES=1`. */
export function report(what: string, count: number, seen: Readonly<Record<string, number>> = {}): void {
  if (Deno.env.get("PLAYBOOKS_TEST_FIGURES") !== "1") return;
  // deno-lint-ignore no-console
  console.log(`figures: ${what}: ${count} harmed`, seen);
}
