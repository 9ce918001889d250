import { cleanText } from "../../text/mod.ts";
import { fit, textWidth } from "../text_width.ts";
import { foundText, type Line } from "./line_editor.ts";

/** A prompt with the typed text, as rows of the terminal, and the place of the cursor. */
interface DrawnInput {
  readonly rows: readonly string[];
  readonly row: number;
  /** Columns before the cursor. */
  readonly column: number;
}

/** The size of the part of the screen that the text may take. */
interface InputSize {
  readonly columns: number;
  readonly maxRows: number;
}

/**
 * Lays a typed text out behind its prompt. Rows break at spaces, and at line ends. No row takes the last column, so that
 * the cursor always has a place. Of a long text, only the rows around the cursor are shown.
 */
export function drawInput(prompt: string, line: Line, { columns, maxRows }: InputSize): DrawnInput {
  const found = foundText(line);
  const label = line.search ? `search "${cleanText(line.search.query.join(""))}": ` : prompt;
  return found === undefined
    ? layOut(label, line, { columns, maxRows })
    : layOut(label, { text: [...found], cursor: 0 }, { columns, maxRows });
}

function layOut(
  label: string,
  { text, cursor }: Pick<Line, "text" | "cursor">,
  { columns, maxRows }: InputSize,
): DrawnInput {
  const room = Math.max(4, columns - 1);
  const labelWidth = textWidth(label);
  // A wide prompt has a row of its own.
  const isBeside = labelWidth + minFirstColumns <= room || text.length === 0 && labelWidth < room;
  const start = isBeside ? label : "";
  const indent = " ".repeat(isBeside && labelWidth <= room / 4 ? labelWidth : Math.min(2, room - 2));
  const first = isBeside ? labelWidth : indent.length;
  const ranges = rowRanges(text, room - first, room - indent.length);
  const row = ranges.findLastIndex((range) => range.start <= cursor);
  const drawn = (range: RowRange, index: number) =>
    (index === 0 && isBeside ? start : indent) + text.slice(range.start, range.end).map(visible).join("");
  const before = text.slice(ranges[row]!.start, Math.min(cursor, ranges[row]!.end));
  const column = (row === 0 ? first : indent.length) + sum(before.map(width));
  const above = isBeside ? [] : [fit(label.trimEnd(), room)];
  const { from, to } = visibleRows(ranges.length, row, Math.max(1, maxRows - above.length));
  const rows = ranges.slice(from, to).map((range, index) => drawn(range, from + index));
  if (rows.length < 3) return { rows: [...above, ...rows], row: above.length + row - from, column };
  if (from > 0) rows[0] = fit(`⋮ ${from + 1} rows above`, room);
  if (to < ranges.length) rows[rows.length - 1] = fit(`⋮ ${ranges.length - to + 1} rows below`, room);
  return { rows: [...above, ...rows], row: above.length + row - from, column };
}

/** The characters of a row. A space or line end at its end belongs to no row. */
interface RowRange {
  readonly start: number;
  readonly end: number;
}

function rowRanges(text: readonly string[], firstRoom: number, room: number): readonly RowRange[] {
  const rows: RowRange[] = [];
  let start = 0;
  let used = 0;
  let breakAt = 0;
  const end = (at: number, next: number) => {
    rows.push({ start, end: at });
    start = next;
    used = 0;
    breakAt = 0;
  };
  for (let at = 0; at < text.length; at++) {
    const character = text[at]!;
    if (character === "\n") {
      end(at, at + 1);
      continue;
    }
    const columns = width(character);
    while (at > start && used + columns > (rows.length === 0 ? firstRoom : room)) {
      if (character === " ") break;
      const next = breakAt > start ? breakAt : at;
      end(next, next);
      for (let moved = start; moved < at; moved++) used += width(text[moved]!);
    }
    if (character === " " && used + columns > (rows.length === 0 ? firstRoom : room)) {
      end(at, at + 1);
      continue;
    }
    used += columns;
    if (character === " ") breakAt = at + 1;
  }
  rows.push({ start, end: text.length });
  return rows;
}

/** The rows that are shown: all, or those around the row of the cursor. The marks of left out rows hide no cursor. */
function visibleRows(
  count: number,
  row: number,
  maxRows: number,
): { readonly from: number; readonly to: number } {
  if (count <= maxRows) return { from: 0, to: count };
  if (maxRows < 3) return { from: row, to: row + 1 };
  const from = Math.min(Math.max(0, row - Math.floor(maxRows / 2)), count - maxRows);
  return { from, to: from + maxRows };
}

function visible(character: string): string {
  if (isPlain(character)) return character;
  return character === "\t" ? "    " : cleanText(character);
}

function width(character: string): number {
  return isPlain(character) ? 1 : textWidth(visible(character));
}

/** Most characters are printable ASCII; a long paste must not be slow. */
function isPlain(character: string): boolean {
  return character.length === 1 && character >= " " && character <= "~";
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}

/** Columns that the first row of a text needs beside its prompt. */
const minFirstColumns = 12;
