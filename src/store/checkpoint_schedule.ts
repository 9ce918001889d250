/** The least that the journal grows between two checkpoints, in bytes: below that, reading the tail costs nothing. */
export const leastTailBytes = 256 * 1024;

/**
 * Says when a checkpoint is due: when the journal has grown, since the last one, by half as much as that one
 * took.
 *
 * So all checkpoints together take at most twice what the journal does, whatever the state's size, and a resume reads little
 * beside the state itself.
 */
export class CheckpointSchedule {
  #journalSize: number;
  #lastBytes: number;

  /** After `recover`: where the journal stood at the last checkpoint (0) and what that took (0). */
  constructor(last: { readonly journalSize: number; readonly bytes: number } = { journalSize: 0, bytes: 0 }) {
    this.#journalSize = last.journalSize;
    this.#lastBytes = last.bytes;
  }

  /** Whether the tail is long enough for a new checkpoint. */
  due(journalSize: number): boolean {
    return journalSize - this.#journalSize >= Math.max(leastTailBytes, this.#lastBytes / 2);
  }

  /** To be called after each attempt, one that was too big included: it is not to be tried at every entry. */
  done(journalSize: number, bytes: number): void {
    this.#journalSize = journalSize;
    this.#lastBytes = bytes;
  }
}
