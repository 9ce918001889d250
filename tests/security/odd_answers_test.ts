import { assert, assertEquals } from "@std/assert";
import { ThoughtMarks } from "../../src/model/thought_marks.ts";
import { readAnswer } from "../../src/engine/turn/answer.ts";
import { sayPreview } from "../../src/frontends/live_words/say_preview.ts";
import { start } from "../sandbox/support.ts";

/** Texts that models and attackers repeat. */
const pieces: readonly string[] = [
  "```js\n",
  "```\n",
  "~~~\n```\n",
  "```js\nSay('user', 'x')\n",
  "`",
  "```js\n`",
  " ",
  "\n",
  "{",
  "}",
  "(",
  "[",
  "{}",
  "[]",
  "a=>",
  "1+",
  "!",
  "a?",
  "a,",
  ".b",
  "()",
  "if(a)",
  "if(a)b;else ",
  "a:",
  "await ",
  "new ",
  "`${",
  '"',
  "'",
  "\\",
  "/",
  "/[",
  "a=/(",
  "/*",
  "//",
  "/* */",
  "<!--",
  "<think>",
  "<",
  "<think>x</think>",
  "</think>",
  "<tool_call>",
  "<tool_call>{}</tool_call>",
  '<tool_call>{"name":"Say"}',
  '{"a":',
  '{"name":"Say"}\n',
  "{\n",
  '{"a":1\n',
  "[1,\n",
  "<|python_tag|>",
  "This is a sentence. ",
  "word\n",
  "a b.\n",
  "await Say('user', 'x');\n",
  'Say("user", ',
  'Say("user", "a" + ',
  'Say("user", "a");\n',
  "a ",
  "a",
  "\\u",
  "\\u{",
  "\ud800",
  "e\u0301",
  "\0",
  "\r",
  "\u2028",
  "class A extends ",
  "function f(){",
  "async()=>{",
  "yield ",
  "let [",
  "let {a:",
  "[...",
  "a?.",
  "2**",
  "switch(a){case ",
  "try{",
  "delete ",
  "let a;",
  '"a"+',
  "({a:",
  "state.a.b=1;",
  "return;",
  "try{}catch{}",
  "async function f(){}\n",
  "for(a of b)",
  "$1",
  "$",
  "x = Ask();",
  "(async()=>{",
];

/** The default limit for an answer. */
const characters = 1_000_000;
/** Far more than any of these needs, because other tests run at the same time. Quadratic time would take minutes. */
const maxMs = 15_000;

const numbered = (line: (index: number) => string) => {
  let text = "";
  for (let i = 0; text.length < characters; i++) text += line(i);
  return text;
};

const answers: readonly (readonly [name: string, text: string])[] = [
  ...pieces.map((piece) => [JSON.stringify(piece), piece.repeat(characters / piece.length)] as const),
  ...["{}", "[]", "()", "<>"].map((pair) =>
    [
      `${pair} nested`,
      pair[0]!.repeat(characters / 2) + pair[1]!.repeat(characters / 2),
    ] as const
  ),
  ...["```", "/*", '"', "'", "`", "<think>", "<tool_call>", '{"a":"', 'Say("user", "'].map((opening) =>
    [
      `${opening} and no end`,
      opening + "x ".repeat(characters / 2),
    ] as const
  ),
  ["a fence, spaces and something", "```" + " ".repeat(characters) + "!"],
  ["words and line feeds", "a" + "\n".repeat(characters) + "b"],
  ["prose around code", "a b.\n".repeat(10) + "x(1);\n".repeat(characters / 6) + "a b.\n".repeat(10)],
  ["many variables", numbered((i) => `let v${i} = ${i};\n`)],
  ["many names", numbered((i) => `v${i} = ${i};\n`)],
  ["many promises", numbered((i) => `const p${i} = Ask(${i});\n`)],
  ["many dollars", numbered((i) => `$${i};`)],
  ["many labels", numbered((i) => `l${i}: `)],
  ["many functions", numbered((i) => `async function f${i}() { try { g() } catch { } }\n`)],
];

Deno.test("answers: a million repeated characters from a model are read in time and never cause an internal error", async (t) => {
  for (const [name, text] of answers) {
    await t.step(name, () => {
      const before = performance.now();
      const answer = readAnswer(text, "stop");
      sayPreview(text, (person) => person === "user");
      sayPreview(text.slice(0, 100_000), (person) => person === "user");
      const marks = new ThoughtMarks();
      for (let at = 0; at < text.length; at += 1_000) marks.push(text.slice(at, at + 1_000));
      marks.end();
      const { end } = start(answer.ok ? answer.code : text, { limits: { runMs: 500 } });
      assert(end === undefined || end.kind !== "exited");
      const took = performance.now() - before;
      assert(took < maxMs, `${took} ms`);
    });
  }
  assertEquals(start("Return(1)").end, { kind: "returned", value: 1 });
});

Deno.test("answers: code that nests too deeply is a mistake that is reported to the model", () => {
  for (
    const code of [
      "a" + ".b".repeat(100_000),
      "f" + "()".repeat(100_000),
      "1" + "+1".repeat(100_000),
      "if (a) b; else ".repeat(100_000) + "c",
      "(".repeat(100_000),
      "```".repeat(100_000),
    ]
  ) {
    assertEquals(start(code).end, {
      kind: "threw",
      error: {
        name: "SyntaxError",
        message: "the code is nested too deeply; write it flatter",
        line: 1,
        column: 1,
      },
    });
  }
});

Deno.test("answers: code with far too many names is a mistake that is reported to the model", () => {
  const { end } = start(numbered((i) => `v${i} = ${i};\n`));
  assertEquals(
    end?.kind === "threw" && end.error.message,
    "the code has more than 10000 different names; write less of it",
  );
});
