import type { Question, RuntimeEvent, SpokenMessage, UncertainEffect } from "../runtime/event.ts";
import { type Key, pasteMarksOff, pasteMarksOn, readKeys } from "./keys.ts";
import { drawLine, type Line, newLine, press } from "./line_editor.ts";
import { unlessAborted } from "./line_reader.ts";
import type { RunUi, UiOptions } from "./run_ui.ts";
import { readSome, writeAll } from "./streams.ts";
import { tell } from "./tell.ts";
import { fit, printable, textWidth } from "./text_width.ts";
import { applyEvent, applyWords, eventLines, initialView, progressLine, type View } from "./view.ts";

/**
 * A person at a terminal.
 *
 * Invariant: the last line of the screen is ours, and holds the prompt, or else the progress line. It is erased before
 * anything is written, and drawn again behind it, so that it never mixes with the agents' words.
 */
export class TerminalUi implements RunUi {
  readonly #options: UiOptions;
  readonly #dim: (text: string) => string;
  readonly #timer: ReturnType<typeof setInterval> | undefined;
  #view: View;
  /** The line being typed, while somebody is asked. */
  #prompt: { readonly label: string; line: Line } | undefined;
  /** What the last line of the screen shows. */
  #drawn = "";
  readonly #history: string[] = [];
  readonly #decoder = new TextDecoder();
  /** Keys and bytes behind the reply that was given last: the beginning of the next. */
  #keys: readonly Key[] = [];
  #rest = "";
  #reading: Promise<string | undefined> | undefined;
  /** One question at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: UiOptions) {
    this.#options = options;
    const colour = (options.environment["NO_COLOR"] ?? "") === "";
    this.#dim = (text) => colour ? `\x1b[2m${text}\x1b[22m` : text;
    this.#view = initialView(options.now());
    if (!options.quiet) {
      this.#timer = setInterval(() => this.#draw(), tickMs);
    }
  }

  event(event: RuntimeEvent): void {
    this.#view = applyEvent(this.#view, event);
    const lines = eventLines(event, this.#options);
    if (lines.length > 0) this.#tellLines(lines.map((line) => this.#dim(printable(line))));
    else if (event.type !== "text") this.#draw();
  }

  show(message: SpokenMessage): void {
    const { view, header } = applyWords(this.#view, message);
    this.#view = view;
    this.#erase();
    if (header !== undefined && !this.#options.quiet) tell(this.#options.stderr, `\n${this.#dim(header)}\n`);
    // Only a terminal must be kept from escape sequences; a file or a pipe gets the words as they are.
    const text = this.#options.stdout.isTerminal() ? printable(message.text) : message.text;
    writeAll(this.#options.stdout, `${text}\n`);
    this.#draw();
  }

  ask(question: Question, { signal }: { readonly signal: AbortSignal }): Promise<string | undefined> {
    const name = question.person === "user" ? "User" : question.person;
    return this.#inTurn(() => this.#read(`${printable(name)}: `, signal), signal);
  }

  confirm(question: string): Promise<boolean> {
    const { signal } = new AbortController();
    return this.#inTurn(async () => {
      this.#tellLines([question]);
      const answer = await this.#read("yes or no? ", signal);
      return /^\s*y(es)?\s*$/i.test(answer ?? "");
    }, signal);
  }

  decide(effect: UncertainEffect): Promise<"retry" | "skip" | "fail" | undefined> {
    const { signal } = new AbortController();
    return this.#inTurn(async () => {
      this.#tellLines([
        `⚠️  ${printable(effect.what)} was begun by ${effect.klass}(${effect.agent}) ${effect.playbook} at ` +
        `${new Date(effect.startedAtMs).toISOString()}, and nobody knows whether it happened`,
      ]);
      for (;;) {
        const answer = await this.#read("retry, skip or fail? ", signal);
        if (answer === undefined) return undefined;
        const word = answer.trim().toLowerCase();
        const choice = (["retry", "skip", "fail"] as const).find((name) =>
          word !== "" && name.startsWith(word)
        );
        if (choice !== undefined) return choice;
      }
    }, signal);
  }

  note(line: string): void {
    if (!this.#options.quiet) this.#tellLines([line]);
  }

  /** A terminal has no end: nothing is taken from it. */
  allInput(): Promise<string> {
    return Promise.resolve("");
  }

