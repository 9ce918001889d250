import { assertEquals, assertLess } from "@std/assert";
import { hasBeginning, outline, parseProgram, type Trigger } from "../../src/language/mod.ts";
import { outlineOf, parse } from "./support.ts";
import { cpuTimeMs } from "../support/cpu_time.ts";

Deno.test("parseProgram() reads agents, playbooks, sections and numbered steps", async () => {
  const source = `
# Tax accountant agent
You know all about taxes.

## Get tax rate($gross_income, $year: int = 2026)
public: true
Gives the rate.

### Triggers
- When the user asks for a rate

### Steps
- If $gross_income < 100000
  - Return 15%
    - really
- Otherwise
    1. Return 25%
- End

### Notes
- Be brief
`;
  const expected = `
TaxAccountantAgent
  GetTaxRate($gross_income, $year: int = 2026) [public]
    T1 event: When the user asks for a rate
    01 If $gross_income < 100000
      01.01 Return 15%
        01.01.01 really
    02 Otherwise
      02.01 Return 25%
    03 End
    N1 Be brief`;
  assertEquals(await outlineOf(source), expected.trim());
});

Deno.test("parseProgram() takes sections as people write them", async () => {
  const source = `
# A
## One
### Trigger
When the program starts
### Steps:
- x
## Two
## Triggers
At the beginning

When pigs fly
## Steps
* y
## Three
- bare
  - list
###Notes
- n
## Four
Prose with a list stays a description:
- not a step
`;
  const expected = `
A
  One()
    T1 begin: When the program starts
    01 x
  Two()
    T1 begin: At the beginning
    T2 condition: When pigs fly
    01 y
  Three()
    01 bare
      01.01 list
    N1 n
  Four() [react]`;
  assertEquals(await outlineOf(source), expected.trim());
});

Deno.test("parseProgram() chooses the mode by execution_mode, else by the steps", async () => {
  const source =
    "# A\n## P\n- x\n## Q\nDo it\n## R\nexecution_mode: raw\n- say x\n## S\nexecution_mode: react\n### Steps\n- x\n";
  const { program } = await parse(source);
  assertEquals(program.agents[0]!.playbooks.map((playbook) => playbook.mode), [
    "playbook",
    "react",
    "raw",
    "react",
  ]);
  assertEquals(program.agents[0]!.playbooks[2]!.description, "- say x");
});

Deno.test("parseProgram() takes metadata before and after the prose, nested or in a block, and leaves prose alone", async () => {
  const { program, problems } = await parse(`
# A
startup_mode: standby
You sell pens: many of them.
Note: this is prose, and
example: this line goes on with it
answer: this is a sentence that ends.
specialization:
  - pens
remote:
  type: mcp
  url: http://x # comment

## B
metadata:
  public: yes
  model: small
---
Text

---
More text
key:

## C
meeting: true
required_attendees: [X, Y]
{"note": 1}
`);
  const [agent] = program.agents;
  assertEquals(problems.filter(({ severity, code }) => severity === "error" && code !== "no-beginning"), []);
  assertEquals(agent!.startupMode, "standby");
  assertEquals(agent!.metadata, {
    startup_mode: "standby",
    specialization: ["pens"],
    remote: { type: "mcp", url: "http://x" },
  });
  assertEquals(
    agent!.description,
    "You sell pens: many of them.\nNote: this is prose, and\nexample: this line goes on with it\n" +
      "answer: this is a sentence that ends.",
  );
  const [b, c] = agent!.playbooks;
  assertEquals([b!.public, b!.metadata["model"], b!.description], [
    true,
    "small",
    "Text\n\n---\nMore text\nkey:",
  ]);
  assertEquals([c!.meeting, c!.metadata["required_attendees"], c!.description], [
    true,
    ["X", "Y"],
    '{"note": 1}',
  ]);
});

Deno.test("parseProgram() sees no heading in tags, comments and fences", async () => {
  const source = `
# A
<!-- # Not
# an agent -->
<answer_architecture>

# Direct answer
## Reasoning
\`\`\`ts
export function no() {}
\`\`\`
</answer_architecture>
\`\`\`md
# Neither
\`\`\`
A line with <b>tags</b> and \`<!--\` and <p> <!-- gone -->
<unclosed>
## B
- x
  \`\`\`json
  # nor this
  \`\`\`
- y <!-- hidden -->
`;
  const { program } = await parse(source);
  assertEquals(outline(program), "A\n  B()\n    01 x …\n    02 y");
  const [agent] = program.agents;
  assertEquals(agent!.playbooks[0]!.steps[0]!.text, "x\n```json\n# nor this\n```");
  const lines = agent!.description.split("\n");
  assertEquals([lines[0], lines[lines.length - 1], lines[lines.length - 2]], [
    "<answer_architecture>",
    "<unclosed>",
    "A line with <b>tags</b> and `<!--` and <p>",
  ]);
});

