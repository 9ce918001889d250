import { ansi, joined, type TerminalText } from "../terminal_text.ts";
import { fit, textWidth } from "../text_width.ts";
import { wrapWords } from "../wrap.ts";
import { drawField } from "./field.ts";
import { type PickerExtent, type PickerRow, type PickerState, selectedRow } from "./picker_state.ts";
import { type PickerPreview, previewPane } from "./preview_pane.ts";

/** The size of a terminal, and whether it shows colours. */
export interface PickerSize {
  readonly columns: number;
  readonly rows: number;
  readonly hasColour: boolean;
}

/** A whole screen: a line for each row, and the place of the cursor. */
interface PickerScreen {
  readonly lines: readonly TerminalText[];
  readonly cursor: { readonly row: number; readonly column: number };
}

/** The extent of the list or the text. */
export function extentOf({ mode }: PickerState, size: PickerSize): PickerExtent {
  if (mode.kind !== "text") return { page: layoutOf(size).listRows, maxTop: 0 };
  const page = textRows(size);
  return { page, maxTop: Math.max(0, wrapWords(mode.text, size.columns).length - page) };
}

/** Draws the picker. `preview` is that of the selected session, once it was read. */
export function drawPicker(
  state: PickerState,
  preview: PickerPreview | undefined,
  size: PickerSize,
): PickerScreen {
  const { columns } = size;
  if (state.mode.kind === "text") return drawText(state.mode, size);
  const { listRows, listColumns, previewRows, previewColumns, isBeside } = layoutOf(size);
  const counts = `${state.shown.length} of ${state.rows.length}`;
  const filter = drawField("Filter: ", state.filter, columns);
  const spare = columns - textWidth(filter.text) - textWidth(counts);
  const top = spare >= 2 ? `${filter.text}${" ".repeat(spare)}${counts}` : fit(filter.text, columns);
  const list = drawList(state, { rows: listRows, columns: listColumns, hasColour: size.hasColour });
  const pane = previewRows > 0 && selectedRow(state)
    ? previewPane(preview ?? { facts: ["…"] }, { columns: previewColumns, rows: previewRows })
    : [];
  const lines: TerminalText[] = [ansi`${top}`];
  if (isBeside) {
    for (let row = 0; row < listRows + 1; row++) {
      lines.push(joined([list[row] ?? " ".repeat(listColumns), ansi` │ `, pane[row] ?? ""]));
    }
  } else {
    for (let row = 0; row < listRows + 1; row++) lines.push(list[row] ?? ansi``);
    if (previewRows > 0) {
      lines.push(ansi`${"─".repeat(columns)}`);
      for (let row = 0; row < previewRows; row++) lines.push(ansi`${pane[row] ?? ""}`);
    }
  }
  const foot = footer(state, size);
  const cursor = foot.cursor === undefined
    ? { row: 0, column: filter.cursor }
    : { row: size.rows - 1, column: foot.cursor };
  return { lines: [...lines, foot.text].slice(-size.rows), cursor };
}

/** The title and the keys are around a text. */
function textRows({ rows }: PickerSize): number {
  return Math.max(1, rows - 2);
}

interface Layout {
  readonly listRows: number;
  readonly listColumns: number;
  /** 0: no room for a preview. */
  readonly previewRows: number;
  readonly previewColumns: number;
  readonly isBeside: boolean;
}

/** Around the list: the filter, the headings, and the keys. */
const frameRows = 3;

function layoutOf({ columns, rows }: PickerSize): Layout {
  const inside = Math.max(1, rows - frameRows);
  if (columns >= besideColumns) {
    const listColumns = Math.floor((columns - 3) * 0.55);
    const previewColumns = columns - 3 - listColumns;
    return { listRows: inside, listColumns, previewRows: inside + 1, previewColumns, isBeside: true };
  }
  const previewRows = inside < minRowsForPreview ? 0 : Math.floor((inside - 1) / 2);
  const listRows = previewRows === 0 ? inside : inside - 1 - previewRows;
  return { listRows, listColumns: columns, previewRows, previewColumns: columns, isBeside: false };
}

/** From here on, the preview is beside the list. */
const besideColumns = 100;
const minRowsForPreview = 9;

