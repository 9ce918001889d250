import { cleanLine } from "../../text/mod.ts";
import type { Line } from "../terminal/line_editor.ts";
import { textWidth } from "../text_width.ts";

/** A field of one row. */
interface DrawnField {
  readonly text: string;
  /** Columns before the cursor. */
  readonly cursor: number;
}

/** Draws a typed line behind its label. Of a long line, only the part around the cursor is shown. */
export function drawField(label: string, { text, cursor }: Line, columns: number): DrawnField {
  const labelWidth = textWidth(label);
  const room = Math.max(2, columns - labelWidth - 1);
  const shown = text.map((character) => character === " " ? character : cleanLine(character));
  const widths = shown.map(textWidth);
  let start = 0;
  let before = sum(widths.slice(0, cursor));
  while (before > room - 1) before -= widths[start++]!;
  let end = start;
  for (let width = 0; end < shown.length; end++) {
    width += widths[end]!;
    if (width > room) break;
  }
  return { text: label + shown.slice(start, end).join(""), cursor: labelWidth + before };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, each) => total + each, 0);
}