  end(): void {}

  [Symbol.dispose](): void {
    if (this.#timer !== undefined) clearInterval(this.#timer);
    if (this.#prompt !== undefined) this.#leavePrompt("");
    this.#erase();
  }

  #inTurn<Value>(task: () => Promise<Value>, signal: AbortSignal): Promise<Value> {
    const result = this.#turn.then(() => {
      signal.throwIfAborted();
      return task();
    });
    this.#turn = result.catch(() => {});
    return unlessAborted(result, signal);
  }

  async #read(label: string, signal: AbortSignal): Promise<string | undefined> {
    this.#erase();
    // Ctrl+C and Ctrl+Z stay signals where the system knows how (`cbreak`).
    this.#options.stdin.setRaw(true, { cbreak: Deno.build.os !== "windows" });
    tell(this.#options.stderr, pasteMarksOn);
    const prompt = this.#prompt = { label, line: newLine(this.#history) };
    this.#draw();
    try {
      for (;;) {
        for (let key = this.#nextKey(); key !== undefined; key = this.#nextKey()) {
          const pressed = press(prompt.line, key);
          if (pressed.kind === "entered") {
            this.#leavePrompt(`${label}${printable(pressed.text)}\n`);
            if (pressed.text.trim() !== "") this.#history.push(pressed.text);
            return pressed.text;
          }
          if (pressed.kind === "ended") return void this.#leavePrompt(`${label}\n`);
          if (pressed.kind === "interrupted") this.#options.interrupt();
          else prompt.line = pressed.line;
        }
        this.#draw();
        const input = await unlessAborted(this.#input(), signal);
        if (input === undefined) return void this.#leavePrompt(`${label}\n`);
        const { keys, rest } = readKeys(this.#rest + input);
        this.#keys = keys;
        this.#rest = rest;
      }
    } finally {
      if (this.#prompt === prompt) this.#leavePrompt("");
    }
  }

  #nextKey(): Key | undefined {
    const [key, ...others] = this.#keys;
    this.#keys = others;
    return key;
  }

  /** What the terminal sends next. A read cannot be called back, so the one under way serves the next question. */
  #input(): Promise<string | undefined> {
    this.#reading ??= this.#inputOnce().finally(() => this.#reading = undefined);
    return this.#reading;
  }

  async #inputOnce(): Promise<string | undefined> {
    const buffer = new Uint8Array(inputBytes);
    const count = await readSome(this.#options.stdin, buffer);
    return count === null ? undefined : this.#decoder.decode(buffer.subarray(0, count), { stream: true });
  }

  /** Gives the terminal back as it was, and leaves `trace` of the prompt on the screen. */
  #leavePrompt(trace: string): void {
    this.#erase();
    this.#prompt = undefined;
    tell(this.#options.stderr, pasteMarksOff + trace);
    this.#options.stdin.setRaw(false);
  }

  #tellLines(lines: readonly string[]): void {
    this.#erase();
    tell(this.#options.stderr, lines.map((line) => `${line}\n`).join(""));
    this.#draw();
  }

  #draw(): void {
    const columns = this.#columns();
    if (this.#prompt !== undefined) {
      const { text, cursor } = drawLine(this.#prompt.label, this.#prompt.line, columns);
      const back = textWidth(text) - cursor;
      return this.#put(back === 0 ? text : `${text}\x1b[${back}D`);
    }
    if (this.#options.quiet) return;
    this.#put(this.#dim(fit(progressLine(this.#view, this.#options.now(), columns - 1), columns - 1)));
  }

  #put(text: string): void {
    if (text === this.#drawn) return;
    tell(this.#options.stderr, eraseLine + text);
    this.#drawn = text;
  }

  #erase(): void {
    if (this.#drawn === "") return;
    tell(this.#options.stderr, eraseLine);
    this.#drawn = "";
  }

  #columns(): number {
    try {
      return this.#options.columns() || usualColumns;
    } catch {
      return usualColumns;
    }
  }
}

const eraseLine = "\r\x1b[2K";
/** Often enough for a clock of seconds. */
const tickMs = 1000;
/** A paste of usual size arrives at once. */
const inputBytes = 4096;
const usualColumns = 80;
