import { cleanText } from "../text/mod.ts";

/**
 * Text that may contain control sequences, because our own code wrote them. Only {@linkcode ansi} makes it, so that outside
 * text cannot pass for it.
 */
export class TerminalText {
  readonly #text: string;

  /** Use {@linkcode ansi}. */
  constructor(template: TemplateStringsArray, values: readonly (string | number | TerminalText)[]) {
    // A table has more values than a call takes arguments.
    this.#text = template.reduce((text, part, index) => {
      const value = values[index - 1]!;
      return text + (typeof value === "string" ? cleanText(value) : String(value)) + part;
    });
  }

  toString(): string {
    return this.#text;
  }
}

/**
 * The tag of templates with control sequences. The template's own text is kept; each inserted string is cleaned.
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

/** Concatenates terminal texts. */
export function joined(texts: readonly (string | TerminalText)[]): TerminalText {
  const nothingBetween = new Array<string>(texts.length + 1).fill("");
  return new TerminalText(nothingBetween as readonly string[] as TemplateStringsArray, texts);
}
