import wrapAnsi from "wrap-ansi";
import { textWidth } from "./text_width.ts";

/**
 * Breaks a text between words into lines of at most `columns`. A wider word is broken. The first line of a paragraph keeps
 * its indentation. Further lines of a list item stand below its first word. Returns the last `maxLines` lines.
 */
export function wrapWords(text: string, columns: number, maxLines = Infinity): string[] {
  const paragraphs: string[][] = [];
  let count = 0;
  for (const paragraph of text.split("\n").reverse()) {
    if (count >= maxLines) break;
    const lines = wrapParagraph(paragraph, Math.max(1, columns));
    paragraphs.unshift(lines);
    count += lines.length;
  }
  return paragraphs.flat().slice(-maxLines);
}

/** The number of terminal rows of a line that is wider than `columns`. The terminal breaks inside words. */
export function terminalRows(line: string, columns: number): number {
  return wrapAnsi(line, Math.max(1, columns), { hard: true, wordWrap: false, trim: false }).split("\n")
    .length;
}

function wrapParagraph(paragraph: string, columns: number): string[] {
  const text = paragraph.trimStart();
  const indentation = paragraph.slice(0, paragraph.length - text.length).replaceAll(
    "\t",
    " ".repeat(tabWidth),
  );
  const mark = listMark.exec(text)?.[0] ?? "";
  const hang = textWidth(indentation + mark);
  if (mark !== "" && hang <= columns / 2) {
    const rows = wrapAnsi(text.slice(mark.length), columns - hang, { hard: true }).split("\n");
    return rows.map((row, index) => (index === 0 ? indentation + mark : " ".repeat(hang)) + row);
  }
  // A placeholder keeps the indentation, because the library trims the start of each line.
  const width = Math.min(textWidth(indentation), Math.floor(columns / 2));
  const [first = "", ...further] = wrapAnsi("x".repeat(width) + text, columns, { hard: true }).split("\n");
  return [text === "" ? "" : " ".repeat(width) + first.slice(width), ...further];
}

const listMark = /^(•|\d{1,3}[.)]) (?=\S)/;
const tabWidth = 8;
