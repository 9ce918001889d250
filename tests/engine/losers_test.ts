import { assert, assertEquals } from "@std/assert";
import type { Entry } from "../../src/engine/mod.ts";
import { play, type Played, type PlayOptions } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

/** A program whose code playbook has this body. */
function code(body: string, more = ""): string {
  return `# A

\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
${body}
}
${more}
\`\`\`

# B
Says things.

## Talk
public: true
### Steps
- Return 1
`;
}

/** A program whose model writes turns. */
const turns = `# A

## Main
### Triggers
- At the beginning
### Steps
- Do it
`;

/** Seconds between the first entry and the last one. */
function seconds({ entries }: Pick<Played, "entries">): number {
  return Math.round((entries.at(-1)!.at - entries[0]!.at) / 1000);
}

function cancelled(entries: readonly Entry[]): number {
  return entries.filter((entry) => entry.type === "effect" && entry.cancelled).length;
}

const races: readonly {
  readonly name: string;
  readonly body: string;
  readonly more?: string;
  readonly replies?: readonly string[];
  readonly said: readonly string[];
  readonly seconds: number;
  readonly cancelled: number;
}[] = [
  {
    name: "a sleep that loses to a person",
    body:
      'const r = await Promise.race([Yield("user"), Sleep(30).then(() => "timeout")]); await Say("user", "won " + r);',
    replies: ["hello"],
    said: ["won hello"],
    seconds: 0,
    cancelled: 1,
  },
  {
    name: "a wait for a person that loses to a sleep",
    body:
      'const r = await Promise.race([Yield("user"), Sleep(1).then(() => "a")]); await Say("user", "won " + r);',
    said: ["won a"],
    seconds: 1,
    cancelled: 1,
  },
  {
    name: "a sleep that loses to another one",
    body:
      'const r = await Promise.race([Sleep(1).then(() => "a"), Sleep(20).then(() => "b")]); await Say("user", r);',
    said: ["a"],
    seconds: 1,
    cancelled: 1,
  },
  {
    name: "an async function that would throw",
    body:
      'const late = async () => { await Sleep(20); throw new Error("timeout"); }; await Say("user", await Promise.race([Sleep(1).then(() => "a"), late()]));',
    said: ["a"],
    seconds: 1,
    cancelled: 1,
  },
  {
    name: "several losers of all kinds",
    body:
      'const r = await Promise.any([WaitForMessage("*"), Yield("user"), Sleep(9), Sleep(1).then(() => "a")]); await Say("user", r);',
    said: ["a"],
    seconds: 1,
    cancelled: 3,
  },
  {
    name: "a wait that was begun and forgotten",
    body: 'void Sleep(50); await Say("user", "done");',
    said: ["done"],
    seconds: 0,
    cancelled: 1,
  },
  {
    name: "a wait beside work: the work is not lost",
    body: 'void Sleep(50); void Slow(); await Say("user", "done");',
    more: 'export async function Slow() { await Sleep(5); await Say("user", "slow"); }',
    said: ["done", "slow"],
    seconds: 5,
    cancelled: 1,
  },
  {
    name: "the loser in a callee, before its caller goes on",
    body: 'await Say("user", await Inner());',
    more:
      'export async function Inner() { return await Promise.race([Sleep(1).then(() => "in"), Sleep(40)]); }',
    said: ["in"],
    seconds: 1,
    cancelled: 1,
  },
];

for (const race of races) {
  Deno.test(`losers: ${race.name} does not delay the program, live and from each entry`, async () => {
    const options: PlayOptions = { replies: race.replies ?? [] };
    const text = code(race.body, race.more);
    const whole = await play(text, options);
    assertEquals([whole.said, whole.result, seconds(whole)], [
      race.said,
      { kind: "completed" },
      race.seconds,
    ]);
    assertEquals(cancelled(whole.entries), race.cancelled);
    await fromEachEntry(text, whole, options);
  });
}

/** Resumes from each entry. The words in total stay the same, and the program ends. */
async function fromEachEntry(text: string, whole: Played, options: PlayOptions): Promise<void> {
  for (let count = 2; count < whole.entries.length; count++) {
    const from = whole.entries.slice(0, count);
    const told = from.filter((entry) => entry.type === "message").length;
    const again = await play(text, { ...options, from, replies: (options.replies ?? []).slice(told) });
    assertEquals(again.result, { kind: "completed" }, `from ${count}`);
    const said = again.entries.flatMap((entry) =>
      entry.type === "effect" && entry.did?.kind === "said" ? [entry.did.text] : []
    );
    assertEquals(said, whole.said, `from ${count}`);
    assertEquals(cancelled(again.entries), cancelled(whole.entries), `from ${count}`);
  }
}

