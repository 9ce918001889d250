/**
 * Cases 1 to 15 of the original's acceptance tests, in their TypeScript form: how programs are found, read and checked.
 */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { bindArguments, parametersWithMeeting } from "../../src/engine/builtins/arguments.ts";
import { reservedNames } from "../../src/engine/builtins/table.ts";
import { exitCodes } from "../../src/errors.ts";
import { entryPlaybooks, parseProgram, type SourceFile } from "../../src/language/mod.ts";
import { toCamelCase } from "../../src/language/names.ts";
import { signature } from "../../src/language/signature.ts";
import { flattenSteps } from "../../src/language/steps.ts";
import { nextStepLine } from "../../src/prompt/next_step.ts";
import { globalNames } from "../../src/sandbox/mod.ts";
import { inFolder, runCommandLine, worldIn } from "../support/world.ts";

const begin = '## Main\n### Triggers\n- At the beginning\n### Steps\n- Say "hello"\n- End program\n';

async function cli(folder: string, ...args: string[]) {
  const world = worldIn(folder, {});
  const exit = await runCommandLine(args, world);
  return { exit, stdout: world.stdout.text, stderr: world.stderr.text };
}

async function read(...files: readonly SourceFile[]) {
  return await parseProgram(files, { builtins: reservedNames, checks: { globals: globalNames } });
}

async function readText(text: string, path = "a.pb") {
  return await read({ path, text });
}

Deno.test("acceptance 1: missing files among several are named in one error", async () => {
  await inFolder({ "a.pb": `# A\n${begin}` }, async (folder) => {
    for (const command of ["run", "check", "compile"]) {
      const { exit, stdout, stderr } = await cli(folder, command, "gone.pb", "a.pb", "lost.pb");
      assertEquals([exit, stdout], [exitCodes.usage, ""]);
      assertStringIncludes(stderr, "gone.pb is not there; lost.pb is not there");
      assert(!stderr.includes("a.pb is"), stderr);
    }
    assertEquals([...Deno.readDirSync(folder)].length, 1);
  });
});

Deno.test("acceptance 2: a program of empty or blank files is an error that names them", async () => {
  await inFolder({ "empty.pb": "", "blank.pb": " \n\t\n\n" }, async (folder) => {
    const one = await cli(folder, "run", "empty.pb");
    assertEquals([one.exit, one.stderr.includes("empty.pb is empty")], [exitCodes.usage, true]);
    const two = await cli(folder, "run", "empty.pb", "blank.pb");
    assertEquals([two.exit, two.stderr.includes("empty.pb, blank.pb are all empty")], [
      exitCodes.usage,
      true,
    ]);
  });
});

Deno.test("acceptance 3: patterns find files in folders of any depth, in a stable order, each once", async () => {
  const files = {
    "z.pb": "# Z\n## P\n- x\n",
    "a.pb": `# A\n${begin}`,
    "deep/er/m.pb": "# M\n## P\n- x\n",
    "deep/n.pbasm": "# N\n\n## P()\n\n### Steps\n- 01 x\n",
    "deep/other.txt": "# Other\n",
  };
  await inFolder(files, async (folder) => {
    const agentsOf = async (...patterns: string[]) => {
      const { exit, stdout } = await cli(folder, "check", ...patterns);
      return [exit, ...stdout.split("\n").filter((line) => /^\w/.test(line))];
    };
    assertEquals(await agentsOf("*.pb"), [0, "A", "Z"]);
    assertEquals(await agentsOf("**/*.pb*"), [0, "A", "M", "N", "Z"]);
    assertEquals(await agentsOf("z.pb", "*.pb", "deep/*.pbasm"), [0, "Z", "A", "N"]);
    assertEquals(await agentsOf("[az].pb"), [0, "A", "Z"]);
    assertEquals(await agentsOf("*.none"), [exitCodes.usage]);
  });
});

Deno.test("acceptance 4: a shebang is no part of a program, and a file with nothing else is empty", async () => {
  const shebang = "#!/usr/bin/env -S playbooks run";
  const { program, problems } = await readText(`${shebang}\n---\ntitle: T\n---\n# A\n${begin}`);
  assertEquals([problems, program.title, program.agents.length], [[], "T", 1]);
  for (const text of [shebang, `${shebang}\n`, `${shebang}\r\n  \r\n`]) {
    assertEquals((await readText(text)).problems.map(({ code }) => code), ["empty-program"]);
  }
  const twice = await readText(`${shebang}\n# A\n${begin}\n${shebang}\n`);
  assertEquals(twice.program.agents.map(({ name }) => name), ["A"]);
});

