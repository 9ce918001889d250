import { type Input, type Output, readSome, writeAll } from "../streams.ts";
import { ansi, joined, type TerminalText } from "../terminal_text.ts";
import { isLoneEscape, readKeys } from "../terminal/keys.ts";
import { realWakers, type Wakers } from "../terminal/wakers.ts";
import { drawPicker, extentOf, type PickerSize } from "./picker_screen.ts";
import {
  filterText,
  type PickerKey,
  type PickerRow,
  type PickerState,
  pressInPicker,
  type ReturningAction,
  selectedRow,
  withFoundWords,
  withRows,
} from "./picker_state.ts";
import type { PickerPreview } from "./preview_pane.ts";

/** The world of a picker. */
interface PickerOptions {
  readonly stdin: Input;
  readonly stdout: Output;
  readonly size: () => PickerSize;
  /** Ends the picker, for a signal. */
  readonly signal: AbortSignal;
  readonly preview: (id: string) => Promise<PickerPreview>;
  /** Yields the ids of sessions whose words have a text, and `undefined` now and then, so that keys are read. */
  readonly findWords: (text: string) => AsyncIterable<string | undefined>;
  /** Does an action that returns to the picker. */
  readonly perform: (action: ReturningAction) => Promise<ActionOutcome>;
  readonly wakers?: Wakers;
}

/** The outcome of an action: a line for the person, a text to read, new rows. */
export interface ActionOutcome {
  readonly message?: string;
  readonly text?: { readonly title: string; readonly text: string };
  readonly rows?: readonly PickerRow[];
  /** The session to select. */
  readonly select?: string;
}

/** The end of a picker. */
type PickerEnd =
  | { readonly kind: "left" | "interrupted" | "signal" }
  | { readonly kind: "resume"; readonly id: string };

/** Shows a picker on the alternate screen until it ends. The screen and the keyboard are then as before. */
export async function runPicker(first: PickerState, options: PickerOptions): Promise<PickerEnd> {
  const { stdin, stdout } = options;
  stdin.setRaw(true);
  try {
    writeAll(stdout, enterScreen);
    return await new Picker(first, options).run();
  } finally {
    stdin.setRaw(false);
    writeAll(stdout, leaveScreen);
  }
}

class Picker {
  readonly #options: PickerOptions;
  readonly #wakers: Wakers;
  #state: PickerState;
  #frame = "";
  readonly #previews = new Map<string, PickerPreview>();
  #wake = Promise.withResolvers<void>();
  /** A read goes on while other things happen. */
  #read: Promise<string | undefined> | undefined;
  readonly #buffer = new Uint8Array(4096);
  readonly #decoder = new TextDecoder();
  #rest = "";
  /** Cancels the work that begins when no key is pressed for a moment. */
  #cancelIdle: (() => void) | undefined;
  /** The filter whose words were searched. */
  #searched = "";
  /** An error of work that no key waits for. */
  #failure: { readonly error: unknown } | undefined;

  constructor(first: PickerState, options: PickerOptions) {
    this.#state = first;
    this.#options = options;
    this.#wakers = options.wakers ?? realWakers;
  }

