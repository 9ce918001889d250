import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { PromptMessage } from "../../src/model/model.ts";
import { foldEntries } from "../../src/engine/mod.ts";
import { condense } from "../../src/engine/fold/condense_0_2.ts";
import { defaultSettings, play } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

const one = "# Solo\n\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Talk a lot\n";

Deno.test("condense: a prompt near the window's size keeps results and steps, and drops code and old state", async () => {
  const contextTokens = 12_000;
  const settings = { ...defaultSettings, limits: { ...defaultSettings.limits, contextTokens } };
  const played = await play(one, {
    settings,
    replies: Array.from({ length: 45 }, (_, index) => `reply ${index}`),
    model: scriptedModel({
      Main: (turn) =>
        turn === 45
          ? "Return();"
          : `Step("01"); // ${"x".repeat(1000)}\nawait Say("user", "${turn}"); await Yield("user");`,
    }),
  });
  assertEquals(played.result, { kind: "completed" });
  const sizes = played.requests.map((request) =>
    request.messages.reduce((sum, each) => sum + each.text.length, 0)
  );
  assert(Math.max(...sizes) / 3.5 < contextTokens, `${Math.max(...sizes)} characters`);
  const last = played.requests.at(-1)!.messages;
  assertStringIncludes(last[0]!.text, "- 01 Talk a lot");
  assertStringIncludes(last[2]!.text, '→ "reply 0"');
  assertEquals(last[1]!.text, "// The code of this turn is left out; steps 01");
  let jumps = 0;
  for (let turn = 1; turn < played.requests.length; turn++) {
    const [before, now] = [played.requests[turn - 1]!.messages, played.requests[turn]!.messages];
    if (JSON.stringify(now.slice(0, before.length)) !== JSON.stringify(before)) jumps++;
  }
  assert(jumps > 0 && jumps < played.requests.length / 5, `the prefix changed ${jumps} times`);
});

Deno.test("condense: an endless playbook keeps a prompt and a state of bounded size", async () => {
  const contextTokens = 6000;
  const settings = { ...defaultSettings, limits: { ...defaultSettings.limits, contextTokens } };
  const played = await play(one, {
    settings,
    replies: Array.from({ length: 400 }, (_, index) => `reply ${index}`),
    model: scriptedModel({
      Main: (turn) => turn === 400 ? "Yield('exit');" : `await Say("user", "${turn}"); await Yield("user");`,
    }),
  });
  assertEquals(played.result, { kind: "completed" });
  for (const [turn, { messages }] of played.requests.entries()) {
    const size = messages.reduce((sum, each) => sum + each.text.length, 0);
    assert(size / 3.5 < contextTokens * 0.75, `${size} characters at turn ${turn}`);
    const roles = messages.map((message) => message.role);
    assert(
      roles.every((role, index) => role === (index % 2 === 0 ? "user" : "assistant")),
      `${turn}: ${roles}`,
    );
  }
  const end = played.entries.findLastIndex(({ type }) => type === "request");
  const { frames } = foldEntries(undefined, played.entries.slice(0, end + 1));
  const kept = JSON.stringify(Object.values(frames).map(({ transcript }) => transcript)).length;
  assert(kept / 3.5 < contextTokens, `the state keeps ${kept} characters of transcript`);
  const last = played.requests.at(-1)!.messages;
  assertStringIncludes(last[0]!.text, "- 01 Talk a lot");
  const leftOut = Number(/\[(\d+) earlier turns left out\]/.exec(last[0]!.text)?.[1]);
  const shown = last.filter(({ role }) => role === "assistant").length;
  assertEquals(leftOut + shown, 399, "every turn is there or counted");
  assert(shown > 20, `${shown} turns are shown`);
});

Deno.test("condense: condensing step by step gives the same as condensing everything at once", () => {
  const messages: PromptMessage[] = [];
  let folded: readonly PromptMessage[] = [];
  for (let turn = 1; turn < 300; turn++) {
    const text = `[turn ${turn} of Main · Solo (agent 1000)]\n- Yield("user") → "${
      "y".repeat(turn % 90)
    }"\nState: {}`;
    const more: PromptMessage[] = [
      { role: "user", text: turn % 100 === 1 ? `${text}\n\`\`\`\`md\n## Main\n\`\`\`\`` : text },
      { role: "assistant", text: `Step("0${turn % 9}"); ${"z".repeat(turn % 70)}` },
    ];
    for (const message of more) {
      messages.push(message);
      folded = condense([...folded, message], 2000);
      assertEquals(folded, condense(messages, 2000), `turn ${turn}`);
    }
  }
  assert(folded.length < messages.length);
});

Deno.test("condense: late huge results push out the oldest turns, and the last two turns stay unchanged", () => {
  const messages: PromptMessage[] = [{
    role: "user",
    text: "[turn 1 of Main · Solo (agent 1000)]\n````md\n## Main\n````",
  }];
  for (let turn = 1; turn <= 30; turn++) {
    const result = turn > 25 ? "huge ".repeat(600) : "small";
    messages.push({ role: "assistant", text: `Step("0${turn % 9}"); // turn ${turn}` });
    messages.push({
      role: "user",
      text: `[turn ${turn + 1} of Main · Solo (agent 1000)]\n- Yield("user") → "${result}"`,
    });
  }
  const contextTokens = 4000;
  const condensed = condense(messages, contextTokens);
  assertEquals(condensed.slice(-5), messages.slice(-5));
  assertStringIncludes(condensed[0]!.text, "earlier turns left out]");
  const size = condensed.slice(0, -5).reduce((sum, { text }) => sum + text.length, 0);
  assert(size < contextTokens * 3.5 / 2, `${size} characters of earlier turns`);
});