function drawList(
  state: PickerState,
  { rows, columns, hasColour }: PickerSize,
): readonly TerminalText[] {
  const { shown, selected } = state;
  if (shown.length === 0) {
    // Padded, so that the preview beside them stays in its column.
    return ["", "  No session fits the filter"].map((text) => ansi`${pad(text, columns)}`);
  }
  const start = Math.max(0, Math.min(selected - Math.floor(rows / 2), shown.length - rows));
  const cells = columnsOf(columns);
  const heading = lineOf("  ", headings, cells, columns);
  return [
    hasColour ? ansi`\x1b[2m${heading}\x1b[22m` : ansi`${heading}`,
    ...shown.slice(start, start + rows).map((row, index) => {
      const isSelected = start + index === selected;
      const line = lineOf(isSelected ? "❯ " : "  ", row, cells, columns);
      return isSelected && hasColour ? ansi`\x1b[7m${line}\x1b[27m` : ansi`${line}`;
    }),
  ];
}

type Cell = Pick<PickerRow, "title" | "shortId" | "status" | "age" | "cost">;

const headings: Cell = { title: "SESSION", shortId: "ID", status: "STATUS", age: "AGE", cost: "COST" };

/** The columns that fit, with their widths. The title takes the rest. */
function columnsOf(columns: number): readonly (readonly [keyof Cell, number])[] {
  const wide: readonly (readonly [keyof Cell, number])[] = [
    ["title", 0],
    ["shortId", 8],
    ["status", 9],
    ["age", 10],
    ["cost", 8],
  ];
  const kept = columns >= 54
    ? wide
    : columns >= 44
    ? wide.slice(0, 4)
    : columns >= 32
    ? wide.slice(0, 3)
    : wide.slice(0, 1);
  const used = kept.reduce((sum, [, width]) => sum + (width > 0 ? width + 1 : 0), 2);
  return kept.map(([key, width]) => [key, width === 0 ? Math.max(1, columns - used) : width]);
}

function lineOf(
  marker: string,
  row: Cell,
  cells: readonly (readonly [keyof Cell, number])[],
  columns: number,
): string {
  return pad(marker + cells.map(([key, width]) => pad(row[key], width)).join(" "), columns);
}

function pad(text: string, columns: number): string {
  const fitting = fit(text, columns);
  return fitting + " ".repeat(Math.max(0, columns - textWidth(fitting)));
}

function footer(
  state: PickerState,
  { columns, hasColour }: PickerSize,
): { readonly text: TerminalText; readonly cursor?: number } {
  const { mode } = state;
  const title = selectedRow(state)?.title ?? "";
  if (mode.kind === "rename" || mode.kind === "fork") {
    const label = mode.kind === "rename" ? "New name: " : "Name of the fork (may be empty): ";
    const { text, cursor } = drawField(fit(label, Math.floor(columns / 2)), mode.line, columns);
    return { text: ansi`${text}`, cursor };
  }
  if (mode.kind === "remove") {
    const id = selectedRow(state)?.shortId ?? "";
    const name = fit(title, columns - minColumnsForTitle + 10);
    const whole = `Move session ${id} (${name}) to the trash? [y/N] `;
    const question = fit(columns < minColumnsForTitle ? "To trash? [y/N] " : whole, columns - 1);
    return { text: ansi`${question}`, cursor: textWidth(question) };
  }
  if (state.message !== undefined) return { text: ansi`${fit(state.message, columns)}` };
  const keys = mode.kind === "commands"
    ? "Enter resume  s show  l log  f fork  r rename  d remove  q leave  Esc filter"
    : "Enter resume  ↑↓ move  type to filter  Tab more keys  Esc leave";
  const shown = fit(keys, columns);
  return {
    text: hasColour ? ansi`\x1b[2m${shown}\x1b[22m` : ansi`${shown}`,
    ...(mode.kind === "commands" ? { cursor: 0 } : {}),
  };
}

/** The question of a removal, with a few characters of the title. */
const minColumnsForTitle = 56;

function drawText(
  { title, text, top }: { readonly title: string; readonly text: string; readonly top: number },
  size: PickerSize,
): PickerScreen {
  const { columns, rows, hasColour } = size;
  const page = textRows(size);
  const lines = wrapWords(text, columns);
  const start = Math.max(0, Math.min(top, lines.length - page));
  const shown = lines.slice(start, start + page);
  const keys = fit(
    `↑↓ PgUp PgDn move  q back  (${Math.min(lines.length, start + page)} of ${lines.length})`,
    columns,
  );
  return {
    lines: [
      hasColour ? ansi`\x1b[1m${fit(title, columns)}\x1b[22m` : ansi`${fit(title, columns)}`,
      ...Array.from({ length: page }, (_, row) => ansi`${shown[row] ?? ""}`),
      hasColour ? ansi`\x1b[2m${keys}\x1b[22m` : ansi`${keys}`,
    ],
    cursor: { row: rows - 1, column: Math.min(columns - 1, textWidth(keys)) },
  };
}
