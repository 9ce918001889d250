import { type Options, parse, type Token, tokTypes } from "acorn";

/**
 * Takes comments and indentation out of JavaScript, and nothing else: a line stays a line, as its end may end a statement.
 * Letters beyond ASCII are escaped, since a single one makes a script of two bytes a letter.
 *
 * Every text that becomes a script is copied on its way.
 */
export function strip(text: string, sourceType: NonNullable<Options["sourceType"]>): string {
  const tokens: Token[] = [];
  parse(text, { ecmaVersion: "latest", sourceType, onToken: tokens, allowHashBang: true });
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, type } of tokens) {
    const gap = text.slice(at, start);
    if (gap !== "") parts.push(/[\n\r\u2028\u2029]/.test(gap) ? "\n" : " ");
    if (type !== tokTypes.eof) parts.push(text.slice(start, end).replace(/[^\0-\x7f]/g, escaped));
    at = end;
  }
  return parts.join("");
}

function escaped(unit: string): string {
  return `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`;
}
