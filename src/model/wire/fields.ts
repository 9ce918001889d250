/** The fields of an object that a server sent. */
export type Fields = Readonly<Record<string, unknown>>;

/** The value as an object; `undefined` for a list and for any other value. */
export function objectOf(value: unknown): Fields | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Fields : undefined;
}

/** The objects of a list; empty for any other value. */
export function objectsOf(value: unknown): readonly Fields[] {
  return Array.isArray(value) ? value.map(objectOf).filter((item) => item !== undefined) : [];
}

/** The value if it is a text, else `""`. */
export function stringOf(value: unknown): string {
  return typeof value === "string" ? value : "";
}

/** The value if it is a text; a number as text; else `""`. */
export function numberAsText(value: unknown): string {
  return typeof value === "number" ? String(value) : stringOf(value);
}

/** A finite number, also if it is written as text (`"12"`); `undefined` for any other value. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === "string" && value.trim() === "") return undefined;
  const number = typeof value === "number" || typeof value === "string" ? Number(value) : NaN;
  return Number.isFinite(number) ? number : undefined;
}

/** The named counts of an object, without those that are no count: an integer from 0. */
export function countsOf<K extends string>(
  fields: Fields | undefined,
  names: readonly K[],
): Partial<Record<K, number>> {
  const counts: Partial<Record<K, number>> = {};
  for (const name of names) {
    const count = numberOf(fields?.[name]);
    if (Number.isSafeInteger(count) && count! >= 0) counts[name] = count!;
  }
  return counts;
}
