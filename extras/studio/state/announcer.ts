import { signal } from "@preact/signals";
import { cleanLine, cutText } from "../../../src/text/mod.ts";
import type { LiveEvent } from "../data/studio_api.ts";

/** A text for screen readers. */
interface Announcement {
  readonly id: number;
  readonly text: string;
}

/**
 * Texts for screen readers: new words, new questions, the end. Words are told when they are whole. Of many news that come
 * together, only the last one is told, so that a fast program does not talk without end.
 */
export class Announcer {
  /** The newest texts, oldest first. */
  readonly texts = signal<readonly Announcement[]>([]);
  readonly #questions = new Set<string>();
  #news: string[] = [];
  #count = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** Takes each event of the stream. */
  take(event: LiveEvent): void {
    const text = this.#textOf(event);
    if (text === undefined) return;
    this.#news.push(cutText(cleanLine(text), { maxCharacters }));
    this.#timer ??= setTimeout(() => this.#tell(), pauseMs);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  #textOf(event: LiveEvent): string | undefined {
    switch (event.type) {
      case "say":
        return `${event.klass} says: ${event.text}`;
      case "ask":
        // Each connection tells the open questions again.
        if (this.#questions.has(event.id)) return undefined;
        this.#questions.add(event.id);
        return `${event.klass} waits for an answer of ${event.person}`;
      case "program-end":
        return event.status === "completed"
          ? "The program has ended"
          : `The program failed: ${event.reason ?? ""}`;
      default:
        return undefined;
    }
  }

  #tell(): void {
    this.#timer = undefined;
    const [news, last] = [this.#news, this.#news.at(-1)!];
    this.#news = [];
    const told = news.length > maxTogether ? [`${news.length} news. The last one: ${last}`] : news;
    const texts = told.map((text) => ({ id: ++this.#count, text }));
    this.texts.value = [...this.texts.value, ...texts].slice(-maxTexts);
  }
}

/** News within this time are told together. */
const pauseMs = 500;
const maxTogether = 3;
const maxTexts = 5;
/** Of one text. The story has the whole words. */
const maxCharacters = 400;
