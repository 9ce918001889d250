import { characters, textWidth } from "./text_width.ts";

/**
 * The last `atMost` lines that a terminal of `columns` makes of a text, broken where it would break them; tabs become
 * blanks. The text holds nothing that steers the terminal.
 */
export function wrap(text: string, columns: number, atMost = Infinity): string[] {
  const lines: string[][] = [];
  let count = 0;
  for (const paragraph of text.split("\n").reverse()) {
    if (count >= atMost) break;
    const wrapped = wrapLine(paragraph, Math.max(1, columns));
    lines.unshift(wrapped);
    count += wrapped.length;
  }
  return lines.flat().slice(-atMost);
}

function wrapLine(text: string, columns: number): string[] {
  const lines: string[] = [];
  if (/^[ -~]*$/.test(text)) {
    for (let at = 0; at < text.length; at += columns) lines.push(text.slice(at, at + columns));
    return lines.length > 0 ? lines : [""];
  }
  let line = "";
  let width = 0;
  for (const character of characters(text)) {
    const shown = character === "\t" ? " ".repeat(Math.min(tab - width % tab, columns - width)) : character;
    const shownWidth = textWidth(shown);
    if (width > 0 && width + shownWidth > columns) {
      lines.push(line);
      line = "";
      width = 0;
    }
    line += shown;
    width += shownWidth;
  }
  return [...lines, line];
}

const tab = 8;
