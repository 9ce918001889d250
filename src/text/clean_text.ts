/**
 * A text without what steers a terminal or hides part of the text: control sequences, control characters but `\n` and
 * `\t`, overrides of the writing direction, invisible tags. A sign stands where a control sequence or character was.
 *
 * The result holds no ESC and no C1 character, so that what is left of a broken sequence is plain text. Marks of the
 * writing direction (U+200E, U+200F, U+061C) and joiners stay: Arabic, Hebrew and emoji need them, and they steer nothing.
 */
export function cleanText(text: string): string {
  if (!unsafe.test(text)) return text;
  return text.replaceAll("\r\n", "\n").replace(controlSequence, sign).replace(control, sign)
    .replace(separator, "\n").replace(hidden, "");
}

/** As {@linkcode cleanText}, in one line: line ends and tabs are blanks. */
export function cleanLine(text: string): string {
  return cleanText(text).replace(/\s+/g, " ");
}

/** Whether {@linkcode cleanText} would change the text, or it has more than one line: no name needs that. */
export function hasControls(text: string): boolean {
  return unsafe.test(text) || /[\n\t]/.test(text);
}

/** JSON in which each character that {@linkcode cleanText} takes out is written as `\uXXXX`. */
export function jsonText(value: unknown, indent?: number): string {
  const json = JSON.stringify(value, undefined, indent);
  if (!unsafe.test(json)) return json;
  // JSON.stringify has escaped C0, so what is found here stands in a string.
  return json.replace(
    everyUnsafe,
    (character) =>
      Array.from(
        { length: character.length },
        (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`,
      ).join(""),
  );
}

/** U+FFFD, as for any character that cannot be shown. */
const sign = "\ufffd";

const controls = "\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f";
const separators = "\\u2028\\u2029";
/** Direction overrides and isolates, deprecated format characters, annotations, the byte order mark, tags. */
const hiddens = "\\u202a-\\u202e\\u2066-\\u206f\\ufff9-\\ufffb\\ufeff\\u{e0000}-\\u{e007f}";

const unsafe = new RegExp(`[${controls}${separators}${hiddens}]`, "u");
const everyUnsafe = new RegExp(unsafe, "gu");
const control = new RegExp(`[${controls}]`, "g");
const separator = new RegExp(`[${separators}]`, "g");
const hidden = new RegExp(`[${hiddens}]`, "gu");

/**
 * What terminals take for one sequence, in its 7-bit or its 8-bit form:
 * 1. a string (DCS, SOS, OSC, PM, APC) with all that it holds, up to its end;
 * 2. CSI with its parameters;
 * 3. ESC with one character.
 *
 * A string that does not end is no sequence: its words stay, without the introducer. No class holds an introducer, so that
 * each character is looked at once.
 */
const controlSequence = new RegExp(
  [
    "(?:\\x1b[PX\\]^_]|[\\x90\\x98\\x9d-\\x9f])[^\\x07\\x18\\x1a\\x1b\\x90\\x98\\x9b-\\x9f]*(?:\\x07|\\x9c|\\x1b\\\\)",
    "(?:\\x1b\\[|\\x9b)[0-?]*[ -/]*[@-~]",
    "\\x1b[ -/]*[0-~]",
  ].join("|"),
  "g",
);
