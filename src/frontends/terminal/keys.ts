import { ansi } from "../terminal_text.ts";

/** A key that a person pressed, or a text that was typed or pasted. */
export type Key =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: KeyName };

/** Keys with a meaning; `keyTable` describes them. */
export type KeyName =
  | "enter"
  | "new-line"
  | "tab"
  | "back-tab"
  | "interrupt"
  | "delete-or-end"
  | "left"
  | "right"
  | "up"
  | "down"
  | "page-up"
  | "page-down"
  | "word-left"
  | "word-right"
  | "home"
  | "end"
  | "backspace"
  | "delete"
  | "word-backspace"
  | "word-delete"
  | "delete-to-start"
  | "delete-to-end"
  | "undo"
  | "yank"
  | "yank-older"
  | "search"
  | "cancel"
  | "redraw";

/**
 * Reads keys from the terminal's input. `rest` is the start of an incomplete key; put it before the next text. Unknown keys
 * are left out.
 */
export function readKeys(input: string): { readonly keys: readonly Key[]; readonly rest: string } {
  const keys: Key[] = [];
  let at = 0;
  while (at < input.length) {
    const left = input.slice(at);
    if (left.startsWith(pasteStart)) {
      const end = left.indexOf(pasteEnd);
      if (end < 0) break;
      keys.push({ kind: "text", text: left.slice(pasteStart.length, end) });
      at += end + pasteEnd.length;
      continue;
    }
    const sequence = escapeSequence.exec(left)?.[0];
    if (sequence !== undefined) {
      const kind = named[sequence];
      if (kind !== undefined) keys.push({ kind });
      at += sequence.length;
      continue;
    }
    if (isPartial(left)) break;
    if (left.startsWith("\x1b")) {
      at++;
      continue;
    }
    const typed = printableStart.exec(left)?.[0];
    if (typed !== undefined) {
      keys.push({ kind: "text", text: typed });
      at += typed.length;
      continue;
    }
    const kind = named[left[0]!];
    if (kind !== undefined) keys.push({ kind });
    at++;
  }
  return { keys, rest: input.slice(at) };
}

/** Makes a terminal mark pasted text, so that line ends in it do not send the reply. */
export const pasteMarksOn = ansi`\x1b[?2004h`;
/** Undoes {@linkcode pasteMarksOn}. */
export const pasteMarksOff = ansi`\x1b[?2004l`;

const pasteStart = "\x1b[200~";
const pasteEnd = "\x1b[201~";

// CSI sequences, SS3 ones (ESC O), and Alt with a key.
// deno-lint-ignore no-control-regex
const escapeSequence = /^\x1b(\[[0-9;?]*[A-Za-z~]|O[A-Za-z]|[bdfy\r\n\x7f\x08])/;
// deno-lint-ignore no-control-regex
const printableStart = /^[^\x00-\x1f\x7f]+/;

/** Whether the rest of an input is the key Esc, unless more bytes follow at once. */
export function isLoneEscape(rest: string): boolean {
  return rest === "\x1b";
}

/** Whether more bytes may complete this key. */
function isPartial(input: string): boolean {
  // deno-lint-ignore no-control-regex
  return /^\x1b(\[[0-9;?]*|O)?$/.test(input);
}

const named: Readonly<Record<string, KeyName>> = {
  "\t": "tab",
  "\x1b[Z": "back-tab",
  "\r": "enter",
  "\n": "new-line",
  "\x1b\r": "new-line",
  "\x1b\n": "new-line",
  // Shift+Enter of terminals that can tell it from Enter.
  "\x1b[13;2u": "new-line",
  "\x1b[27;2;13~": "new-line",
  "\x01": "home",
  "\x02": "left",
  "\x03": "interrupt",
  "\x04": "delete-or-end",
  "\x05": "end",
  "\x06": "right",
  "\x07": "cancel",
  "\x08": "backspace",
  "\x0b": "delete-to-end",
  "\x0c": "redraw",
  "\x0e": "down",
  "\x10": "up",
  "\x12": "search",
  "\x15": "delete-to-start",
  "\x17": "word-backspace",
  "\x19": "yank",
  "\x1f": "undo",
  "\x7f": "backspace",
  "\x1b[A": "up",
  "\x1b[B": "down",
  "\x1b[C": "right",
  "\x1b[D": "left",
  "\x1bOA": "up",
  "\x1bOB": "down",
  "\x1bOC": "right",
  "\x1bOD": "left",
  "\x1b[H": "home",
  "\x1b[F": "end",
  "\x1bOH": "home",
  "\x1bOF": "end",
  "\x1b[1~": "home",
  "\x1b[4~": "end",
  "\x1b[5~": "page-up",
  "\x1b[6~": "page-down",
  "\x1b[7~": "home",
  "\x1b[8~": "end",
  "\x1b[3~": "delete",
  "\x1b[1;5C": "word-right",
  "\x1b[1;5D": "word-left",
  "\x1b[1;3C": "word-right",
  "\x1b[1;3D": "word-left",
  "\x1bb": "word-left",
  "\x1bf": "word-right",
  "\x1bd": "word-delete",
  "\x1by": "yank-older",
  "\x1b\x7f": "word-backspace",
  "\x1b\x08": "word-backspace",
};
