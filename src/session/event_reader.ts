import { decodeEntry, Programs, restoreState } from "../engine/mod.ts";
import type { EntryPlace, SessionStore } from "../store/mod.ts";
import { EntryReader } from "./entry_reader.ts";
import type { SessionEvent } from "./event.ts";
import { EventFold } from "./event_fold.ts";

/** Reads the events of a session from its entries, as another process writes them. */
export class EventReader {
  readonly #store: Pick<SessionStore, "read" | "load">;
  readonly #id: string;
  readonly #entries: EntryReader;
  readonly #programs = new Programs();
  #fold: EventFold | undefined;

  /** Begins after the first `position` entries. `before` is as for `EntryReader`. */
  constructor(store: Pick<SessionStore, "read" | "load">, id: string, position = 0, before?: EntryPlace) {
    this.#store = store;
    this.#id = id;
    this.#entries = new EntryReader(store, id, position, before);
  }

  /** The position of the last entry that was read. */
  get position(): number {
    return this.#entries.position;
  }

  /** The events of each entry since the last call, in order. An entry may have none. Throws as `EntryReader.next`. */
  async *next(): AsyncGenerator<readonly SessionEvent[]> {
    for await (const { position, entry: stored } of this.#entries.next()) {
      const entry = decodeEntry(stored);
      if ("source" in entry && typeof entry.source === "object") await this.#programs.add([entry.source]);
      this.#fold ??= await this.#foldAfter(position - 1);
      yield this.#fold.take(entry);
    }
  }

  /** Without the first entries, their state is needed. A fork of a damaged session lacks them. */
  async #foldAfter(base: number): Promise<EventFold> {
    if (base === 0) return new EventFold(this.#programs);
    const state = restoreState(await this.#store.load(this.#id, { position: base }));
    await this.#programs.add(Object.values(state.sources));
    return new EventFold(this.#programs, state);
  }
}
