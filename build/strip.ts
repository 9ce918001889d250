import { type Options, parse, type Token, tokTypes } from "acorn";

/**
 * Takes comments and indentation out of JavaScript, and nothing else: a line stays a line, as its end may end a statement.
 *
 * Every start reads the whole program, and every text that becomes a script is copied on its way.
 */
export function strip(text: string, sourceType: NonNullable<Options["sourceType"]>): string {
  const tokens: Token[] = [];
  parse(text, { ecmaVersion: "latest", sourceType, onToken: tokens, allowHashBang: true });
  const parts: string[] = [];
  let at = 0;
  for (const { start, end, type } of tokens) {
    const gap = text.slice(at, start);
    if (gap !== "") parts.push(/[\n\r\u2028\u2029]/.test(gap) ? "\n" : " ");
    if (type !== tokTypes.eof) parts.push(text.slice(start, end));
    at = end;
  }
  return parts.join("");
}
