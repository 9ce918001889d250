/**
 * The place of a number in parsed JSON that is too large for a number, such as `1e999`; `undefined` if there is none.
 * `JSON.parse` reads it as infinite, and JSON that is made of that says `null`.
 *
 * ```ts
 * infiniteNumberPath(JSON.parse('{"items":[1e999]}')); // ["items", "0"]
 * ```
 */
export function infiniteNumberPath(json: unknown): readonly string[] | undefined {
  // No recursion: JSON may be nested deeper than the stack.
  const left: Place[] = [{ value: json }];
  for (let place = left.pop(); place !== undefined; place = left.pop()) {
    const { value } = place;
    if (typeof value === "number" && !Number.isFinite(value)) return pathOf(place);
    if (typeof value !== "object" || value === null) continue;
    for (const [key, inner] of Object.entries(value)) {
      if (typeof inner === "number" || typeof inner === "object") {
        left.push({ value: inner, key, parent: place });
      }
    }
  }
  return undefined;
}

interface Place {
  readonly value: unknown;
  readonly key?: string;
  readonly parent?: Place;
}

function pathOf(place: Place): readonly string[] {
  const path: string[] = [];
  for (let each: Place | undefined = place; each?.key !== undefined; each = each.parent) path.push(each.key);
  return path.toReversed();
}
