import MagicString from "magic-string";

/** A position in a text: line and column count from 1, columns in UTF-16 units. */
interface TextPosition {
  readonly line: number;
  readonly column: number;
}

/** Edits of a source text that keep its lines, so that a position in the result maps to one in the original. */
export class SourceEdits {
  readonly text: string;
  readonly #edited: MagicString;
  readonly #lineStarts: readonly number[];

  constructor(text: string) {
    this.text = text;
    this.#edited = new MagicString(text);
    this.#lineStarts = lineStarts(text);
  }

  /** Inserts at an offset; of two insertions at one offset the later call comes second. */
  insert(offset: number, inserted: string): void {
    this.#edited.appendLeft(offset, inserted);
  }

  /** Replaces `length` characters, which contain no end of a line. */
  replace(offset: number, length: number, replacement: string): void {
    this.#edited.update(offset, offset + length, replacement);
  }

  /** The text with all edits. */
  apply(): string {
    return this.#edited.toString();
  }

  /**
   * The offset in the original of a position in the result. `column` counts code points from 1. A position in inserted
   * text maps to the original character behind it.
   */
  originalOffset(line: number, column: number): number | undefined {
    const start = this.#lineStarts[line - 1];
    if (start === undefined) return undefined;
    const result = this.apply();
    const starts = lineStarts(result);
    const before = [...result.slice(starts[line - 1], starts[line])].slice(0, column - 1).join("");
    // A source map counts only "\n" as the end of a line.
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

/** Offsets at which lines begin, as QuickJS and acorn count lines. */
function lineStarts(text: string): readonly number[] {
  const starts = [0];
  for (const { index, 0: { length } } of text.matchAll(/\r\n|[\n\r\u2028\u2029]/g)) {
    starts.push(index + length);
  }
  return starts;
}

/** The offset at which a row begins; rows count from 0 and end at "\n". */
function offsetOfRow(text: string, row: number): number {
  let offset = 0;
  for (let index = 0; index < row; index++) offset = text.indexOf("\n", offset) + 1;
  return offset;
}
