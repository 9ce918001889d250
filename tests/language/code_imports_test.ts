import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { reservedNames, yieldingNames } from "../../src/engine/builtins/table.ts";
import {
  compareProgram,
  formatChanges,
  importCandidates,
  outline,
  parseProgram,
  type SourceFile,
} from "../../src/language/mod.ts";
import { globalNames } from "../../src/sandbox/mod.ts";
import { short } from "./support.ts";

/** Parses `main.pb` of a set of files, with imports from the same set, and with the checks of names. */
async function parseWith(files: Readonly<Record<string, string>>) {
  const readImport = (path: string, from: string): SourceFile | undefined => {
    for (const candidate of importCandidates(path, from, [])) {
      const plain = candidate.replace(/(^|\/)\.\//g, "$1").replace(/[^/]+\/\.\.\//g, "");
      const text = files[plain];
      if (text !== undefined) return { path: plain, text };
    }
  };
  const checks = { globals: [...globalNames, ...yieldingNames] };
  const options = { readImport, builtins: reservedNames, checks };
  return await parseProgram([{ path: "main.pb", text: files["main.pb"]! }], options);
}

function block(code: string): string {
  return `# A\n\`\`\`ts\n${code}\n/** @trigger At the beginning */\nexport async function Main() {}\n\`\`\`\n`;
}

Deno.test("code imports: !import of a .ts file outside of code is a code block whose exports are playbooks", async () => {
  const { program, problems } = await parseWith({
    "main.pb":
      "# A\n!import ./tools.ts\n## Main\n### Triggers\n- At the beginning\n### Steps\n- $x = double(4)\n",
    "tools.ts":
      "/** Doubles.\n * @public */\nexport function double(x: number) { return x * 2; }\nconst own = 1;\n// ```\n",
  });
  assertEquals(problems.map(short), []);
  assertEquals(outline(program).split("\n")[1], "  double(x: number) [code, public]");
  const [agent] = program.agents;
  assertEquals(agent!.module!.helpers, ["own"]);
  assertEquals(agent!.playbooks[0]!.location, { file: "tools.ts", line: 3, column: 1 });
});

Deno.test("code imports: imported names are helpers, types vanish, and lines keep their places", async () => {
  const { program, problems } = await parseWith({
    "main.pb": block(
      'import { double, type Foo, twice as again } from "./lib/more.ts";\nimport greet, * as all from "./lib/more.ts";\nimport type { Foo as Bar } from "./lib/more.ts";',
    ),
    "lib/more.ts":
      'import {\n  base,\n} from "../base.js";\nexport interface Foo { a: number }\nexport const double = (x: number): number => x * base,\n  twice = double;\nexport default function greet() {}\nexport { base as basis } from "../base.js";\n',
    "base.js": "const base = 2;\nexport { base };\n",
  });
  assertEquals(problems.map(short), []);
  const { module } = program.agents[0]!;
  assertEquals(module!.helpers, ["double", "again", "greet", "all"]);
  assertEquals(module!.imports.map(({ path }) => path), ["base.js", "lib/more.ts"]);
  assertEquals(module!.lines.length, module!.code.split("\n").length);
  for (const [index, text] of module!.code.split("\n").entries()) {
    if (text.includes("x * base")) {
      assertEquals(module!.lines[index], { file: "lib/more.ts", line: 5, column: 1 });
    }
    if (text.includes("Main")) assertEquals(module!.lines[index], { file: "main.pb", line: 7, column: 1 });
  }
});

/** Imports that cannot be made, and the problem. */
const faults: Readonly<
  Record<string, readonly [code: string, files: Record<string, string>, problem: string]>
> = {
  missing: ['import { a } from "./none.ts";', {}, '! 3:19 Cannot import "./none.ts": file not found'],
  "no ending": [
    'import { a } from "./tools";',
    { "tools": "" },
    '! 3:19 Cannot import "./tools": name a .ts or .js',
  ],
  "no such export": [
    'import { b } from "./a.ts";',
    { "a.ts": "export const a = 1;" },
    '! 3:10 "./a.ts" does not export b; it exports a',
  ],
  cycle: [
    'import { a } from "./a.ts";',
    {
      "a.ts": 'import { b } from "./b.ts";\nexport const a = b;',
      "b.ts": 'import { a } from "./a.ts";\nexport const b = a;',
    },
    '! 1:19 Cannot import "./a.ts": it imports itself, main.pb → a.ts → b.ts → a.ts',
  ],
  syntax: ['import { a } from "./a.ts";', { "a.ts": "export const a = ;" }, "! 1:18 Cannot read this code: "],
  enum: [
    'import { a } from "./a.ts";',
    { "a.ts": "\nexport enum a { B }" },
    "! 2:8 Cannot read this code: enum is",
  ],
  "unknown name": [
    'import { a } from "./a.ts";',
    { "a.ts": "export const a = () => missing(1);" },
    "! 1:24",
  ],
  "await at the top": [
    'import { a } from "./a.ts";',
    { "a.ts": "export const a = await Sleep(1);" },
    "! 1:18 A code block cannot await",
  ],
  "twice in one agent": [
    'import { a } from "./a.ts";\nconst a = 1;',
    { "a.ts": "export const a = 1;" },
    "! 4:7 Cannot read this code: identifier 'a' has already been declared",
  ],
};

for (const [title, [code, files, problem]] of Object.entries(faults)) {
  Deno.test(`code imports: ${title} is a problem with its place`, async () => {
    const { problems } = await parseWith({ "main.pb": block(code), ...files });
    assert(problems.length > 0);
    assertEquals(short(problems[0]!).slice(0, problem.length), problem, problems.map(short).join("\n"));
  });
}

Deno.test("code imports: an edit of an imported file is a change of the agent's code", async () => {
  const parsed = async (value: number) =>
    (await parseWith({
      "main.pb": block('import { a } from "./a.ts";'),
      "a.ts": `export const a = ${value};`,
    })).program;
  const changes = formatChanges(compareProgram(await parsed(1), await parsed(2)));
  assertEquals(changes.length, 1, changes.join("\n"));
  assertStringIncludes(changes[0]!, "code");
  assertEquals(compareProgram(await parsed(1), await parsed(1)), []);
});
