import { cleanText } from "../../text/mod.ts";
import type { EventFact, Question, SpokenMessage, UncertainEffect } from "../../session/mod.ts";
import { eventLines } from "../event_lines.ts";
import { type Key, pasteMarksOff, pasteMarksOn, readKeys } from "./keys.ts";
import { drawLine, type Line, newLine, press } from "./line_editor.ts";
import { OpenQuestions } from "./open_questions.ts";
import { unlessAborted } from "../line_reader.ts";
import { breaksAnew, type LiveLine, LiveRegion } from "./live_region.ts";
import { previewLines, speakingIn } from "./preview_lines.ts";
import { progressLine } from "./progress.ts";
import type { RunUi, TakeWords, UiOptions } from "../run_ui.ts";
import { readSome, writeAll } from "../streams.ts";
import { tell } from "../tell.ts";
import { ansi, joined, type TerminalText } from "../terminal_text.ts";
import { fit, textWidth } from "../text_width.ts";
import { ThoughtLines } from "../thought_lines.ts";
import { applyEvent, applyWords, initialView, type View, withPerson } from "./view.ts";
import { realWakers, type Wakers } from "./wakers.ts";
import { wrapWords } from "../wrap.ts";

/**
 * The front end for a person at a terminal.
 *
 * Invariants:
 * 1. The last lines of the screen are our live region: the words that a model is writing, and below them the prompt or the
 *    progress line. The region is erased before other output and drawn again after it. So it never mixes with the agents'
 *    words.
 * 2. Only `show` prints words. Streamed words are a preview: they are drawn in the region and disappear with it.
 */
