/** The journal grows by at least this many bytes between two checkpoints. A shorter tail is read in no time. */
export const minTailBytes = 256 * 1024;

/**
 * Says when a checkpoint is due: when the journal has grown by half the size of the last checkpoint.
 *
 * So all checkpoints together take at most twice the bytes of the journal, and a resume reads little beside the state
 * itself.
 */
export class CheckpointSchedule {
  #journalSize: number;
  #lastBytes: number;

  /** `last`: the journal's size at the last checkpoint, and that checkpoint's bytes. Both are 0 without one. */
  constructor(last: { readonly journalSize: number; readonly bytes: number } = { journalSize: 0, bytes: 0 }) {
    this.#journalSize = last.journalSize;
    this.#lastBytes = last.bytes;
  }

  /** Whether the tail is long enough for a new checkpoint. */
  due(journalSize: number): boolean {
    return journalSize - this.#journalSize >= Math.max(minTailBytes, this.#lastBytes / 2);
  }

  /** Call this after each attempt, also after one that was too big, so that it is not repeated at every entry. */
  done(journalSize: number, bytes: number): void {
    this.#journalSize = journalSize;
    this.#lastBytes = bytes;
  }
}

/** The notice about a checkpoint that is larger than `max_checkpoint_size_mb` allows. */
export function tooBigNotice(position: number, bytes: number, limitMb: number): string {
  return `Checkpoint ${position} was not written: it takes ${(bytes / 1024 / 1024).toFixed(1)} MB and ` +
    `max_checkpoint_size_mb is ${limitMb}; a resume reads the journal instead`;
}
