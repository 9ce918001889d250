import { assert, assertEquals, assertRejects, assertStringIncludes } from "@std/assert";
import { openUi, type RunUi, type UiOptions } from "../../src/frontends/mod.ts";
import type { Question } from "../../src/session/mod.ts";
import { noInput, Recorder } from "../support/world.ts";
import { EmulatedTerminal } from "./emulated_terminal.ts";

const people = [
  { name: "Ann", displayName: "Dr. Ann", id: "1001", streams: true },
  { name: "Ben", displayName: "Ben", id: "1002", streams: true },
];
const persons = { type: "persons", names: ["Ann", "Ben"], people } as const;
const { signal } = new AbortController();

function question(person: string, number: number, more: Partial<Question> = {}): Question {
  return { id: `f${number}/1@${number}`, agent: "1000", klass: "Host", person, ...more };
}

async function uiWith(options: Partial<UiOptions>): Promise<{ ui: RunUi; taken: string[] }> {
  const ui = await openUi({
    stdin: noInput,
    stdout: new Recorder(),
    stderr: new Recorder(),
    now: () => 0,
    columns: () => 60,
    environment: {},
    json: false,
    stream: true,
    nonInteractive: false,
    verbose: false,
    snoop: false,
    quiet: true,
    interrupt: () => {},
    ...options,
  });
  const taken: string[] = [];
  ui.listen(({ person, text }) => void taken.push(`${person}: ${text}`));
  ui.event(persons);
  return { ui, taken };
}

async function settle(): Promise<void> {
  for (let round = 0; round < 40; round++) await Promise.resolve();
}

/** An input with all of its lines. */
function lines(...all: readonly string[]) {
  const bytes = [...new TextEncoder().encode(all.map((line) => `${line}\n`).join(""))];
  return {
    ...noInput,
    isTerminal: () => false,
    setRaw: () => {},
    read(buffer: Uint8Array) {
      const part = bytes.splice(0, buffer.length);
      buffer.set(part);
      return Promise.resolve(part.length === 0 ? null : part.length);
    },
  };
}

for (const json of [false, true]) {
  const front = json ? "json" : "plain";

  Deno.test(`people: in ${front} mode a marked line answers its person, and others the oldest question`, async () => {
    const stdin = lines("@Ben from ben", "from ann", "@@ben", "@Ann: again");
    const { ui, taken } = await uiWith({ json, stdin });
    const first = [ui.ask(question("Ann", 1), { signal }), ui.ask(question("Ben", 2), { signal })];
    assertEquals(await Promise.all(first), ["from ann", "from ben"]);
    assertEquals(await ui.ask(question("Ben", 3), { signal }), "@ben");
    assertEquals(await ui.ask(question("Ann", 4), { signal }), "again");
    assertEquals(taken, []);
  });

  Deno.test(`people: in ${front} mode words of a person who is not asked are kept, in order`, async () => {
    const { ui, taken } = await uiWith({ json, stdin: lines("@Ben one", "@Ben two", "mine", "@Ben rest") });
    assertEquals(await ui.ask(question("Ann", 1), { signal }), "mine");
    assertEquals(taken, ["Ben: one", "Ben: two"]);
    assertEquals(await ui.ask(question("Ben", 2), { signal }), "rest");
    assertEquals(await ui.ask(question("Ben", 3), { signal }), undefined);
  });

  Deno.test(`people: in ${front} mode another person than the first one can answer a question to both`, async () => {
    const { ui, taken } = await uiWith({ json, stdin: lines("@Ben me") });
    const abort = new AbortController();
    ui.listen(({ person, text }) => {
      taken.push(`${person}: ${text}`);
      abort.abort(new Error("answered"));
    });
    const asked = ui.ask(question("Ann", 1, { persons: ["Ann", "Ben"] }), { signal: abort.signal });
    await assertRejects(() => asked, Error, "answered");
    assertEquals(taken, ["Ben: me"]);
  });

  Deno.test(`people: in ${front} mode a line for an unknown person fails, and says how to write it`, async () => {
    const { ui } = await uiWith({ json, stdin: lines("@Bne hi") });
    const error = await assertRejects(() => ui.ask(question("Ann", 1), { signal }), Error);
    assertEquals(
      error.message,
      'No person is called "Bne"; there are: Dr. Ann (@Ann), Ben. Write @@ to begin words with @',
    );
  });
}

