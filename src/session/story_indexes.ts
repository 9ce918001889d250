import type { SessionStore } from "../store/mod.ts";
import { StoryIndex } from "./story_index.ts";

/** The stories of the sessions that were read last, so that a reader who comes again need not wait. */
export class StoryIndexes {
  readonly #store: SessionStore;
  readonly #maxCharacters: number;
  /** The one that was used last is the last. */
  readonly #indexes = new Map<string, StoryIndex>();

  constructor(store: SessionStore, { maxCharacters }: { readonly maxCharacters: number }) {
    this.#store = store;
    this.#maxCharacters = maxCharacters;
  }

  /** The index of a session. It was read only as far as its last `refresh` went. */
  of(id: string): StoryIndex {
    const index = this.#indexes.get(id) ??
      new StoryIndex(this.#store, id, { maxCharacters: this.#maxCharacters });
    this.#indexes.delete(id);
    this.#indexes.set(id, index);
    this.#dropOldest();
    return index;
  }

  /** Keeps the memory bounded: drops the indexes that were not used for the longest time. */
  #dropOldest(): void {
    let rows = 0;
    for (const index of this.#indexes.values()) rows += index.rows;
    for (const [id, index] of this.#indexes) {
      if (this.#indexes.size <= 1 || (this.#indexes.size <= maxIndexes && rows <= maxRows)) return;
      rows -= index.rows;
      this.#indexes.delete(id);
    }
  }
}

const maxIndexes = 20;
/** About 1 kB of memory each. */
const maxRows = 400_000;