Deno.test("parseProgram() joins the lines of a step, and takes stray paragraphs as steps", async () => {
  const source = "# A\n## B\n### Steps\n- one\n  goes on\nlazily\n\n  and again\n\t- tab\n- two\n\nstray\n";
  const { program, problems } = await parse(source);
  const texts = program.agents[0]!.playbooks[0]!.steps.map((
    step,
  ) => [step.number, step.text, step.children.length]);
  assertEquals(texts, [["01", "one\ngoes on\nlazily\n\nand again", 1], ["02", "two", 0], ["03", "stray", 0]]);
  assertEquals(
    problems[1]?.message ?? problems[0]?.message,
    "This line is not a list item; it is read as a step",
  );
});

Deno.test("parseProgram() distinguishes begin, event and condition triggers", async (t) => {
  const kinds: Record<Trigger["kind"], string[]> = {
    begin: [
      "At the beginning",
      "When the program starts",
      "When program starts",
      "When programs starts",
      "At the start",
      "In the beginning.",
      "When the agent starts running",
      "When program begins",
      "At the beginning of the program",
      "When agent starts",
      "When system starts",
      "on startup",
      "When the program is started",
      "When the user runs the program",
    ],
    event: [
      "When user provides a PIN",
      "As soon as user provides a pin",
      "When the user asks to get order status",
      "When a message arrives",
      "When invited to a meeting",
      "When you receive a message from the Host",
    ],
    condition: [
      "When $x > 15",
      "At the beginning of the meeting",
      "When you need to compute square root",
      "When pigs fly",
      "When the user is authenticated",
      "When the user saves money",
    ],
  };
  for (const [kind, texts] of Object.entries(kinds)) {
    for (const text of texts) {
      await t.step(text, async () => {
        const { program } = await parse(`# A\n## B\n### Triggers\n- ${text}\n### Steps\n- x\n`);
        assertEquals(program.agents[0]!.playbooks[0]!.triggers[0]!.kind, kind as Trigger["kind"]);
        assertEquals(hasBeginning(program), kind === "begin");
      });
    }
  }
});

Deno.test("parseProgram() reads shebang, byte order mark, Windows line ends and front matter", async () => {
  const { program } = await parse(
    "\uFEFF#!/usr/bin/env pb\r\n---\r\ntitle: Shop\r\ndescription: sells\r\n---\r\n# A\r\n## B\r\n- x\r\n",
  );
  assertEquals([program.title, program.description], ["Shop", "sells"]);
  assertEquals(outline(program), "A\n  B()\n    01 x");
  assertEquals(program.agents[0]!.location, { file: "a.pb", line: 6, column: 3 });
  assertEquals((await parse("---\n# A\n---\n## B\n- x", "dir/shop.v2.pb")).program.title, "shop.v2");
});

Deno.test("parseProgram() makes one program from several files and drops the text before the headings", async () => {
  const files = [
    { path: "a.pb", text: "prose\n```py\nx\n```\n# A\n## B\n- x\n```js\n// never closed" },
    { path: "b.pb", text: "prose of b\n- item\n\n# C\n## D\n- y" },
    { path: "c.pb", text: "## E\n- z" },
  ];
  const { program, problems } = await parseProgram(files);
  assertEquals(outline(program), "A\n  B()\n    01 x\n\nC\n  D()\n    01 y\n  E()\n    01 z");
  assertEquals(program.agents[1]!.location.file, "b.pb");
  assertEquals(problems.map((problem) => problem.message)[1], "This code block is never closed");
});

Deno.test("parseProgram() reads the numbered form with codes, types and notes", async () => {
  const source = `
<!-- Playbooks Assembly Language v0.7.1 -->
# A
## X($num:int=10, $s:str="a, b") -> str
metadata:
  public: true
---
Text
key: value
### Triggers
- T1:BGN When pigs fly
- T2:CND At the beginning
- T3:EVT Whatever
### Steps
- 01:QUE Ask
  - 01.01:EXE $x:str = 1
  - 01.02 plain
- 05:YLD for exit
### Notes
- N1 note

\`\`\`public.json
[{"name": "X"}]
\`\`\`
`;
  const expected = `
A
  X($num: int = 10, $s: str = "a, b") [public]
    T1 begin: When pigs fly
    T2 condition: At the beginning
    T3 event: Whatever
    01:QUE Ask
      01.01:EXE $x:str = 1
      01.02 plain
    05:YLD for exit
    N1 note`;
  assertEquals(await outlineOf(source, "a.PBASM"), expected.trim());
  assertEquals(
    (await parse(source, "a.pbasm")).program.agents[0]!.playbooks[0]!.description,
    "Text\nkey: value",
  );
});

