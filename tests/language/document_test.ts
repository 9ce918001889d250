import { assert, assertEquals } from "@std/assert";
import { reservedNames } from "../../src/engine/builtins/table.ts";
import { hasBeginning, parseProgram, type Problem } from "../../src/language/mod.ts";
import { globalNames } from "../../src/sandbox/mod.ts";

async function checked(path: string, text: string) {
  return await parseProgram([{ path, text }], { builtins: reservedNames, checks: { globals: globalNames } });
}

/** The text with the lines that a hint says to add, at the places that it names. */
function withHint(text: string, { hint = "" }: Problem): string {
  const lines = text.split("\n");
  const last = lines.findLastIndex((line) => line.trim() !== "") + 1;
  const parts = hint.replace(/\nOr start it with --call$/, "").split(/^(?=Add )/m).map((part) =>
    part.trimEnd().split("\n")
  );
  for (const [place = "", ...added] of parts.reverse()) {
    const below = /below line (\d+):$/.exec(place)?.[1];
    const at = below !== undefined ? Number(below) : place.includes("first line") ? 0 : last;
    lines.splice(at, 0, ...added);
  }
  return lines.join("\n");
}

const documents: Readonly<Record<string, readonly [kind: string, lines: number, text: string]>> = {
  "SKILL.md": [
    "a skill or agent file in Markdown",
    2,
    `---
name: restart
description: Restarts the shop's server
---

# Restart the server

Use this when the shop does not answer.

## Instructions

1. Ask the user which server hangs
2. Tell the user to wait

## Reference

- The manual
`,
  ],
  "README.md": [
    "a README",
    2,
    `# Shop: a small server

![badge](x.png)

| a | b |
| - | - |

## 1. Installation (optional)

\`\`\`sh
npm install
\`\`\`

\`\`\`python
def example(): pass
\`\`\`

## 2. Usage

Run it.

## License
MIT
`,
  ],
  "runbook.md": [
    "a Markdown document",
    2,
    `# When the disk is full

1. Ask the user which folder is large
2. Tell the user how to clean it

---
`,
  ],
  "rules.md": ["a Markdown document", 2, "# Rules\n\nAlways be polite.\nNever shout.\n"],
  "notes.txt": ["a text", 3, "Greet the user.\nThen say goodbye.\n"],
  "sections.md": [
    "a Markdown document",
    3,
    "---\ntitle: Checks\n---\n## Look\n- Look at the graph\n## Fix\n- Restart\n",
  ],
};

for (const [path, [kind, added, text]] of Object.entries(documents)) {
  Deno.test(`document: ${path} is called ${kind}, and the proposed lines make a program of it`, async () => {
    const { program, problems } = await checked(path, text);
    assertEquals(problems.map(({ code, severity }) => `${severity} ${code}`), ["error document"]);
    assertEquals(
      problems[0]!.message,
      `This is ${kind}, not yet a program: nothing in it says when it begins`,
    );
    assert(!hasBeginning(program));
    const changed = withHint(text, problems[0]!);
    assertEquals(changed.split("\n").length, text.split("\n").length + added, changed);
    const again = await checked(path, changed);
    assertEquals(again.problems.filter(({ severity }) => severity === "error"), []);
    assert(hasBeginning(again.program));
  });
}

Deno.test("document: one with code of something else can be read by a program of five lines", async () => {
  const text = '# Tool\n\n## Usage\n\n```ts\nimport { tool } from "tool";\nawait tool();\n```\n';
  const { problems } = await checked("docs/tool.md", text);
  assertEquals(problems.map(({ code }) => code), ["document"]);
  const [first = "", ...lines] = problems[0]!.hint!.split("\n");
  assert(first.startsWith("Its code blocks are not the code of a program"), first);
  const reader = await checked("reader.pb", lines.join("\n"));
  assertEquals([reader.problems, lines.length], [[], 5]);
  assert(hasBeginning(reader.program));
});

Deno.test("document: a program without a beginning gets the lines, too, and keeps its other problems", async () => {
  const text = "# A\n## Think($x)\n- Think\n## Talk\n### Steps\n- Lookup(3)\n\n# B\n## C\n- x\n";
  const { problems } = await checked("a.pb", text);
  assertEquals(problems.map(({ code }) => code), ["no-beginning", "unknown-playbook"]);
  assertEquals(
    problems[0]!.hint,
    'Add these two lines at the end of "## Talk", below line 6:\n### Triggers\n- At the beginning\nOr start it with --call',
  );
  assert(hasBeginning((await checked("a.pb", withHint(text, problems[0]!))).program));
});

Deno.test("document: text with triggers, steps or code playbooks is a program, in any file", async () => {
  for (
    const text of [
      "# A\n## B\n### Triggers\n- When the user asks\n### Steps\n- x\n",
      "# A\n## B\n### Steps\n- x\n",
      "# A\n```python\n@playbook\ndef x(): pass\n```\n",
    ]
  ) {
    const { problems } = await checked("a.md", text);
    assert(problems.every(({ code }) => code !== "document"), text);
  }
});

Deno.test("document: sections right below an agent are those of its playbook Main, which gets the agent's list", async () => {
  const text = "# A\nstartup_mode: standby\nBe kind.\n- Greet\n- Leave\n### Triggers\n- At the beginning\n";
  const { program, problems } = await checked("a.pb", text);
  assertEquals(problems, []);
  const [agent] = program.agents;
  assertEquals([agent!.description, agent!.startupMode], ["Be kind.", "standby"]);
  const [main] = agent!.playbooks;
  assertEquals([main!.name, main!.mode, main!.steps.map((step) => step.text)], ["Main", "playbook", [
    "Greet",
    "Leave",
  ]]);
  const stray = await checked("a.pb", "# A\n### Triggers\n- At the beginning\n## B\n- x\n");
  assertEquals(stray.problems.map(({ code }) => code), ["no-beginning", "stray-section"]);
});
