import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Model, ModelTerms, Usage } from "../../src/model/mod.ts";
import type { RuntimeSettings } from "../../src/engine/mod.ts";
import { defaultSettings, play, rehearsal } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

const program = `# A

## Main
### Triggers
- At the beginning
### Steps
- Ask all workers at once

## Work($n)
### Steps
- Work
`;

const script = scriptedModel({
  Main: [
    'const all = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => Work(n))); await Say("user", all.join("")); Return();',
  ],
  Work: ["Return(n)"],
});

function limited(limits: Partial<RuntimeSettings["limits"]>): RuntimeSettings {
  return { ...defaultSettings, limits: { ...defaultSettings.limits, ...limits } };
}

/** The scripted model with other prices and counts. `most` is the highest number of open requests. */
function counting(terms: ModelTerms, usage: Partial<Usage> = {}): Model & { readonly most: () => number } {
  let [open, most] = [0, 0];
  return {
    id: "scripted",
    terms,
    most: () => most,
    async *stream(request, options) {
      most = Math.max(most, ++open);
      // All concurrent requests have started before the first answer.
      await new Promise((resolve) => setTimeout(resolve, 0));
      try {
        for await (const event of script.stream(request, options)) {
          yield event.type === "completed"
            ? {
              ...event,
              completion: { ...event.completion, usage: { ...event.completion.usage, ...usage } },
            }
            : event;
        }
      } finally {
        open--;
      }
    },
  };
}

Deno.test("budget: without a limit requests are sent at once", async () => {
  const model = counting({});
  const played = await play(program, { model });
  assertEquals([played.result, model.most()], [{ kind: "completed" }, 6]);
});

Deno.test("budget: concurrent requests stay under a limit together, and all get an answer while budget is left", async () => {
  const cases: readonly (readonly [Partial<RuntimeSettings["limits"]>, ModelTerms, number])[] = [
    // A prompt is below 1,500 tokens here: two of these with their longest answers fit.
    [{ maxTokens: 20_000 }, { maxOutputTokens: 8_000 }, 2],
    [{ maxCostUsd: 0.2 }, { maxOutputTokens: 8_000, price: { input: 1, output: 10 } }, 2],
    [{ maxTokens: 9_000 }, { maxOutputTokens: 8_000 }, 1],
    [{ maxTokens: 1_000_000 }, { maxOutputTokens: 8_000 }, 6],
  ];
  for (const [limits, terms, most] of cases) {
    const model = counting(terms);
    const played = await play(program, { model, settings: limited(limits) });
    assertEquals([played.result, played.said], [{ kind: "completed" }, ["123456"]], JSON.stringify(limits));
    assertEquals(model.most(), most, JSON.stringify(limits));
  }
});

Deno.test("budget: a reached limit waits for the requests in flight and is exceeded by at most one answer", async () => {
  const model = counting({ maxOutputTokens: 4_000 }, { inputTokens: 1_000, outputTokens: 4_000 });
  const settings = limited({ maxTokens: 16_000 });
  const played = await play(program, { model, settings, modelMs: 1000 });
  assertEquals(played.result.kind, "limit");
  const { inputTokens, outputTokens, calls, turns } = played.state.spent;
  assert(inputTokens + outputTokens < 16_000 + 5_000, `${inputTokens + outputTokens} tokens`);
  assertEquals(calls, turns, "no answer that is paid for was given up");
  const again = await play(program, { model, settings, from: played.entries });
  assertEquals([again.result.kind, again.requests.length], ["limit", 0]);
  const raised = await play(program, { model, from: again.entries });
  assertEquals(raised.said, ["123456"]);
});

Deno.test("budget: max_llm_calls holds for concurrent requests", async () => {
  const played = await play(program, { model: script, settings: limited({ maxLlmCalls: 4 }), modelMs: 1000 });
  assertEquals([played.result.kind, played.requests.length, played.state.spent.turns], ["limit", 4, 4]);
});

Deno.test("budget: an answer of unknown cost stops a session with a limit in money, and its turn is kept", async () => {
  const model: Model = {
    id: "x:y",
    terms: { tellsCost: true },
    async *stream(request, options) {
      for await (const event of script.stream(request, options)) {
        if (event.type !== "completed") yield event;
        else {
          const { costUsd: _, ...usage } = event.completion.usage;
          yield { ...event, completion: { ...event.completion, usage, model: "x:y" } };
        }
      }
    },
  };
  const played = await play(program, { model, settings: limited({ maxCostUsd: 5 }) });
  assertEquals([played.result.kind, played.requests.length], ["limit", 1]);
  assertStringIncludes(JSON.stringify(played.result), '[prices.\\"x:y\\"]');
  assertEquals(played.entries.at(-1)!.type, "turn");
});

Deno.test("budget: a server without token counts causes one notice, and only if a limit counts tokens", async () => {
  const model = counting({ maxOutputTokens: 100 }, { estimated: true });
  const notices = async (limits: Partial<RuntimeSettings["limits"]>) => {
    const { events } = await play(program, { model, settings: limited(limits) });
    return events.filter((event) => event.type === "notice").length;
  };
  assertEquals(await notices({ maxTokens: 100_000 }), 1);
  assertEquals(await notices({}), 0);
});

Deno.test("budget: a rehearsal counts toward no limit and costs nothing", async () => {
  const settings = limited({ maxLlmCalls: 1, maxTokens: 1, maxCostUsd: 0, maxSeconds: 0 });
  const text = program.replace(
    "- Ask all workers at once",
    "- Call Work with 1\n- Call Work with 2\n- Tell the user it is done",
  );
  const played = await play(text, { model: await rehearsal(), settings });
  assertEquals(played.result, { kind: "completed" });
  const { calls, inputTokens, outputTokens, costUsd, turns, rehearsed } = played.state.spent;
  assertEquals([calls, inputTokens, outputTokens, costUsd], [0, 0, 0, 0]);
  assert(turns > 1 && rehearsed === turns);
});

Deno.test("budget: a looping rehearsal ends at its own bound; the error names the bound, and it holds after a resume", async () => {
  const settings = limited({ maxRehearsalTurns: 5 });
  const loop = scriptedModel({ Main: (turn) => `await Say("user", "${turn}");` });
  const options = { model: { ...loop, terms: { isRehearsal: true as const } }, settings };
  const played = await play(program, options);
  assertEquals([played.result.kind, played.requests.length], ["limit", 5]);
  assertStringIncludes(JSON.stringify(played.result), "max_rehearsal_turns = 5");
  const again = await play(program, { ...options, from: played.entries });
  assertEquals([again.result.kind, again.requests.length], ["limit", 0]);
});
