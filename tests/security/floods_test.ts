import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { wordsIn } from "../../src/engine/bounds.ts";
import type { RuntimeSettings } from "../../src/engine/mod.ts";
import type { Bounds } from "../../src/engine/fold/settings.ts";
import { defaultSettings, play } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

function withBounds(bounds: Partial<Bounds>): RuntimeSettings {
  return { ...defaultSettings, limits: { ...defaultSettings.limits, ...bounds } };
}

/** A program with a model that runs this code, and then says the last report. */
function byModel(code: string, settings: RuntimeSettings) {
  const text = `# A
## Main
### Triggers
- At the beginning
### Steps
- Do it

# B
## Listen
public: true
### Triggers
- At the beginning
### Steps
- Wait
`;
  return play(text, {
    model: scriptedModel({
      Main: [code, 'await Say("user", "on"); EndProgram();'],
      Listen: ['await Yield("user")'],
    }),
    settings,
  });
}

/** A program with this code. */
function byCode(code: string): string {
  return `# A
\`\`\`js
/** @trigger At the beginning */
export async function Main() {
  try { await Flood(); } catch (error) { await Say("user", error.name + ": " + error.message); }
  await Say("user", "on");
}
export async function Flood() { ${code} }
\`\`\`

# B
\`\`\`js
export async function Wait() { await Yield("user"); }
\`\`\`
`;
}

const floods: readonly [name: string, code: string, bounds: Partial<Bounds>, told: string][] = [
  [
    "artifacts",
    'for (let i = 0;; i++) await SaveArtifact("a" + i, "b", "c");',
    { maxEffectsPerTurn: 40, maxEffectsPerCall: 40 },
    "asked for more than 40 effects (limits.max_effects_per_",
  ],
  [
    "sleeps of no time",
    "for (;;) await Sleep(0);",
    { maxEffectsPerTurn: 40, maxEffectsPerCall: 40 },
    "asked for more than 40 effects (limits.max_effects_per_",
  ],
  [
    "sleeps of almost no time, with words between them",
    'for (;;) { await Sleep(0.009); await Say("user", "x"); }',
    { maxShortSleeps: 5 },
    "asked for more than 5 sleeps under 0.01 s (limits.max_short_sleeps)",
  ],
  [
    "effects without await, caught",
    'for (let i = 0; i < 99; i++) { try { SaveArtifact("a" + i, "b", "c"); } catch {} }',
    { maxEffectsPerTurn: 40, maxEffectsPerCall: 40 },
    "asked for more than 40 effects (limits.max_effects_per_",
  ],
  [
    "words",
    'for (;;) await Say("user", "one two three");',
    { maxWordsPerMinute: 31 },
    "more than 31 words to people in one minute (limits.max_words_per_minute)",
  ],
  [
    "letters without a space",
    'for (;;) await Say("user", "x".repeat(60));',
    { maxWordsPerMinute: 31 },
    "more than 31 words to people in one minute (limits.max_words_per_minute)",
  ],
  [
    "agents",
    'for (;;) await CreateAgent("B", {});',
    { maxAgents: 12 },
    "there are 12 agents already (limits.max_agents)",
  ],
  [
    "messages",
    'for (;;) await Say("B", "x");',
    { maxInboxMessages: 9 },
    "9 messages wait for agent 1001 already (limits.max_inbox_messages)",
  ],
];

Deno.test("bounds: a flood by a model ends with an error that names the setting, and the model continues", async (t) => {
  for (const [name, code, bounds, told] of floods) {
    await t.step(name, async () => {
      const { requests, said, result } = await byModel(code, withBounds(bounds));
      const message = requests.find(({ messages }) => messages.at(-1)!.text.startsWith("[turn 2 of Main"));
      assertStringIncludes(message!.messages.at(-1)!.text, `LimitError: ${told}`);
      if (bounds.maxWordsPerMinute === undefined) {
        assertEquals([said.at(-1), result.kind], ["on", "completed"]);
      }
    });
  }
});

