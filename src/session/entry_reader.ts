import type { EntryPlace, SessionStore, StoredEntry } from "../store/mod.ts";

/** Reads the entries of a session as another process writes them, each once. */
export class EntryReader {
  readonly #store: Pick<SessionStore, "read">;
  readonly #id: string;
  readonly #first: number;
  #after: EntryPlace | undefined;

  /** Begins after the first `position` entries. `before` is the place before the last of them, if it is known. */
  constructor(store: Pick<SessionStore, "read">, id: string, position = 0, before?: EntryPlace) {
    this.#store = store;
    this.#id = id;
    this.#first = position + 1;
    // Reads the entry before, too: then the place after it is known, and is not searched again.
    if (position > 1) this.#after = before ?? { position: position - 1, end: 0 };
  }

  /** The position of the last entry that was read. */
  get position(): number {
    return this.#after?.position ?? 0;
  }

  /**
   * The entries since the last call, in order: it reads only their part of the journal. Throws the store's error at the
   * first entry that cannot be read, after the entries before it.
   */
  async *next(): AsyncGenerator<StoredEntry> {
    const options = this.#after ? { after: this.#after } : {};
    for (const stored of await this.#store.read(this.#id, options)) {
      if (stored.position >= this.#first) yield stored;
      this.#after = { position: stored.position, end: stored.end ?? 0 };
    }
  }
}