export class TerminalUi implements RunUi {
  readonly canDecide = true;
  readonly canAsk = true;
  readonly #options: UiOptions;
  readonly #dim: (text: string) => TerminalText;
  readonly #region: LiveRegion;
  readonly #wakers: Wakers;
  /** Stop the timers and the signal listeners. */
  readonly #endings: (() => void)[] = [];
  readonly #thoughts = new ThoughtLines();
  #view: View;
  /** The line being typed while a question is open. */
  #prompt: Prompt | undefined;
  readonly #questions = new OpenQuestions();
  /** Stops the reading of answers. */
  #answering: AbortController | undefined;
  /** The agent whose words are being previewed. */
  #speaker: string | undefined;
  #drawnMs = -Infinity;
  /** Words go to the screen through another process (`| tee log`). They appear at the cursor. */
  #held = false;
  /** The run is over. Late events must not draw on the screen. */
  #ended = false;
  /** Cancels the scheduled drawing. */
  #drawLater: (() => void) | undefined;
  readonly #decoder = new TextDecoder();
  /** Keys and bytes after the last reply. They start the next one. */
  #keys: readonly Key[] = [];
  #rest = "";
  #reading: Promise<string | undefined> | undefined;
  /** One question at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: UiOptions, wakers: Wakers = realWakers) {
    this.#options = options;
    this.#wakers = wakers;
    const colour = (options.environment["NO_COLOR"] ?? "") === "";
    this.#dim = (text) => colour ? ansi`\x1b[2m${text}\x1b[22m` : ansi`${text}`;
    this.#view = initialView(options.now());
    this.#region = new LiveRegion({
      write: (text) => tell(options.stderr, text),
      columns: () => this.#columns(),
      reflows: breaksAnew(options.environment),
      dim: this.#dim,
    });
    const draw = () => this.#draw();
    this.#endings.push(wakers.resized(draw), wakers.continued(() => this.#takeScreenBack()));
    if (!options.quiet) this.#endings.push(wakers.every(tickMs, draw));
  }

  listen(take: TakeWords): void {
    this.#questions.take = take;
  }

  event(event: EventFact): void {
    if (event.type === "persons") this.#questions.people = event.people;
    this.#view = applyEvent(this.#view, event);
    const thoughts = this.#options.verbose ? this.#thoughts.take(event) : [];
    const lines = [...thoughts, ...eventLines(event, this.#options)];
    if (lines.length > 0) this.#printLines(lines.map((line) => this.#dim(line)));
    // The written words are about to be said. Their preview stays until then, so that they do not flicker.
    if (event.type === "completion") this.#drawAfter(frameMs);
    else this.#refresh();
  }

  show(message: SpokenMessage): void {
    const { view, header } = applyWords(this.#view, message);
    this.#view = view;
    this.#region.erase();
    if (header !== undefined && !this.#options.quiet) {
      tell(this.#options.stderr, ansi`\n${this.#dim(header)}\n`);
    }
    const { stdout } = this.#options;
    const isTerminal = stdout.isTerminal();
    const text = isTerminal ? wrapWords(cleanText(message.text), this.#columns()).join("\n") : message.text;
    writeAll(stdout, `${text}\n`);
    if (isTerminal) return this.#draw();
    this.#held = true;
    this.#drawAfter(frameMs);
  }

  ask(question: Question, { signal }: { readonly signal: AbortSignal }): Promise<string | undefined> {
    this.#view = withPerson(this.#view, question.person);
    const { answer, close } = this.#questions.add(question);
    if (this.#prompt !== undefined) this.#draw();
    signal.addEventListener("abort", () => {
      close();
      if (this.#questions.size === 0) this.#answering?.abort(signal.reason);
      else if (this.#prompt !== undefined) this.#draw();
    }, { once: true });
    this.#answerSoon();
    return unlessAborted(answer, signal);
  }

  /** Reads answers while questions are open, one line in a turn: other tasks of the prompt come in between. */
  #answerSoon(): void {
    if (this.#answering !== undefined || this.#questions.size === 0) return;
    const { signal } = this.#answering = new AbortController();
    this.#inTurn(() => this.#readAnswer(signal), signal).catch((error) => {
      if (!signal.aborted) this.#questions.fail(error);
    }).finally(() => {
      this.#answering = undefined;
      this.#answerSoon();
    });
  }

  async #readAnswer(signal: AbortSignal): Promise<void> {
    const questions = this.#questions;
    const entered = await this.#read({
      label: () => questions.label(),
      hint: () => questions.hint(),
      choose: (step) => questions.choose(step),
      enter: (text) => questions.enter(text),
      get line() {
        return questions.line;
      },
      set line(line) {
        questions.line = line;
      },
    }, signal);
    if (entered === undefined) questions.end();
  }

  confirm(question: string): Promise<boolean> {
    const { signal } = new AbortController();
    return this.#inTurn(async () => {
      this.#printLines([question]);
      const answer = await this.#read(simplePrompt("yes or no? "), signal);
      return /^\s*y(es)?\s*$/i.test(answer ?? "");
    }, signal);
  }

  decide(
    effect: UncertainEffect,
    { signal = new AbortController().signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<"retry" | "skip" | "fail" | undefined> {
    return this.#inTurn(async () => {
      this.#printLines([
        `⚠️  ${effect.what} was started by ${effect.klass}(${effect.agent}) ${effect.playbook} at ` +
        `${new Date(effect.startedAtMs).toISOString()}; whether it happened is not known`,
      ]);
      for (;;) {
        const answer = await this.#read(simplePrompt("retry, skip or fail? "), signal);
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
    if (!this.#options.quiet) this.tell(line);
  }

  tell(line: string): void {
    this.#region.erase();
    tell(this.#options.stderr, `${line}\n`);
    // Such lines come in groups, also after the run has ended. Nothing is drawn between them.
    if (this.#prompt !== undefined) this.#draw();
    else if (!this.#held) this.#drawAfter(noteMs);
  }

  /** A terminal has no end, so nothing is read from it. */
  allInput(): Promise<string> {
    return Promise.resolve("");
  }

  end(): void {
    this.#stopDrawing();
  }

  [Symbol.dispose](): void {
    for (const end of this.#endings.splice(0)) end();
    if (this.#prompt !== undefined) this.#leavePrompt("");
    this.#stopDrawing();
    const thoughts = this.#thoughts.rest().map((line) => ansi`${this.#dim(line)}\n`);
    tell(this.#options.stderr, joined(thoughts));
  }

  #stopDrawing(): void {
    this.#region.erase();
    this.#drawLater?.();
    this.#ended = true;
  }

  #inTurn<Value>(task: () => Promise<Value>, signal: AbortSignal): Promise<Value> {
    const result = this.#turn.then(() => {
      signal.throwIfAborted();
      return task();
    });
    this.#turn = result.catch(() => {});
    return unlessAborted(result, signal);
  }

  /** Reads a line. Resolves to `undefined` if none will come. */
  async #read(prompt: Prompt, signal: AbortSignal): Promise<string | undefined> {
    this.#region.erase();
    // Ctrl+C and Ctrl+Z stay signals if the system supports it (`cbreak`).
    this.#setRaw();
    this.#prompt = prompt;
    this.#draw();
    try {
      for (;;) {
        for (let key = this.#nextKey(); key !== undefined; key = this.#nextKey()) {
          const step = key.kind === "tab" ? 1 : key.kind === "back-tab" ? -1 : undefined;
          if (step !== undefined && prompt.choose?.(step)) continue;
          const pressed = press(prompt.line, key);
          if (pressed.kind === "entered") {
            const label = prompt.label();
            const { trace, remark } = prompt.enter?.(pressed.text) ?? { trace: `${label}${pressed.text}` };
            this.#leavePrompt(`${cleanText(trace)}\n`);
            if (remark !== undefined) this.#printLines([this.#dim(remark)]);
            return pressed.text;
          }
          if (pressed.kind === "ended") return void this.#leavePrompt(`${prompt.label()}\n`);
          if (pressed.kind === "interrupted") this.#options.interrupt();
          else prompt.line = pressed.line;
        }
        if (!this.#held) this.#draw();
        const input = await unlessAborted(this.#input(), signal);
        if (input === undefined) return void this.#leavePrompt(`${prompt.label()}\n`);
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

  /** The next input of the terminal. A read cannot be cancelled, so the next question uses the pending one. */
  #input(): Promise<string | undefined> {
    this.#reading ??= this.#inputOnce().finally(() => this.#reading = undefined);
    return this.#reading;
  }

  async #inputOnce(): Promise<string | undefined> {
    const buffer = new Uint8Array(inputBytes);
    const count = await readSome(this.#options.stdin, buffer);
    return count === null ? undefined : this.#decoder.decode(buffer.subarray(0, count), { stream: true });
  }

  #setRaw(): void {
    this.#options.stdin.setRaw(true, { cbreak: Deno.build.os !== "windows" });
    tell(this.#options.stderr, pasteMarksOn);
  }

  /** After Ctrl+Z and `fg`: the shell has written below the region and has changed the terminal's mode. */
  #takeScreenBack(): void {
    this.#region.forget();
    if (this.#prompt !== undefined) this.#setRaw();
    this.#draw();
  }

  /** Restores the terminal's mode and leaves `trace` of the prompt on the screen. */
  #leavePrompt(trace: string): void {
    this.#region.erase();
    this.#prompt = undefined;
    tell(this.#options.stderr, ansi`${pasteMarksOff}${trace}`);
    this.#options.stdin.setRaw(false);
  }

  #printLines(lines: readonly (string | TerminalText)[]): void {
    this.#region.erase();
    tell(this.#options.stderr, joined(lines.map((line) => ansi`${line}\n`)));
    if (!this.#held) this.#draw();
  }

  /** Draws at once if the last drawing is long enough ago, else later, so that the screen is calm. */
  #refresh(): void {
    if (this.#drawLater !== undefined) return;
    const restMs = this.#drawnMs + frameMs - this.#options.now();
    if (restMs <= 0) this.#draw();
    else this.#drawAfter(restMs);
  }

  #drawAfter(ms: number): void {
    this.#drawLater?.();
    if (this.#ended) return;
    this.#drawLater = this.#wakers.after(ms, () => this.#draw());
  }

  #draw(): void {
    if (this.#ended) return;
    this.#drawLater?.();
    this.#drawLater = undefined;
    this.#held = false;
    this.#drawnMs = this.#options.now();
    const columns = this.#columns();
    const preview = this.#preview(columns);
    if (this.#prompt !== undefined) {
      const { text, cursor } = drawLine(this.#prompt.label(), this.#prompt.line, columns);
      const hint = this.#prompt.hint?.();
      const above = hint === undefined ? [] : [{ text: fit(hint, columns - 1), dim: true }];
      this.#region.draw([...preview, ...above, { text, dim: false }], cursor);
    } else if (!this.#options.quiet) {
      // One column is left for the cursor.
      const size = { nowMs: this.#options.now(), columns: columns - 1 };
      const text = progressLine(this.#view.progress, this.#view, size);
      this.#region.draw([...preview, { text, dim: true }], textWidth(text));
    }
  }

  /** The words that a model is writing, at the place where they will appear when they are said. */
  #preview(columns: number): readonly LiveLine[] {
    const { stream, quiet, stdout } = this.#options;
    if (!stream || quiet || !stdout.isTerminal()) return [];
    const speaking = speakingIn(this.#view, this.#speaker);
    this.#speaker = speaking?.agent;
    if (speaking === undefined) return [];
    const maxLines = Math.max(1, Math.floor(this.#rows() / 3) - 1);
    return previewLines(this.#view, speaking, { columns, maxLines }).map((text) => ({ text, dim: true }));
  }

  #columns(): number {
    try {
      return this.#options.columns() || usualColumns;
    } catch {
      return usualColumns;
    }
  }

  #rows(): number {
    try {
      return this.#options.rows?.() ?? Deno.consoleSize().rows;
    } catch {
      return usualRows;
    }
  }
}

/** A line that is being typed. */
interface Prompt {
  readonly label: () => string;
  line: Line;
  /** A line above the prompt. */
  readonly hint?: () => string | undefined;
  /** Takes Tab; returns false if it has no meaning here. */
  readonly choose?: (step: 1 | -1) => boolean;
  /** Takes the entered text, and returns what stays on the screen. */
  readonly enter?: (text: string) => { readonly trace: string; readonly remark?: string };
}

function simplePrompt(label: string): Prompt {
  return { label: () => label, line: newLine() };
}

/** Ten times a second is often enough for growing words, and calm. */
const frameMs = 100;
/** Too short to be seen, long enough for the next line of a group. */
const noteMs = 30;
/** Often enough for a clock of seconds. */
const tickMs = 1000;
/** A paste of usual size arrives within this time. */
const inputBytes = 4096;
const usualColumns = 80;
const usualRows = 24;