Deno.test("bounds: a flood by a code playbook fails that call, and its caller continues, also after a kill", async (t) => {
  for (const [name, code, bounds, told] of floods) {
    await t.step(name, async () => {
      const settings = withBounds(bounds);
      const { entries, said, result } = await play(byCode(code), { settings });
      // Code that reached the limit of words cannot say the reason in the same minute.
      const isOfWords = bounds.maxWordsPerMinute !== undefined;
      if (isOfWords) assertStringIncludes(JSON.stringify(result), told);
      else {
        assertStringIncludes(said.at(-2) ?? "", `LimitError: ${told}`);
        assertEquals(said.at(-1), "on");
      }
      for (let kept = 3; kept < entries.length; kept += 7) {
        const again = await play(byCode(code), { settings, from: entries.slice(0, kept) });
        // Each run starts a new minute.
        if (!isOfWords) assertEquals(again.result, result, `resumed from ${kept}`);
        assert(again.entries.length <= 2 * entries.length, `resumed from ${kept}`);
      }
    });
  }
});

Deno.test("bounds: after a bound is lowered, a replay of code in flight reaches its old point and no further", async () => {
  const code =
    'for (let i = 0; i < 30; i++) await SaveArtifact("a" + i, "b", "c"); await Yield("user"); await Sleep(1);';
  const first = await play(byCode(code), { settings: withBounds({ maxEffectsPerCall: 100 }) });
  assertEquals(first.result.kind, "waiting");
  const again = await play(byCode(code), {
    settings: withBounds({ maxEffectsPerCall: 10 }),
    from: first.entries,
    replies: ["go on"],
  });
  assertEquals(again.said, [
    "LimitError: asked for more than 31 effects (limits.max_effects_per_call) (test.pb:8)",
    "on",
  ]);
  assertEquals(again.result.kind, "completed");
});

Deno.test("bounds: words are counted per minute, and a long run of letters counts as several words", async () => {
  assertEquals([wordsIn(""), wordsIn(" a  bc\n d "), wordsIn("x".repeat(20)), wordsIn("x".repeat(21))], [
    0,
    3,
    1,
    2,
  ]);
  const patient = 'for (let i = 0; i < 9; i++) { await Say("user", "one two three"); await Sleep(20); }';
  const { said, result } = await play(byCode(patient), { settings: withBounds({ maxWordsPerMinute: 9 }) });
  assertEquals(said.length, 10);
  assertEquals(result.kind, "completed");
});

const hang = "Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1);";
const short = withBounds({ maxCodeSeconds: 0.4 });

Deno.test("bounds: a turn that ran out of time is reported to the model, and no resume runs it again", async () => {
  const played = await byModel(`await Say("user", "before"); state.x = 1; ${hang}`, short);
  assertEquals(played.said, ["before", "on"]);
  const told = played.requests.at(-1)!.messages.at(-1)!.text;
  assertStringIncludes(told, "LimitError: ran for more than 0.4 s without waiting");
  assertStringIncludes(told, 'Say("user", "before")');
  assertEquals(Object.keys(played.state.agents["1000"]!.state), []);
});

Deno.test("bounds: code that is killed while it hangs ends by its bound at the resume and keeps its finished effects", async () => {
  const code = `for (let i = 0; i < 5; i++) await SaveArtifact("a" + i, "b", "c");
    await Say("user", "before"); await Sleep(1); await Say("user", "last"); ${hang}`;
  const { entries, said } = await play(byCode(code), { settings: short });
  assertEquals(said, ["before", "last", "LimitError: ran for more than 0.4 s without waiting", "on"]);
  for (let kept = 3; kept < entries.length; kept++) {
    const again = await play(byCode(code), { settings: short, from: entries.slice(0, kept) });
    assertEquals(again.result.kind, "completed", `resumed from ${kept}`);
    assertEquals(again.said, said.slice(said.length - again.said.length), `resumed from ${kept}`);
  }
});

Deno.test("bounds: a step that is slower in a replay is not a divergence", async () => {
  const work = `for (let i = 0; i < 6; i++) "x".repeat(4e5).split("").sort();`;
  const slow = `await Sleep(1); ${work} await Sleep(1); await Say("user", "done");`;
  const first = await play(byCode(slow), { settings: withBounds({ maxCodeSeconds: 60 }) });
  assertEquals(first.said, ["done", "on"]);
  const tight = withBounds({ maxCodeSeconds: 0.25 });
  for (let kept = 3; kept < first.entries.length; kept++) {
    const again = await play(byCode(slow), { settings: tight, from: first.entries.slice(0, kept) });
    assertEquals(again.result.kind, "completed", `resumed from ${kept}: ${JSON.stringify(again.result)}`);
  }
});
