import type { PersonInfo, SpokenMessage } from "../session/mod.ts";
import { shownName } from "./addressed.ts";

/** Says who speaks to whom, in programs with several persons. */
export class WordsHeader {
  people: readonly PersonInfo[] = [];
  #last: string | undefined;

  /** The line above words, if speaker or listener have changed. */
  of({ agent, klass, to }: SpokenMessage): string | undefined {
    if (this.people.length < 2) return undefined;
    const line = `[${klass}(${agent}) → ${shownName(this.people, to)}]`;
    if (line === this.#last) return undefined;
    this.#last = line;
    return line;
  }
}
