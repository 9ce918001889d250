import type { SessionStore } from "../store/mod.ts";
import { StoryIndex } from "./story_index.ts";

/** The stories of the sessions that were read last, so that a reader who comes again need not wait. */
export class StoryIndexes {
  readonly #store: SessionStore;
  /** By id and length of values. The one that was used last is the last. */
  readonly #indexes = new Map<string, StoryIndex>();

  constructor(store: SessionStore) {
    this.#store = store;
  }

  /**
   * The index of a session, with values of at most `maxCharacters`. It was read only as far as its last `refresh` went.
   */
  of(id: string, { maxCharacters }: { readonly maxCharacters: number }): StoryIndex {
    const key = `${id} ${maxCharacters}`;
    const index = this.#indexes.get(key) ?? new StoryIndex(this.#store, id, { maxCharacters });
    this.#indexes.delete(key);
    this.#indexes.set(key, index);
    this.#dropOldest();
    return index;
  }

  /** Keeps the memory bounded: drops the indexes that were not used for the longest time. */
  #dropOldest(): void {
    let rows = 0;
    for (const index of this.#indexes.values()) rows += index.rows;
    for (const [key, index] of this.#indexes) {
      if (this.#indexes.size <= 1 || (this.#indexes.size <= maxIndexes && rows <= maxRows)) return;
      rows -= index.rows;
      this.#indexes.delete(key);
    }
  }
}

const maxIndexes = 20;
/** About 1 kB of memory each. */
const maxRows = 400_000;
