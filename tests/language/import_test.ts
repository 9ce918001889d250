import { assert, assertEquals } from "@std/assert";
import { importCandidates, outline, parseProgram, type SourceFile } from "../../src/language/mod.ts";
import { short } from "./support.ts";

/** Parses `main.pb`, or the files of `named`, with imports from the same set. */
async function parseWith(files: Readonly<Record<string, string>>, named: readonly string[] = ["main.pb"]) {
  const readImport = (path: string, from: string): SourceFile | undefined => {
    for (const candidate of importCandidates(path, from, ["lib"])) {
      const plain = candidate.replace(/(^|\/)\.\//g, "$1").replace(/[^/]+\/\.\.\//g, "");
      const text = files[plain];
      if (text !== undefined) return { path: plain, text };
    }
  };
  return await parseProgram(named.map((path) => ({ path, text: files[path]! })), { readImport });
}

Deno.test("import: !import inserts a file with its indentation, and problems name places in that file", async () => {
  const { program, problems } = await parseWith({
    "main.pb": "# A\n## B\n### Steps\n- one\n  !import ./parts/more.md  # comment\n- three\n",
    "parts/more.md": "- two\n\n!import 'deep.md'\n",
    "parts/deep.md": "- deep\n  - deeper\n",
  });
  assertEquals(
    outline(program),
    "A\n  B()\n    01 one\n      01.01 two\n      01.02 deep\n        01.02.01 deeper\n    02 three",
  );
  const [one] = program.agents[0]!.playbooks[0]!.steps;
  assertEquals(one!.children[1]!.location, { file: "parts/deep.md", line: 1, column: 3 });
  assertEquals(one!.children[1]!.children[0]!.location, { file: "parts/deep.md", line: 2, column: 5 });
  assertEquals(problems.map((problem) => problem.code), ["no-beginning"]);
});

Deno.test("import: !import works in code, and its lines keep their places", async () => {
  const { program, problems } = await parseWith({
    "main.pb": "# A\n```ts\n!import code.ts\nexport async function f() { return g(); }\n```\n",
    "lib/code.ts": "const x: number = 1;\nfunction g() { return x }\n",
  });
  assertEquals(program.agents[0]!.module!.lines.map(({ file, line }) => `${file}:${line}`), [
    "main.pb:2",
    "lib/code.ts:1",
    "lib/code.ts:2",
    "main.pb:4",
  ]);
  assertEquals(problems.map((problem) => problem.code), ["no-beginning"]);
});

Deno.test("import: !import reports missing, circular, too deep and too large files", async (t) => {
  const chain = Object.fromEntries(
    Array.from({ length: 12 }, (_, index) => [`d${index}.md`, `!import d${index + 1}.md\n`]),
  );
  const cases: readonly (readonly [string, Record<string, string>, string])[] = [
    ["missing", { "main.pb": "# A\n!import x.md" }, '! 2:1 Cannot import "x.md": file not found'],
    ["remote", { "main.pb": "# A\n!import http://x/y" }, '! 2:1 Cannot import "http://x/y": file not found'],
    [
      "circular",
      { "main.pb": "# A\n!import a.md", "a.md": "x\n!import b.md", "b.md": "!import a.md" },
      '! 1:1 Cannot import "a.md": it imports itself, main.pb → a.md → b.md → a.md',
    ],
    [
      "itself",
      { "main.pb": "# A\n!import main.pb" },
      '! 2:1 Cannot import "main.pb": it imports itself, main.pb → main.pb',
    ],
    [
      "too deep",
      { "main.pb": "# A\n!import d0.md", ...chain },
      '! 1:1 Cannot import "d10.md": more than 10 imports deep, main.pb → ' +
      Array.from({ length: 10 }, (_, index) => `d${index}.md`).join(" → "),
    ],
    [
      "too large",
      { "main.pb": "# A\n!import a.md", "a.md": "x".repeat(1024 * 1024 + 1) },
      '! 2:1 Cannot import "a.md": the file is larger than 1 MiB',
    ],
    [
      "binary",
      { "main.pb": "# A\n!import a.md", "a.md": "\0" },
      '! 2:1 Cannot import "a.md": it is not a text file',
    ],
  ];
  for (const [name, files, expected] of cases) {
    await t.step(name, async () => {
      const { problems } = await parseWith(files);
      assertEquals(problems.filter((problem) => problem.severity === "error").map(short), [expected]);
    });
  }
});

Deno.test("import: agents of a file count once, though several files import it", async (t) => {
  const lib = "\n# Lib\n## Help\n- Think\n";
  const begin = "## Main\n### Triggers\n- At the beginning\n### Steps\n- Think\n";
  const main = `!import lib.pb\n\n# A\n${begin}`;
  const files = {
    "lib.pb": lib,
    "main.pb": main,
    "other.pb": `# B\n${begin}\n!import lib.pb\n`,
    "both.pb": `!import main.pb\n!import other.pb\n`,
    "twice.pb": `!import lib.pb\n---\n!import lib.pb\n# A\n${begin}`,
  };
  for (
    const [named, agents] of [
      [["main.pb", "lib.pb"], ["Lib", "A"]],
      [["lib.pb", "main.pb"], ["Lib", "A"]],
      [["main.pb", "other.pb"], ["Lib", "A", "B"]],
      [["other.pb", "main.pb", "lib.pb"], ["B", "Lib", "A"]],
      [["both.pb"], ["Lib", "A", "B"]],
      [["twice.pb"], ["Lib", "A"]],
    ] as const
  ) {
    await t.step(named.join(" "), async () => {
      const { program, problems } = await parseWith(files, named);
      assertEquals(problems.map(short), []);
      assertEquals(program.agents.map(({ name }) => name), [...agents]);
    });
  }
});

Deno.test("import: agents of a file that is imported twice stay two if text of another file joins one", async () => {
  const lib = "# Lib\n## Help\n- Think\n";
  const { problems } = await parseWith({
    "lib.pb": lib,
    "main.pb": "!import lib.pb\n# A\n## Main\n- Think\n!import lib.pb\n- and more\n",
  });
  assertEquals(problems.filter(({ code }) => code === "duplicate-agent").map(short), [
    '! 1:3 "Lib" is in the program twice, because lib.pb is',
  ]);
});

Deno.test("import: a problem of a file that is imported twice is reported once", async (t) => {
  const faults = {
    "code of another language": "```python\ndef f(): pass\n```\n",
    "a missing import": "!import nowhere.md\n",
    "an open fence": "<!-- -->\n- Think\n```ts\n",
    "a file with agents": "# Lib\n## Help\n- Think\n```python\ndef f(): pass\n```\n",
  };
  for (const [name, part] of Object.entries(faults)) {
    await t.step(name, async () => {
      const files = {
        "part.md": part,
        "main.pb": "# A\n## Main\n- Think\n!import part.md\n\n# B\n## Other\n- Think\n!import part.md\n",
        "main2.pb": "# C\n## Third\n- Think\n!import part.md\n",
      };
      const { problems } = await parseWith(files, ["main.pb", "main2.pb"]);
      const found = problems.filter(({ location }) => location.file === "part.md").map(short);
      assertEquals(found.length, 1, found.join("; "));
    });
  }
});

Deno.test("import: repeated imports of the same files end at 16 MiB", async () => {
  const files: Record<string, string> = { "main.pb": "# A\n!import f0.md" };
  for (let index = 0; index < 9; index++) files[`f${index}.md`] = `!import f${index + 1}.md\n`.repeat(8);
  files["f9.md"] = "x".repeat(100_000);
  const { problems } = await parseWith(files);
  const messages = new Set(
    problems.filter((problem) => problem.severity === "error").map((problem) => problem.message),
  );
  assert(messages.has('Cannot import "f9.md": all imports together are larger than 16 MiB'));
});

Deno.test("import: importCandidates() looks beside the importing file, then in the folders", () => {
  assertEquals(importCandidates("x/y.md", "a/b.pb", ["/base/", "/cwd"]), [
    "a/x/y.md",
    "/base/x/y.md",
    "/cwd/x/y.md",
  ]);
  assertEquals(importCandidates("/abs.md", "a/b.pb", ["/base"]), ["/abs.md"]);
  assertEquals(importCandidates("file:///abs%20x.md", "a/b.pb", []), ["/abs x.md"]);
  assertEquals(importCandidates("y.md", "b.pb", []), ["y.md"]);
});
