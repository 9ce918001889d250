import { cleanLine } from "../text/mod.ts";
import { joined, type TerminalText } from "../frontends/terminal_text.ts";
import { fit, textWidth } from "../frontends/text_width.ts";

type Cell = string | TerminalText;

/** Formats rows under their headings. Columns are as wide as needed; the last column is not padded. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  return String(terminalTable(headings, rows, { width: Infinity, shrinks: [] }));
}

/** The width of a table whose columns are as wide as needed. */
export function tableWidth(headings: readonly string[], rows: readonly (readonly Cell[])[]): number {
  const needed = neededWidths(cleanRows([headings, ...rows]));
  return needed.reduce((sum, each) => sum + each, 0) + gap * (needed.length - 1);
}

/**
 * As {@linkcode table}, for a terminal of `width` columns, with cells that may have colours.
 *
 * If the rows are too wide, the columns of `shrinks` get narrower, one after another, and then the last column.
 */
export function terminalTable(
  headings: readonly string[],
  rows: readonly (readonly Cell[])[],
  { width, shrinks }: {
    readonly width: number;
    /** Headings. */
    readonly shrinks: readonly string[];
  },
): TerminalText {
  const clean = cleanRows([headings, ...rows]);
  const needed = neededWidths(clean);
  const widths = shrunk(needed, { width, columns: shrinks.map((heading) => headings.indexOf(heading)) });
  return joined(clean.map((row) => lineOf(row, widths)));
}

function cleanRows(rows: readonly (readonly Cell[])[]): readonly (readonly Cell[])[] {
  return rows.map((row) => row.map((cell) => typeof cell === "string" ? cleanLine(cell) : cell));
}

function neededWidths(clean: readonly (readonly Cell[])[]): readonly number[] {
  return (clean[0] ?? []).map((_, column) =>
    clean.reduce((most, row) => Math.max(most, cellWidth(row[column] ?? "")), 0)
  );
}

function lineOf(row: readonly Cell[], widths: readonly number[]): Cell {
  const cells = row.map((cell, column) =>
    typeof cell === "string" && textWidth(cell) > widths[column]! ? fit(cell, widths[column]!) : cell
  );
  const last = cells.findLastIndex((cell) => cellWidth(cell) > 0);
  const parts = cells.slice(0, last + 1).flatMap((cell, column) => [
    cell,
    column === last ? "" : " ".repeat(Math.max(0, widths[column]! - cellWidth(cell)) + gap),
  ]);
  parts.push("\n");
  // Long tables are mostly plain text.
  return parts.every((part) => typeof part === "string") ? parts.join("") : joined(parts);
}

function shrunk(
  needed: readonly number[],
  { width, columns }: { readonly width: number; readonly columns: readonly number[] },
): readonly number[] {
  const widths = [...needed];
  let excess = widths.reduce((sum, each) => sum + each, 0) + gap * (widths.length - 1) - width;
  for (const least of [minShrunk, minNarrow]) {
    for (const column of [...columns, widths.length - 1]) {
      const cut = Math.max(0, Math.min(excess, widths[column]! - least));
      widths[column] = widths[column]! - cut;
      excess -= cut;
    }
  }
  return widths;
}

function cellWidth(cell: Cell): number {
  return textWidth(String(cell));
}

/** Spaces between columns. */
const gap = 2;
/** A shrunk cell still says something. */
const minShrunk = 12;
/** On a very narrow terminal. */
const minNarrow = 3;