Deno.test("acceptance 5: imports are found beside the importing file, nested, indented and twice", async () => {
  const files = {
    "main.pb": [
      "# A",
      "## Main",
      "### Triggers",
      "- At the beginning",
      "### Steps",
      "- First",
      "  !import parts/steps.md   # the middle",
      "!import parts/last.md",
      "!import parts/last.md",
      "!import parts/empty.md",
      "### Notes",
      "!import ABSOLUTE/parts/note.md",
    ].join("\n"),
    "parts/steps.md": "- Inner\n!import deep/more.md\n",
    "parts/deep/more.md": "- Deeper\n!import ../up.md\n",
    "parts/up.md": "- Up",
    "parts/last.md": "- Last\n",
    "parts/empty.md": "",
    "parts/note.md": "- Note\n",
  };
  await inFolder(files, async (folder) => {
    const path = `${folder}/main.pb`;
    await Deno.writeTextFile(path, files["main.pb"].replace("ABSOLUTE", folder));
    const { exit, stdout, stderr } = await cli(folder, "check", "main.pb");
    assertEquals([exit, stderr], [0, ""]);
    assertEquals(stdout.split("\n").slice(3).map((line) => line.trim()).filter((line) => line !== ""), [
      "01 First",
      "01.01 Inner",
      "01.02 Deeper",
      "01.03 Up",
      "02 Last",
      "03 Last",
      "N1 Note",
    ]);
  });
});

Deno.test("acceptance 6: imports that cannot be read are errors with the chain or the line", async (t) => {
  const chain = Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [`d${index}.md`, `!import d${index + 1}.md\n`]),
  );
  const cases: Readonly<
    Record<string, readonly [files: Readonly<Record<string, string>>, expected: string]>
  > = {
    cycle: [
      { "x.md": "!import y.md", "y.md": "\n!import x.md" },
      'y.md:2:1: error: Cannot import "x.md": it imports itself, a.pb → x.md → y.md → x.md',
    ],
    itself: [
      { "x.md": "!import x.md" },
      'x.md:1:1: error: Cannot import "x.md": it imports itself, a.pb → x.md → x.md',
    ],
    depth: [{ "x.md": "!import d0.md", ...chain }, "more than 10 imports deep, a.pb → x.md → d0.md → d1.md"],
    large: [
      { "x.md": "a".repeat(1024 * 1024 + 1) },
      'a.pb:2:1: error: Cannot import "x.md": it is larger than 1 MiB',
    ],
    missing: [{}, 'a.pb:2:1: error: Cannot import "x.md": file not found'],
  };
  for (const [name, [files, expected]] of Object.entries(cases)) {
    await t.step(name, async () => {
      await inFolder({ "a.pb": `# A\n!import x.md\n${begin}`, ...files }, async (folder) => {
        const { exit, stderr } = await cli(folder, "run", "a.pb");
        assertEquals(exit, exitCodes.usage);
        assertStringIncludes(stderr, expected);
      });
    });
  }
});

Deno.test("acceptance 7: a front matter key in two files is an error, and compile keeps the front matter", async () => {
  const one = `---\ntitle: One\nauthor: me\n---\n# A\n${begin}`;
  const files = {
    "a.pb": one,
    "b.pb": "---\nauthor: you\n---\n# B\n## P\n- x\n",
    "c.pb": "---\nversion: 2\n---\n# C\n## P\n- x\n",
  };
  await inFolder(files, async (folder) => {
    const { exit, stderr } = await cli(folder, "check", "a.pb", "b.pb");
    assertEquals(exit, exitCodes.usage);
    assertStringIncludes(stderr, 'b.pb:2:1: error: Duplicate front matter key "author": a.pb has it, too');
    const compiled = await cli(folder, "compile", "a.pb", "c.pb");
    assertEquals(compiled.exit, 0);
    assertEquals(compiled.stdout.split("\n").slice(0, 5), [
      "---",
      "title: One",
      "author: me",
      "version: 2",
      "---",
    ]);
    const { program } = await readText(compiled.stdout, "a.pbasm");
    assertEquals(program.frontMatter, { title: "One", author: "me", version: 2 });
  });
});

