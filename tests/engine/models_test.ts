import { assertEquals, assertStringIncludes } from "@std/assert";
import { defaultSettings, play } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

const program = `# Solo
model: openai:big

## Main
### Triggers
- At the beginning
### Steps
- Ask the others

## Small
model: ollama:small
### Steps
- Do it

## Words
execution_mode: raw
Write a word.
`;

const model = scriptedModel({
  Main: [
    "const small = await Small(); const words = await Words();",
    'await Say("user", small + words); Return();',
  ],
  Small: ['Return("small")'],
  Words: ["words"],
});

Deno.test("models: a playbook's model: line wins over its agent's, and raw playbooks request a text", async () => {
  const picked: string[] = [];
  const played = await play(program, {
    pick: (answer, line) => {
      picked.push(`${answer} ${line}`);
      return model;
    },
  });
  assertEquals(played.said, ["smallwords"]);
  assertEquals(picked, ["code openai:big", "code ollama:small", "text openai:big", "code openai:big"]);
});

for (
  const [name, limit, used] of [
    ["maxCostUsd", 0.0015, "$0.0020"],
    ["maxTokens", 20, "30 tokens"],
    ["maxLlmCalls", 2, "2 model calls"],
  ] as const
) {
  Deno.test(`models: the error for a reached limit (${name}) names the limit and the use, and holds after a resume`, async () => {
    const settings = { ...defaultSettings, limits: { ...defaultSettings.limits, [name]: limit } };
    const first = await play(program, { model, settings });
    assertEquals(first.result.kind, "limit");
    assertStringIncludes(JSON.stringify(first.result), used);
    const again = await play(program, { model, settings, from: first.entries });
    assertEquals([again.result.kind, again.requests.length], ["limit", 0]);
    const raised = await play(program, { model, from: again.entries });
    assertEquals(raised.result, { kind: "completed" });
  });
}

Deno.test("models: seconds are counted over all runs of a session, except while a person thinks", async () => {
  const slow = scriptedModel({
    Main: (turn) =>
      turn === 1 ? 'await Sleep(30); await Yield("user");' : turn < 4 ? "await Sleep(30);" : "Return();",
  });
  const settings = { ...defaultSettings, limits: { ...defaultSettings.limits, maxSeconds: 80 } };
  const played = await play(program, { model: slow, settings, replies: ["hm"], personMs: 3_600_000 });
  assertEquals([played.result.kind, played.requests.length], ["limit", 3], "30 + (an hour) + 30 + 30");
  assertStringIncludes(JSON.stringify(played.result), "max_seconds = 80");
  const raised = await play(program, { model: slow, from: played.entries });
  assertEquals(raised.result, { kind: "completed" });
});
