import type { Input, Output } from "../../src/frontends/streams.ts";
import { characters, textWidth } from "../../src/frontends/text_width.ts";

/** The part of a terminal that we use: it shows the visible screen and sends typed keys. */
export class EmulatedTerminal implements Input, Output {
  raw = false;
  pasteMarks = false;
  columns: number;
  /** The number of writes. */
  writes = 0;
  /** Rows of cells; the second cell of a wide character is empty. */
  readonly #rows: string[][] = [[]];
  #row = 0;
  #column = 0;
  #wraps = true;
  readonly #typed: string[] = [];
  #wake: (() => void) | undefined;

  constructor(columns = 40) {
    this.columns = columns;
  }

  /** All rows down to the cursor or the last non-empty row. */
  get screen(): readonly string[] {
    const rows = this.#rows.map((row) => textOf(row).trimEnd());
    return rows.slice(0, 1 + Math.max(this.#row, rows.findLastIndex((row) => row !== "")));
  }

  /** The row of the cursor, with the cursor as `|`. */
  get cursorLine(): string {
    const row = this.#rows[this.#row]!;
    const before = Array.from({ length: this.#column }, (_, index) => row[index] ?? " ");
    return `${textOf(before)}|${textOf(row.slice(this.#column))}`;
  }

  type(text: string): void {
    this.#typed.push(text);
    this.#wake?.();
  }

  /** Resizes the terminal: rows that no longer fit break again, and the cursor stays at its character. */
  resize(columns: number): void {
    this.columns = columns;
    for (let row = 0; row < this.#rows.length; row++) {
      const cells = this.#rows[row]!;
      if (cells.length <= columns) continue;
      this.#rows.splice(row, 1, cells.slice(0, columns), cells.slice(columns));
      if (this.#row > row) this.#row++;
      else if (this.#row === row && this.#column >= columns) {
        this.#row++;
        this.#column -= columns;
      }
    }
  }

  async read(buffer: Uint8Array): Promise<number> {
    while (this.#typed.length === 0) await new Promise<void>((resolve) => this.#wake = resolve);
    return new TextEncoder().encodeInto(this.#typed.shift()!, buffer).written;
  }

  writeSync(bytes: Uint8Array): number {
    this.writes++;
    for (const [part] of new TextDecoder().decode(bytes).matchAll(parts)) {
      if (part.startsWith("\x1b[")) this.#control(part);
      else for (const character of characters(part)) this.#put(character);
    }
    return bytes.length;
  }

  isTerminal(): boolean {
    return true;
  }

  setRaw(on: boolean): void {
    this.raw = on;
  }

  #control(sequence: string): void {
    const count = Number(/\d+/.exec(sequence)?.[0] ?? 1);
    switch (sequence.at(-1)) {
      case "A":
        if (count > this.#row) throw new Error("The cursor leaves the screen");
        this.#row -= count;
        return;
      case "C":
        this.#column = Math.min(this.columns - 1, this.#column + count);
        return;
      case "H":
        this.#row = this.#column = 0;
        return;
      case "J":
        if (count === 2) return void (this.#rows.length = this.#row = this.#column = 0, this.#rows.push([]));
        this.#rows.length = this.#row + 1;
        this.#rows[this.#row]!.length = Math.min(this.#rows[this.#row]!.length, this.#column);
        return;
      case "K":
        this.#rows[this.#row]!.length = Math.min(this.#rows[this.#row]!.length, this.#column);
        return;
      case "h":
      case "l":
        if (count === 2004) this.pasteMarks = sequence.endsWith("h");
        if (count === 7) this.#wraps = sequence.endsWith("h");
        return;
      case "m":
        return;
      default:
        throw new Error(`The terminal does not know ${JSON.stringify(sequence)}`);
    }
  }

  #put(character: string): void {
    if (character === "\n") {
      this.#row++;
      this.#column = 0;
      this.#rows[this.#row] ??= [];
      return;
    }
    if (character === "\r") {
      this.#column = 0;
      return;
    }
    const width = textWidth(character);
    if (this.#column + width > this.columns) {
      if (!this.#wraps) return;
      this.#put("\n");
    }
    const row = this.#rows[this.#row]!;
    while (row.length < this.#column) row.push(" ");
    row[this.#column++] = character;
    for (let more = 1; more < width; more++) row[this.#column++] = "";
  }
}

function textOf(cells: readonly (string | undefined)[]): string {
  return cells.map((cell) => cell ?? " ").join("");
}

// deno-lint-ignore no-control-regex
const parts = /\x1b\[[?\d]*[A-Za-z]|[\r\n]|[^\x1b\r\n]+/g;
