import { textWidth } from "../text_width.ts";

/** A table, as far as its layout needs it. */
interface Table<Cell> {
  readonly align?: readonly (string | null)[] | null | undefined;
  readonly children: readonly { readonly children: readonly Cell[] }[];
}

/**
 * Lays a table out in columns. Returns `undefined` if it is wider than the screen: then its source is easier to read.
 */
export function tableText<Cell>(
  { align, children }: Table<Cell>,
  { columns, cell, bold }: {
    readonly columns: number;
    readonly cell: (cell: Cell) => string;
    readonly bold: (text: string) => string;
  },
): string | undefined {
  const rows = children.map((row) => row.children.map(cell));
  const count = Math.max(...rows.map((row) => row.length));
  const widths = Array.from(
    { length: count },
    (_, column) => Math.max(...rows.map((row) => textWidth(row[column] ?? ""))),
  );
  const total = widths.reduce((sum, width) => sum + width, 0) + separator.length * (count - 1);
  if (total >= columns) return undefined;
  const [head = [], ...body] = rows.map((row) =>
    widths.map((width, column) => aligned(row[column] ?? "", width, align?.[column] ?? "left"))
  );
  const rule = widths.map((width) => "─".repeat(width)).join("─┼─");
  return [
    head.map((text) => text.trim() === "" ? text : bold(text)).join(separator).trimEnd(),
    rule,
    ...body.map((row) => row.join(separator).trimEnd()),
  ].join("\n");
}

const separator = " │ ";

function aligned(text: string, width: number, align: string): string {
  const room = width - textWidth(text);
  const before = align === "right" ? room : align === "center" ? Math.floor(room / 2) : 0;
  return " ".repeat(before) + text + " ".repeat(room - before);
}
