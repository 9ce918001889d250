import stringWidth from "string-width";

/** A text split into the characters that a person sees: an emoji or a letter with its accents is one. */
export function characters(text: string): string[] {
  return Array.from(segmenter.segment(text), ({ segment }) => segment);
}

/** Columns that a text takes on a terminal. Escape sequences take none. */
export function textWidth(text: string): number {
  return ascii.test(text) ? text.length : stringWidth(text);
}

const ascii = /^[ -~]*$/;

/** The start of `text` that fits into `columns`, with `…` if something was cut off. */
export function fit(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  return columns < 1 ? "" : `${startOf(characters(text), columns).join("")}…`;
}

/** The end of `text` that fits into `columns`, with `…` if something was cut off. */
export function fitEnd(text: string, columns: number): string {
  if (textWidth(text) <= columns) return text;
  return columns < 1 ? "" : `…${startOf(characters(text).reverse(), columns).reverse().join("")}`;
}

/** The first characters that fit into `columns` beside `…`. */
function startOf(all: readonly string[], columns: number): string[] {
  let width = 1;
  const fitting: string[] = [];
  for (const character of all) {
    width += textWidth(character);
    if (width > columns) break;
    fitting.push(character);
  }
  return fitting;
}

const segmenter = new Intl.Segmenter();
