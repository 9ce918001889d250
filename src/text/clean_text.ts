/**
 * Removes everything that controls a terminal or hides part of the text: control sequences, control characters except
 * `\n` and `\t`, overrides of the writing direction, invisible tags. U+FFFD replaces a control sequence or character.
 *
 * The result contains no ESC and no C1 character, so the rest of a broken sequence is plain text. Marks of the writing
 * direction (U+200E, U+200F, U+061C) and joiners stay: Arabic, Hebrew and emoji need them, and they control nothing.
 */
export function cleanText(text: string): string {
  if (!unsafe.test(text)) return text;
  return text.replaceAll("\r\n", "\n").replace(controlSequence, sign).replace(control, sign)
    .replace(separator, "\n").replace(hidden, "");
}

/** Like {@linkcode cleanText}, but in one line: replaces line ends and tabs by spaces. */
export function cleanLine(text: string): string {
  return plainLine.test(text) ? text : cleanText(text).replace(/\s+/g, " ");
}

/** Most texts of a table: ASCII without two spaces in a row. */
const plainLine = /^(?: ?[!-~])* ?$/;

/**
 * Formats JSON and writes each character that {@linkcode cleanText} removes as `\uXXXX`. U+FFFD replaces half of a
 * surrogate pair, since many JSON parsers refuse it.
 */
export function jsonText(value: unknown, indent?: number): string {
  const json = JSON.stringify(value, undefined, indent).replace(loneSurrogate, "\ufffd");
  if (!unsafe.test(json)) return json;
  // JSON.stringify escapes C0, so any match here is inside a string.
  return json.replace(
    everyUnsafe,
    (character) =>
      Array.from(
        { length: character.length },
        (_, index) => `\\u${character.charCodeAt(index).toString(16).padStart(4, "0")}`,
      ).join(""),
  );
}

/** `JSON.stringify` escapes a surrogate only if its other half is missing. A backslash of the text itself is `\\`. */
const loneSurrogate = /(?<=(?:^|[^\\])(?:\\\\)*)\\ud[89a-f][0-9a-f]{2}/g;

/** U+FFFD, the usual sign for a character that cannot be shown. */
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
 * The sequences of terminals, in their 7-bit and their 8-bit form:
 * 1. a string (DCS, SOS, OSC, PM, APC) with its content, up to its end;
 * 2. CSI with its parameters;
 * 3. ESC with one character.
 *
 * A string without an end is not a sequence: its text stays, without the introducer. No character class contains an
 * introducer, so that the match takes linear time.
 */
const controlSequence = new RegExp(
  [
    "(?:\\x1b[PX\\]^_]|[\\x90\\x98\\x9d-\\x9f])[^\\x07\\x18\\x1a\\x1b\\x90\\x98\\x9b-\\x9f]*(?:\\x07|\\x9c|\\x1b\\\\)",
    "(?:\\x1b\\[|\\x9b)[0-?]*[ -/]*[@-~]",
    "\\x1b[ -/]*[0-~]",
  ].join("|"),
  "g",
);
