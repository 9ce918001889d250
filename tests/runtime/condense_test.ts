// @ts-types="#types/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { defaultSettings, play } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

const one = "# Solo\n\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Talk a lot\n";

Deno.test("a prompt that nears the window is condensed: results and steps stay, code and old state go", async () => {
  const contextTokens = 6000;
  const settings = { ...defaultSettings, limits: { ...defaultSettings.limits, contextTokens } };
  const played = await play(one, {
    settings,
    replies: Array.from({ length: 60 }, (_, index) => `reply ${index}`),
    model: scriptedModel({
      Main: (turn) =>
        turn === 60
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
