import { assert, assertEquals } from "@std/assert";
import fc from "fast-check";
import type { EventFact } from "../../src/session/mod.ts";
import type { UiOptions } from "../../src/frontends/mod.ts";
import { TerminalUi } from "../../src/frontends/terminal/terminal_ui.ts";
import type { Wakers } from "../../src/frontends/terminal/wakers.ts";
import { Recorder } from "../support/world.ts";
import { EmulatedTerminal } from "./emulated_terminal.ts";

/** A clock and signals that a test controls. */
class ManualWakers implements Wakers {
  nowMs = 0;
  #due: { readonly atMs: number; readonly task: () => void }[] = [];
  readonly #resized = new Set<() => void>();
  readonly #continued = new Set<() => void>();

  every(): () => void {
    return () => {};
  }

  after(ms: number, task: () => void): () => void {
    const due = { atMs: this.nowMs + ms, task };
    this.#due.push(due);
    return () => this.#due = this.#due.filter((each) => each !== due);
  }

  resized(task: () => void): () => void {
    this.#resized.add(task);
    return () => this.#resized.delete(task);
  }

  continued(task: () => void): () => void {
    this.#continued.add(task);
    return () => this.#continued.delete(task);
  }

  pass(ms: number): void {
    this.nowMs += ms;
    const due = this.#due.filter(({ atMs }) => atMs <= this.nowMs);
    this.#due = this.#due.filter(({ atMs }) => atMs > this.nowMs);
    for (const { task } of due) task();
  }

