/** A piece of an answer: text for the reader, or a thought of the model. */
interface Piece {
  readonly type: "text" | "thought";
  readonly text: string;
}

/**
 * Separates the thoughts of open models from their answers while the text streams: a `<think>…</think>` block at the start
 * of the text. Anywhere else such a tag is text.
 */
export class ThinkTags {
  #place: "start" | "thought" | "after" | "text" = "start";
  /** Text that may become a tag, or the space around a tag. */
  #held = "";

  /** Takes the next part of the stream. */
  push(text: string): Piece[] {
    this.#held += text;
    const pieces: Piece[] = [];
    for (;;) {
      const before = this.#place;
      this.#step(pieces);
      if (this.#place === before) return joined(pieces);
    }
  }

  /** Ends the stream and returns the held text. */
  end(): Piece[] {
    const text = this.#held;
    this.#held = "";
    if (text === "" || this.#place === "after") return [];
    return [{ type: this.#place === "thought" ? "thought" : "text", text }];
  }

  #step(pieces: Piece[]): void {
    switch (this.#place) {
      case "start": {
        const begin = this.#held.trimStart();
        const open = openTags.find((tag) => begin.startsWith(tag));
        if (open !== undefined) {
          this.#held = begin.slice(open.length);
          this.#place = "thought";
        } else if (!openTags.some((tag) => tag.startsWith(begin))) {
          this.#place = "text";
        }
        return;
      }
      case "thought": {
        const close = /<\/think(?:ing)?>/.exec(this.#held);
        const end = close ? close.index : this.#held.length - lengthOfTagBegun(this.#held);
        if (end > 0) pieces.push({ type: "thought", text: this.#held.slice(0, end) });
        this.#held = this.#held.slice(close ? end + close[0].length : end);
        if (close) this.#place = "after";
        return;
      }
      case "after":
        this.#held = this.#held.trimStart();
        if (this.#held !== "") this.#place = "text";
        return;
      case "text":
        if (this.#held !== "") pieces.push({ type: "text", text: this.#held });
        this.#held = "";
    }
  }
}

const openTags: readonly string[] = ["<think>", "<thinking>"];
const closeTags: readonly string[] = ["</think>", "</thinking>"];

/** The length of the end of `text` that may begin a closing tag. */
function lengthOfTagBegun(text: string): number {
  const at = text.lastIndexOf("<");
  const end = at < 0 ? "" : text.slice(at);
  return closeTags.some((tag) => tag.startsWith(end)) ? end.length : 0;
}

function joined(pieces: readonly Piece[]): Piece[] {
  return pieces.filter(({ text }) => text !== "");
}
