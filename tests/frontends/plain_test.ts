import { assert, assertEquals, assertRejects, assertThrows } from "@std/assert";
import { openUi, type RunUi, type UiOptions, writeAll } from "../../src/frontends/mod.ts";
import { ClosedOutputError, type Input, type Output } from "../../src/frontends/streams.ts";
import { jsonLine } from "../../src/frontends/json_events.ts";
import { PlainUi } from "../../src/frontends/plain.ts";
import { version } from "../../src/version.ts";
import { noInput, Recorder } from "../support/world.ts";

const question = { id: "f1/1@4", agent: "1000", klass: "Seller", person: "user" };
const words = { agent: "1000", klass: "Seller", to: "user", text: "Hello", position: 1 };
const { signal } = new AbortController();

/** An input that waits for fed bytes and counts the bytes that were read. */
class Feed implements Input {
  taken = 0;
  #bytes: number[] = [];
  #ended = false;
  #wake: (() => void) | undefined;

  feed(text: string): this {
    this.#bytes.push(...new TextEncoder().encode(text));
    this.#wake?.();
    return this;
  }

  end(): this {
    this.#ended = true;
    this.#wake?.();
    return this;
  }

  async read(buffer: Uint8Array): Promise<number | null> {
    while (this.#bytes.length === 0) {
      if (this.#ended) return null;
      await new Promise<void>((resolve) => this.#wake = resolve);
    }
    const part = this.#bytes.splice(0, buffer.length);
    buffer.set(part);
    this.taken += part.length;
    return part.length;
  }

  isTerminal(): boolean {
    return false;
  }

  setRaw(): void {
    throw new Error("This is no terminal");
  }
}

function uiWith(options: Partial<UiOptions>): Promise<RunUi> {
  return openUi({
    stdin: noInput,
    stdout: new Recorder(),
    stderr: new Recorder(),
    now: () => 0,
    columns: () => 80,
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
}

Deno.test("plain: without a terminal only words go to standard output", async () => {
  const stdout = new Recorder({ most: 3 });
  const stderr = new Recorder();
  const ui = await uiWith({ stdout, stderr });
  assert(ui instanceof PlainUi);
  ui.event({ type: "turn", agent: "1000", klass: "Seller", playbook: "Main", turn: 1 });
  ui.event({ type: "agent", agent: "1001", klass: "Buyer" });
  ui.show({ ...words, text: "Grüß\nGott \x1b[1m天" });
  ui.show({ ...words, agent: "1001", klass: "Buyer" });
  ui.note("ℹ Loading");
  assertEquals(stdout.text, "Grüß\nGott \x1b[1m天\nHello\n");
  assertEquals(stderr.text, "ℹ Loading\n");
});

Deno.test("plain: each line of standard input is one reply, and after the end no person is asked", async () => {
  const ui = await uiWith({ stdin: new Feed().feed("one\r\n\ntwo 天\nlast").end() });
  const replies = [];
  for (let count = 0; count < 6; count++) replies.push(await ui.ask(question, { signal }));
  assertEquals(replies, ["one", "", "two 天", "last", undefined, undefined]);
});

Deno.test("plain: nothing is read before a question, and no byte after the requested line", async () => {
  const stdin = new Feed().feed("first\nsecond\n");
  const ui = await uiWith({ stdin });
  assertEquals(stdin.taken, 0);
  assertEquals(await ui.ask(question, { signal }), "first");
  assertEquals(stdin.taken, 6);
});

Deno.test("plain: a long line is read completely, and the bytes after it are the next reply", async () => {
  const long = "x".repeat(20_000);
  const ui = await uiWith({ stdin: new Feed().feed(`${long}\nnext\n`).end() });
  assertEquals(await ui.ask(question, { signal }), long);
  assertEquals(await ui.ask(question, { signal }), "next");
});

Deno.test("plain: two questions at once get one line each, in the order of the questions", async () => {
  const stdin = new Feed();
  const ui = await uiWith({ stdin });
  const both = Promise.all([
    ui.ask(question, { signal }),
    ui.ask({ ...question, agent: "1001" }, { signal }),
  ]);
  stdin.feed("first\nsecond\n");
  assertEquals(await both, ["first", "second"]);
});

Deno.test("plain: an aborted question takes no line", async () => {
  const stdin = new Feed();
  const ui = await uiWith({ stdin });
  const abort = new AbortController();
  const given = ui.ask(question, abort);
  const behind = ui.ask(question, { signal });
  abort.abort(new Error("the wait is over"));
  await assertRejects(() => given, Error, "the wait is over");
  stdin.feed("ha");
  stdin.feed("lf\nnext\n");
  assertEquals(await behind, "half");
  assertEquals(await ui.ask(question, { signal }), "next");
  await assertRejects(() => ui.ask(question, abort), Error, "the wait is over");
});

Deno.test("plain: a program may read all input, and then no person can be asked", async () => {
  const ui = await uiWith({ stdin: new Feed().feed("line\nand more").end() });
  assertEquals(await ui.allInput(), "line\nand more");
  assertEquals(await ui.ask(question, { signal }), undefined);
});

Deno.test("plain: --non-interactive asks no person, whatever the input holds", async () => {
  const stdin = new Feed().feed("yes\n");
  for (const json of [false, true]) {
    assertEquals(
      await (await uiWith({ stdin, json, nonInteractive: true })).ask(question, { signal }),
      undefined,
    );
  }
  assertEquals(stdin.taken, 0);
});

Deno.test("plain: a line of input is never a decision about an uncertain effect", async () => {
  const effect = {
    id: "f1/2",
    agent: "1000",
    klass: "Seller",
    playbook: "Main",
    what: "POST x",
    startedAtMs: 0,
  };
  for (const json of [false, true]) {
    assertEquals(await (await uiWith({ stdin: new Feed().feed("retry\n"), json })).decide(effect), undefined);
  }
});

Deno.test("json: each event, word, question and the end is one object per line", async () => {
  const stdout = new Recorder();
  const ui = await uiWith({ stdout, json: true, stream: false, stdin: new Feed().feed("yes\n") });
  ui.begin?.({ session: "k3f9", name: "monday", resumed: true, position: 2 });
  ui.event({ type: "checkpoint", position: 3 });
  ui.event({ type: "text", agent: "1000", text: "…" });
  ui.show({ ...words, text: "two\nlines" });
  assertEquals(await ui.ask(question, { signal }), "yes");
  ui.end({ session: "k3f9", status: "completed", exit: 0 });
  const lines = stdout.text.trimEnd().split("\n").map((line) => JSON.parse(line));
  const at = (position: number) => ({ time: lines[0].time, position });
  assertEquals(lines, [
    { type: "session", schema: 1, version, session: "k3f9", name: "monday", resumed: true, ...at(2) },
    { type: "checkpoint", ...at(3) },
    { type: "say", ...words, text: "two\nlines", ...at(words.position) },
    { type: "ask", ...question, ...at(3) },
    { type: "end", schema: 1, session: "k3f9", status: "completed", exit: 0, ...at(3) },
  ]);
  for (const line of lines) jsonLine.parse(line);
});

/** An output that fails once with `error`, after `good` successful writes. */
function failing(error: Error, good = 0): Output & { readonly written: string[] } {
  const written: string[] = [];
  return {
    written,
    writeSync(bytes) {
      if (written.length >= good) {
        good = Infinity;
        throw error;
      }
      written.push(new TextDecoder().decode(bytes));
      return bytes.length;
    },
    isTerminal: () => false,
  };
}

Deno.test("plain: words that cannot be written are an error, and lines about the run are not", async () => {
  const closed = failing(new Deno.errors.BrokenPipe("pipe"));
  const unread = await uiWith({ stdout: closed });
  assertThrows(() => unread.show(words), ClosedOutputError);
  (await uiWith({ stderr: failing(new Deno.errors.BrokenPipe("pipe")) })).note("ℹ fine");
});

Deno.test("plain: a temporarily full pipe still gets its words", () => {
  const full = failing(new Deno.errors.WouldBlock("full"), 1);
  writeAll(full, "one");
  writeAll(full, "two");
  assertEquals(full.written, ["one", "two"]);
});

Deno.test("plain: --quiet omits lines about the run", async () => {
  const [loud, quiet] = [new Recorder(), new Recorder()];
  (await uiWith({ stderr: loud })).note("ℹ fine");
  (await uiWith({ stderr: quiet, quiet: true })).note("ℹ fine");
  assertEquals([loud.text, quiet.text], ["ℹ fine\n", ""]);
});
