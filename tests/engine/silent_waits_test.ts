import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { type Entry, foldEntries, type State } from "../../src/engine/mod.ts";
import { defaultSettings, play, type PlayOptions } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

// Code that waits in a loop for words that cannot come.

const bound = 5;
const settings = { ...defaultSettings, limits: { ...defaultSettings.limits, maxSilentWaits: bound } };

/** A host whose code waits. Its guest leaves a meeting at once, and its helper waits for the host. */
function program(code: string): string {
  return `# Host
\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  try {
    await Loop({ attendees: ["Guest"] });
  } catch (error) {
    await Say("user", error.message);
  }
}
/** @meeting */
export async function Loop() {
  ${code}
}
export async function Ask() {
  return await WaitForMessage("Helper");
}
\`\`\`
# Guest
\`\`\`ts
/** @meeting */
export async function Loop() {}
\`\`\`
# Helper
\`\`\`ts
/** @public */
export async function Listen() {
  for (let i = 0; i < 40; i++) await Yield("Host");
}
/** @public */
export async function Help() {
  for (let i = 0; i < 40; i++) await Say("Host", String(i)), await Yield("Host");
}
\`\`\`
`;
}

const told = `${bound} waits in a row ended at once without words (limits.max_silent_waits)`;

function silentIn(entries: readonly Entry[]): number {
  return entries.filter((entry) => entry.type === "effect" && entry.did?.kind === "silent").length;
}

/** The highest count of a frame. The sum of all rows may differ: a guest can leave before or after the first wait. */
function longestRow(entries: readonly Entry[]): number {
  let state: State | undefined;
  let longest = 0;
  for (const entry of structuredClone(entries)) {
    state = foldEntries(state, [entry]);
    longest = Math.max(longest, ...Object.values(state.frames).map(({ silentWaits = 0 }) => silentWaits));
  }
  return longest;
}

/** Plays a program whole, and again from each of its entries. All must end in the same way. */
async function playEverywhere(text: string, options: PlayOptions = {}) {
  const whole = await play(text, { settings, ...options });
  for (let kept = 1; kept < whole.entries.length; kept++) {
    const from = whole.entries.slice(0, kept);
    const again = await play(text, { settings, ...options, from });
    assertEquals(again.result, whole.result, `resumed from ${kept}`);
    assertEquals(longestRow(again.entries), longestRow(whole.entries), `resumed from ${kept}`);
  }
  return whole;
}

const loops: Readonly<Record<string, string>> = {
  "a list of a meeting that all others have left": 'for (;;) await WaitForMessage("meeting");',
  "words of a meeting that all others have left": 'for (;;) await Yield("meeting");',
  "an agent that does not answer": 'for (;;) await Yield("Helper");',
  "an agent and a meeting in turn": 'for (;;) { await Yield("Helper"); await WaitForMessage("meeting"); }',
  "an agent, with words to it":
    'Helper.Listen(); for (;;) { await Say("Helper", "hello?"); await Yield("Helper"); }',
  "an agent, in a call of its own": "for (;;) await Ask();",
  "no time at all": 'for (;;) await Yield("Helper", { timeout: 0 });',
};

Deno.test("silent waits: a loop of waits without words gets an error after max_silent_waits, also after a kill", async (t) => {
  for (const [name, code] of Object.entries(loops)) {
    await t.step(name, async () => {
      const { said, result, entries } = await playEverywhere(program(code));
      assertEquals(result.kind, "completed");
      assertStringIncludes(said.at(-1)!, told);
      assertStringIncludes(said.at(-1)!, "stop waiting when a wait gives no words, and Return");
      // A helper that waits as well has its own row.
      assert(silentIn(entries) <= 2 * bound + 3);
    });
  }
});

const swallowed: Readonly<Record<string, string>> = {
  "the wait": 'for (;;) { try { await WaitForMessage("meeting"); } catch {} }',
  "a call": "for (;;) { try { await Ask(); } catch {} }",
  "a wait that is refused": 'for (;;) { try { await Yield("meeting 7"); } catch {} }',
  "a wait without time": 'for (;;) { try { await Yield("Helper", { timeout: 0 }); } catch {} }',
};

Deno.test("silent waits: code that catches the error and waits on fails the program, also after a kill", async (t) => {
  for (const [name, code] of Object.entries(swallowed)) {
    await t.step(name, async () => {
      const { result, entries } = await playEverywhere(program(code));
      assertEquals(result.kind, "failed");
      assertStringIncludes(JSON.stringify(result), `${2 * bound} waits in a row ended at once without words`);
      assertEquals(silentIn(entries), 2 * bound);
    });
  }
});

const others: Readonly<Record<string, string>> = {
  "a sleep": "for (let i = 0; i < 40; i++) await Sleep(0);",
  "a row of its own, which began later":
    'await Sleep(0); for (;;) { try { await Yield("Host", { timeout: 0 }); } catch {} }',
};