Deno.test("acceptance 8: the type of an agent stands behind a colon, and other types are refused", async () => {
  const typesOf = async (heading: string) => {
    const { program, problems } = await readText(`# ${heading}\nremote: files\n# Z\n${begin}`);
    const [agent] = program.agents;
    return [agent!.name, agent!.type, problems.some(({ code }) => code === "agent-type")];
  };
  assertEquals(await typesOf("Host"), ["Host", "AI", false]);
  assertEquals(await typesOf("Host:AI"), ["Host", "AI", false]);
  assertEquals(await typesOf("User Name:Human"), ["UserName", "Human", false]);
  assertEquals(await typesOf("FS:MCP"), ["FS", "MCP", false]);
  assertEquals(await typesOf("  Host  :  AI  "), ["Host", "AI", false]);
  for (const heading of ["host:ai", "Host:Robot", "A:B:C", "Host : mcp", "Host:"]) {
    assertEquals((await typesOf(heading))[2], true, heading);
  }
});

Deno.test("acceptance 9: a natural name becomes CamelCase", () => {
  const names: Readonly<Record<string, string>> = {
    "order_support_agent": "OrderSupportAgent",
    "order-support-agent": "OrderSupportAgent",
    "Order support agent": "OrderSupportAgent",
    "OrderSupportAgent": "OrderSupportAgent",
    "orderSupport agent": "OrderSupportAgent",
    "AI Assistant": "AiAssistant",
    "MY AGENT": "MyAgent",
    "MCP": "MCP",
    "my-agent v2": "MyAgentV2",
    "Agent 007": "Agent007",
    " spaced  out ": "SpacedOut",
    "": "",
  };
  for (const [written, name] of Object.entries(names)) assertEquals(toCamelCase(written), name, written);
});

Deno.test("acceptance 10: metadata is a map with lists, before or after the prose; another rule stays", async () => {
  const { program, problems } = await readText(`# Clerk
framework: GAAP
Helps with taxes.

---

Knows the law.
specialization:
  - accounting
  - tax
limits:
  depth: 3
author: Jo
${begin}
# Empty
`);
  assertEquals(problems, []);
  const [clerk, empty] = program.agents;
  assertEquals(clerk!.metadata, {
    framework: "GAAP",
    specialization: ["accounting", "tax"],
    limits: { depth: 3 },
    author: "Jo",
  });
  assertEquals(clerk!.description, "Helps with taxes.\n\n---\n\nKnows the law.");
  assertEquals([empty!.metadata, empty!.description], [{}, ""]);
});

Deno.test("acceptance 11: four levels of steps keep numbers, order, lines and paragraphs", async () => {
  const { program, problems } = await readText(`# A
## Main
### Triggers
- At the beginning
### Steps
- One

  more of one
- Two
  - Three
    - Four
      - Five
    - Six
- Seven
`);
  assertEquals(problems, []);
  const steps = flattenSteps(program.agents[0]!.playbooks[0]!.steps);
  assertEquals(steps.map(({ number, text, location }) => `${number} ${location.line} ${text}`), [
    "01 6 One\n\nmore of one",
    "02 9 Two",
    "02.01 10 Three",
    "02.01.01 11 Four",
    "02.01.01.01 12 Five",
    "02.01.02 13 Six",
    "03 14 Seven",
  ]);
});

Deno.test("acceptance 12: the step after a step is found, loops say so, and a number is used once", async () => {
  const { program } = await readText(`# A
## Main
### Triggers
- At the beginning
### Steps
- While there are questions
  - Ask one
  - If it is wrong
    - Say so
- Return
`);
  const playbook = program.agents[0]!.playbooks[0]!;
  const after = (reached?: string) => nextStepLine(playbook, reached);
  assertEquals(after(), "No step is done. Next: 01 While there are questions");
  assertEquals(after("01.01"), "Done up to 01.01, unless 01 has to be repeated. Next: 01.02 If it is wrong");
  assertEquals(after("01.02.01"), "Done up to 01.02.01, unless 01 has to be repeated. Next: 02 Return");
  assertEquals(after("02"), "That was the last step: Return.");
  assertEquals(after("09"), "Last step reached: 09. Go on.");
  const twice = await readText(
    "# A\n\n## P()\n\n### Triggers\n- T1:BGN At the beginning\n\n### Steps\n- 01:EXE x\n- 01:EXE y\n",
    "a.pbasm",
  );
  assertEquals(twice.problems.map(({ code, location }) => `${code} ${location.line}`), ["duplicate-step 10"]);
});

