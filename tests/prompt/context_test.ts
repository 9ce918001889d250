import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import type { ModelRequest, PromptMessage } from "../../src/model/mod.ts";
import { condenseMessages, contextSize } from "../../src/prompt/condense.ts";
import { defaultSettings, play } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

const solo =
  "# Solo\n\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Talk a lot\n\n## Deep\n### Steps\n- Talk\n";

/** A careful count of a request's tokens: three bytes each. */
function tokensOf({ system, messages }: ModelRequest): number {
  return [system, ...messages.map(({ text }) => text)].reduce((sum, text) => sum + contextSize(text), 0) / 3;
}

function settingsWith(contextTokens: number) {
  return { ...defaultSettings, limits: { ...defaultSettings.limits, contextTokens } };
}

const long = "the box was open and the machine is broken ".repeat(60);
const turns: Readonly<Record<string, string>> = {
  "long code": `Step("01"); // ${"x".repeat(3_000)}\nawait Say("user", "TURN"); await Yield("user");`,
  "long words": `state.words = await Yield("user"); const kept = state.words;`,
  "long variables": `state["v" + TURN] = "${long}" + TURN; await Yield("user");`,
  "long results": `await Deep(); await Yield("user");`,
  "many results": `for (let i = 0; i < 60; i++) await Find("x".repeat(100), TURN + i); await Yield("user");`,
  "long prints": `console.log("${long}", TURN); console.log("a\\nb\\n".repeat(200)); await Yield("user");`,
  "loaded artifacts":
    `await SaveArtifact("a", "s", "${long}".repeat(9)); await LoadArtifact("a"); await Yield("user");`,
  "other scripts": `await Say("user", "TURN"); state.x = await Yield("user") + "漢字".repeat(180);`,
};

const code = `
\`\`\`ts
export function Find(text: string, n: number) { return text + text + text + n; }
\`\`\`
`;

for (const [what, turn] of Object.entries(turns)) {
  Deno.test(`context: a prompt of ${what} never passes context_tokens`, async () => {
    for (const contextTokens of [4_000, 8_000]) {
      const played = await play(solo + code, {
        settings: settingsWith(contextTokens),
        replies: Array.from(
          { length: 30 },
          (_, index) => `reply ${index} ${what === "long words" ? long : ""}`,
        ),
        model: scriptedModel({
          Main: (n) => n > 30 ? "Return();" : turn.replaceAll("TURN", String(n)),
          Deep: [`Return("${long}".repeat(3));`],
        }),
      });
      assertEquals(played.result, { kind: "completed" });
      for (const [index, request] of played.requests.entries()) {
        const tokens = tokensOf(request);
        assert(tokens <= contextTokens, `${tokens} tokens of ${contextTokens} in request ${index}`);
        assertStringIncludes(request.messages[0]!.text, "- 01 Talk a lot");
      }
    }
  });
}

Deno.test("context: deep calls with long words stay within context_tokens, too", async () => {
  const played = await play(solo, {
    settings: settingsWith(6_000),
    replies: Array.from({ length: 60 }, (_, index) => `reply ${index} ${long}`),
    model: scriptedModel({
      Main: (n) => n > 6 ? "Return();" : 'await Yield("user"); await Deep();',
      Deep: (n) => n > 4 ? "Return();" : 'await Yield("user");',
    }),
  });
  assertEquals(played.result, { kind: "completed" });
  for (const request of played.requests) assert(tokensOf(request) <= 6_000, `${tokensOf(request)} tokens`);
});

Deno.test("context: after condensing, the message shows all variables and locals again", async () => {
  const played = await play(solo, {
    settings: settingsWith(5_000),
    replies: Array.from({ length: 40 }, (_, index) => `reply ${index}`),
    model: scriptedModel({
      Main: (n) =>
        n > 30
          ? "Return();"
          : n === 1
          ? 'state.early = "yes"; const local = 7;'
          : `// ${"x".repeat(600)}\nstate.n = ${n}; await Yield("user");`,
    }),
  });
  let jumps = 0;
  let before: readonly PromptMessage[] = [];
  for (const { messages } of played.requests) {
    const isPrefix = JSON.stringify(messages.slice(0, before.length)) === JSON.stringify(before);
    const last = messages.at(-1)!.text;
    if (!isPrefix) {
      jumps++;
      assertMatch(last, /^State: \{"early":"yes","n":\d+\}\nLocals: \{"local":7\}$/m);
    }
    const shown = messages.map(({ text }) => text).join("\n");
    if (before.length > 1) assertStringIncludes(shown, '"early":"yes"');
    before = messages;
  }
  assert(jumps > 0 && jumps < 10, `${jumps} jumps`);
});

Deno.test("context: no line is cut without a name for the rest of its text", async () => {
  const words = "w".repeat(450);
  const played = await play(solo, {
    settings: settingsWith(5_000),
    replies: Array.from({ length: 30 }, (_, index) => `${index} ${index % 2 === 0 ? words : words + words}`),
    model: scriptedModel({
      Main: (n) => n > 30 ? "Return();" : `await Yield("user"); // ${"x".repeat(300)}`,
    }),
  });
  let cuts = 0;
  for (const { messages } of played.requests) {
    for (const line of messages.flatMap(({ text }) => text.split("\n"))) {
      if (!line.includes("…")) continue;
      cuts++;
      assertMatch(line, /artifact a_[0-9a-f]{8}/);
    }
  }
  assert(cuts > 0);
});

Deno.test("condensing: a condensed message does not change again, and playbooks are kept", () => {
  const first = {
    role: "user",
    text:
      '[turn 1 of Main · Solo (agent 1000)]\n````md\n## Main\nState: kept\n````\n\nArguments: {"a":1}\nState: {}',
  } as const;
  const messages: PromptMessage[] = [first];
  for (let turn = 2; turn < 200; turn++) {
    messages.push({ role: "assistant", text: `Step("0${turn % 9}"); ${"z".repeat(turn % 70)}` });
    messages.push({
      role: "user",
      text:
        `[turn ${turn} of Main · Solo (agent 1000)]\n- Yield("user") → artifact a_00000000 (9 characters): "${
          "y".repeat(turn * 3)
        }"\nChanged state: {"x":1}\nDone up to 01. Next: 02 Go`,
    });
    const limit = 4_000;
    const condensed = condenseMessages(messages, limit);
    const size = condensed.reduce((sum, { text }) => sum + contextSize(text), 0);
    assert(size <= limit, `${size} at turn ${turn}`);
    assertEquals(condenseMessages(condensed, limit), condensed);
    if (condensed !== messages) {
      assertMatch(
        condensed[0]!.text,
        /## Main\nState: kept\n````\n\nArguments: \{"a":1\}(\n\[\d+ earlier turns? left out\])?$/,
      );
    }
    assertEquals(condensed.slice(-2), messages.slice(-2));
  }
});
