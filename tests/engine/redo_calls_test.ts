import { assertEquals } from "@std/assert";
import type { Entry } from "../../src/engine/mod.ts";
import { play, type Played } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

/** Work calls Outer, which calls Inner, which sleeps: three frames of code, two results before them. */
const program = (work: string) =>
  `# Solo

## Main
### Triggers
- At the beginning
### Steps
- Work

\`\`\`js
export async function Work() {
  ${work}
}

export async function Outer(name) {
  await Say("user", "begin " + name);
  const value = await Inner(name);
  await Say("user", "end " + name);
  return value;
}

export async function Inner(name) {
  await Sleep(5);
  return name + "!";
}
\`\`\`
`;

const original = program(`
  const a = await Outer("a");
  await Say("user", "got " + a);
  const b = await Outer("b");
  await Say("user", "got " + b);
  return a + b;`);

const model = scriptedModel({ Main: ['await Say("user", await Work()); Return();'] });

/** Entries up to the sleep of the second call. */
async function stopped(): Promise<Entry[]> {
  const whole = await play(original, { model });
  assertEquals(whole.said, ["begin a", "end a", "got a!", "begin b", "end b", "got b!", "a!b!"]);
  const sleeps = whole.entries.flatMap((entry, index) =>
    entry.type === "start" && entry.wait.kind === "sleep" ? [index] : []
  );
  return whole.entries.slice(0, sleeps[1]! + 1);
}

const table: readonly (readonly [claim: string, work: string, said: readonly string[]])[] = [
  [
    "the call in flight differs",
    'const a = await Outer("a"); await Say("user", "got " + a); const b = await Outer("B"); return a + b;',
    ["begin B", "end B", "a!B!"],
  ],
  [
    "a result that it had already is of another call",
    'const a = await Outer("a"); await Say("user", "received " + a); const b = await Outer("b"); return a + b;',
    ["received a!", "begin b", "end b", "a!b!"],
  ],
  [
    "its first call differs",
    'const a = await Outer("A"); const b = await Outer("b"); return a + b;',
    ["begin A", "end A", "begin b", "end b", "A!b!"],
  ],
  [
    "it ends before the call in flight",
    'const a = await Outer("a"); await Say("user", "got " + a); return a;',
    ["a!"],
  ],
  [
    "it calls something else there",
    'const a = await Outer("a"); await Say("user", "got " + a); await Sleep(1); return a + " slept";',
    ["a! slept"],
  ],
];

for (const [claim, work, said] of table) {
  Deno.test(`redo: when ${claim}, everything from there on is repeated, and nothing of the old call is left`, async () => {
    const redone = await play(program(work), { model, from: await stopped(), redo: true });
    checkEnd(redone, said);
    const at = redone.entries.findIndex(({ type }) => type === "redo");
    for (let end = at + 1; end < redone.entries.length; end += 2) {
      const again = await play(program(work), { model, from: redone.entries.slice(0, end) });
      assertEquals(again.result, { kind: "completed" }, `resumed at ${end}`);
      assertEquals(wordsIn(again.entries.slice(at)), said, `resumed at ${end}`);
    }
  });
}

function checkEnd(played: Played, said: readonly string[]): void {
  assertEquals(played.result, { kind: "completed" });
  assertEquals(played.said, said);
  assertEquals(Object.keys(played.state.frames), []);
  const at = played.entries.findIndex(({ type }) => type === "redo");
  const called = played.entries.flatMap((entry) => entry.type === "call" ? [entry.callee.id] : []);
  const before = called.filter((id) => played.entries.slice(0, at).some((entry) => isCallOf(entry, id)));
  const returned = played.entries.slice(at).flatMap((entry) => entry.type === "return" ? [entry.frame] : []);
  assertEquals(
    before.filter((id) => returned.includes(id) && !isWork(played, id)),
    [],
    "an old call returns",
  );
}

function isCallOf(entry: Entry, id: string): boolean {
  return entry.type === "call" && entry.callee.id === id;
}

function isWork(played: Played, id: string): boolean {
  return played.entries.some((entry) =>
    entry.type === "call" && entry.callee.id === id && entry.callee.playbook === "Work"
  );
}

function wordsIn(entries: readonly Entry[]): string[] {
  return entries.flatMap((entry) =>
    entry.type === "effect" && entry.did?.kind === "said" ? [entry.did.text] : []
  );
}

Deno.test("redo: a result from after the differing call is not given to the new call in its place", async () => {
  const both = (first: string, second: string) =>
    program(`const all = await Promise.all([Outer("${first}"), Inner("${second}")]); return all.join("");`);
  const whole = await play(both("a", "b"), { model });
  assertEquals(whole.said.at(-1), "a!b!");
  const end = whole.entries.findIndex((entry) =>
    entry.type === "return" && entry.outcome.ok && entry.outcome.value === "b!"
  );
  const redone = await play(both("A", "B"), { model, from: whole.entries.slice(0, end + 1), redo: true });
  assertEquals(redone.said.at(-1), "A!B!");
});
