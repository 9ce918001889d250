import { characters } from "../text_width.ts";
import type { Key } from "../terminal/keys.ts";
import { type Line, newLine, press } from "../terminal/line_editor.ts";

/** A session in the list of the picker. All texts are clean. */
export interface PickerRow {
  readonly id: string;
  readonly shortId: string;
  /** Its name, else its program. */
  readonly title: string;
  readonly status: string;
  readonly age: string;
  readonly cost: string;
  /** The texts that the filter looks into, in lower case. */
  readonly searched: string;
}

/** A key, or Esc. A lone Esc is known only after a time without further bytes. */
export type PickerKey = Key | { readonly kind: "escape" };

/** The picker: pure data. */
export interface PickerState {
  readonly rows: readonly PickerRow[];
  /** The line that is typed: the filter, or a name. */
  readonly filter: Line;
  /** Ids of sessions whose words have the filter's text. */
  readonly withWords: ReadonlySet<string>;
  /** The rows that fit the filter. */
  readonly shown: readonly PickerRow[];
  /** Index in `shown`. */
  readonly selected: number;
  readonly mode: PickerMode;
  /** The outcome of the last action. */
  readonly message?: string;
}

type PickerMode =
  /** Letters go to the filter. */
  | { readonly kind: "filter" }
  /** Letters are commands. */
  | { readonly kind: "commands" }
  | { readonly kind: "rename" | "fork"; readonly line: Line }
  | { readonly kind: "remove" }
  /** A text to read. */
  | { readonly kind: "text"; readonly title: string; readonly text: string; readonly top: number };

/** A thing to do outside the picker. */
type PickerAction =
  | { readonly kind: "leave" | "interrupt" }
  | { readonly kind: "resume"; readonly id: string }
  | ReturningAction;

/** An action after which the picker goes on. */
export type ReturningAction =
  | { readonly kind: "remove" | "show" | "log"; readonly id: string }
  | { readonly kind: "rename" | "fork"; readonly id: string; readonly name: string };

/** The state after a key, and the action that it asks for. */
interface PressedPicker {
  readonly state: PickerState;
  readonly action?: PickerAction;
}

/** The first state of a picker. */
export function openPicker(rows: readonly PickerRow[]): PickerState {
  return {
    rows,
    filter: newLine(),
    withWords: new Set(),
    shown: rows,
    selected: 0,
    mode: { kind: "filter" },
  };
}

/** The selected row; `undefined` if no row fits the filter. */
export function selectedRow({ shown, selected }: PickerState): PickerRow | undefined {
  return shown[selected];
}

/** The filter as typed. */
export function filterText({ filter }: PickerState): string {
  return filter.text.join("");
}

/** The state with other rows, such as after a session was removed. */
export function withRows(state: PickerState, rows: readonly PickerRow[], select?: string): PickerState {
  const id = select ?? selectedRow(state)?.id;
  const next = filtered({ ...state, rows }, id);
  // A new name may not fit the filter any more, and a person wants to see the outcome.
  const isHidden = next.shown.length === 0 ||
    rows.some((row) => row.id === id) && selectedRow(next)?.id !== id;
  return isHidden ? filtered({ ...next, filter: newLine(), withWords: new Set() }, id) : next;
}

/** The state after the words of more sessions were searched for the filter. */
export function withFoundWords(state: PickerState, ids: ReadonlySet<string>): PickerState {
  return filtered({ ...state, withWords: ids }, selectedRow(state)?.id);
}

/** The height of a list or text, and the first line of a text's last page. */
export interface PickerExtent {
  readonly page: number;
  readonly maxTop: number;
}

/** Applies a key. */
export function pressInPicker(before: PickerState, key: PickerKey, extent: PickerExtent): PressedPicker {
  const { message: _, ...state } = before;
  if (key.kind === "new-line") return pressInPicker(before, { kind: "enter" }, extent);
  if (key.kind === "cancel") return pressInPicker(before, { kind: "escape" }, extent);
  const isCommand = state.mode.kind === "commands" || state.mode.kind === "text";
  if (key.kind !== "text" || !isCommand) return pressOne(state, key, extent);
  // Keys that are pressed fast come as one text.
  const [first = "", ...rest] = characters(key.text);
  const pressed = pressOne(state, { kind: "text", text: first }, extent);
  // Text that was pasted by mistake must not answer a question, or go on after an action.
  if (rest.length === 0 || pressed.action || pressed.state.mode.kind === "remove") return pressed;
  return pressInPicker(pressed.state, { kind: "text", text: rest.join("") }, extent);
}

function pressOne(state: PickerState, key: PickerKey, extent: PickerExtent): PressedPicker {
  const { page } = extent;
  if (key.kind === "interrupt") return { state, action: { kind: "interrupt" } };
  switch (state.mode.kind) {
    case "filter":
      return inFilter(state, key, page);
    case "commands":
      return inCommands(state, key, page);
    case "rename":
    case "fork":
      return inName(state, state.mode, key);
    case "remove":
      return inRemove(state, key);
    case "text":
      return inText(state, state.mode, key, extent);
  }
}

function inFilter(state: PickerState, key: PickerKey, page: number): PressedPicker {
  const moved = move(state, key, page);
  if (moved) return { state: moved };
  switch (key.kind) {
    case "escape":
      return filterText(state) === ""
        ? { state, action: { kind: "leave" } }
        : { state: withFilter(state, newLine()) };
    case "delete-or-end":
      if (state.filter.text.length === 0) return { state, action: { kind: "leave" } };
      break;
    case "tab":
    case "back-tab":
      return { state: inMode(state, { kind: "commands" }) };
    case "enter":
      return onSelected(state, "resume");
  }
  const pressed = press(state.filter, singleLine(key));
  return { state: pressed.kind === "editing" ? withFilter(state, pressed.line) : state };
}

