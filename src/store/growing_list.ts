/**
 * Marks a long list in a checkpoint's state that grows at its end. A store may keep the items that were there already
 * apart, so that later checkpoints share them. Items must not change once they are in a checkpoint.
 */
export class GrowingList {
  constructor(readonly items: readonly unknown[]) {}

  /** Not the items: the JSON of a state tells cheaply whether it has such a list. */
  toJSON(): unknown {
    return { $blob: [] };
  }
}

/** The value with plain lists in place of marked ones. */
export function withoutMarks(value: unknown): unknown {
  if (value instanceof GrowingList) return value.items.map(withoutMarks);
  if (Array.isArray(value)) return value.map(withoutMarks);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutMarks(item)]));
}
