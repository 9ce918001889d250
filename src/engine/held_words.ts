import type { SessionContext } from "./context.ts";

/**
 * Shows the words that were kept for persons whose words are buffered: after `buffer_timeout` without new words to this
 * person, when the person is asked, and when nothing else can happen. The end of the program shows all; see `recordEnd`.
 */
export class HeldWordsRelease {
  readonly #context: SessionContext;

  constructor(context: SessionContext) {
    this.#context = context;
  }

  /** When the next words are due, ms since 1970; `Infinity` if none are kept. */
  nextMs(): number {
    return Math.min(Infinity, ...this.#dueByPerson().values());
  }

  /** Shows all words whose time has come. */
  releaseDue(): void {
    const { state, clock } = this.#context;
    if (!state.held) return;
    const now = clock.now();
    const due = this.#dueByPerson();
    this.#release((person) => due.get(person)! <= now);
  }

  /** Shows the words to persons who are asked. Returns whether it recorded an entry. */
  releaseFor(persons: readonly string[]): boolean {
    return this.#release((person) => persons.includes(person));
  }

  /** Shows all words. Returns whether it recorded an entry. */
  releaseAll(): boolean {
    return this.#release(() => true);
  }

  #release(isDue: (person: string) => boolean): boolean {
    const { state, writer } = this.#context;
    const held = (state.held ?? []).filter(({ to }) => isDue(to));
    writer.recordReleases(held);
    return held.length > 0;
  }

  /** Words of a person whose words are no longer buffered, because the program was edited, are due at once. */
  #dueByPerson(): ReadonlyMap<string, number> {
    const { state, definitions } = this.#context;
    const due = new Map<string, number>();
    if (!state.held) return due;
    const people = new Map(definitions.people().map((person) => [person.name, person]));
    for (const { to, at } of state.held) due.set(to, at + (people.get(to)?.delivery.bufferMs ?? 0));
    return due;
  }
}