function inCommands(state: PickerState, key: PickerKey, page: number): PressedPicker {
  const moved = move(state, key, page);
  if (moved) return { state: moved };
  const list: PickerMode = { kind: "filter" };
  if (key.kind === "escape" || key.kind === "tab" || key.kind === "back-tab") {
    return { state: inMode(state, list) };
  }
  if (key.kind === "enter") return onSelected(state, "resume");
  if (key.kind === "delete") return inCommands(state, { kind: "text", text: "d" }, page);
  return key.kind === "text" ? command(state, key.text, page) : { state };
}

function command(state: PickerState, letter: string, page: number): PressedPicker {
  switch (letter) {
    case "j":
      return { state: move(state, { kind: "down" }, page)! };
    case "k":
      return { state: move(state, { kind: "up" }, page)! };
    case "g":
      return { state: select(state, 0) };
    case "G":
      return { state: select(state, Infinity) };
    case "q":
      return { state, action: { kind: "leave" } };
    case "/":
      return { state: inMode(state, { kind: "filter" }) };
    case "s":
      return onSelected(state, "show");
    case "l":
      return onSelected(state, "log");
  }
  if (!selectedRow(state)) return { state };
  switch (letter) {
    case "r":
      return { state: inMode(state, { kind: "rename", line: newLine() }) };
    case "f":
      return { state: inMode(state, { kind: "fork", line: newLine() }) };
    case "d":
      return { state: inMode(state, { kind: "remove" }) };
  }
  return { state };
}

function inName(
  state: PickerState,
  mode: Extract<PickerMode, { readonly line: Line }>,
  key: PickerKey,
): PressedPicker {
  const { kind, line } = mode;
  const done = inMode(state, { kind: "commands" });
  if (key.kind === "escape") return { state: done };
  const pressed = press(line, singleLine(key));
  switch (pressed.kind) {
    case "editing":
      return { state: inMode(state, { kind, line: pressed.line }) };
    case "ended":
    case "interrupted":
      return { state: done };
    case "entered": {
      const name = pressed.text.trim();
      const row = selectedRow(state);
      // A fork needs no name.
      return row && (name !== "" || kind === "fork")
        ? { state: done, action: { kind, id: row.id, name } }
        : { state: done };
    }
  }
  return { state };
}

function inRemove(state: PickerState, key: PickerKey): PressedPicker {
  const done = inMode(state, { kind: "commands" });
  return key.kind === "text" && key.text.toLowerCase() === "y" ? onSelected(done, "remove") : { state: done };
}

function inText(
  state: PickerState,
  mode: Extract<PickerMode, { readonly kind: "text" }>,
  key: PickerKey,
  extent: PickerExtent,
): PressedPicker {
  const done = { state: inMode(state, { kind: "commands" }) };
  const top = topAfter(mode.top, key, extent);
  if (top !== undefined) return { state: inMode(state, { ...mode, top }) };
  const isEnd = key.kind === "escape" || key.kind === "enter" || key.kind === "delete-or-end" ||
    (key.kind === "text" && key.text === "q");
  return isEnd ? done : { state };
}

function topAfter(top: number, key: PickerKey, { page, maxTop }: PickerExtent): number | undefined {
  const letter = key.kind === "text" ? key.text : "";
  const step = letter === "j" ? 1 : letter === "k" ? -1 : letter === " " ? page : steps(key, page);
  return step === undefined ? undefined : Math.max(0, Math.min(Math.min(top, maxTop) + step, maxTop));
}

/** The number of rows that a key moves; `undefined` if it does not move. */
function steps({ kind }: PickerKey, page: number): number | undefined {
  switch (kind) {
    case "up":
      return -1;
    case "down":
      return 1;
    case "page-up":
      return -Math.max(1, page - 1);
    case "page-down":
      return Math.max(1, page - 1);
    case "home":
      return -Infinity;
    case "end":
      return Infinity;
    default:
      return undefined;
  }
}

function move(state: PickerState, key: PickerKey, page: number): PickerState | undefined {
  const step = steps(key, page);
  return step === undefined ? undefined : select(state, state.selected + step);
}

function select(state: PickerState, index: number): PickerState {
  return { ...state, selected: Math.max(0, Math.min(index, state.shown.length - 1)) };
}

function onSelected(state: PickerState, kind: "resume" | "remove" | "show" | "log"): PressedPicker {
  const row = selectedRow(state);
  return row ? { state, action: { kind, id: row.id } } : { state };
}

function inMode(state: PickerState, mode: PickerMode): PickerState {
  return { ...state, mode };
}

function withFilter(state: PickerState, filter: Line): PickerState {
  const isSame = filter.text.join("") === filterText(state);
  return isSame ? { ...state, filter } : filtered({ ...state, filter, withWords: new Set() }, undefined);
}

/** Chooses the rows anew. Without `id`, the first one is selected. */
function filtered(state: PickerState, id: string | undefined): PickerState {
  const words = filterText(state).normalize("NFC").toLowerCase().split(/\s+/).filter((word) => word !== "");
  const shown = words.length === 0
    ? state.rows
    : state.rows.filter(({ id, searched }) =>
      state.withWords.has(id) || words.every((word) => searched.includes(word))
    );
  const found = id === undefined ? 0 : shown.findIndex((row) => row.id === id);
  return select({ ...state, shown }, found < 0 ? state.selected : found);
}

/** A filter and a name have one line and no history. */
function singleLine(key: PickerKey): Key {
  switch (key.kind) {
    case "text":
      return { kind: "text", text: key.text.replace(/[\r\n\t]+/g, " ") };
    case "escape":
    case "tab":
    case "search":
    case "cancel":
      return { kind: "text", text: "" };
    default:
      return key;
  }
}
