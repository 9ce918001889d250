/**
 * Marks a long list in a checkpoint's state that grows at its end. A store may keep its earlier items apart, so that
 * later checkpoints share them. Items must not change after they are in a checkpoint.
 */
export class GrowingList {
  constructor(readonly items: readonly unknown[]) {}

  /** The items are left out: the JSON of a state then shows cheaply whether it has such a list. */
  toJSON(): unknown {
    return { $blob: [] };
  }
}

/** Replaces marked lists in a value by plain ones. */
export function withoutMarks(value: unknown): unknown {
  if (value instanceof GrowingList) return value.items.map(withoutMarks);
  if (Array.isArray(value)) return value.map(withoutMarks);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withoutMarks(item)]));
}
