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
  ];
