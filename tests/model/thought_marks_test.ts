import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { ThoughtMarks } from "../../src/model/thought_marks.ts";

function read(parts: readonly string[], answer?: "code" | "text"): { thought: string; text: string } {
  const marks = new ThoughtMarks(answer);
  const read = { thought: "", text: "" };
  for (const piece of [...parts.flatMap((part) => marks.push(part)), ...marks.end()]) {
    if (piece.type === "withdrawn") read.text = "";
    else read[piece.type] += piece.text;
  }
  return read;
}

const draft = '```js\nawait Say("user", "DRAFT");\n```\n';
const code = '```js\nawait Say("user", "HELLO");\n```';

const texts: readonly (readonly [claim: string, whole: string, thought: string, text: string])[] = [
  ["a block at the start", "<think>a < b\n</think>\n\nReturn();", "a < b\n", "Return();"],
  ["a block after space", " \n<thinking>hm</thinking>Return();", "hm", "Return();"],
  ["an empty block", "<think>\n</think>Return();", "\n", "Return();"],
  ["a block without an end", "<think>hm, </thin", "hm, </thin", ""],
  ["a block and nothing", "<think>hm</think>\n", "hm", ""],
  ["no block", "  Return();", "", "  Return();"],
  ["something like a tag", "<thin", "", "<thin"],
  ["a tag in a string", 'Say("user", "<think>x</think>");', "", 'Say("user", "<think>x</think>");'],
  ["an end in a string", "const tag = '</think>'; Return(tag);", "", "const tag = '</think>'; Return(tag);"],
  ["a token in a string", "Return(`<|im_end|>`);", "", "Return(`<|im_end|>`);"],
  ["a second block", "<think>a</think><think>b</think>c", "ab", "c"],
  [
    "blocks with a draft in the second",
    `<think>a</think>\n<think>${draft}</think>\n${code}`,
    `a${draft}`,
    code,
  ],
  ["an end alone", `Maybe ${draft}No.\n</think>\n\n${code}`, "", code],
  [
    "an end alone in its line of words",
    "I'd call Say('user', 'no').</think>Return('yes');",
    "",
    "Return('yes');",
  ],
  ["an end alone twice", `a</think>\n${draft}</think>\n${code}`, "", code],
  ["an end alone behind a quote", 'Say "hi"\n</think>\nReturn();', "", "Return();"],
  ["a block behind a first line", `Sure.\n<think>${draft}</think>\n${code}`, draft, code],
  ["a block behind an answer that is not closed", `${code}\n<think>hm`, "hm", `${code}\n`],
  ["square marks", `[THINK]${draft}[/THINK]\n${code}`, draft, code],
  ["other names", "<thought>a</thought><reasoning>b</reasoning>c", "ab", "c"],
  ["upper case", "<THINK>a</THINK>b", "a", "b"],
  ["a name space", "<seed:think>a</seed:think>b", "a", "b"],
  ["triangles", "◁think▷a◁/think▷b", "a", "b"],
  [
    "control tokens as tags",
    "<|START_THINKING|>a<|END_THINKING|><|START_RESPONSE|>b<|END_RESPONSE|>",
    "a",
    "b",
  ],
  [
    "parts of an answer",
    "<|begin_of_thought|>a<|end_of_thought|>\n\n<|begin_of_solution|>b<|end_of_solution|>",
    "a",
    "b",
  ],
  [
    "harmony channels",
    `<|channel|>analysis<|message|>${draft}<|end|><|start|>assistant<|channel|>final<|message|>${code}<|return|>`,
    draft,
    code,
  ],
  [
    "harmony channels with a preamble",
    "<|channel|>commentary<|message|>a<|end|><|start|>assistant<|channel|>final <|constrain|>js<|message|>b",
    "a",
    "b",
  ],
  [
    "a tool call of harmony",
    '<|channel|>commentary to=functions.Say <|constrain|>json<|message|>{"target":"user"}<|call|>',
    "",
    '{"name":"Say","arguments":{"target":"user"}}',
  ],
  ["channels without their tokens", "analysisWe need it.assistantfinalReturn();", "We need it.", "Return();"],
  ["a name that begins like a channel", "analysisOf(1); Return();", "", "analysisOf(1); Return();"],
  ["a token at the end", "Return();<|im_end|>\n", "", "Return();\n"],
  ["a header at the start", "<|im_start|>assistant\nReturn();<|im_end|>", "", "\nReturn();"],
  [
    "the header of Llama",
    "<|start_header_id|>assistant<|end_header_id|>\n\nReturn();<|eot_id|>",
    "",
    "\n\nReturn();",
  ],
  ["an invented next turn", "Return();<|im_end|>\n<|im_start|>user\nSay it again", "", "Return();\n"],
  ["DeepSeek's end", "Return();<｜end▁of▁sentence｜>", "", "Return();"],
  ["a token that the runtime reads", '<|python_tag|>{"name":"Say"}', "", '<|python_tag|>{"name":"Say"}'],
  ["a tool call in tags", "<tool_call>{}</tool_call>", "", "<tool_call>{}</tool_call>"],
  ["comparisons and lists", "if (a<b && c[0]<d) x = [T];", "", "if (a<b && c[0]<d) x = [T];"],
  ["only space", " \n", "", " \n"],
  ["nothing", "", "", ""],
];

Deno.test("thought marks: thoughts are separated from the answer", async (t) => {
  for (const [claim, whole, thought, text] of texts) {
    await t.step(claim, () => assertEquals(read([whole]), { thought, text }));
  }
});

Deno.test("thought marks: thoughts are separated from the answer wherever the stream is cut", () => {
  const cuts = fc.array(fc.nat(200), { maxLength: 12 });
  fc.assert(
    fc.property(fc.constantFrom(...texts), cuts, ([, whole, thought, text], places) => {
      const at = [0, ...places.toSorted((a, b) => a - b), whole.length];
      const parts = at.slice(1).map((end, index) => whole.slice(at[index], end));
      assertEquals(read(parts), { thought, text });
    }),
    { numRuns: 1000 },
  );
  for (const [, whole, thought, text] of texts) assertEquals(read(whole.split("")), { thought, text });
});

Deno.test("thought marks: in prose, an end of thoughts counts only at the beginning or the end of its line", () => {
  const prose = "The tag </think> ends thoughts.";
  assertEquals(read([prose], "text").text, prose);
  assertEquals(read(["Hm.\n</think>\nThe answer."], "text").text, "The answer.");
  assertEquals(read(["Hm.</think>\n\nThe answer."], "text").text, "The answer.");
});

Deno.test("thought marks: an answer without thoughts streams unchanged", () => {
  const marks = new ThoughtMarks();
  assertEquals(marks.push("Hel"), [{ type: "text", text: "Hel" }]);
  assertEquals(marks.push("lo <think>x"), [{ type: "text", text: "lo <think>x" }]);
});

Deno.test("thought marks: text that turns out to be thought is withdrawn", () => {
  const marks = new ThoughtMarks();
  assertEquals(marks.push("Say it"), [{ type: "text", text: "Say it" }]);
  assertEquals(marks.push("\n</think>\nR"), [
    { type: "text", text: "\n" },
    { type: "withdrawn" },
    { type: "text", text: "R" },
  ]);
});