  async run(): Promise<PickerEnd> {
    const { signal } = this.#options;
    const wake = () => this.#wake.resolve();
    const endings = [
      this.#wakers.resized(wake),
      this.#wakers.continued(() => this.#takeScreenBack()),
    ];
    signal.addEventListener("abort", wake);
    try {
      for (;;) {
        if (signal.aborted) return { kind: "signal" };
        if (this.#failure) throw this.#failure.error;
        this.#draw();
        this.#workWhenIdle();
        const input = await this.#nextInput();
        if (input === "end") return { kind: "left" };
        for (const key of input) {
          const end = await this.#press(key);
          if (end) return end;
        }
      }
    } finally {
      this.#cancelIdle?.();
      signal.removeEventListener("abort", wake);
      for (const end of endings) end();
    }
  }

  /** Waits for keys, or for something new to show (no keys). */
  async #nextInput(): Promise<readonly PickerKey[] | "end"> {
    const waits: Promise<"woken" | "escape" | { readonly text: string | undefined }>[] = [
      this.#wake.promise.then(() => "woken" as const),
      (this.#read ??= this.#readText()).then((text) => ({ text })),
    ];
    const escape = Promise.withResolvers<"escape">();
    const stop = isLoneEscape(this.#rest)
      ? this.#wakers.after(escapeMs, () => escape.resolve("escape"))
      : undefined;
    if (stop) waits.push(escape.promise);
    const result = await Promise.race(waits);
    stop?.();
    if (result === "woken") {
      this.#wake = Promise.withResolvers<void>();
      return [];
    }
    if (result === "escape") {
      this.#rest = "";
      return [{ kind: "escape" }];
    }
    this.#read = undefined;
    if (result.text === undefined) return "end";
    const { keys, rest } = readKeys(this.#rest + result.text);
    this.#rest = rest;
    return keys;
  }

  async #readText(): Promise<string | undefined> {
    const count = await readSome(this.#options.stdin, this.#buffer);
    return count === null
      ? undefined
      : this.#decoder.decode(this.#buffer.subarray(0, count), { stream: true });
  }

  async #press(key: PickerKey): Promise<PickerEnd | undefined> {
    const extent = extentOf(this.#state, this.#options.size());
    const { state, action } = pressInPicker(this.#state, key, extent);
    this.#state = state;
    if (!action) return undefined;
    switch (action.kind) {
      case "leave":
        return { kind: "left" };
      case "interrupt":
        return { kind: "interrupted" };
      case "resume":
        return { kind: "resume", id: action.id };
    }
    this.#draw();
    const { message, text, rows, select } = await this.#options.perform(action);
    if (rows) {
      this.#previews.clear();
      this.#state = withRows(this.#state, rows, select);
    }
    if (text) this.#state = { ...this.#state, mode: { kind: "text", ...text, top: 0 } };
    if (message !== undefined) this.#state = { ...this.#state, message };
    return undefined;
  }

  /** Reads the preview, and then the words for the filter, once no key came for a moment. */
  #workWhenIdle(): void {
    this.#cancelIdle?.();
    const id = selectedRow(this.#state)?.id;
    const text = filterText(this.#state);
    if (text.trim().length < minSearchedLength) this.#searched = "";
    const needsPreview = id !== undefined && !this.#previews.has(id);
    const needsWords = text !== this.#searched && text.trim().length >= minSearchedLength;
    if (!needsPreview && !needsWords) return;
    let isCancelled = false;
    const work = async () => {
      if (needsPreview) this.#previews.set(id, await this.#options.preview(id));
      else await this.#findWords(text, () => isCancelled);
    };
    const stop = this.#wakers.after(idleMs, () => {
      work().catch((error) => this.#failure = { error }).finally(() => this.#wake.resolve());
    });
    this.#cancelIdle = () => {
      isCancelled = true;
      stop();
    };
  }

  async #findWords(text: string, isCancelled: () => boolean): Promise<void> {
    const found = new Set<string>();
    for await (const id of this.#options.findWords(text.trim())) {
      if (isCancelled()) return;
      if (id !== undefined) found.add(id);
    }
    if (isCancelled()) return;
    this.#searched = text;
    this.#state = withFoundWords(this.#state, found);
  }

  #takeScreenBack(): void {
    this.#options.stdin.setRaw(true);
    writeAll(this.#options.stdout, enterScreen);
    this.#frame = "";
    this.#wake.resolve();
  }

  #draw(): void {
    const row = selectedRow(this.#state);
    const preview = row && this.#previews.get(row.id);
    const size = this.#options.size();
    const { lines, cursor } = drawPicker(this.#state, preview, size);
    const parts: TerminalText[] = [ansi`\x1b[?25l\x1b[?7l\x1b[H`];
    for (const [index, line] of lines.entries()) {
      // Clear first: after a full line, clearing would erase its last character.
      parts.push(index === 0 ? ansi`\x1b[K` : ansi`\r\n\x1b[K`, line);
    }
    parts.push(ansi`\x1b[J\x1b[?7h\x1b[${cursor.row + 1};${cursor.column + 1}H\x1b[?25h`);
    const frame = joined(parts);
    const drawn = `${size.columns} ${size.rows} ${frame}`;
    if (drawn === this.#frame) return;
    this.#frame = drawn;
    writeAll(this.#options.stdout, frame);
  }
}

const enterScreen = ansi`\x1b[?1049h\x1b[2J\x1b[?2004h`;
const leaveScreen = ansi`\x1b[?2004l\x1b[?1049l\x1b[?25h`;

/** Escape sequences of keys come in one piece; over a slow line, their parts come within this time. */
const escapeMs = 50;
/** Long enough that a held key moves through the list, and short enough not to be noticed. */
const idleMs = 60;
/** One letter is in nearly all sessions. */
const minSearchedLength = 2;
