import type { KeyName } from "./keys.ts";

/** What a person presses, and what it does. */
interface KeyRow {
  /** The usual spellings of the key. */
  readonly keys: readonly string[];
  readonly does: string;
}

/** The keys of a prompt. A person can type every one of them; `/help` and docs/guide/people.md show them. */
export const keyTable: Readonly<Record<Exclude<KeyName, "page-up" | "page-down">, KeyRow>> = {
  "enter": { keys: ["Enter"], does: "sends the text" },
  "new-line": { keys: ["Alt+Enter", "Ctrl+J"], does: "begins a new line; a paste keeps its own" },
  "interrupt": {
    keys: ["Ctrl+C"],
    does: "clears the text; on an empty line stops the run, and again: at once",
  },
  "delete-or-end": {
    keys: ["Ctrl+D"],
    does: "deletes the next character; on an empty line suspends the session",
  },
  "left": { keys: ["Left", "Ctrl+B"], does: "one character to the left" },
  "right": { keys: ["Right", "Ctrl+F"], does: "one character to the right" },
  "word-left": { keys: ["Ctrl+Left", "Alt+B"], does: "one word to the left" },
  "word-right": { keys: ["Ctrl+Right", "Alt+F"], does: "one word to the right" },
  "home": { keys: ["Home", "Ctrl+A"], does: "to the start of the line" },
  "end": { keys: ["End", "Ctrl+E"], does: "to the end of the line" },
  "up": { keys: ["Up", "Ctrl+P"], does: "the line above, earlier answers, or queued words" },
  "down": { keys: ["Down", "Ctrl+N"], does: "the line below, or later answers" },
  "search": { keys: ["Ctrl+R"], does: "searches earlier answers; again: an older one" },
  "cancel": { keys: ["Ctrl+G"], does: "leaves the search" },
  "backspace": { keys: ["Backspace", "Ctrl+H"], does: "deletes the character before" },
  "delete": { keys: ["Delete"], does: "deletes the next character" },
  "word-backspace": { keys: ["Ctrl+W", "Alt+Backspace"], does: "cuts the word before" },
  "word-delete": { keys: ["Alt+D"], does: "cuts the word after" },
  "delete-to-start": { keys: ["Ctrl+U"], does: "cuts all before the cursor in its line" },
  "delete-to-end": { keys: ["Ctrl+K"], does: "cuts all after the cursor in its line" },
  "yank": { keys: ["Ctrl+Y"], does: "inserts what was cut last, also by Ctrl+C" },
  "yank-older": { keys: ["Alt+Y"], does: "after Ctrl+Y: an older cut instead" },
  "undo": { keys: ["Ctrl+_"], does: "undoes the last change" },
  "redraw": { keys: ["Ctrl+L"], does: "clears the screen and draws again" },
  "tab": { keys: ["Tab"], does: "with several persons: the next one who is asked" },
  "back-tab": { keys: ["Shift+Tab"], does: "the previous one" },
};