Deno.test("people: plain mode says on standard error who speaks to whom, when that changes", async () => {
  const [stdout, stderr] = [new Recorder(), new Recorder()];
  const { ui } = await uiWith({ stdout, stderr, quiet: false });
  const say = (to: string, text: string) => ui.show({ agent: "1000", klass: "Host", to, text, position: 1 });
  say("Ann", "a1");
  say("Ann", "a2");
  say("Ben", "b");
  assertEquals(stdout.text, "a1\na2\nb\n");
  assertEquals(stderr.text, "[Host(1000) → Dr. Ann]\n[Host(1000) → Ben]\n");
});

Deno.test("people: with two persons the terminal names who is addressed, who answers and who asks", async () => {
  const terminal = new EmulatedTerminal(60);
  const { ui } = await uiWith({ stdin: terminal, stdout: terminal, stderr: terminal, quiet: false });
  ui.show({ agent: "1000", klass: "Host", to: "Ann", text: "Hello", position: 1 });
  ui.show({ agent: "1000", klass: "Host", to: "Ann", text: "Well?", position: 2 });
  const answer = ui.ask(question("Ann", 1), { signal });
  await settle();
  assertEquals(terminal.screen, ["", "[Host(1000) → Dr. Ann]", "Hello", "Well?", "Dr. Ann → Host(1000):"]);
  terminal.type("fine\r");
  assertEquals(await answer, "fine");
  ui[Symbol.dispose]();
});

Deno.test("people: Tab chooses who answers, and each person keeps a text of their own", async () => {
  const terminal = new EmulatedTerminal(60);
  const { ui } = await uiWith({ stdin: terminal, stdout: terminal, stderr: terminal });
  const ann = ui.ask(question("Ann", 1), { signal });
  const ben = ui.ask(question("Ben", 2, { agent: "1003", klass: "Judge" }), { signal });
  await settle();
  assertEquals(terminal.screen, [
    "Asked: Dr. Ann by Host(1000), Ben by Judge(1003) · Tab or …",
    "Dr. Ann → Host(1000):",
  ]);
  terminal.type("for a\t");
  await settle();
  assertEquals(terminal.cursorLine, "Ben → Judge(1003): |");
  terminal.type("for b\x1b[Z");
  await settle();
  assertEquals(terminal.cursorLine, "Dr. Ann → Host(1000): for a|");
  terminal.type("\t\r");
  assertEquals(await ben, "for b");
  await settle();
  assertEquals(terminal.screen, ["Ben → Judge(1003): for b", "Dr. Ann → Host(1000): for a"]);
  terminal.type("\tnn\r");
  assertEquals(await ann, "for a\tnn");
  ui[Symbol.dispose]();
});

Deno.test("people: @Name answers as this person on a terminal, and alone it only chooses", async () => {
  const terminal = new EmulatedTerminal(60);
  const { ui, taken } = await uiWith({ stdin: terminal, stdout: terminal, stderr: terminal });
  const ann = ui.ask(question("Ann", 1), { signal });
  const ben = ui.ask(question("Ben", 2), { signal });
  await settle();
  terminal.type("@Bne x\r");
  await settle();
  assertStringIncludes(terminal.screen.join("\n"), 'No person is called "Bne"');
  terminal.type("@ben\r");
  await settle();
  assertEquals(terminal.cursorLine, "Ben → Host(1000): |");
  terminal.type("@Dr. Ann hers\r");
  assertEquals(await ann, "hers");
  await settle();
  terminal.type("@Ann later\r");
  await settle();
  assertEquals(taken, ["Ann: later"]);
  assertStringIncludes(terminal.screen.join("\n"), "No agent asks Dr. Ann now");
  terminal.type("his\r");
  assertEquals(await ben, "his");
  const shown = terminal.screen.filter((line) => line.includes(": "));
  assert(shown.includes("Dr. Ann → Host(1000): hers"), shown.join("\n"));
  assertEquals(shown.at(-1), "Ben → Host(1000): his");
  ui[Symbol.dispose]();
});

Deno.test("people: when a question ends, its half typed text is not sent by another person", async () => {
  const terminal = new EmulatedTerminal(60);
  const { ui } = await uiWith({ stdin: terminal, stdout: terminal, stderr: terminal });
  const abort = new AbortController();
  const ann = assertRejects(() => ui.ask(question("Ann", 1), { signal: abort.signal }), Error, "too late");
  const ben = ui.ask(question("Ben", 2), { signal });
  await settle();
  terminal.type("secret of ann");
  await settle();
  abort.abort(new Error("too late"));
  await ann;
  assertEquals(terminal.cursorLine, "Ben → Host(1000): |");
  terminal.type("b\r");
  assertEquals(await ben, "b");
  ui[Symbol.dispose]();
});
