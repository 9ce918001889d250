import { assert, assertEquals } from "@std/assert";
import type { Entry } from "../../src/engine/mod.ts";
import { play, type Played } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

/** Code in three nested calls and a model's playbook. Each says its own words. */
const original = `# Solo

\`\`\`ts
/** @trigger At the beginning */
export async function Begin() {
  await Say("user", "start");
  const outer = await Outer(1);
  await Say("user", "outer " + outer);
  const fact = await Fact();
  await Say("user", "fact " + fact);
  await Sleep(1);
  await Say("user", "end");
}

export async function Outer(n) {
  await Say("user", "in " + n);
  const inner = await Inner(n * 10);
  await Sleep(1);
  return inner + 1;
}

export async function Inner(n) {
  await Say("user", "deep " + n);
  await Sleep(1);
  return n;
}
\`\`\`

## Fact
### Steps
- Return a fact
`;

const model = () => scriptedModel({ Fact: ['Return("water is wet");'] });
const whole = await play(original, { model: model() });

function saidIn(entries: readonly Entry[]): string[] {
  return entries.flatMap((entry) =>
    entry.type === "effect" && entry.did?.kind === "said" ? [entry.did.text] : []
  );
}

/** The entries up to and with the n-th sleep that begins. */
function stoppedAtSleep(n: number): Entry[] {
  let sleeps = 0;
  const end = whole.entries.findIndex((entry) =>
    entry.type === "start" && entry.wait.kind === "sleep" && ++sleeps === n
  );
  assert(end > 0);
  return whole.entries.slice(0, end + 1);
}

const swap = (before: string, after: string) => {
  assert(original.includes(before), before);
  return original.replace(before, after);
};

interface Case {
  readonly name: string;
  readonly text: string;
  /** The sleep at which the session stopped: 1 in Inner, 2 in Outer, 3 at the end of Begin. */
  readonly sleep: 1 | 2 | 3;
  /** All words, from before and after the redo. */
  readonly said: readonly string[];
}

const untilInner = ["start", "in 1", "deep 10"];
const untilEnd = [...untilInner, "outer 11", "fact water is wet"];

const cases: readonly Case[] = [
  {
    name: "the first call differs: all calls are made again",
    text: swap('"start"', '"begin"'),
    sleep: 3,
    said: [...untilEnd, "begin", "in 1", "deep 10", "outer 11", "fact water is wet", "end"],
  },
  {
    name: "the argument of a finished call differs: the call is made again, and its new result counts",
    text: swap("Outer(1)", "Outer(2)"),
    sleep: 3,
    said: [...untilEnd, "in 2", "deep 20", "outer 21", "fact water is wet", "end"],
  },
  {
    name: "a call in the middle is removed: the results before it stay",
    text: swap('  await Say("user", "outer " + outer);\n', ""),
    sleep: 3,
    said: [...untilEnd, "fact water is wet", "end"],
  },
  {
    name: "a call is inserted: all calls after it are made again",
    text: swap("  const fact", '  await Say("user", "next");\n  const fact'),
    sleep: 3,
    said: [...untilEnd, "next", "fact water is wet", "end"],
  },
  {
    name: "the current wait differs: only that wait is made again",
    text: swap('"fact " + fact);\n  await Sleep(1)', '"fact " + fact);\n  await Sleep(2)'),
    sleep: 3,
    said: [...untilEnd, "end"],
  },
  {
    name: "the call in flight differs: its callees and all their open calls are dropped",
    text: swap("Outer(1)", "Outer(3)"),
    sleep: 1,
    said: [...untilInner, "in 3", "deep 30", "outer 31", "fact water is wet", "end"],
  },
  {
    name: "a callee's call differs: its callee is dropped, and its caller stays",
    text: swap("Inner(n * 10)", "Inner(n * 100)"),
    sleep: 1,
    said: [...untilInner, "deep 100", "outer 101", "fact water is wet", "end"],
  },
  {
    name: "the innermost code differs: no caller repeats a call",
    text: swap('"deep " + n', '"deeper " + n'),
    sleep: 1,
    said: [...untilInner, "deeper 10", "outer 11", "fact water is wet", "end"],
  },
  {
    name: "a callee that has returned differs: its result stays",
    text: swap('"deep " + n', '"deeper " + n'),
    sleep: 2,
    said: [...untilInner, "outer 11", "fact water is wet", "end"],
  },
  {
    name: "caller and callee differ: the caller's redo decides",
    text: swap("Outer(1)", "Outer(4)").replace('"deep "', '"deeper "'),
    sleep: 1,
    said: [...untilInner, "in 4", "deeper 40", "outer 41", "fact water is wet", "end"],
  },
  {
    name: "a callee in flight is no longer called",
    text: swap("const outer = await Outer(1)", "const outer = 5"),
    sleep: 1,
    said: [...untilInner, "outer 5", "fact water is wet", "end"],
  },
];

