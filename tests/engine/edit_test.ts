import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Entry } from "../../src/engine/mod.ts";
import { play } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

function modelRun(second: string): string {
  return `# Solo

## Main
### Triggers
- At the beginning
### Steps
- Say hello
- ${second}
- End program
`;
}

Deno.test("edits: a model's playbook continues with the new text and gets a summary of changes and finished steps", async () => {
  const model = scriptedModel({
    Main: ['Step("01"); await Say("user", "hello");', 'Step("02"); await Say("user", "second"); Return();'],
  });
  const whole = await play(modelRun("Say it in French"), { model });
  const stop = whole.entries.findIndex((entry) => entry.type === "end-turn") + 1;
  const resumed = await play(modelRun("Say it in Latin"), { model, from: whole.entries.slice(0, stop) });
  assertEquals(resumed.said, ["second"]);
  const told = resumed.requests[0]!.messages.at(-1)!.text;
  assertStringIncludes(told, "The program was edited");
  assertStringIncludes(told, "Say it in French");
  assertStringIncludes(told, "- 02 Say it in Latin");
  assertStringIncludes(told, "up to and with step 01: Say hello");
});

function coded(body: string): string {
  return `# Solo

\`\`\`ts
export async function Work(): Promise<string> {
  ${body}
}
\`\`\`

## Main
### Triggers
- At the beginning
### Steps
- Work
`;
}

const first = 'await Say("user", "one"); await Sleep(1); await Say("user", "two"); return "done";';
const model = scriptedModel({ Main: ['await Say("user", await Work()); Return();'] });

async function stoppedInSleep(): Promise<Entry[]> {
  const whole = await play(coded(first), { model });
  assertEquals(whole.said, ["one", "two", "done"]);
  return whole.entries.slice(0, whole.entries.findIndex((entry) => entry.type === "start") + 1);
}

Deno.test("edits: a code playbook in flight continues with the new source while its calls match", async () => {
  const edited = coded(
    'const word = "one"; await Say("user", word); await Sleep(1); await Say("user", "new"); return "end";',
  );
  const resumed = await play(edited, { model, from: await stoppedInSleep() });
  assertEquals(resumed.said, ["new", "end"]);
});

Deno.test("edits: a code playbook with a differing call stops, names the call and has no effect", async () => {
  const edited = coded('await Say("user", "uno"); await Sleep(1); return "end";');
  const from = await stoppedInSleep();
  const resumed = await play(edited, { model, from });
  assert(resumed.result.kind === "diverged");
  assertEquals(resumed.result.playbook, "Solo.Work");
  assertEquals(resumed.result.before, 'Say("user", "one")');
  assertEquals(resumed.result.now, 'Say("user", "uno")');
  assertEquals(resumed.said, []);
  const pinned = await play(edited, { model, from: resumed.entries, pin: true });
  assertEquals(pinned.said, ["two", "done"], "the choice is still open");
  const redone = await play(edited, { model, from: resumed.entries, redo: true });
  assertEquals(redone.said, ["uno", "end"]);
});

Deno.test("edits: --pin finishes on the old source, and --redo runs the new one from the call that differs", async () => {
  const edited = coded('await Say("user", "one"); await Say("user", "1.5"); await Sleep(1); return "end";');
  const from = await stoppedInSleep();
  const pinned = await play(edited, { model, from, pin: true });
  assertEquals(pinned.said, ["two", "done"]);
  const redone = await play(edited, { model, from, redo: true });
  assertEquals(redone.said, ["1.5", "end"]);
  assertEquals(redone.result, { kind: "completed" });
});

Deno.test("edits: a removed playbook finishes its call in flight on the old text", async () => {
  const resumed = await play(coded(first).replaceAll("Work", "Labour"), {
    model,
    from: await stoppedInSleep(),
  });
  assertEquals(resumed.said, ["two", "done"]);
});

const calling = (greeting: string) =>
  `# Solo

\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Say("user", "${greeting}");
  await Say("user", await Fact());
}
\`\`\`

## Fact
### Steps
- Return a fact
`;

async function resumedInRequest(greeting: string) {
  const model = scriptedModel({ Fact: ['Return("a fact");'] });
  const whole = await play(calling("hello"), { model });
  const from = whole.entries.slice(0, whole.entries.findIndex((entry) => entry.type === "request") + 1);
  const before: number[] = [];
  const resumed = await play(calling(greeting), {
    model,
    from,
    onSandbox: (requests) => void before.push(requests),
  });
  return { resumed, before };
}

Deno.test("edits: an open request is sent before its waiting code runs again", async () => {
  const { resumed, before } = await resumedInRequest("hello");
  assertEquals([before, resumed.said, resumed.requests.length], [[1], ["a fact"], 1]);
});

Deno.test("edits: an open request of edited code is sent after the replay, because a divergence must cost nothing", async () => {
  const { resumed, before } = await resumedInRequest("welcome");
  assertEquals([before, resumed.result.kind, resumed.requests.length], [[0], "diverged", 0]);
});

Deno.test("edits: the model gets the summary of changes once", async () => {
  const three = (middle: string) => modelRun("Say it in French").replace("- Say hello", `- Say ${middle}`);
  const model = scriptedModel({
    Main: (turn) => turn < 4 ? `Step("01"); await Say("user", "${turn}");` : "Return();",
  });
  const whole = await play(three("hello"), { model });
  const stop = whole.entries.findIndex((entry) => entry.type === "end-turn") + 1;
  const resumed = await play(three("good morning"), { model, from: whole.entries.slice(0, stop) });
  const told = resumed.requests.map(({ messages }) =>
    messages.at(-1)!.text.includes("The program was edited")
  );
  assertEquals(told, [true, false, false]);
});
