import { assert, assertEquals } from "@std/assert";
import type { Model, Usage } from "../../src/model/mod.ts";
import { defaultSettings, play } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

const program = `# A

## Main
### Triggers
- At the beginning
### Steps
- Say hi
`;

const works = scriptedModel({ Main: ['await Say("user", "hi"); Return();'] });
const usage: Usage = {
  inputTokens: 50,
  outputTokens: 20,
  cachedTokens: 0,
  requests: 5,
  estimated: true,
  costUsd: 0.25,
};
const message = "Cannot ask scripted: it broke off (after 5 attempts)";

function failing(lost?: Usage): Model {
  return {
    id: "scripted",
    async *stream() {
      await Promise.resolve();
      yield { type: "failed", failure: { kind: "network", message, ...(lost ? { usage: lost } : {}) } };
    },
  };
}

Deno.test("lost requests: a failed call counts all its requests that may be billed, and a resume pays once more", async () => {
  const first = await play(program, { model: failing(usage) });
  assertEquals(first.result, { kind: "model", message });
  const { calls, inputTokens, outputTokens, costUsd, turns } = first.state.spent;
  assertEquals([calls, inputTokens, outputTokens, costUsd, turns], [5, 50, 20, 0.25, 0]);
  const twice = await play(program, { model: failing(usage), from: first.entries });
  assertEquals([twice.state.spent.calls, twice.state.spent.inputTokens], [10, 100]);
  const done = await play(program, { model: works, from: twice.entries });
  assertEquals([done.result, done.said], [{ kind: "completed" }, ["hi"]]);
  assertEquals([done.state.spent.calls, done.state.spent.inputTokens, done.state.spent.turns], [11, 110, 1]);
});

Deno.test("lost requests: a call that no server accepted leaves no entry", async () => {
  const played = await play(program, { model: failing() });
  assert(!played.entries.some(({ type }) => type === "lost"));
  assertEquals(played.state.spent.calls, 1);
});

Deno.test("lost requests: a limit that failed requests reach holds at a resume", async () => {
  const first = await play(program, { model: failing(usage) });
  for (const [name, limit] of [["maxTokens", 60], ["maxCostUsd", 0.1], ["maxLlmCalls", 5]] as const) {
    const settings = { ...defaultSettings, limits: { ...defaultSettings.limits, [name]: limit } };
    const again = await play(program, { model: works, settings, from: first.entries });
    assertEquals([again.result.kind, again.requests.length], ["limit", 0], name);
    const raised = await play(program, { model: works, from: again.entries });
    assertEquals(raised.result, { kind: "completed" }, name);
  }
});

Deno.test("lost requests: an answer counts the broken requests before it", async () => {
  const model: Model = {
    id: "scripted",
    async *stream(request, options) {
      for await (const event of works.stream(request, options)) {
        if (event.type !== "completed") yield event;
        else yield { ...event, completion: { ...event.completion, usage: { ...usage, requests: 3 } } };
      }
    },
  };
  const { spent } = (await play(program, { model })).state;
  assertEquals([spent.calls, spent.turns, spent.inputTokens], [3, 1, 50]);
});
