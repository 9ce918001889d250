// Lists that only ever grow at their end, and of which checkpoints keep each item once.

/** What is kept of a list in a session's blobs: its first items, in chunks. */
export interface Kept {
  /** The session's folder. */
  readonly folder: string;
  /** A blob's name, and the number of items up to its end. */
  readonly chunks: { readonly name: string; readonly end: number }[];
  /** UTF-16 units of all chunks. */
  length: number;
}

/**
 * A long list that a checkpoint need not hold whole: what `BlobStore.pack` finds wrapped in this, it keeps in blobs which
 * later checkpoints share. Its items must never change.
 */
export class GrowingList {
  constructor(readonly items: readonly unknown[]) {}

  /** Stands for the list where only the need to pack is looked for. */
  toJSON(): unknown {
    return { $blob: [] };
  }
}

/**
 * Says that a list has all items of another one and then more: what is kept of one is kept of both. Where two lists go
 * on from the same one, the first does.
 */
export function continueList(before: readonly unknown[], after: readonly unknown[]): void {
  const line = lines.get(before);
  if (line?.last !== before) return;
  line.last = after;
  lines.set(after, line);
}

/** What is kept of a list in a session's folder: to be added to. */
export function keptOf(items: readonly unknown[], folder: string): Kept {
  const kept = lines.get(items)?.kept;
  if (kept?.folder === folder) return kept;
  const none = { folder, chunks: [], length: 0 };
  remember(items, none);
  return none;
}

/** Notes what is kept of a list. */
export function remember(items: readonly unknown[], kept: Kept): void {
  lines.set(items, { kept, last: items });
}

/** Lists each of which has all items of the one before, the longest being `last`: they share what is kept. */
interface Line {
  readonly kept: Kept;
  last: readonly unknown[];
}

const lines = new WeakMap<readonly unknown[], Line>();
