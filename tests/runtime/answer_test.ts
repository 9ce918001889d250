// @ts-types="#types/assert.d.ts"
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { readAnswer } from "../../src/runtime/mod.ts";
import { play } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

/** What a model wrote, and the code that is run. */
const answers: readonly (readonly [what: string, answer: string, code: string])[] = [
  ["bare code", 'await Say("user", "hi");', 'await Say("user", "hi");'],
  ["one fence", '```js\nawait Say("user", "hi");\n```', 'await Say("user", "hi");'],
  ["a fence without a tag", "```\nReturn(1)\n```", "Return(1)"],
  ["a fence that says it is TypeScript", "```typescript\nReturn(1)\n```", "Return(1)"],
  ["prose around the fence", "Sure, here it is:\n\n```js\nReturn(1)\n```\nAnything else?", "Return(1)"],
  [
    "two fences, joined",
    "```js\nconst a = 1;\n```\nand then\n```js\nReturn(a)\n```",
    "const a = 1;\nReturn(a)",
  ],
  ["a fence of prose beside one of code", "```md\n# plan\n```\n```js\nReturn(1)\n```", "Return(1)"],
  ["a fence that is never closed", "```js\nReturn(1)", "Return(1)"],
  ["a fence inside a string stays", '```js\nReturn("a ``` b")\n```', 'Return("a ``` b")'],
  ["calls on self", 'await self.Say("user", "hi");', 'await self.Say("user", "hi");'],
  [
    "a sentence before bare code",
    'I greet the user first.\nawait Say("user", "hi");',
    '\nawait Say("user", "hi");',
  ],
  ["a sentence after bare code", "Return(1);\n\nThat was the last step, done.", "Return(1);"],
  [
    "a tool call",
    '{"name": "Say", "arguments": {"target": "user", "text": "hi"}}',
    'await Say("user", "hi");',
  ],
  [
    "a tool call as a provider writes it",
    '{"type": "function", "function": {"name": "GetTaxRate", "arguments": "{\\"income\\": 5}"}}',
    'await GetTaxRate({"income":5});',
  ],
  [
    "a tool call in tags",
    '<tool_call>{"name": "EndProgram", "arguments": {}}</tool_call>',
    "await EndProgram();",
  ],
  ["a tool that is given code", '{"name": "run", "arguments": {"code": "Return(1)"}}', "Return(1)"],
  [
    "code with a mistake, which the engine names better",
    "const x = ;\nawait Say('user', x)",
    "const x = ;\nawait Say('user', x)",
  ],
];

for (const [what, answer, code] of answers) {
  Deno.test(`an answer of a model: ${what}`, () => {
    assertEquals(readAnswer(answer, "stop"), { ok: true, code });
  });
}

/** What is told to the model of an answer that is none. */
const faults:
  readonly (readonly [what: string, answer: string, finish: "stop" | "length" | "filter", told: string])[] = [
    ["an empty one", "  \n", "stop", "The answer was empty"],
    ["one cut off by its length", '```js\nawait Say("user", "a long', "length", "was cut off after"],
    ["a refusal", "I'm sorry, but I can't help with that.", "stop", "was not JavaScript"],
    ["one that a filter stopped", "I", "filter", "filter stopped the answer"],
    ["a fence with nothing in it, and words", "```js\n```\nDone!", "stop", "was not JavaScript"],
  ];

for (const [what, answer, finish, told] of faults) {
  Deno.test(`an answer of a model: ${what}, is told so`, () => {
    const read = readAnswer(answer, finish);
    assert(!read.ok);
    assertStringIncludes(read.fault, told);
  });
}

const one = "# Solo\n\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Do it\n";

Deno.test("an answer that is no code is told to the model, which may do better", async () => {
  const played = await play(one, {
    model: scriptedModel({ Main: ["I would rather talk about it.", 'await Say("user", "fine"); Return();'] }),
  });
  assertEquals(played.said, ["fine"]);
  assertStringIncludes(played.requests[1]!.messages.at(-1)!.text, "The answer was not JavaScript");
});

Deno.test("a model that refuses for good fails the call, with its words in the error", async () => {
  const played = await play(one, { model: scriptedModel({ Main: () => "I can't help with that." }) });
  assertEquals(played.requests.length, 4);
  assertStringIncludes(JSON.stringify(played.result), "I can't help with that.");
});

Deno.test("a model that says the same over and over is stopped, one that waits in between is not", async () => {
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
