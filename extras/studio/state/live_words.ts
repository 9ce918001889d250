import { signal } from "@preact/signals";
import { type Preview, sayPreview } from "../../../src/frontends/live_words/say_preview.ts";
import { applyToWritings, type Writings } from "../../../src/frontends/live_words/writing.ts";
import { personNamed } from "../../../src/language/people.ts";
import type { PersonInfo } from "../../../src/session/mod.ts";
import type { LiveEvent } from "../data/studio_api.ts";

/** Words to persons that the model of an agent is writing. */
interface WordsInWriting {
  readonly agent: string;
  readonly words: readonly Preview[];
}

/** Words that models are writing, folded from the events of a session. They are shown once a frame. */
export class LiveWords {
  readonly words = signal<readonly WordsInWriting[]>([]);
  #writings: Writings = new Map();
  #people: readonly PersonInfo[] = [];
  /** Words whose text is complete, and the entry of the answer: they stay until the story has the next entry. */
  #complete = new Map<string, { readonly words: WordsInWriting; readonly position: number }>();
  #isDue = false;

  /** Takes each event of the stream. */
  take(event: LiveEvent): void {
    switch (event.type) {
      case "session":
        // Another connection: its server tells the texts from their beginning.
        this.#writings = new Map();
        this.#complete.clear();
        return this.#drawSoon();
      case "persons":
        this.#people = event.people;
        return;
      case "text":
        // This reader came in the middle of the turn, and gets the text so far.
        if (!this.#writings.has(event.agent)) this.#begin(event.agent);
        this.#complete.delete(event.agent);
        break;
      case "completion":
        this.#keep(event.agent, event.position);
        break;
      case "turn":
      case "retrying":
      case "withdrawn":
        break;
      default:
        return;
    }
    this.#writings = applyToWritings(this.#writings, event);
    this.#drawSoon();
  }

  /** The story has been read up to an entry: it shows the words that were said until then. */
  shown(position: number): void {
    for (const [agent, { position: answered }] of this.#complete) {
      if (position > answered) this.#complete.delete(agent);
    }
    this.#draw();
  }

  #begin(agent: string): void {
    this.#writings = new Map([...this.#writings, [agent, { turns: 1, mixed: false, text: "" }]]);
  }

  #keep(agent: string, position: number): void {
    const words = this.#wordsOf(agent);
    if (words.words.length > 0) this.#complete.set(agent, { words, position });
  }

  #wordsOf(agent: string): WordsInWriting {
    const text = this.#writings.get(agent)?.text ?? "";
    return { agent, words: text === "" ? [] : sayPreview(text, (name) => this.#streams(name)) };
  }

  /** A person whose words do not stream sees them when they are said. */
  #streams(name: string): boolean {
    const people = this.#people.length > 0 ? this.#people : [defaultPerson];
    return personNamed(people, name)?.streams ?? false;
  }

  #drawSoon(): void {
    if (this.#isDue) return;
    this.#isDue = true;
    requestAnimationFrame(() => {
      this.#isDue = false;
      this.#draw();
    });
  }

  #draw(): void {
    const writing = [...this.#writings.keys()].map((agent) => this.#wordsOf(agent));
    const complete = [...this.#complete.values()].map(({ words }) => words);
    const all = [...complete, ...writing].filter(({ words }) => words.length > 0);
    if (all.length > 0 || this.words.value.length > 0) this.words.value = all;
  }
}

const defaultPerson: PersonInfo = { name: "user", displayName: "User", streams: true };
