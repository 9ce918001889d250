import { assertEquals } from "@std/assert";
import { formatProblems, parseProgram, type Problem, type SourceFile } from "../../src/language/mod.ts";
import { parse, short } from "./support.ts";

const begin = "## Main\n### Triggers\n- At the beginning\n### Steps\n- x\n";

Deno.test("problem: parseProgram() reports each mistake at its place", async (t) => {
  const cases: readonly (readonly [source: string, ...problems: string[]])[] = [
    ["", "! 1:1 There is nothing in this program: all of its files are empty"],
    ["#!/bin/pb\n", "! 1:1 There is nothing in this program: all of its files are empty"],
    ["just prose", "! 1:1 No agents found: a program needs at least one"],
    ["a\0b", "! 1:1 This is not a text file"],
    ["# A\n## B\n- x", "! 1:3 No playbook says when the program begins"],
    [`# A:Robot\n${begin}`, '! 1:5 "Robot" is not an agent type'],
    [`# A : ai\n${begin}`, '! 1:6 "ai" is not an agent type'],
    [`# \n${begin}`, "! 1:2 An agent needs a name"],
    [`# 42\n${begin}`, '! 1:3 Cannot make a name of "42": it needs a letter'],
    [`# A\n${begin}# a`, '! 7:3 Two agents are called "A": the other one is in line 1 of a.pb'],
    [
      `# A\n${begin}## main\n- x`,
      '! 7:4 Two playbooks of "A" are called "Main": the other one is in line 2 of a.pb',
    ],
    [`# A\n${begin}## Say\n- x`, '! 7:4 "Say" is a builtin: give this playbook another name'],
    [`# A\n${begin}##\n- x`, "! 7:3 A playbook needs a name"],
    [`# A\n${begin}## B\n`, '! 7:4 "B" has neither steps nor a description'],
    [`# A\n${begin}## B\n### Steps\n`, '! 7:4 The steps of "B" are empty'],
    [`# A\n### Steps\n- x\n${begin}`, '! 2:1 "Steps" stands outside a playbook'],
    [`# A\nstartup_mode: soon\n${begin}`, '! 2:1 "startup_mode" must be "default" or "standby", not "soon"'],
    [
      `# A\n${begin}## B\n\nexecution_mode: fast\nDo it`,
      '! 9:1 "execution_mode" must be "playbook", "react" or "raw", not "fast"',
    ],
    [`# A\n${begin}## B\npublic: maybe\nDo it`, '! 8:1 "public" must be true or false, not "maybe"'],
    [
      `# A\n${begin}## B\npublic: true\npublic: false\nDo it`,
      '! 9:1 "public" is given twice; the last one counts',
    ],
    [
      `# A\n${begin}\`\`\`python\nimport x\n\`\`\``,
      "! 7:1 A python block cannot run here; write it in a ```ts block",
    ],
    [
      `# A\n${begin}\`\`\`python\n@playbook\ndef x(): pass\n\`\`\``,
      "! 7:1 A python block cannot run here; write it in a ```ts block",
    ],
    [
      `# A\n${begin}## B($a, 3x, $a)\n- x`,
      '! 7:10 Cannot read the parameter "3x": write it as $name, $name = 3 or $name: str',
      '! 7:14 Two parameters are called "a"',
    ],
    [`# A\n${begin}## B($class)\n- x`, '! 7:6 "class" cannot be a parameter: it is a word of JavaScript'],
    [
      `# A\n${begin}## B($a = today)\n- x`,
      '! 7:6 The default of "a" must be a number, a text, true, false, null, a list or a map',
    ],
    [`---\na: 1\na: 2\n---\n# A\n${begin}`, '! 3:1 Duplicate key "a"'],
    [
      `---\na: [1\n---\n# A\n${begin}`,
      "! 2:6 Cannot read this metadata: Flow sequence in block collection must be sufficiently indented and end with a ]",
    ],
    [`# A:Human\n## B\n- x\n# C\n${begin}`, '! 1:3 "A" is a person: playbooks of persons are not run'],
    [`# A\n${begin}## B\n\`\`\`json\n{`, "! 8:1 This code block is never closed"],
  ];
  for (const [source, ...expected] of cases) {
    await t.step(expected[0]!, async () => {
      assertEquals((await parse(source)).problems.map(short), expected);
    });
  }
});

Deno.test("problem: parseProgram() reports mistakes of several files, each in its file", async () => {
  const files: SourceFile[] = [
    { path: "a.pb", text: `---\nauthor: me\n---\n# A\n${begin}` },
    { path: "b.pb", text: "---\nauthor: you\n---\n# A\n## B\n- x\n" },
  ];
  const { problems, program } = await parseProgram(files);
  assertEquals(problems.map((problem) => `${problem.location.file} ${short(problem)}`), [
    'b.pb ! 2:1 Duplicate front matter key "author": a.pb has it, too',
    'b.pb ! 4:3 Two agents are called "A": the other one is in line 4 of a.pb',
  ]);
  assertEquals(program.frontMatter, { author: "me" });
  assertEquals((await parseProgram([])).problems.map((problem) => problem.message), ["No program was given"]);
});

function formatProblem(problem: Problem, text: string): string {
  return formatProblems([problem], new Map([[problem.location.file, text]]));
}

Deno.test("problem: formatProblems() shows the line with a caret under the place, and the hint", async () => {
  const text = `# A:Robot\n${begin}`;
  const { problems } = await parse(text);
  assertEquals(
    formatProblem(problems[0]!, text),
    'a.pb:1:5: error: "Robot" is not an agent type\n' +
      "  # A:Robot\n" +
      "      ^^^^^\n" +
      '  hint: A type is AI, Human or MCP, as in "# Alice:Human"',
  );
  const tabbed = {
    severity: "warning",
    code: "bad-value",
    message: "m",
    location: { file: "f", line: 1, column: 2 },
    length: 99,
  } as const;
  assertEquals(formatProblem(tabbed, "\tx"), "f:1:2: warning: m\n  \tx\n  \t^");
  const far = { ...tabbed, location: { file: "f", line: 1, column: 1001 }, length: 1 };
  const [, line, caret] = formatProblem(far, `${"a".repeat(1000)}b${"c".repeat(500)}`).split("\n");
  assertEquals([line!.length, line!.indexOf("b")], [162, caret!.indexOf("^")]);
});

Deno.test("problem: parseProgram() reports at most 200 problems, errors before warnings", async () => {
  const text = `# A\n${begin}## B\n### Steps\n${"stray\n\n".repeat(300)}# C:Robot\n`;
  const { problems } = await parse(text);
  assertEquals(problems.length, 200);
  assertEquals(problems.filter((problem) => problem.severity === "error").length, 1);
});
