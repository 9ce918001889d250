import { ansi, joined, type TerminalText } from "../terminal_text.ts";
import { textWidth } from "../text_width.ts";
import { terminalRows } from "../wrap.ts";

/** A line of the region, no wider than the terminal. */
export interface LiveLine {
  readonly text: string;
  readonly dim: boolean;
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
 * 1. The cursor is in the last line of the region. Earlier output stands above its first line.
 * 2. A line of the region is one row of the screen. It never wraps, even if the terminal takes a character for wider than we
 *    do.
 */
export class LiveRegion {
  readonly #screen: LiveScreen;
  #lines: readonly LiveLine[] = [];
  /** Columns before the cursor. */
  #cursor = 0;
  #columns = 0;

  constructor(screen: LiveScreen) {
    this.#screen = screen;
  }

  /** Shows `lines` with the cursor in the last one, after `cursor` columns. Writes only the changes. */
  draw(lines: readonly LiveLine[], cursor: number): void {
    const columns = this.#screen.columns();
    if (columns !== this.#columns) this.erase();
    this.#columns = columns;
    if (lines.length === 0) return this.erase();
    let row = Math.max(0, this.#lines.length - 1);
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
    const moved = output.length > 0 || cursor !== this.#cursor;
    this.#lines = lines;
    this.#cursor = cursor;
    if (!moved) return;
    output.push(goTo(lines.length - 1));
    if (cursor > 0) output.push(ansi`\x1b[${cursor}C`);
    this.#screen.write(joined([wrapOff, ...output, wrapOn]));
  }

  /** Erases the region. The cursor returns to its start. */
  erase(): void {
    if (this.#lines.length === 0) return;
    const up = this.#rowsAboveCursor();
    this.#screen.write(up > 0 ? ansi`\r\x1b[${up}A\x1b[J` : ansi`\r\x1b[J`);
    this.#lines = [];
  }

  /** Forgets the drawn lines, because another process has used the screen. */
  forget(): void {
    this.#lines = [];
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
    if (columns >= this.#columns || !this.#screen.reflows) return this.#lines.length - 1;
    const rows = this.#lines.map(({ text }) => terminalRows(text, columns));
    // After the last character of a full row the cursor stays in that row.
    const below = Math.max(0, rows.at(-1)! - 1 - Math.floor(this.#cursor / columns));
    return rows.reduce((sum, count) => sum + count, 0) - 1 - below;
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
