import { assert, assertEquals } from "@std/assert";
import type { Entry } from "../../src/engine/mod.ts";
import { folderWith, type TestFolder, twoAtATime } from "../support/playbooks_process.ts";
import { countOf } from "../support/entries.ts";

/** The words of each example on the rehearsal model, with a person's answers. */
const examples: Readonly<Record<string, { readonly answers: readonly string[]; readonly words: string }>> = {
  "hello.pb": {
    answers: [],
    words: `Hello! I am a program written in plain English.
Each line of mine is a step, and each step is kept as soon as it is done.
Goodbye, and stop me whenever you like: I come back where I stood.
`,
  },
  "country_facts.pb": {
    answers: ["India, Nepal,Peru"],
    words: `Which countries would you like to hear about? Put commas between them.
1. India: the fact about India that would surprise its neighbours most
2. Nepal: the fact about Nepal that would surprise its neighbours most
3. Peru: the fact about Peru that would surprise its neighbours most
That is all I know about 3 countries.
`,
  },
  "negotiation.pb": {
    answers: [],
    words: `A camera is for sale, at 900 dollars.
The buyer offers 600, my boss says no, and I come down to 850.
The buyer offers 660, my boss says no, and I come down to 800.
Sold for 720 dollars: the boss says yes.
`,
  },
  "tax.pb": {
    answers: ["50000"],
    words: `How many dollars did you earn last year?
The accountant says 15 percent: you owe 7500 dollars, and keep 42500.
`,
  },
  "story.pb": {
    answers: ["Mila"],
    words: `Who shall be the hero of the story?
Mila came to the harbour. There stood a stranger whom one meets only at a harbour, and they talked until the moon rose.
Mila came to the lighthouse. There stood a stranger whom one meets only at a lighthouse, and they talked until the moon rose.
And so Mila went home, and slept very well.
`,
  },
  "order_support.pb": {
    answers: ["12", "a hundred", "100200"],
    words: `Welcome to the bookshop! What is the number of your order?
An order number has 6 digits, and "12" has not. What is yours?
An order number has 6 digits, and "a hundred" has not. What is yours?
Order 100200, Moby-Dick, left us on Monday.
`,
  },
};

/** Kills for each example, spread evenly over its entries. */
const kills = 2;

Deno.test("examples: these tests play every example", () => {
  const files = [...Deno.readDirSync(new URL("../../examples/", import.meta.url))].map((file) => file.name);
  assertEquals(files.sort(), Object.keys(examples).sort());
});

for (const [file, { answers, words }] of Object.entries(examples)) {
  Deno.test(`examples: ${file} says the expected words, with and without kills`, async (t) => {
    let whole: readonly Entry[] = [];
    await t.step("not killed", async () => {
      await using folder = await folderWithExample(file);
      const played = await folder.run(["run", file], { input: lines(answers) });
      assertEquals([played.stdout, played.code], [words, 0], played.stderr);
      whole = folder.journal();
      const last = whole.at(-1);
      assertEquals(last?.type === "end" && last.status, "completed");
    });
    // The first two entries describe the session and its process; the last one is the end.
    const most = whole.length - 1;
    const points = Array.from(
      { length: kills },
      (_, n) => 3 + Math.round(((n + 1) * (most - 3)) / (kills + 1)),
    );
    await t.step(
      `killed at entries ${points.join(", ")}`,
      () => twoAtATime(points, (point) => killAndResume(file, point, whole)),
    );
  });
}

async function killAndResume(file: string, point: number, whole: readonly Entry[]): Promise<void> {
  const { answers, words } = examples[file]!;
  await using folder = await folderWithExample(file);
  const killed = await folder.run(["run", file], { input: lines(answers), crashAt: point });
  assertEquals(killed.signal, "SIGKILL", `killed at entry ${point}: ${killed.stderr}`);
  const before = folder.journal();
  assertEquals(before.length, point);
  const left = answers.slice(countOf(before, "message"));
  const resumed = await folder.run(["run", file, "--resume"], { input: lines(left) });
  assertEquals(resumed.code, 0, `killed at entry ${point}: ${resumed.stderr}`);
  assertEquals(killed.stdout + resumed.stdout, words, `killed at entry ${point}`);
  const after = folder.journal();
  assertEquals(after.slice(0, point), before, `killed at entry ${point}`);
  for (const type of ["turn", "request", "call", "return", "message", "effect"] as const) {
    assertEquals(countOf(after, type), countOf(whole, type), `killed at entry ${point}: entries ${type}`);
  }
  assert(resumed.stderr.includes("✅ Program restored successfully"), resumed.stderr);
}

async function folderWithExample(file: string): Promise<TestFolder> {
  return await folderWith({
    [file]: await Deno.readTextFile(new URL(`../../examples/${file}`, import.meta.url)),
  });
}

function lines(answers: readonly string[]): string {
  return answers.map((answer) => `${answer}\n`).join("");
}
