// Typical answers of models with their results. The tests run these tables, and docs/models.md shows them.

/** A model's answer, and the code that runs. */
export const answers: readonly (readonly [what: string, answer: string, code: string])[] = [
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
  [
    "several tool calls in tags",
    '<tool_call>\n{"name": "Step", "arguments": {"step": "02"}}\n</tool_call>\n<tool_call>\n{"name": "EndProgram"}\n</tool_call>',
    'await Step("02");\nawait EndProgram();',
  ],
  [
    "tool calls after a sentence",
    'I greet the user.\n\n{"name": "Say", "arguments": {"to": "user", "text": "hi"}}\n{"name": "Return"}',
    'await Say("user", "hi");\nawait Return();',
  ],
  ["a tool that is given code", '{"name": "run", "arguments": {"code": "Return(1)"}}', "Return(1)"],
  [
    "a tagged fence beside one without a tag, such as its output",
    '```js\nawait Say("user", "hi");\n```\n\nExpected output:\n\n```\nhi\n```',
    'await Say("user", "hi");',
  ],
  [
    "a tagged fence beside data in JSON",
    '```js\nReturn(1)\n```\nThe state is then:\n```json\n{"name": "Ann"}\n```',
    "Return(1)",
  ],
  [
    "output in a fence before code in one, both without a tag",
    "It prints:\n```\nHi there, Ann.\n```\nThe code:\n```\nReturn(1)\n```",
    "Return(1)",
  ],
  [
    "two alternatives: the first runs",
    '```js\nawait Say("user", "a");\n```\nOr, if you prefer it short:\n```js\nawait Say("user", "b");\n```',
    'await Say("user", "a");',
  ],
  [
    "a corrected version: the last runs",
    "```js\nReturn(x)\n```\nWait, x is not defined. Here is the corrected version:\n```js\nReturn(1)\n```",
    "Return(1)",
  ],
  [
    "a draft and the whole: the last runs",
    '```js\nStep("01");\n```\nNow the rest:\n```js\nStep("01");\nReturn(1)\n```',
    'Step("01");\nReturn(1)',
  ],
  ["a fence with the tag of Python around JavaScript", "```python\nReturn(1)\n```", "Return(1)"],
  ["a fence with a title", '```js title="main (1).js"\nReturn(1)\n```', "Return(1)"],
  ["a fence with a file name", "```javascript main.js\nReturn(1)\n```", "Return(1)"],
  ["a fence on one line", "```js Return(1) ```", "Return(1)"],
  ["a fence on one line, without a tag", '```Say("user", "hi")```', 'Say("user", "hi")'],
  ["code on the line of the fence", '```js Step("01");\nReturn(1)\n```', 'Step("01");\nReturn(1)'],
  ["a fence that closes behind code", "```js\nReturn(1);```\nDone.", "Return(1);"],
  ["code in single backticks", '`Say("user", "hi")`', 'Say("user", "hi")'],
  ["code in a string of JSON", '"Say(\\"user\\", \\"hi\\");\\nReturn(1);"', 'Say("user", "hi");\nReturn(1);'],
  ["control tokens", "<|im_start|>assistant\n```js\nReturn(1)\n```<|im_end|>", "Return(1)"],
  ["control tokens around bare code", "<s>[INST] Return(1);</s>", "Return(1);"],
  [
    "entities of HTML",
    "if (a &lt; 2 &amp;&amp; b &gt; 0) Say(&quot;user&quot;, &#39;hi&#39;);",
    "if (a < 2 && b > 0) Say(\"user\", 'hi');",
  ],
  ["entities in words stay", 'Say("user", "a &lt; b &amp; c");', 'Say("user", "a &lt; b &amp; c");'],
  ["smart quotes", "Say(“user”, “don’t”);", 'Say("user", "don\'t");'],
  ["smart quotes in words stay", 'Say("user", "He said “hi”");', 'Say("user", "He said “hi”");'],
  ["full-width signs", 'Say（"user"， "hi，you"）；', 'Say("user", "hi，you");'],
  ["invisible characters", 'Sa\u00ady("user", "hi");\u200b', 'Say("user", "hi");'],
  ["escaped line ends", 'Step("01");\\nReturn("a\\nb");', 'Step("01");\nReturn("a\\nb");'],
  [
    "lines that import",
    'import fs from "fs";\nimport { Say } from "x";\nReturn(1);',
    `${" ".repeat(20)}\n${" ".repeat(24)}\nReturn(1);`,
  ],
  [
    "a line that requires",
    'const { Say } = require("playbooks");\nReturn(1);',
    `${" ".repeat(37)}\nReturn(1);`,
  ],
  ["an exported function", "export async function main() {}\nmain();", "async function main() {}\nmain();"],
  ["comments as in Python", '# greet\nSay("user", "# 1");', '// greet\nSay("user", "# 1");'],
  [
    "a step before else",
    'if (a) {\n  b();\n}\nStep("02");\nelse {\n  c();\n}',
    'if (a) {\n  b();\n}\n\nelse { Step("02");\n  c();\n}',
  ],
  [
    "code with a mistake, which the engine names better",
    "const x = ;\nawait Say('user', x)",
    "const x = ;\nawait Say('user', x)",
  ],
];

/** The report to the model for an invalid answer. */
export const faults:
  readonly (readonly [what: string, answer: string, finish: "stop" | "length" | "filter", told: string])[] = [
    ["an empty one", "  \n", "stop", "The answer was empty"],
    ["one cut off by its length", '```js\nawait Say("user", "a long', "length", "was cut off after"],
    ["a refusal", "I'm sorry, but I can't help with that.", "stop", "was not JavaScript"],
    ["one that a filter stopped", "I", "filter", "filter stopped the answer"],
    ["a fence with nothing in it, and words", "```js\n```\nDone!", "stop", "was not JavaScript"],
    [
      "words for a person",
      "Sure! What's your name?",
      "stop",
      `write: await Say("user", "Sure! What's your name?");`,
    ],
    ["one word", "Done", "stop", "was not JavaScript"],
    ["Python", '```python\nname = input()\nprint(f"Hi {name}")\n```', "stop", "The code is Python"],
    ["only data", '```json\n{"city": "Rome"}\n```', "stop", "was not JavaScript"],
  ];