Deno.test("acceptance 13: a signature is read with types and defaults, and arguments are bound to it", async () => {
  const playbookOf = async (heading: string) =>
    (await readText(`# A\n## ${heading}\n- x\n`)).program.agents[0]!.playbooks[0]!;
  const read = async (heading: string) => signature(await playbookOf(heading));
  assertEquals(await read("P"), "P()");
  assertEquals(await read("P()"), "P()");
  assertEquals(
    await read('P($a: str, b: int = 10, $c = "x", d=None) -> str'),
    'P($a: str, b: int = 10, $c = "x", d = null)',
  );

  const playbook = await playbookOf("P($a, b = 2, c?)");
  const bind = (...args: Parameters<typeof bindArguments>[1]) => {
    const bound = bindArguments(playbook, args, {});
    return bound.ok ? bound.args : bound.message;
  };
  assertEquals(bind(1), { a: 1, b: 2 });
  assertEquals(bind(1, 3, 4), { a: 1, b: 3, c: 4 });
  assertEquals(bind({ a: 1, c: 5 }), { a: 1, b: 2, c: 5 });
  assertEquals(bind({ b: 5, a: 1 }), { a: 1, b: 5 });
  assertEquals(bind(), "P(a, b, c) was called without a");
  assertEquals(bind(1, 2, 3, 4), "P(a, b, c) was given 4 arguments");
  assertEquals(bind(1, { c: 5 }), { a: 1, b: { c: 5 } });
});

Deno.test("acceptance 13: a call of a meeting gives attendees by name, also after positional arguments", async () => {
  const { program } = await readText("# A\n## P($a, b = 2)\nmeeting: true\n- x\n");
  const playbook = program.agents[0]!.playbooks[0]!;
  const bind = (...args: Parameters<typeof bindArguments>[1]) => {
    const meeting = { ...playbook, parameters: parametersWithMeeting(playbook) };
    const bound = bindArguments(meeting, args, {});
    return bound.ok ? bound.args : bound.message;
  };
  const attendees = ["B"];
  assertEquals(bind({ a: 1, attendees }), { a: 1, b: 2, attendees });
  assertEquals(bind(1, { attendees }), { a: 1, b: 2, attendees });
  assertEquals(bind(1, 3, { attendees, topic: "t" }), { a: 1, b: 3, topic: "t", attendees });
  assertEquals(bind(1, 3, "t", attendees), { a: 1, b: 3, topic: "t", attendees });
  assertEquals(bind(1, { x: 1, attendees }), { a: 1, b: { x: 1, attendees } });
});

Deno.test("acceptance 14: agents with a bad type or name are refused, and one without playbooks is fine", async () => {
  const codesOf = async (heading: string) =>
    (await readText(`# ${heading}\nprose\n# Z\n${begin}`)).problems.map(({ code, severity }) =>
      `${severity} ${code}`
    );
  assertEquals(await codesOf("Boss"), []);
  assertEquals(await codesOf("Boss:Robot"), ["error agent-type"]);
  assertEquals(await codesOf("42"), ["error bad-name"]);
  assertEquals(await codesOf("!?"), ["error bad-name"]);
  assertEquals(await codesOf(""), ["error bad-name"]);
  assertEquals(await codesOf("Z"), ["error duplicate-agent"]);
  const { problems, program } = await readText("# Boss\nJust prose.\n");
  assertEquals([problems.map(({ code }) => code), program.agents[0]!.playbooks.length], [
    ["no-beginning"],
    0,
  ]);
});

Deno.test("acceptance 15: the entry is the playbook that says so, else the first that begins; two are an error", async () => {
  const playbook = (name: string, entry: boolean, begins = true) =>
    `## ${name}\n${entry ? "cli_entry: true\n" : ""}${
      begins ? "### Triggers\n- At the beginning\n" : ""
    }### Steps\n- x\n`;
  const entryOf = async (...playbooks: string[]) => {
    const { program, problems } = await readText(`# A\n${playbooks.join("")}`);
    return [
      entryPlaybooks(program)[0]?.name ?? null,
      ...problems.map(({ code, location }) => `${code} ${location.line}`),
    ];
  };
  assertEquals(await entryOf(playbook("One", false), playbook("Two", true)), ["Two"]);
  assertEquals(await entryOf(playbook("One", false), playbook("Two", false)), ["One"]);
  assertEquals(await entryOf(playbook("One", true), playbook("Two", true)), ["One", "two-entries 9"]);
  assertEquals(await entryOf(playbook("One", false, false)), [null, "no-beginning 1"]);
  assertEquals(await entryOf(playbook("One", true, false)), ["One"]);
});
