import { cleanLine } from "../text/mod.ts";
import { textWidth } from "../frontends/text_width.ts";

/** Formats rows under their headings. Columns are as wide as needed; the last column is not padded. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[]): string {
  const clean = [headings, ...rows].map((row) => row.map((cell) => cleanLine(cell)));
  const widths = headings.map((_, column) =>
    clean.reduce((width, row) => Math.max(width, textWidth(row[column] ?? "")), 0)
  );
  return clean.map((row) =>
    `${row.map((cell, column) => padded(cell, widths[column]!)).join("  ").trimEnd()}\n`
  ).join("");
}

function padded(cell: string, width: number): string {
  return cell + " ".repeat(Math.max(0, width - textWidth(cell)));
}
