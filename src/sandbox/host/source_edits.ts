/** A place in a text: line and column count from 1, columns in UTF-16 units. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

interface Edit {
  readonly at: number;
  readonly remove: number;
  readonly insert: string;
}

/** Changes to a source text that keep its lines, so that places in the result can be told as places in the original. */
export class SourceEdits {
  readonly text: string;
  readonly #edits: Edit[] = [];
  readonly #lineStarts: readonly number[];

  constructor(text: string) {
    this.text = text;
    this.#lineStarts = lineStarts(text);
  }

  /** Inserts at an offset; of two insertions at one offset the later call comes second. */
  insert(at: number, insert: string): void {
    this.#edits.push({ at, remove: 0, insert });
  }

  /** Replaces `remove` characters, none of which may be a line's end. */
  replace(at: number, remove: number, insert: string): void {
    this.#edits.push({ at, remove, insert });
  }

  /** The text with all edits. */
  apply(): string {
    let result = "";
    let from = 0;
    for (const { at, remove, insert } of this.#sorted()) {
      result += this.text.slice(from, at) + insert;
      from = at + remove;
    }
    return result + this.text.slice(from);
  }

  /** The offset in the original of a place in the result; `codePoints` is the column there, which counts from 1. */
  originalOffset(line: number, codePoints: number): number | undefined {
    const start = this.#lineStarts[line - 1];
    if (start === undefined) return undefined;
    const end = this.#lineStarts[line] ?? this.text.length;
    let left = codePoints - 1;
    let offset = start;
    for (const { at, remove, insert } of this.#sorted()) {
      if (at < start || at > end) continue;
      const before = [...this.text.slice(offset, at)];
      if (left < before.length) return offset + before.slice(0, left).join("").length;
      left -= before.length;
      offset = at;
      if (left < insert.length) return at;
      left -= insert.length;
      offset = at + remove;
    }
    return Math.min(end, offset + [...this.text.slice(offset, end)].slice(0, left).join("").length);
  }

  /** Line and column of an offset in the original. */
  placeOf(offset: number): Place {
    let [low, high] = [0, this.#lineStarts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - this.#lineStarts[low]! + 1 };
  }

  #sorted(): Edit[] {
    return this.#edits.sort((a, b) => a.at - b.at);
  }
}

/** Lines as QuickJS and acorn count them. */
function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (const { index, 0: { length } } of text.matchAll(/\r\n|[\n\r\u2028\u2029]/g)) {
    starts.push(index + length);
  }
  return starts;
}