const observed: readonly {
  readonly name: string;
  readonly body: string;
  readonly said: readonly string[];
}[] = [
  {
    name: "words after a sleep",
    body: 'void Sleep(3).then(() => Say("user", "late")); await Say("user", "done");',
    said: ["done", "late"],
  },
  {
    name: "an async function that is not awaited",
    body:
      'void (async () => { for (const n of [1, 2, 3]) { await Sleep(1); await Say("user", "n" + n); } })();',
    said: ["n1", "n2", "n3"],
  },
  {
    name: "a variable of the agent",
    body: "void Sleep(3).then(() => { state.late = true; });",
    said: [],
  },
  {
    name: "an end of the program",
    body: 'void Sleep(3).then(() => EndProgram()); void Sleep(60).then(() => Say("user", "never"));',
    said: [],
  },
  {
    name: "a listener for a person's words",
    body: 'void Yield("user").then((text) => Say("user", "heard " + text.toUpperCase()));',
    said: ["heard HI"],
  },
  {
    name: "a listener for messages",
    body:
      'void WaitForMessage("user").then((all) => { for (const { text } of all) Say("user", "heard " + text); });',
    said: ["heard hi"],
  },
];

for (const { name, body, said } of observed) {
  Deno.test(`losers: the work of code after a wait without await is not lost: ${name}`, async () => {
    const whole = await play(code(body), { replies: ["hi"] });
    assertEquals([whole.said, whole.result, cancelled(whole.entries) > 0], [
      said,
      { kind: "completed" },
      false,
    ]);
    await fromEachEntry(code(body), whole, { replies: ["hi"] });
    if (name === "a variable of the agent") assertEquals(whole.state.agents["1000"]!.state, { late: true });
  });
}

Deno.test("losers: a model's turn ends with its code and keeps its locals", async () => {
  const model = scriptedModel({
    Main: [
      'let late = 0; const timer = Sleep(90); void Sleep(50); const who = await Promise.race([timer, Sleep(1).then(() => "a")]);',
      'await Say("user", who + " " + late + " " + typeof timer); Return();',
    ],
  });
  const whole = await play(turns, { model });
  assertEquals([whole.said, whole.result, seconds(whole)], [["a 0 undefined"], { kind: "completed" }, 1]);
  await fromEachEntry(turns, whole, { model });
});

Deno.test("losers: a turn waits for a late wait that changes a local", async () => {
  const model = scriptedModel({
    Main: [
      "let late = 0; void Sleep(5).then(() => { late = 7; });",
      'await Say("user", "late " + late); Return();',
    ],
  });
  const whole = await play(turns, { model });
  assertEquals([whole.said, seconds(whole)], [["late 7"], 5]);
  await fromEachEntry(turns, whole, { model });
});

for (const end of ["Return(1)", 'throw new Error("no")', "EndProgram()"]) {
  Deno.test(`losers: ${end} does not wait for open waits`, async () => {
    const model = scriptedModel({
      Main: [`void Sleep(40); void Yield("user"); void WaitForMessage("*"); ${end};`, "Return();"],
    });
    const whole = await play(turns, { model });
    assertEquals([whole.result, seconds(whole), whole.asked], [{ kind: "completed" }, 0, 0]);
    await fromEachEntry(turns, whole, { model });
  });
}

Deno.test("losers: a message for a cancelled wait stays in the inbox for the next wait", async () => {
  const text = code(
    `await Say("user", await Promise.race([WaitForMessage("B"), Sleep(1).then(() => "silence")]));
  await B.Send();
  await Next();`,
    `export async function Next() { const [first] = await WaitForMessage("B"); await Say("user", "got " + first.text); }`,
  ).replace(
    "Says things.",
    '```ts\n/** @public */\nexport async function Send() { await Say("A", "the news"); }\n```',
  );
  // Main's wait stays open until Main ends. A wait that ended before its message arrived does not take it.
  const inner = text.replace(
    'await Say("user", await Promise.race([WaitForMessage("B"), Sleep(1).then(() => "silence")]));',
    'await Say("user", await Inner());',
  ).replace(
    "export async function Next",
    'export async function Inner() { return await Promise.race([WaitForMessage("B"), Sleep(1).then(() => "silence")]); }\nexport async function Next',
  );
  const whole = await play(inner);
  assertEquals([whole.said, whole.result], [["silence", "got the news"], { kind: "completed" }]);
  assert(cancelled(whole.entries) === 1);
  await fromEachEntry(inner, whole, {});
});

Deno.test("losers: an answer from the command line wins over a timeout that passed between two runs", async () => {
  const text = code(
    'const r = await Promise.race([Yield("user"), Sleep(30).then(() => "timeout")]); await Say("user", "won " + r);',
  );
  const first = await play(text, { stopAt: "wait" });
  assertEquals(first.result, { kind: "interrupted" });
  const later = await play(text, { from: first.entries, given: ["hello"], clock: (now) => now + 3_600_000 });
  assertEquals(later.said, ["won hello"]);
  const unanswered = await play(text, { from: first.entries, clock: (now) => now + 3_600_000 });
  assertEquals(unanswered.said, ["won timeout"]);
});

Deno.test("losers: code that continues for long after its end is not replayed for each of its steps", async () => {
  const body =
    'void (async () => { for (let n = 0; n < 60; n++) { await Sleep(1); state.n = n; } })(); await Say("user", "done");';
  const whole = await play(code(body));
  assertEquals([whole.result, whole.state.agents["1000"]!.state, seconds(whole)], [
    { kind: "completed" },
    { n: 59 },
    60,
  ]);
});
