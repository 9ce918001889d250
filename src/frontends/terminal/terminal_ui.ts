import { cleanText, isNestedTooDeep, jsonOrText } from "../../text/mod.ts";
import {
  Decision,
  type EventFact,
  type Question,
  type SpokenMessage,
  type UncertainEffect,
  whenSettled,
} from "../../session/mod.ts";
import { eventLines } from "../event_lines.ts";
import type { Key } from "./keys.ts";
import { newLine, press } from "./line_editor.ts";
import { earlierLines, earlierWords } from "./earlier_lines.ts";
import { readSlash, slashCommands } from "./slash_commands.ts";
import { helpLines, logLines, snapshotLines } from "./slash_lines.ts";
import { messageOf } from "../../errors.ts";
import { DrawSchedule } from "./draw_schedule.ts";
import { drawInput } from "./line_layout.ts";
import { isTypedIn, liveFrame } from "./live_frame.ts";
import { type Entered, type Prompt, simplePrompt } from "./prompt.ts";
import { TerminalKeys } from "./terminal_keys.ts";
import { type MarkdownStyles, renderMarkdown } from "./markdown.ts";
import { OpenQuestions } from "./open_questions.ts";
import { unlessAborted } from "../line_reader.ts";
import { breaksAnew, type LiveLine, LiveRegion } from "./live_region.ts";
import { previewLines, speakingIn } from "./preview_lines.ts";
import type { RunUi, SessionActions, TakeWords, UiOptions } from "../run_ui.ts";
import { writeAll } from "../streams.ts";
import { tell } from "../tell.ts";
import { ansi, joined, type TerminalText } from "../terminal_text.ts";
import { styledText } from "../text_styles.ts";
import { characters } from "../text_width.ts";
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
 * 3. After `listen`, the keyboard is read until the run is over, also while no agent asks.
 */
