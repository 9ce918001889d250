import MagicString from "magic-string";

/** A position in a text. Line and column count from 1; columns count UTF-16 units. */
interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** Edits a source text and keeps its lines. Maps a position in the result to one in the original. */
export class SourceEdits {
  readonly text: string;
  readonly #edited: MagicString;
  readonly #lineStarts: readonly number[];

  constructor(text: string) {
    this.text = text;
    this.#edited = new MagicString(text);
    this.#lineStarts = lineStarts(text);
  }

  /** Inserts at an offset. Several insertions at one offset keep the order of the calls. */
  insert(offset: number, inserted: string): void {
    this.#edited.appendLeft(offset, inserted);
  }

  /** Inserts at an offset, before all that was inserted there. */
  insertFirst(offset: number, inserted: string): void {
    this.#edited.prependLeft(offset, inserted);
  }

  /** Inserts behind the `{` at an offset, before all that is inserted at the block's first statement. Once per block. */
  openBlock(brace: number, inserted: string): void {
    this.#edited.update(brace, brace + 1, `{${inserted}`);
  }

  /** Inserts at an offset, after all that belongs to the text before it. */
  insertAfter(offset: number, inserted: string): void {
    this.#edited.appendRight(offset, inserted);
  }

  /**
   * Puts texts around a range, inside all other texts at its ends; at the ends that `outside` names, outside the texts
   * that are there. Call it for outer ranges first.
   */
  wrap(
    { start, end }: { readonly start: number; readonly end: number },
    [before, after]: readonly [string, string],
    outside: { readonly start: boolean; readonly end: boolean },
  ): void {
    if (outside.start) this.#edited.prependLeft(start, before);
    else this.#edited.appendRight(start, before);
    if (outside.end) this.#edited.appendLeft(end, after);
    else this.#edited.prependLeft(end, after);
  }

  /** Replaces `length` characters. They must not contain a line end. */
  replace(offset: number, length: number, replacement: string): void {
    this.#edited.update(offset, offset + length, replacement);
  }

  /** The text with all edits. */
  apply(): string {
    return this.#edited.toString();
  }

  /**
   * Maps a position in the result to an offset in the original. `column` counts code points from 1. A position in
   * inserted text maps to the next original character.
   */
  originalOffset(line: number, column: number): number | undefined {
    const start = this.#lineStarts[line - 1];
    if (start === undefined) return undefined;
    const result = this.apply();
    const starts = lineStarts(result);
    const before = [...result.slice(starts[line - 1], starts[line])].slice(0, column - 1).join("");
    // A source map counts only "\n" as a line end.
    const offset = starts[line - 1]! + before.length;
    const row = result.slice(0, offset).split("\n").length - 1;
    const mapColumn = offset - (result.lastIndexOf("\n", offset - 1) + 1);
    const segments = this.#edited.generateDecodedMap({ hires: true }).mappings[row] ?? [];
    const segment = segments.find(([generated]) => generated >= mapColumn);
    const end = this.#lineStarts[line] ?? this.text.length;
    if (segment === undefined) return end;
    const [, , originalRow = row, originalColumn = 0] = segment;
    return Math.min(end, offsetOfRow(this.text, originalRow) + originalColumn);
  }

  /** The position of an offset in the original. */
  positionOf(offset: number): TextPosition {
    let [low, high] = [0, this.#lineStarts.length - 1];
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - this.#lineStarts[low]! + 1 };
  }
}

/** The start offsets of lines, by the line ends of QuickJS and acorn. */
function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (const { index, 0: { length } } of text.matchAll(/\r\n|[\n\r\u2028\u2029]/g)) {
    starts.push(index + length);
  }
  return starts;
}

/** The start offset of a row. Rows count from 0 and end at "\n". */
function offsetOfRow(text: string, row: number): number {
  let offset = 0;
  for (let index = 0; index < row; index++) offset = text.indexOf("\n", offset) + 1;
  return offset;
}
