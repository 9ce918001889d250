import { cleanText } from "../text/mod.ts";

/**
 * Text that may steer the terminal, since we wrote what steers it. Made by {@linkcode ansi} alone, so that a text from
 * outside cannot pass for one.
 */
export class TerminalText {
  readonly #text: string;

  /** Use {@linkcode ansi}. */
  constructor(template: TemplateStringsArray, values: readonly (string | number | TerminalText)[]) {
    this.#text = String.raw(
      { raw: template },
      ...values.map((value) => typeof value === "string" ? cleanText(value) : value),
    );
  }

  toString(): string {
    return this.#text;
  }
}

/**
 * The tag of templates with control sequences: what the template itself says stays, and each string in it is cleaned.
 *
 * ```ts
 * ansi`\x1b[2m${"words of a model"}\x1b[22m`
 * ```
 */
export function ansi(
  template: TemplateStringsArray,
  ...values: readonly (string | number | TerminalText)[]
): TerminalText {
  return new TerminalText(template, values);
}

/** One behind the other. */
export function joined(texts: readonly (string | TerminalText)[]): TerminalText {
  const nothingBetween = new Array<string>(texts.length + 1).fill("");
  return new TerminalText(nothingBetween as readonly string[] as TemplateStringsArray, texts);
}