  resize(): void {
    for (const task of this.#resized) task();
  }

  continue(): void {
    for (const task of this.#continued) task();
  }

  get idle(): boolean {
    return this.#due.length + this.#resized.size + this.#continued.size === 0;
  }
}

const seller = { agent: "1000", klass: "Seller", playbook: "Main", turn: 1 };
const buyer = { agent: "1001", klass: "Buyer", playbook: "Main", turn: 1 };
const used = { inputTokens: 1, outputTokens: 1 };
const { signal } = new AbortController();

class Stage implements Disposable {
  readonly terminal: EmulatedTerminal;
  readonly wakers = new ManualWakers();
  readonly ui: TerminalUi;

  constructor(options: Partial<UiOptions> = {}, columns = 40) {
    const terminal = this.terminal = new EmulatedTerminal(columns);
    this.ui = new TerminalUi({
      stdin: terminal,
      stdout: terminal,
      stderr: terminal,
      now: () => this.wakers.nowMs,
      columns: () => terminal.columns,
      rows: () => 24,
      environment: {},
      json: false,
      stream: true,
      nonInteractive: false,
      verbose: false,
      snoop: false,
      quiet: false,
      interrupt: () => {},
      ...options,
    }, this.wakers);
  }

  /** Sends events, then lets enough time pass to draw them. */
  after(...events: readonly EventFact[]): readonly string[] {
    for (const event of events) this.ui.event(event);
    this.wakers.pass(100);
    return this.terminal.screen;
  }

  say(text: string, speaker = seller): readonly string[] {
    this.ui.show({ agent: speaker.agent, klass: speaker.klass, to: "user", text, position: 1 });
    return this.terminal.screen;
  }

  [Symbol.dispose](): void {
    this.ui[Symbol.dispose]();
  }
}

function turn(of: typeof seller): EventFact {
  return { type: "turn", ...of };
}

function text(words: string, of = seller): EventFact {
  return { type: "text", agent: of.agent, text: words };
}

const writing = "Seller(1000) · Main · writing · 0s";

Deno.test("preview: words grow while they are written, stay until they are said, and appear once", () => {
  using stage = new Stage();
  assertEquals(stage.after(turn(seller), text('await Say("user", "Hel')), ["Hel", writing]);
  assertEquals(stage.after(text("lo, ")), ["Hello,", writing]);
  assertEquals(stage.after(text('you");\nawait Say("user", "Bye')), ["Hello, you", "Bye", writing]);
  stage.after(text('");'));
  stage.wakers.pass(500);
  stage.ui.event({ type: "completion", ...seller, ...used });
  stage.wakers.pass(99);
  assertEquals(stage.terminal.screen.slice(0, 2), ["Hello, you", "Bye"]);
  assertEquals(stage.say("Hello, you"), ["Hello, you", "Seller(1000) · Main · 2 tokens · 0s"]);
  assertEquals(stage.say("Bye"), ["Hello, you", "Bye", "Seller(1000) · Main · 2 tokens · 0s"]);
});

Deno.test("preview: words that are not said vanish with their turn", () => {
  using stage = new Stage();
  stage.after(turn(seller), text('Say("user", "Hello"'));
  assertEquals(stage.after({ type: "completion", ...seller, ...used }).length, 1);
});

Deno.test("preview: words of a broken answer vanish and start again", () => {
  using stage = new Stage();
  stage.after(turn(seller), text('Say("user", "Hello'));
  const retrying = { ...seller, type: "retrying", attempt: 2, waitMs: 1000, reason: "reset" } as const;
  const [warning, ...rest] = stage.after(retrying).join("").split("(attempt 2)");
  assert(warning!.includes("asking again") && !rest.join("").includes("Hello"));
  assertEquals(stage.after(text('Say("user", "Again')).at(-2), "Again");
});

Deno.test("preview: words of two agents that write at once do not mix, because the second one waits", () => {
  using stage = new Stage();
  stage.after(turn(buyer), turn(seller), text('Say("user", "I sell'));
  stage.after(text('Say("user", "I buy', buyer));
  assertEquals(stage.terminal.screen.slice(0, 3), ["", "[Seller(1000) → User]", "I sell"]);
  assertEquals(stage.after({ type: "completion", ...seller, ...used }).slice(0, 3), [
    "",
    "[Buyer(1001) → User]",
    "I buy",
  ]);
});

Deno.test("preview: two threads of one agent that write at once are not previewed", () => {
  using stage = new Stage();
  stage.after(turn(seller), turn({ ...seller, playbook: "Other" }), text('Say("user", "Hel'));
  assertEquals(stage.terminal.screen.length, 1);
  stage.after({ type: "completion", ...seller, ...used }, text('Say("user", "lo'));
  assertEquals(stage.terminal.screen.length, 1);
  stage.after({ type: "completion", ...seller, ...used }, turn(seller), text('Say("user", "Hello'));
  assertEquals(stage.terminal.screen[0], "Hello");
});

Deno.test("preview: declared persons count as persons, and so does every addressed one", () => {
  using stage = new Stage();
  stage.after(
    {
      type: "persons",
      names: ["Alice", "Bob Smith"],
      people: ["Alice", "Bob Smith"].map((name) => ({ name, displayName: name, streams: true })),
    },
    turn(seller),
    text('Say("BobSmith", "Hello'),
  );
  assertEquals(stage.terminal.screen.slice(0, 3), ["", "[Seller(1000) → Bob Smith]", "Hello"]);
  using other = new Stage();
  other.ui.show({ agent: "1000", klass: "Seller", to: "Carol", text: "Hi", position: 1 });
  assertEquals(other.after(turn(seller), text('Say("Carol", "Hello')).slice(0, 2), ["Hi", "Hello"]);
  assertEquals(other.after(turn(seller), text('Say("Buyer", "Hello')).length, 2);
});

Deno.test("preview: a person whose words do not stream gets no preview, and others do", () => {
  const people = [{ name: "Ann", displayName: "Dr. Ann", streams: false }, {
    name: "Ben",
    displayName: "Ben",
    streams: true,
  }];
  const persons: EventFact = { type: "persons", names: ["Ann", "Ben"], people };
  for (const [to, isShown] of [["Ann", false], ["dr ann", false], ["user", false], ["Ben", true]] as const) {
    using stage = new Stage();
    const screen = stage.after(persons, turn(seller), text(`Say("${to}", "Hello`));
    assertEquals(screen.includes("Hello"), isShown, to);
  }
});

Deno.test("preview: nothing is previewed with --no-stream, --quiet, or words in a pipe", () => {
  for (const options of [{ stream: false }, { quiet: true }, { stdout: new Recorder() }]) {
    using stage = new Stage(options);
    const screen = stage.after(turn(seller), text('Say("user", "Hello'));
    assert(!screen.join("\n").includes("Hello"), JSON.stringify(options));
  }
});

Deno.test("preview: words that go to a pipe leave an empty line on the terminal first", () => {
  const stdout = new Recorder();
  using stage = new Stage({ stdout });
  stage.after(turn(seller));
  stage.say("Hello");
  stage.ui.note("ℹ Fine");
  assertEquals([stage.terminal.cursorLine, stdout.text], ["|", "Hello\n"]);
  assertEquals(stage.after(), ["ℹ Fine", "Seller(1000) · Main · thinking · 0s"]);
});

Deno.test("preview: long words wrap as in the final output and take at most a third of the screen", () => {
  using stage = new Stage({}, 12);
  const screen = stage.after(turn(seller), text('Say("user", "天地天地天地天地 one\\ttwo\\n\\nthree'));
  assertEquals(screen, ["天地天地天地", "天地 one", "two", "", "three", "Seller(100…"]);
  assertEquals(stage.after(text("\\na".repeat(30))), [..."aaaaaaa", "Seller(100…"]);
});

Deno.test("preview: a prompt stays below the words of another agent and keeps the typed text", async () => {
  using stage = new Stage();
  const reply = stage.ui.ask({ id: "f1/1@4", agent: "1000", klass: "Seller", person: "user" }, { signal });
  for (let round = 0; round < 20; round++) await Promise.resolve();
  stage.terminal.type("ye");
  for (let round = 0; round < 20; round++) await Promise.resolve();
  stage.after(turn(buyer), text('Say("user", "I buy', buyer));
  assertEquals(stage.terminal.screen, ["I buy", "User: ye"]);
  assertEquals(stage.terminal.cursorLine, "User: ye|");
  stage.terminal.type("s\r");
  assertEquals(await reply, "yes");
  stage.say("Me too", buyer);
  assertEquals(stage.terminal.screen.slice(0, 2), ["User: yes", "Me too"]);
});

Deno.test("preview: the screen is drawn at most ten times a second, and only where it changes", () => {
  using stage = new Stage();
  stage.after(turn(seller), text('Say("user", "one\\ntwo\\n'));
  const before = stage.terminal.writes;
  for (let count = 0; count < 90; count++) {
    stage.ui.event(text("x"));
    stage.wakers.pass(10);
  }
  assert(stage.terminal.writes - before <= 10);
  const stderr = new Recorder({ terminal: true });
  using quiet = new Stage({ stderr });
  quiet.after(turn(seller), text('Say("user", "one\\ntwo'));
  const length = stderr.text.length;
  quiet.after(text("!"));
  assert(!stderr.text.slice(length).includes("one") && !stderr.text.slice(length).includes("writing"));
  const drawn = stderr.text.length;
  quiet.after(text('"'));
  assertEquals(stderr.text.length, drawn);
});

Deno.test("preview: a resize of the terminal leaves the output intact", () => {
  using stage = new Stage();
  stage.say("Above");
  stage.after(turn(seller), text('Say("user", "The quick brown fox jumps over the lazy dog'));
  for (const columns of [17, 60, 23, 40]) {
    stage.terminal.resize(columns);
    stage.wakers.resize();
    const [above, ...rest] = stage.terminal.screen;
    assertEquals([above, rest.slice(0, -1).join("").replaceAll(" ", "")], [
      "Above",
      "Thequickbrownfoxjumpsoverthelazydog",
    ]);
  }
  stage.ui[Symbol.dispose]();
  assertEquals(stage.terminal.screen, ["Above", ""]);
  assert(stage.wakers.idle);
});

Deno.test("preview: lines about the run appear in groups, and nothing is drawn between them", () => {
  using stage = new Stage();
  stage.after(turn(seller), text('Say("user", "Hello'));
  stage.ui.note("ℹ One");
  stage.ui.note("ℹ Two");
  assertEquals(stage.terminal.screen, ["ℹ One", "ℹ Two", ""]);
  assertEquals(stage.after(), ["ℹ One", "ℹ Two", "Hello", writing]);
  stage.ui.note("ℹ Three");
  stage.ui.end();
  assertEquals(stage.after(), ["ℹ One", "ℹ Two", "ℹ Three", ""]);
});

Deno.test("preview: an event after the end draws nothing", () => {
  using stage = new Stage();
  stage.after(turn(seller), text('Say("user", "Hello'));
  stage.ui[Symbol.dispose]();
  stage.ui.note("ℹ Fine");
  assertEquals(stage.after(text(" you"), { type: "completion", ...seller, ...used }, turn(buyer)), [
    "ℹ Fine",
    "",
  ]);
  assert(stage.wakers.idle);
});

Deno.test("preview: after Ctrl+Z and fg the region is drawn again below the shell's output", () => {
  using stage = new Stage();
  stage.after(turn(seller));
  stage.terminal.writeSync(new TextEncoder().encode("^Z\n[1]+ Stopped\n$ fg\n"));
  stage.wakers.continue();
  assertEquals(stage.terminal.screen.slice(1), [
    "[1]+ Stopped",
    "$ fg",
    "Seller(1000) · Main · thinking · 0s",
  ]);
});

Deno.test("preview: the screen depends only on the text, not on its chunks", () => {
  const answer =
    'Sure:\n```js\nif (x) { await Say("user", "No") }\nawait self.Say("user", `Hi ${n}, 天\\u{1F600}\n' +
    'ok` + " and " + more)\n```';
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: answer.length }), { maxLength: 8 }), (cuts) => {
      using stage = new Stage();
      stage.after(turn(seller));
      const points = [0, ...cuts.toSorted((a, b) => a - b), answer.length];
      for (let index = 1; index < points.length; index++) {
        stage.after(text(answer.slice(points[index - 1], points[index])));
      }
      assertEquals(stage.terminal.screen, ["Hi …, 天😀", "ok and …", writing]);
    }),
    { numRuns: 50 },
  );
});