Deno.test("parseProgram() puts code playbooks between the others, in the order of the file", async () => {
  const source =
    "# A\n```js\nexport async function one() {}\n```\n## Two\n- x\n```ts\nexport function three() {}\n```\n## Four\n- y\n";
  const { program } = await parse(source);
  assertEquals(program.agents[0]!.playbooks.map((playbook) => playbook.name), [
    "one",
    "Two",
    "three",
    "Four",
  ]);
});

Deno.test("parseProgram() takes time in proportion to the text, also for hostile texts", async () => {
  const size = 100_000;
  const repeated = (text: string, tail = "") => text.repeat(Math.floor(size / text.length)) + tail;
  const sources = [
    `# A\n## B\n${repeated("{")}`,
    `# A\n## B\n${repeated("{'")}`,
    `# A\n${repeated("<!-- ")}`,
    `# A\n## B\n${repeated("`<!-- ")}`,
    `# A\n${repeated("<p>\n")}`,
    repeated("#\n"),
    repeated("# A\n"),
    `# A\n## ${repeated(" #", "x")}`,
    `# A\n## B(${repeated("$a=[")})`,
    `# A\n## B\n${repeated("- ", "x")}`,
    `# A\n${repeated("x:\n\n")}`,
    `# A\n## B\n### Triggers\n- ${repeated("when the user has ")}`,
    `# A\n## B\n### Triggers\n- ${repeated("!", "x")}`,
    `# A\n## B${repeated(" ", "x")}`,
    `# A\n## B${repeated(" ->")}`,
    `# A\n## B(${repeated(") ", "x")}`,
    `# A\n## B(${repeated(")", " x")}`,
    `# A\nkey: x${repeated(" ", "x")}`,
    `# A\n!import x${repeated(" ", "x")}`,
  ];
  const start = cpuTimeMs();
  for (const source of sources) await parse(source);
  // Each text takes some tens of milliseconds. One with quadratic time would take seconds.
  assertLess(cpuTimeMs() - start, 10_000);
});

Deno.test("parseProgram() takes time in proportion to headings and calls, also with the checks", async () => {
  const size = 50_000;
  const repeated = (text: string) => text.repeat(Math.floor(size / text.length));
  const sources = [
    `# A\n## ${repeated("1.")}`,
    `# A\n## ${repeated("1.1 ")}`,
    `# A\n${repeated("## B (c)\n")}`,
    `# A\n## ${repeated("x (y) ")}`,
    `# A\n## ${repeated("(")})`,
    `# A\n## B ${repeated("{#")}`,
    `# A\n## B\n- ${repeated("Call ")}`,
    `# A\n## B\n- ${repeated("A(")}`,
    `# A\n## B\n- ${repeated("a.")}(`,
    `# A\n## B\n- ${repeated('"x" Foo($a) ')}`,
    `# A\n## B\n${repeated("- GetX($a)\n")}`,
    `# A\n${repeated("## GetA\n- GetB($x)\n")}`,
    `# A\n## B\n- ${repeated("run the playbook ")}`,
  ];
  const start = cpuTimeMs();
  for (const text of sources) {
    await parseProgram([{ path: "a.pb", text }], { builtins: ["Say"], checks: { globals: [] } });
  }
  assertLess(cpuTimeMs() - start, 10_000);
});

Deno.test("parseProgram() makes a step indented by two columns a child of the one above, and continues steps over lines", async () => {
  const { program } = await parseProgram([{
    path: "a.pb",
    text: "# A\n\n## Main\n### Steps\n- one\n - two\n- three\n  goes on\n  - below\n",
  }]);
  const steps = program.agents[0]!.playbooks[0]!.steps;
  assertEquals(steps.map(({ number, text }) => `${number} ${text}`), [
    "01 one",
    "02 two",
    "03 three\ngoes on",
  ]);
  assertEquals(steps[2]!.children.map(({ number }) => number), ["03.01"]);
});

Deno.test("parseProgram() distinguishes the agent's parameters, the call's parameters and optional ones", async () => {
  const { program } = await parseProgram([{
    path: "a.pb",
    text: "# A\n\n## Main($a, b, $c = 3, d?)\n### Steps\n- one\n",
  }]);
  const parameters = program.agents[0]!.playbooks[0]!.parameters;
  assertEquals(parameters.map(({ name, state, optional }) => [name, state, optional]), [
    ["a", true, false],
    ["b", false, false],
    ["c", true, true],
    ["d", false, true],
  ]);
});
