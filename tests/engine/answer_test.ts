import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readAnswer } from "../../src/engine/mod.ts";
import { play } from "../support/harness.ts";
import { answers, faults } from "../support/answer_table.ts";
import { scriptedModel } from "../support/scripted_model.ts";
import { cpuTimeMs } from "../support/cpu_time.ts";

for (const [what, answer, code] of answers) {
  Deno.test(`answer: ${what}`, () => {
    assertEquals(readAnswer(answer, "stop"), { ok: true, code });
  });
}

for (const [what, answer, finish, told] of faults) {
  Deno.test(`answer: ${what}: the fault is reported to the model`, () => {
    const read = readAnswer(answer, finish);
    assert(!read.ok);
    assertStringIncludes(read.fault, told);
  });
}

const one = "# Solo\n\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Do it\n";

Deno.test("answer: an answer without code is reported to the model, and the model can try again", async () => {
  const played = await play(one, {
    model: scriptedModel({ Main: ["I would rather talk about it.", 'await Say("user", "fine"); Return();'] }),
  });
  assertEquals(played.said, ["fine"]);
  assertStringIncludes(played.requests[1]!.messages.at(-1)!.text, "The answer was not JavaScript");
});

Deno.test("answer: a model that keeps refusing fails the call, with its words in the error", async () => {
  const played = await play(one, { model: scriptedModel({ Main: () => "I can't help with that." }) });
  assertEquals(played.requests.length, 4);
  assertStringIncludes(JSON.stringify(played.result), "I can't help with that.");
});

Deno.test("answer: a model that repeats itself is stopped, unless it waits in between", async () => {
  const stuck = await play(one, { model: scriptedModel({ Main: () => 'await Say("user", "hello?");' }) });
  assertEquals(stuck.said.length, 5);
  assertStringIncludes(JSON.stringify(stuck.result), "the same answer 5 times");
  const polling = await play(one, {
    model: scriptedModel({
      Main: (turn) => turn < 9 ? 'await Sleep(60); await Say("user", "still");' : "Return();",
    }),
  });
  assertEquals(polling.result, { kind: "completed" });
});

/** Texts that say nothing, one unit repeated up to a megabyte. */
const repeatedUnits = [
  "`",
  "``x",
  "x``",
  "```\n",
  "`~",
  "${",
  "`${",
  "(",
  "[\n",
  "{}\n",
  "<tool_call>",
  "await\n",
  "\n",
  " ",
  "a()",
  "~~~ ",
];

Deno.test("answer: a megabyte of any sign is read in a short time", () => {
  for (const unit of repeatedUnits) {
    for (const [before, after] of [["", ""], ["Say('user', 1);", "\nReturn();"], ["```js\n", "\n```"]]) {
      const text = before + unit.repeat(1_000_000 / unit.length) + after;
      const startMs = cpuTimeMs();
      readAnswer(text, "stop");
      const ms = cpuTimeMs() - startMs;
      assert(ms < 4000, `${JSON.stringify(before + unit)}: ${ms} ms`);
    }
  }
});
