import { ansi, joined, type TerminalText } from "../terminal_text.ts";
import { textWidth } from "../text_width.ts";
import { terminalRows } from "../wrap.ts";

/** A line of the region, no wider than the terminal. */
export interface LiveLine {
  readonly text: string;
  readonly dim: boolean;
}

/** A place in the region. */
export interface LiveCursor {
  readonly row: number;
  /** Columns before the cursor. */
  readonly column: number;
}

/** The terminal that the region uses. */
interface LiveScreen {
  /** Writes to the terminal; blocks until all is written. */
  readonly write: (text: TerminalText) => void;
  /** Current width of the terminal. */
  readonly columns: () => number;
  /** Whether the terminal wraps drawn lines again when it gets narrower. */
  readonly reflows: boolean;
  readonly dim: (text: string) => TerminalText;
}

/**
 * The last lines of the screen, which are drawn again in place.
 *
 * Invariants:
 * 1. The cursor is in a line of the region. Earlier output stands above its first line, and nothing below its last one.
 * 2. A line of the region is one row of the screen. It never wraps, even if the terminal takes a character for wider than we
 *    do.
 */
export class LiveRegion {
  readonly #screen: LiveScreen;
  #lines: readonly LiveLine[] = [];
  #cursor: LiveCursor = { row: 0, column: 0 };
  #columns = 0;

  constructor(screen: LiveScreen) {
    this.#screen = screen;
  }

  /** Shows `lines` with the cursor in one of them. Writes only the changes. */
  draw(lines: readonly LiveLine[], cursor: LiveCursor): void {
    const columns = this.#screen.columns();
    if (columns !== this.#columns) this.erase();
    this.#columns = columns;
    if (lines.length === 0) return this.erase();
    let row = this.#cursor.row;
    const goTo = (target: number): TerminalText => {
      const steps = target - row;
      row = target;
      // Use line ends here: a cursor cannot move down below the last row of the screen.
      return steps < 0 ? ansi`\r\x1b[${-steps}A` : ansi`\r${"\n".repeat(steps)}`;
    };
    const output: TerminalText[] = [];
    for (const [index, line] of lines.entries()) {
      const before = this.#lines[index];
      if (before?.text === line.text && before.dim === line.dim) continue;
      output.push(goTo(index), this.#drawn(line, before, columns));
    }
    if (this.#lines.length > lines.length) output.push(ansi`${goTo(lines.length)}\x1b[J`);
    const { row: toRow, column } = cursor;
    const moved = output.length > 0 || toRow !== this.#cursor.row || column !== this.#cursor.column;
    this.#lines = lines;
    this.#cursor = cursor;
    if (!moved) return;
    output.push(goTo(toRow));
    if (column > 0) output.push(ansi`\x1b[${column}C`);
    this.#screen.write(joined([wrapOff, ...output, wrapOn]));
  }

  /** Erases the region. The cursor returns to its start. */
  erase(): void {
    if (this.#lines.length === 0) return;
    const up = this.#rowsAboveCursor();
    this.#screen.write(up > 0 ? ansi`\r\x1b[${up}A\x1b[J` : ansi`\r\x1b[J`);
    this.forget();
  }

  /** Forgets the drawn lines, because another process has used the screen. */
  forget(): void {
    this.#lines = [];
    this.#cursor = { row: 0, column: 0 };
  }

  #drawn(line: LiveLine, before: LiveLine | undefined, columns: number): TerminalText {
    const text = line.dim && line.text !== "" ? this.#screen.dim(line.text) : ansi`${line.text}`;
    if (before === undefined) return text;
    // Growing words need no clearing. In a full line, clearing would erase the last character.
    const width = textWidth(line.text);
    return width >= columns || line.text.startsWith(before.text) ? text : ansi`${text}\x1b[K`;
  }

  #rowsAboveCursor(): number {
    const columns = this.#screen.columns();
    const { row, column } = this.#cursor;
    if (columns >= this.#columns || !this.#screen.reflows) return row;
    const rows = this.#lines.slice(0, row).map(({ text }) => terminalRows(text, columns));
    // After the last character of a full row the cursor stays in that row.
    const isAtEnd = column > 0 && column % columns === 0 && textWidth(this.#lines[row]!.text) <= column;
    return rows.reduce((sum, count) => sum + count, Math.floor(column / columns) - (isAtEnd ? 1 : 0));
  }
}

/** Whether a terminal wraps drawn lines again when it gets narrower. Most do; the others identify themselves. */
export function breaksAnew(environment: Readonly<Record<string, string>>): boolean {
  if (environment["TMUX"] !== undefined) return true;
  const { XTERM_VERSION, STY, TERM } = environment;
  return XTERM_VERSION === undefined && STY === undefined && TERM !== "linux";
}

const wrapOff = ansi`\x1b[?7l`;
const wrapOn = ansi`\x1b[?7h`;
