import { assert, assertEquals, assertRejects } from "@std/assert";
import { openUi, type UiOptions } from "../../src/frontends/mod.ts";
import type { SessionEvent, SessionSnapshot } from "../../src/session/mod.ts";
import type { SessionActions } from "../../src/frontends/run_ui.ts";
import { TerminalUi } from "../../src/frontends/terminal/terminal_ui.ts";
import { Recorder } from "../support/world.ts";
import { EmulatedTerminal } from "./emulated_terminal.ts";

const question = { id: "f1/1@4", agent: "1000", klass: "Seller", person: "user" };
const words = { agent: "1000", klass: "Seller", to: "user", text: "Hello", position: 1 };
const { signal } = new AbortController();
const up = "\x1b[A";

async function uiOn(terminal: EmulatedTerminal, options: Partial<UiOptions> = {}): Promise<TerminalUi> {
  const ui = await openUi({
    stdin: terminal,
    stdout: terminal,
    stderr: terminal,
    now: () => 0,
    columns: () => terminal.columns,
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

Deno.test("terminal: Markdown of words is rendered on a terminal, and not with --plain or in a pipe", async () => {
  const text = "**Bold**, and a [link](https://x.org/)";
  const cases = [
    [{}, "\x1b[1mBold\x1b[22m, and a \x1b[4mlink\x1b[24m\n(https://x.org/)\n"],
    [{ plain: true }, "**Bold**, and a\n[link](https://x.org/)\n"],
    [{ stdout: new Recorder() }, `${text}\n`],
  ] as const;
  for (const [options, expected] of cases) {
    const stdout = new Recorder({ terminal: true });
    const terminal = new EmulatedTerminal(24);
    using ui = await uiOn(terminal, { stdout, quiet: true, ...options });
    ui.show({ ...words, text });
    assertEquals(("stdout" in options ? options.stdout : stdout).text, expected);
  }
});

Deno.test("terminal: NO_COLOR removes every colour", async () => {
  for (const [environment, coloured] of [[{}, true], [{ NO_COLOR: "1" }, false]] as const) {
    const stderr = new Recorder({ terminal: true });
    using ui = await uiOn(new EmulatedTerminal(), { stderr, environment });
    ui.event({ type: "notice", level: "info", text: "fine" });
    assertEquals(stderr.text.includes("\x1b[2m"), coloured);
  }
});

/** A ui that reads keys also while no agent asks. */
async function listeningUi(
  terminal: EmulatedTerminal,
  options: Partial<UiOptions> = {},
  session: Partial<SessionActions> = {},
) {
  const ui = await uiOn(terminal, options);
  const done: string[] = [];
  ui.listen(({ text }) => void done.push(`said ${text}`), {
    stop: () => void done.push("stop"),
    past: () => [],
    snapshot: () => {
      throw new Error("There is no session");
    },
    rename: (name) => {
      done.push(`rename ${name}`);
      return Promise.resolve();
    },
    ...session,
  });
  await settle();
  const type = async (text: string): Promise<void> => {
    terminal.type(text);
    await settle();
  };
  return { ui, done, type, [Symbol.dispose]: () => ui[Symbol.dispose]() };
}

Deno.test("terminal: words typed while no agent asks are queued, shown, and answer the next questions in order", async () => {
  const terminal = new EmulatedTerminal();
  using stage = await listeningUi(terminal);
  const { ui, type } = stage;
  ui.event({ type: "turn", agent: "1000", klass: "Seller", playbook: "Main", turn: 1 });
  assertEquals(terminal.raw, true);
  await type("on");
  assertEquals(terminal.screen, ["Seller(1000) · Main · thinking · 0s", "Later: on"]);
  await type("e\r");
  await type("two\r");
  assertEquals(terminal.screen, [
    "Seller(1000) · Main · thinking · 0s",
    "Queued: one",
    "Queued: two · Up edits it",
  ]);
  assertEquals(await ui.ask(question, { signal }), "one");
  assertEquals(terminal.screen.slice(0, 1), ["User: one"]);
  await type(up);
  assertEquals(terminal.cursorLine, "Later: two|");
  await type("!");
  const second = ui.ask(question, { signal });
  await settle();
  assertEquals(terminal.cursorLine, "User: two!|");
  await type("\r");
  assertEquals(await second, "two!");
});

Deno.test("terminal: a text being typed stays when queued words answer, and unsent words are named at the end", async () => {
  const terminal = new EmulatedTerminal();
  const stage = await listeningUi(terminal, { quiet: true });
  await stage.type("one\rtwo\rthr");
  assertEquals(await stage.ui.ask(question, { signal }), "one");
  await settle();
  assertEquals(terminal.cursorLine, "Later: thr|");
  stage[Symbol.dispose]();
  assertEquals(terminal.screen, ["User: one", "⚠️  Not sent: two", ""]);
  assertEquals([terminal.raw, terminal.pasteMarks], [false, false]);
});

Deno.test("terminal: Ctrl+C clears a text first, in a question and while no agent asks", async () => {
  const terminal = new EmulatedTerminal();
  using stage = await listeningUi(terminal, { quiet: true });
  assertEquals(stage.ui.clearDraft(), false);
  await stage.type("abc");
  assertEquals([stage.ui.clearDraft(), stage.ui.clearDraft(), terminal.screen], [true, false, [""]]);
  const answer = stage.ui.ask(question, { signal });
  await stage.type("def");
  assertEquals([stage.ui.clearDraft(), stage.ui.clearDraft(), terminal.cursorLine], [true, false, "User: |"]);
  await stage.type("\x19\r");
  assertEquals(await answer, "def");
});

Deno.test("terminal: Ctrl+D on an empty line stops the session if no agent asks, and ends the input if one does", async () => {
  const terminal = new EmulatedTerminal();
  using stage = await listeningUi(terminal, { quiet: true });
  await stage.type("x\x04\x7f");
  assertEquals(stage.done, []);
  await stage.type("\x04");
  assertEquals(stage.done, ["stop"]);
  const answer = stage.ui.ask(question, { signal });
  await stage.type("\x04");
  assertEquals(await answer, undefined);
});

Deno.test("terminal: a decision is asked at once, also while a text is typed, which comes back later", async () => {
  const terminal = new EmulatedTerminal();
  using stage = await listeningUi(terminal, { quiet: true });
  const answer = stage.ui.ask(question, { signal });
  await stage.type("my ans");
  const sure = stage.ui.confirm("Sure?");
  await settle();
  assertEquals(terminal.screen, ["Sure?", "yes or no?"]);
  await stage.type("y\r");
  assertEquals(await sure, true);
  await settle();
  assertEquals(terminal.cursorLine, "User: my ans|");
  await stage.type("wer\r");
  assertEquals(await answer, "my answer");
});

Deno.test("terminal: a long answer wraps at spaces, grows the region, and leaves the words above intact", async () => {
  const terminal = new EmulatedTerminal();
  using stage = await listeningUi(terminal, { quiet: true });
  stage.ui.show(words);
  const answer = stage.ui.ask(question, { signal });
  await stage.type("The quick brown fox jumps over the lazy dog\nand runs");
  assertEquals(terminal.screen, [
    "Hello",
    "User: The quick brown fox jumps over",
    "      the lazy dog",
    "      and runs",
  ]);
  assertEquals(terminal.cursorLine, "      and runs|");
  await stage.type(`${up}${up}X`);
  assertEquals(terminal.cursorLine.trimEnd(), "User: The quicX|k brown fox jumps over");
  terminal.resize(20);
  stage.ui.show({ ...words, text: "More" });
  assertEquals(terminal.screen.slice(0, 3), ["Hello", "More", "User: The quicXk"]);
  await stage.type("\r");
  assertEquals(terminal.screen.slice(0, 2), ["Hello", "More"]);
  assert((await answer)?.startsWith("The quicXk"));
});

const snapshot: SessionSnapshot = {
  id: "0192",
  name: "monday",
  status: "running",
  position: 12,
  agents: [{ id: "1000", klass: "Seller", entries: 9 }],
  frames: [{ id: "f1", agent: "1000", playbook: "Main", turn: 2, phase: "running", step: "02" }],
  questions: [],
  openEffects: [],
  persons: ["user"],
  people: [],
  spent: { turns: 2, answers: 2, calls: 3, tokens: 1234, costUsd: 0.5, unpriced: 0 },
};

const past: readonly SessionEvent[] = [
  { type: "call", agent: "1000", klass: "Seller", playbook: "Main", depth: 0, position: 2 },
  { type: "say", agent: "1000", klass: "Seller", to: "user", text: "What do\x1b[2J you want?", position: 3 },
  { type: "heard", agent: "1000", klass: "Seller", from: "user", text: "Three apples", position: 4 },
];

Deno.test("terminal: slash commands are for the person, and // begins words with /", async (t) => {
  const cases: readonly (readonly [typed: string, screen: readonly string[], done: readonly string[]])[] = [
    ["/show", [
      "Session 0192 (monday), 12 entries",
      "Agents: Seller(1000)",
      "Calls:",
      "  Seller(1000) Main 02: turn 2, its code runs",
      "Spent: 3 model calls, 1,234 tokens, $0.5000",
    ], []],
    ["/log", [
      "→ Seller(1000) Main",
      "Seller(1000) → user: What do� you want?",
      "user → Seller(1000): Three apples",
    ], []],
    ["/save my name", ["The session is now called my name"], ["rename my name"]],
    ["/save", ["Name the session: /save NAME"], []],
  ];
  for (const [typed, screen, done] of cases) {
    await t.step(typed, async () => {
      const terminal = new EmulatedTerminal(70);
      using stage = await listeningUi(terminal, { quiet: true }, {
        snapshot: () => snapshot,
        past: () => past,
      });
      const answer = stage.ui.ask(question, { signal });
      await stage.type(`${typed}\r`);
      assertEquals([terminal.screen, stage.done], [[typed, ...screen, "User:"], done]);
      await stage.type("//show\r");
      assertEquals(await answer, "/show");
    });
  }
  await t.step("words that begin with / are recalled as they must be entered", async () => {
    const terminal = new EmulatedTerminal(120);
    using stage = await listeningUi(terminal, { quiet: true });
    for (const recall of ["\x1b[A", "\x12SHO\r"]) {
      const answer = stage.ui.ask(question, { signal });
      await stage.type("//show\r");
      assertEquals(await answer, "/show");
      const again = stage.ui.ask(question, { signal });
      await stage.type(`${recall}\r`);
      assertEquals(await again, "/show");
    }
  });
  await t.step("an unknown one sends nothing", async () => {
    const terminal = new EmulatedTerminal(120);
    using stage = await listeningUi(terminal, { quiet: true });
    const answer = stage.ui.ask(question, { signal });
    await stage.type("/shwo x\r");
    assertEquals(terminal.screen, [
      "User: /shwo x",
      "There is no /shwo. Commands: /show, /log, /save NAME, /quit, /help. Words that begin with / need //",
      "User:",
    ]);
    await stage.type("/quit\r");
    assertEquals(await answer, undefined);
  });
  await t.step("a name that is taken", async () => {
    const terminal = new EmulatedTerminal(60);
    const rename = () => Promise.reject(new Error("The name is taken"));
    using stage = await listeningUi(terminal, { quiet: true }, { rename });
    await stage.type("/save x\r");
    assertEquals(terminal.screen, ["/save x", "The name is taken", ""]);
  });
  await t.step("while no agent asks", async () => {
    const terminal = new EmulatedTerminal(90);
    using stage = await listeningUi(terminal, { quiet: true });
    await stage.type("/help\r");
    for (const text of ["/save NAME  ", "Alt+Enter, Ctrl+J  ", "Ctrl+R  "]) {
      assert(terminal.screen.some((line) => line.includes(text)), text);
    }
    await stage.type("/quit\r");
    assertEquals(stage.done, ["stop"]);
  });
});

Deno.test("terminal: a resume shows the last words once, marked as earlier, and keeps answers in the history", async () => {
  const terminal = new EmulatedTerminal(30);
  const more = Array.from({ length: 6 }, (_, index) => ({ ...past[2]!, text: `answer ${index} `.repeat(9) }));
  using stage = await listeningUi(terminal, { rows: () => 30 }, {
    past: () => [...more, ...past] as SessionEvent[],
  });
  assertEquals(terminal.screen.filter((line) => line.startsWith("──")), []);
  const answer = stage.ui.ask(question, { signal });
  await settle();
  assertEquals(terminal.screen.slice(-6), [
    "answer 5 answer 5 answer 5",
    "answer 5",
    "Seller: What do� you want?",
    "User: Three apples",
    "── now ─────────────────────",
    "User:",
  ]);
  await stage.type(`${up}!\r`);
  assertEquals(await answer, "Three apples!");
  stage.ui.show(words);
  assertEquals(terminal.screen.filter((line) => line.startsWith("── earlier")).length, 1);
});
