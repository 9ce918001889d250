import { assert, assertEquals, assertRejects } from "@std/assert";
import { openUi, type UiOptions } from "../../src/frontends/mod.ts";
import { TerminalUi } from "../../src/frontends/terminal/terminal_ui.ts";
import { Recorder } from "../support/world.ts";
import { EmulatedTerminal } from "./emulated_terminal.ts";

const question = { id: "f1/1@4", agent: "1000", klass: "Seller", person: "user" };
const words = { agent: "1000", klass: "Seller", to: "user", text: "Hello", position: 1 };
const { signal } = new AbortController();

async function uiOn(terminal: EmulatedTerminal, options: Partial<UiOptions> = {}): Promise<TerminalUi> {
  const ui = await openUi({
    stdin: terminal,
    stdout: terminal,
    stderr: terminal,
    now: () => 0,
    columns: () => 40,
    environment: {},
    json: false,
    stream: true,
    nonInteractive: false,
    verbose: false,
    snoop: false,
    quiet: false,
    interrupt: () => {},
    ...options,
  });
  assert(ui instanceof TerminalUi);
  return ui;
}

/** Runs all pending work that does not need the terminal. */
async function settle(): Promise<void> {
  for (let round = 0; round < 20; round++) await Promise.resolve();
}

Deno.test("terminal: the progress line disappears for words and returns below them", async () => {
  const terminal = new EmulatedTerminal();
  using ui = await uiOn(terminal);
  ui.event({ type: "turn", agent: "1000", klass: "Seller", playbook: "Main", turn: 1 });
  assertEquals(terminal.screen, ["Seller(1000) · Main · thinking · 0s"]);
  ui.show(words);
  assertEquals(terminal.screen, ["Hello", "Seller(1000) · Main · thinking · 0s"]);
  ui.note("ℹ Fine");
  assertEquals(terminal.screen, ["Hello", "ℹ Fine", ""]);
  ui.show(words);
  assertEquals(terminal.screen, ["Hello", "ℹ Fine", "Hello", "Seller(1000) · Main · thinking · 0s"]);
  ui[Symbol.dispose]();
  assertEquals(terminal.screen, ["Hello", "ℹ Fine", "Hello", ""]);
});

Deno.test("terminal: a reply is typed at a prompt, and new words appear above it", async () => {
  const terminal = new EmulatedTerminal();
  using ui = await uiOn(terminal, { quiet: true });
  const reply = ui.ask(question, { signal });
  await settle();
  assertEquals([terminal.cursorLine, terminal.raw, terminal.pasteMarks], ["User: |", true, true]);
  terminal.type("ye");
  await settle();
  ui.show({ ...words, text: "Are you there" });
  assertEquals(terminal.screen, ["Are you there", "User: ye"]);
  terminal.type("\x1b[Da");
  await settle();
  assertEquals(terminal.cursorLine, "User: ya|e");
  terminal.type("\r");
  assertEquals(await reply, "yae");
  assertEquals(terminal.screen, ["Are you there", "User: yae", ""]);
  assertEquals([terminal.raw, terminal.pasteMarks], [false, false]);
});

Deno.test("terminal: text typed ahead is the next reply, and earlier replies are in the history", async () => {
  const terminal = new EmulatedTerminal();
  using ui = await uiOn(terminal);
  terminal.type("one\rtwo\r");
  assertEquals(await ui.ask(question, { signal }), "one");
  assertEquals(await ui.ask({ ...question, person: "Alice" }, { signal }), "two");
  terminal.type("\x1b[A\x1b[A!\r");
  assertEquals(await ui.ask(question, { signal }), "one!");
  assertEquals(terminal.screen.slice(0, 3), ["User: one", "Alice: two", "User: one!"]);
});

Deno.test("terminal: the oldest open question comes first, and the prompt names its agent", async () => {
  const terminal = new EmulatedTerminal();
  using ui = await uiOn(terminal, { quiet: true });
  const first = ui.ask(question, { signal });
  await settle();
  assertEquals(terminal.cursorLine, "User: |");
  const second = ui.ask({ id: "f2/1@5", agent: "1001", klass: "Buyer", person: "user" }, { signal });
  assertEquals(terminal.cursorLine, "User → Seller(1000): |");
  terminal.type("one\r");
  assertEquals(await first, "one");
  await settle();
  assertEquals(terminal.cursorLine, "User: |");
  terminal.type("two\r");
  assertEquals(await second, "two");
  assertEquals(terminal.screen, ["User → Seller(1000): one", "User: two", ""]);
});

Deno.test("terminal: Ctrl+D ends the input, and Ctrl+C interrupts", async () => {
  const terminal = new EmulatedTerminal();
  const abort = new AbortController();
  using ui = await uiOn(terminal, { interrupt: () => abort.abort(new Error("interrupted")) });
  terminal.type("\x04");
  assertEquals(await ui.ask(question, { signal }), undefined);
  terminal.type("\x03");
  await assertRejects(() => ui.ask(question, abort), Error, "interrupted");
  await settle();
  assertEquals([terminal.raw, terminal.pasteMarks], [false, false]);
});

Deno.test("terminal: a withdrawn question leaves no prompt, and the next one gets the keys", async () => {
  const terminal = new EmulatedTerminal();
  const abort = new AbortController();
  using ui = await uiOn(terminal, { quiet: true });
  const withdrawn = ui.ask(question, abort);
  await settle();
  abort.abort(new Error("the wait is over"));
  await assertRejects(() => withdrawn, Error, "the wait is over");
  await settle();
  assertEquals([terminal.screen, terminal.raw], [[""], false]);
  const reply = ui.ask(question, { signal });
  terminal.type("yes\r");
  assertEquals(await reply, "yes");
});

Deno.test("terminal: the start of a word decides an uncertain effect", async () => {
  const terminal = new EmulatedTerminal();
  using ui = await uiOn(terminal, { quiet: true });
  terminal.type("perhaps\r");
  terminal.type("r\r");
  const effect = {
    id: "f1/2",
    agent: "1000",
    klass: "Seller",
    playbook: "Main",
    what: "POST https://x",
    startedAtMs: 0,
  };
  assertEquals(await ui.decide(effect), "retry");
  assert(terminal.screen.join("").includes("POST https://x was started by Seller(1000) Main"));
});

Deno.test("terminal: words cannot control the terminal, but go into a pipe unchanged", async () => {
  const terminal = new EmulatedTerminal();
  const pipe = new Recorder();
  const text = "safe\x1b]0;title\x07\x1b[2J";
  using onTerminal = await uiOn(terminal, { quiet: true });
  onTerminal.show({ ...words, text });
  assertEquals(terminal.screen[0], "safe��");
  using intoPipe = await uiOn(terminal, { quiet: true, stdout: pipe });
  intoPipe.show({ ...words, text });
  assertEquals(pipe.text, `${text}\n`);
});

Deno.test("terminal: NO_COLOR removes every colour", async () => {
  for (const [environment, coloured] of [[{}, true], [{ NO_COLOR: "1" }, false]] as const) {
    const stderr = new Recorder({ terminal: true });
    using ui = await uiOn(new EmulatedTerminal(), { stderr, environment });
    ui.event({ type: "notice", level: "info", text: "fine" });
    assertEquals(stderr.text.includes("\x1b[2m"), coloured);
  }
});