Deno.test("silent waits: a loop fails the program in the moment in which the waits of others are due", async (t) => {
  for (const [name, code] of Object.entries(others)) {
    await t.step(name, async () => {
      const begin = (body: string) =>
        `\`\`\`ts\n/** @trigger At the beginning */\nexport async function Begin() {\n  ${body}\n}\n\`\`\`\n`;
      const text = `# Host\n${begin('for (;;) { try { await Yield("Guest", { timeout: 0 }); } catch {} }')}` +
        `# Guest\n${begin(code)}`;
      const whole = await play(text, { settings });
      assertEquals(whole.result.kind, "failed");
      assertEquals(whole.entries.at(-1)?.type, "end");
      const last = whole.entries.slice(0, -1);
      assertEquals((await play(text, { settings, from: last })).result.kind, "failed");
    });
  }
});

const honest: Readonly<Record<string, string>> = {
  "words of an agent":
    'Helper.Help(); for (let i = 0; i < 20; i++) { await Yield("Helper"); await Say("Helper", "ok"); }',
  "sleeps": 'for (let i = 0; i < 20; i++) { await Yield("Helper"); await Sleep(1); }',
  "waits that take time": 'for (let i = 0; i < 20; i++) await Yield("Helper", { timeout: 1 });',
  "words of a person":
    'for (let i = 0; i < 4; i++) { for (let j = 0; j < 4; j++) await Yield("Helper"); await Yield("user"); }',
};

Deno.test("silent waits: words, answers and time in between end the row", async (t) => {
  for (const [name, code] of Object.entries(honest)) {
    await t.step(name, async () => {
      const replies = ["a", "b", "c", "d"];
      const { said, result } = await play(program(`${code} await EndProgram();`), { settings, replies });
      assertEquals([said, result], [[], { kind: "completed" }]);
    });
  }
});

Deno.test("silent waits: a model that waits in a loop reads the error, and its call fails", async () => {
  const text = `# Host
## Main
### Triggers
- At the beginning
### Steps
- Wait for Helper
# Helper
## Help
### Steps
- Help
`;
  const turns = scriptedModel({ Main: (turn: number) => `state.n = ${turn}; await Yield("Helper");` });
  const several = await play(text, { settings, model: turns });
  assertEquals(several.result.kind, "failed");
  assertStringIncludes(JSON.stringify(several.result), told);
  assert(several.requests.length <= bound + 1 + settings.limits.maxRepairs);
});

/** A host and a guest that both wait in a loop. */
function twoLoops({ host = "", guest = "" }): string {
  const listens =
    `for (;;) { const words = await Yield("meeting"); if (words.includes("failed with")) return; }`;
  return program(`${host} ${listens}`)
    .replace("Loop() {}", `Loop() { ${guest} for (;;) await WaitForMessage("Host"); }`);
}

// The oldest wait gets the first notice, so the loop that waits first reaches the bound first.
Deno.test("silent waits: a guest's loop ends too, and the others hear why", async () => {
  const { result, said, entries } = await playEverywhere(twoLoops({ host: "await Sleep(0.02);" }));
  assertEquals([result, said], [{ kind: "completed" }, []]);
  assert(silentIn(entries) <= 2 * bound + 2);
});

Deno.test("silent waits: a guest's loop that outlives its meeting fails the program", async () => {
  const { result, said } = await playEverywhere(twoLoops({ guest: "await Sleep(0.02);" }));
  assertEquals(result.kind, "failed");
  assertStringIncludes(JSON.stringify(result), `Loop of Guest (agent 1001): ${told}`);
  assertEquals(said.length, 1, "the host hears its own error");
});

Deno.test("silent waits: two loops that begin together end in one of two ways, by the one that waits first", async () => {
  const text = twoLoops({});
  const whole = await play(text, { settings });
  // No entry says which of two ready agents runs first, so a resume from an early entry may run the other one first.
  for (let kept = 1; kept < whole.entries.length; kept++) {
    const { entries, result } = await play(text, { settings, from: whole.entries.slice(0, kept) });
    const first = entries.find((entry) => entry.type === "start" && entry.wait.kind === "messages");
    const guest = entries.find((entry) => entry.type === "thread" && entry.kind === "meeting");
    assert(first?.type === "start" && guest?.type === "thread");
    const isGuest = first.frame === guest.frame.id;
    assertEquals(result.kind, isGuest ? "completed" : "failed", `resumed from ${kept}`);
  }
});

Deno.test("silent waits: the count is a fact of the journal, and a fold gives it", async () => {
  const { entries } = await play(program(loops["an agent that does not answer"]!), { settings });
  const counts: number[] = [];
  for (let kept = 1; kept < entries.length; kept++) {
    const state = foldEntries(undefined, structuredClone(entries.slice(0, kept)));
    const frame = Object.values(state.frames).find(({ playbook }) => playbook === "Loop");
    if (frame?.silentWaits !== undefined && frame.silentWaits !== counts.at(-1)) {
      counts.push(frame.silentWaits);
    }
  }
  assertEquals(counts, [1, 2, 3, 4, 5, 6]);
});