export class TerminalUi implements RunUi {
  readonly canDecide = true;
  readonly canAsk = true;
  readonly #options: UiOptions;
  readonly #dim: (text: string) => TerminalText;
  readonly #wordStyles: MarkdownStyles;
  readonly #region: LiveRegion;
  /** Stop the timers and the signal listeners. */
  readonly #endings: (() => void)[] = [];
  readonly #thoughts = new ThoughtLines();
  #view: View;
  /** The line being typed while a question is open. */
  #prompt: Prompt | undefined;
  readonly #questions = new OpenQuestions();
  #session: SessionActions | undefined;
  /** Stops the reading of answers. */
  #answering: AbortController | undefined;
  /** The agent whose words are being previewed. */
  #speaker: string | undefined;
  readonly #schedule: DrawSchedule;
  /** Words go to the screen through another process (`| tee log`). They appear at the cursor. */
  #held = false;
  /** The run is over. Late events must not draw on the screen. */
  #ended = false;
  readonly #keys: TerminalKeys;
  #isListening = false;
  /** Words of the runs before, until they are shown. */
  #earlier: ReturnType<typeof earlierWords> = [];
  /** The terminal gives no more keys. */
  #isInputOver = false;
  /** One question at a time. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: UiOptions, wakers: Wakers = realWakers) {
    this.#options = options;
    const colour = (options.environment["NO_COLOR"] ?? "") === "";
    this.#dim = (text) => colour ? ansi`\x1b[2m${text}\x1b[22m` : ansi`${text}`;
    this.#wordStyles = colour ? "colour" : "no-colour";
    this.#view = initialView(options.now());
    this.#region = new LiveRegion({
      write: (text) => tell(options.stderr, text),
      columns: () => this.#columns(),
      reflows: breaksAnew(options.environment),
      dim: this.#dim,
    });
    this.#keys = new TerminalKeys(options.stdin, options.stderr);
    const draw = () => this.#draw();
    this.#schedule = new DrawSchedule(draw, wakers, options.now);
    this.#endings.push(wakers.resized(draw), wakers.continued(() => this.#takeScreenBack()));
    if (!options.quiet) this.#endings.push(wakers.every(tickMs, draw));
  }

  listen(take: TakeWords, session?: SessionActions): void {
    this.#questions.take = take;
    this.#session = session;
    this.#isListening = true;
    whenSettled(session?.past(maxPastEntries) ?? [], (past) => {
      const words = earlierWords(past);
      this.#earlier = words;
      this.#questions.remember(words.filter(({ type }) => type === "heard").map(({ text }) => text));
    });
    this.#answerSoon();
  }

  clearDraft(): boolean {
    const pressed = this.#prompt && press(this.#prompt.line, { kind: "interrupt" });
    if (pressed?.kind !== "editing") return false;
    this.#prompt!.line = pressed.line;
    this.#draw();
    return true;
  }

  event(event: EventFact): void {
    if (event.type === "persons") this.#questions.people = event.people;
    this.#view = applyEvent(this.#view, event);
    this.#questions.namesAgent = this.#view.agents.size > 1;
    const thoughts = this.#options.verbose ? this.#thoughts.take(event) : [];
    const lines = [...thoughts, ...eventLines(event, this.#options)];
    if (lines.length > 0) this.#printLines(lines.map((line) => this.#dim(line)));
    // The written words are about to be said. Their preview stays until then, so that they do not flicker.
    if (event.type === "completion") this.#drawLater();
    else if (!this.#ended) this.#schedule.soon();
  }

  show(message: SpokenMessage): void {
    this.#showEarlier();
    const { view, header } = applyWords(this.#view, message);
    this.#view = view;
    this.#region.erase();
    if (header !== undefined && !this.#options.quiet) {
      tell(this.#options.stderr, ansi`\n${this.#dim(header)}\n`);
    }
    const { stdout } = this.#options;
    const isTerminal = stdout.isTerminal();
    if (isTerminal) {
      const words = wrapWords(this.#render(cleanText(message.text), this.#wordStyles), this.#columns());
      writeAll(stdout, ansi`${styledText(words.join("\n"))}\n`);
      return this.#draw();
    }
    writeAll(stdout, `${message.text}\n`);
    this.#held = true;
    this.#drawLater();
  }

  ask(question: Question, { signal }: { readonly signal: AbortSignal }): Promise<string | undefined> {
    this.#showEarlier();
    this.#view = withPerson(this.#view, question.person);
    const { answer, close } = this.#questions.add(question);
    const entered = this.#questions.enterQueued();
    if (entered) this.#leaveTrace(entered);
    if (this.#prompt !== undefined) this.#draw();
    signal.addEventListener("abort", () => {
      close();
      if (this.#questions.size === 0 && !this.#isListening) this.#answering?.abort(signal.reason);
      else if (this.#prompt !== undefined) this.#draw();
    }, { once: true });
    this.#answerSoon();
    return unlessAborted(answer, signal);
  }

  /** Reads answers, one line in a turn: other tasks of the prompt come in between. */
  #answerSoon(): void {
    const isAsked = this.#questions.size > 0;
    if (this.#answering !== undefined || this.#ended || !isAsked && !this.#isListening) return;
    if (this.#isInputOver) return isAsked ? this.#questions.end() : undefined;
    const { signal } = this.#answering = new AbortController();
    this.#inTurn(() => this.#readAnswer(signal), signal).catch((error) => {
      if (!signal.aborted) {
        this.#isInputOver = true;
        this.#questions.fail(error);
      }
    }).finally(() => {
      this.#answering = undefined;
      this.#answerSoon();
    });
  }

  async #readAnswer(signal: AbortSignal): Promise<void> {
    const entered = await this.#read(this.#questions, signal);
    if (entered !== undefined) return;
    if (this.#questions.size > 0) this.#questions.end();
    else this.#session?.stop();
  }

  confirm(question: string): Promise<boolean> {
    const { signal } = new AbortController();
    return this.#instead(async () => {
      this.#printLines([question]);
      const answer = await this.#read(simplePrompt("yes or no? "), signal);
      return /^\s*y(es)?\s*$/i.test(answer ?? "");
    }, signal);
  }

  decide(
    effect: UncertainEffect,
    { signal = new AbortController().signal }: { readonly signal?: AbortSignal } = {},
  ): Promise<Decision | undefined> {
    return this.#instead(async () => {
      this.#printLines([
        `⚠️  ${effect.what} was started by ${effect.klass}(${effect.agent}) ${effect.playbook} at ` +
        `${new Date(effect.startedAtMs).toISOString()}; it is not known whether it happened`,
        "   retry: do it again, with the same key; skip: the program gets an error;",
        "   done: it happened, and you give its result; fail: stop here",
      ]);
      for (;;) {
        const answer = await this.#read(simplePrompt("retry, skip, done or fail? "), signal);
        if (answer === undefined) return undefined;
        const word = answer.trim().toLowerCase();
        const choice = (["retry", "skip", "done", "fail"] as const).find((name) =>
          word !== "" && name.startsWith(word)
        );
        if (choice === "done") {
          const result = await this.#read(simplePrompt("Its result, as JSON or text? "), signal);
          if (result === undefined) return undefined;
          const value = jsonOrText(result);
          return { result: isNestedTooDeep(value) ? result : value };
        }
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
    if (this.#prompt !== undefined && isTypedIn(this.#prompt)) this.#draw();
    else if (!this.#held) this.#drawLater(noteMs);
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
    this.#stopDrawing();
    const thoughts = this.#thoughts.rest().map((line) => ansi`${this.#dim(line)}\n`);
    tell(this.#options.stderr, joined(thoughts));
  }

  #stopDrawing(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#answering?.abort(new Error("The run is over"));
    this.#isListening = false;
    this.#leavePrompt();
    this.#keys.end();
    this.#schedule.stop();
    for (const text of this.#questions.queued()) tell(this.#options.stderr, `⚠️  Not sent: ${text}\n`);
  }

  /** Like `#inTurn`, for a task that must not wait until a person has typed a line. */
  #instead<Value>(task: () => Promise<Value>, signal: AbortSignal): Promise<Value> {
    const result = this.#inTurn(task, signal);
    if (this.#isListening) this.#answering?.abort(new Error("Something else is asked"));
    return result;
  }

  #inTurn<Value>(task: () => Promise<Value>, signal: AbortSignal): Promise<Value> {
    const result = this.#turn.then(() => {
      signal.throwIfAborted();
      return task();
    });
    this.#turn = result.catch(() => {});
    return unlessAborted(result, signal);
  }

  /** Reads a text. Resolves to `undefined` if none will come. */
  async #read(prompt: Prompt, signal: AbortSignal): Promise<string | undefined> {
    this.#region.erase();
    this.#keys.begin();
    this.#prompt = prompt;
    this.#draw();
    try {
      for (;;) {
        for (let key = this.#keys.take(); key !== undefined; key = this.#keys.take()) {
          const entered = this.#press(prompt, key);
          if (entered) return entered.text;
        }
        if (!this.#held) this.#draw();
        if (await this.#keys.more(signal)) continue;
        this.#isInputOver = true;
        return undefined;
      }
    } finally {
      if (this.#prompt === prompt) this.#leavePrompt();
    }
  }

  /** Applies a key. Returns the text that it enters; without a text, no text will come. */
  #press(prompt: Prompt, key: Key): { readonly text: string | undefined } | undefined {
    const step = key.kind === "tab" ? 1 : key.kind === "back-tab" ? -1 : undefined;
    if (step !== undefined && prompt.choose?.(step)) return undefined;
    if (key.kind === "redraw") return void this.#clearScreen();
    if (key.kind === "up" && prompt.line.text.length === 0 && prompt.takeBack?.()) return undefined;
    const pressed = press(prompt.line, key);
    switch (pressed.kind) {
      case "editing":
        prompt.line = pressed.line;
        return undefined;
      case "interrupted":
        return void this.#options.interrupt();
      case "ended":
        if (!prompt.isIdle?.()) this.#leaveTrace({ trace: { label: prompt.label(), text: "" } });
        return { text: undefined };
      case "entered":
        return this.#enter(prompt, pressed.text);
    }
  }

  #enter(prompt: Prompt, text: string): { readonly text: string | undefined } | undefined {
    const trace = { label: prompt.label(), text };
    if (!prompt.enter) {
      this.#leaveTrace({ trace });
      return { text };
    }
    const read = readSlash(text);
    if (read.kind === "words") {
      this.#leaveTrace(prompt.enter(read.text));
      return { text: read.text };
    }
    prompt.line = newLine(prompt.line.history, prompt.line.cuts);
    if (read.kind === "unknown") return void this.#leaveTrace({ trace, remark: read.remark });
    this.#leaveTrace({ trace: { label: "", text } });
    if (read.name === "quit") return { text: undefined };
    return void this.#obey(read);
  }

  /** Carries out a person's command. */
  #obey({ name, argument }: { readonly name: keyof typeof slashCommands; readonly argument: string }): void {
    const session = this.#session;
    const print = (lines: readonly string[]) => this.#printDim(lines);
    if (name === "help") return print(helpLines());
    if (!session) return print([`/${name} works once the session has begun`]);
    if (name === "show") return print(snapshotLines(session.snapshot()));
    if (name === "log") {
      return void whenSettled(session.past(maxPastEntries), (past) => print(logLines(past)));
    }
    if (argument === "") return print([`Name the session: ${slashCommands.save.usage}`]);
    session.rename(argument).then(
      () => print([`The session is now called ${argument}`]),
      (error) => print([messageOf(error)]),
    );
  }

  /** Shows the last words of the runs before, once. */
  #showEarlier(): void {
    const words = this.#earlier;
    this.#earlier = [];
    if (words.length === 0 || this.#options.quiet) return;
    const maxRows = Math.max(4, this.#rows() - 8);
    const render = (text: string) => this.#render(text, "plain");
    const options = { people: this.#view.people, columns: this.#columns() - 1, maxRows, render };
    this.#printDim(earlierLines(words, options));
  }

  #clearScreen(): void {
    tell(this.#options.stderr, ansi`\x1b[H\x1b[2J`);
    this.#region.forget();
    this.#draw();
  }

  /** After Ctrl+Z and `fg`: the shell has written below the region and has changed the terminal's mode. */
  #takeScreenBack(): void {
    this.#region.forget();
    this.#keys.takeBack();
    this.#draw();
  }

  #leavePrompt(): void {
    this.#region.erase();
    this.#prompt = undefined;
    if (!this.#isListening) this.#keys.end();
  }

  /** Leaves an entered text on the screen, as it was typed. */
  #leaveTrace({ trace, remark }: Entered): void {
    this.#region.erase();
    if (trace) {
      const line = { ...newLine(), text: characters(trace.text) };
      const { rows } = drawInput(trace.label, line, { columns: this.#columns(), maxRows: maxTraceRows });
      tell(this.#options.stderr, `${rows.map((row) => row.trimEnd()).join("\n")}\n`);
    }
    if (remark !== undefined) this.#printDim([remark]);
  }

  #printDim(lines: readonly string[]): void {
    const rows = lines.flatMap((line) => wrapWords(cleanText(line), this.#columns() - 1));
    this.#printLines(rows.map((row) => this.#dim(row)));
  }

  #printLines(lines: readonly (string | TerminalText)[]): void {
    this.#region.erase();
    tell(this.#options.stderr, joined(lines.map((line) => ansi`${line}\n`)));
    if (!this.#held) this.#draw();
  }

  /** Draws after a time, one frame by default. */
  #drawLater(ms?: number): void {
    if (!this.#ended) this.#schedule.after(ms);
  }

  #draw(): void {
    if (this.#ended) return;
    this.#schedule.drawn();
    this.#held = false;
    const [columns, rows] = [this.#columns(), this.#rows()];
    const { quiet, now } = this.#options;
    const { lines, cursor } = liveFrame(
      { preview: this.#preview(columns), view: this.#view, prompt: this.#prompt },
      { columns, rows, nowMs: now(), quiet },
    );
    this.#region.draw(lines, cursor);
  }

  #render(text: string, styles: MarkdownStyles): string {
    return this.#options.plain ? text : renderMarkdown(text, { columns: this.#columns(), styles });
  }

  /** The words that a model is writing, at the place where they will appear when they are said. */
  #preview(columns: number): readonly LiveLine[] {
    const { stream, quiet, stdout } = this.#options;
    if (!stream || quiet || !stdout.isTerminal()) return [];
    const speaking = speakingIn(this.#view, this.#speaker);
    this.#speaker = speaking?.agent;
    if (speaking === undefined) return [];
    const maxLines = Math.max(1, Math.floor(this.#rows() / 3) - 1);
    const render = (text: string) => this.#render(text, "plain");
    return previewLines(this.#view, speaking, { columns, maxLines, render }).map((text) => ({
      text,
      dim: true,
    }));
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

/** Too short to be seen, long enough for the next line of a group. */
const noteMs = 30;
/** Often enough for a clock of seconds. */
const tickMs = 1000;
/** Of a longer text, only the start stays on the screen. */
const maxTraceRows = 40;
/** Enough for the last words and turns; a long journal must not delay a resume. */
const maxPastEntries = 2000;
const usualColumns = 80;
const usualRows = 24;