/** Resumes with --redo and an edited text, and checks all words. */
async function redo(text: string, from: readonly Entry[]): Promise<Played> {
  const redone = await play(text, { model: model(), from, redo: true });
  assertEquals(redone.result, { kind: "completed" });
  return redone;
}

for (const { name, text, sleep, said } of cases) {
  Deno.test(`redo: ${name}`, async () => {
    const redone = await redo(text, stoppedAtSleep(sleep));
    assertEquals(saidIn(redone.entries), said);
    assertEquals(Object.keys(redone.state.frames), []);
  });

  Deno.test(`redo: a redo that is stopped in the middle and resumed gives the same (${name})`, async () => {
    const from = stoppedAtSleep(sleep);
    const redone = await redo(text, from);
    for (let end = from.length + 1; end < redone.entries.length; end++) {
      const again = await redo(text, redone.entries.slice(0, end));
      assertEquals(saidIn(again.entries), said, `after entry ${end}`);
    }
  });
}

Deno.test("redo: two edits in a row are each repeated from the call that differs", async () => {
  const first = await redo(swap("Outer(1)", "Outer(2)"), stoppedAtSleep(3));
  const deep = first.entries.findLastIndex((entry) =>
    entry.type === "effect" && entry.did?.kind === "said" && entry.did.text === "deep 20"
  );
  const second = await redo(swap("Outer(1)", "Outer(3)"), first.entries.slice(0, deep + 1));
  assertEquals(saidIn(second.entries), [
    ...untilEnd,
    "in 2",
    "deep 20",
    "in 3",
    "deep 30",
    "outer 31",
    "fact water is wet",
    "end",
  ]);
});

Deno.test("redo: a reverted text continues with the results of its own calls from before the redo", async () => {
  const first = await redo(swap("Outer(1)", "Outer(2)"), stoppedAtSleep(3));
  const redoAt = first.entries.findIndex((entry) => entry.type === "redo");
  const back = await redo(original, first.entries.slice(0, redoAt + 1));
  assertEquals(saidIn(back.entries), [
    ...untilEnd,
    "in 1",
    "deep 10",
    "outer 11",
    "fact water is wet",
    "end",
  ]);
});

Deno.test("redo: after --pin it moves the pinned call to the newest text", async () => {
  const text = swap("Inner(n * 10)", "Inner(n * 100)");
  const from = stoppedAtSleep(1);
  const pinned = await play(text, { model: model(), from, pin: true });
  assertEquals(saidIn(pinned.entries), [...untilEnd, "end"]);
  const stopped = pinned.entries.slice(0, from.length + 1);
  assertEquals(saidIn((await redo(text, stopped)).entries), [
    ...untilInner,
    "deep 100",
    "outer 101",
    "fact water is wet",
    "end",
  ]);
});

Deno.test("redo: a pinned call stays on its text through a further edit without --redo", async () => {
  const from = stoppedAtSleep(1);
  const pinned = await play(swap("Inner(n * 10)", "Inner(n * 100)"), { model: model(), from, pin: true });
  const later = await play(swap("Inner(n * 10)", "Inner(n * 7)"), {
    model: model(),
    from: pinned.entries.slice(0, from.length + 1),
  });
  assertEquals([later.result.kind, saidIn(later.entries)], ["completed", [...untilEnd, "end"]]);
});
