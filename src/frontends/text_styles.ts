import { ansi, joined, type TerminalText } from "./terminal_text.ts";

/** A style of a part of a text. */
export type TextStyle = keyof typeof sequences;

/** The begin and the end of each style. The styles do not end each other. */
const sequences = {
  bold: [ansi`\x1b[1m`, ansi`\x1b[22m`],
  italic: [ansi`\x1b[3m`, ansi`\x1b[23m`],
  underline: [ansi`\x1b[4m`, ansi`\x1b[24m`],
  struck: [ansi`\x1b[9m`, ansi`\x1b[29m`],
  cyan: [ansi`\x1b[36m`, ansi`\x1b[39m`],
} as const;

/** The sequences around a part with this style, for a text that was cleaned before. */
export function styleEnds(style: TextStyle): readonly [begin: string, end: string] {
  const [begin, end] = sequences[style];
  return [`${begin}`, `${end}`];
}

/** Makes terminal text of a cleaned text with styles. Any other control sequence is removed. */
export function styledText(text: string): TerminalText {
  return joined(text.split(anySequence).map((part) => bySequence.get(part) ?? part));
}

const bySequence = new Map(Object.values(sequences).flat().map((sequence) => [`${sequence}`, sequence]));
const anySequence = new RegExp(
  `(${[...bySequence.keys()].map((each) => each.replace("[", "\\[")).join("|")})`,
);
