import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import { compareProgram, formatProblems, outline, parseProgram } from "../../src/language/mod.ts";
import { prepareExpressions } from "../../src/sandbox/host/turn_code.ts";
import { toPbasm } from "../../src/language/pbasm.ts";
import { hasErrors, parse, withoutPlaces } from "./support.ts";

/**
 * Text fragments with a meaning for the parser, so random texts are more than prose. Closing tags and comment ends
 * without a beginning are left out: the numbered form reorders sections and could pair unrelated ones.
 */
const pieces = [
  "# A\n",
  "# Tax agent:AI\n",
  "# Bob:Human\n",
  "## Main($x, $y: int = 3)\n",
  "## do it\n",
  "## Triggers\n",
  "### Trigger\n",
  "### Steps\n",
  "### Notes\n",
  "### Example\n",
  "#### Deep\n",
  "- At the beginning\n",
  "- item\n",
  "  - child\n",
  "      - far child\n",
  "1. one\n",
  "    goes on\n",
  "prose\n",
  "  indented prose\n",
  "\tTab\n",
  "\n",
  "---\n",
  "public: true\n",
  "tags:\n  - a\n  - b\n",
  "metadata:\n  meeting: true\n",
  "execution_mode: raw\n",
  "note: some words\n",
  "<tag>\nopaque\n# text\n</tag>\n",
  "<p>\n",
  "a </div>\n",
  "<!-- ",
  "<!-- # gone\n## too --> stays\n",
  "```json\n{}\n```\n",
  "```ts\nexport async function f(x: number) { return g(x); }\n```\n",
  "- ```js\n  const g = (x) => x;\n  ```\n",
  "~~~\n",
  "{$x} {{f(1)}} {unknown}\n",
  "- 01:QUE Ask\n",
  "T1:BGN x\n",
  "!import a.md\n",
  "\r\n",
  "é😀 $",
];

const programText = fc.array(
  fc.oneof(fc.constantFrom(...pieces), fc.string({ maxLength: 8, unit: "grapheme" })),
  { maxLength: 40 },
)
  .map((parts) => parts.join(""));

const line = fc.string({ maxLength: 6, unit: "grapheme" }).map((text) => `${text}\n`);

/** Gives each agent and playbook a unique name, because repeated names would spoil most programs. */
const distinctText = fc.array(
  fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...pieces) }, { weight: 1, arbitrary: line }),
  { minLength: 5, maxLength: 30, size: "max" },
).map((parts) =>
  parts.map((part, index) => part.replace(/^(#{1,2} (?!Triggers)[\w ]+)/, `$1 ${index}`)).join("")
);

const path = fc.constantFrom("a.pb", "a.pbasm");

Deno.test("property: parseProgram() accepts any text, and its program can be printed and compared", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(programText, fc.string({ unit: "binary", maxLength: 200 })),
      path,
      async (text, path) => {
        const { program, problems } = await parse(text, path);
        const lines = text.split(/\r\n|\n|\r/).length;
        for (const { location, length } of problems) {
          assert(location.line >= 1 && location.line <= lines && location.column >= 1 && length >= 1);
        }
        formatProblems(problems, new Map([[path, text]]));
        outline(program);
        const changes = compareProgram(program, program);
        if (!hasErrors(problems)) assertEquals(changes, []);
        for (const agent of program.agents) {
          for (const { description, placeholders } of agent.playbooks) {
            for (const { start, end } of placeholders) {
              assert(
                /^\{[^]*\}$/.test(description.slice(start, end)),
              );
            }
          }
        }
      },
    ),
    { numRuns: 400 },
  );
});

Deno.test("property: the output of toPbasm() is read as the same program", async () => {
  let checked = 0;
  await fc.assert(
    fc.asyncProperty(distinctText, path, async (text, path) => {
      const { program, problems } = await parse(`# Z\n${text}`, path);
      if (hasErrors(problems)) return;
      checked++;
      const written = toPbasm(program);
      const again = await parseProgram([{ path: "a.pbasm", text: written }]);
      assert(!hasErrors(again.problems), written);
      assertEquals(withoutPlaces(again.program), withoutPlaces(program), written);
    }),
    { numRuns: 500 },
  );
  assert(checked > 100, `only ${checked} of the programs had no mistakes`);
});

/** Pieces of expressions in both languages, with names that the program knows and one that it does not. */
const expressionText = fc.array(
  fc.constantFrom(
    ...("$x x n $y len ( ) [ ] { } , : . + - * / // % ** < <= == != === && || ! ?? ?. => if else and or not in is None True for " +
      "lambda f\"{x}\" 'a' 1 2.5 -1 .upper() .get( sorted( Get() await unknown `${x}` \n \\").split(" "),
  ),
  { minLength: 1, maxLength: 9 },
).map((parts) => parts.join(" "));

Deno.test("property: a placeholder is code of one expression, whatever stands in its braces", async () => {
  let found = 0;
  await fc.assert(
    fc.asyncProperty(expressionText, async (text) => {
      const { program } = await parse(`# A\n## B($x, n)\n{${text}}\n### Steps\n- $y\n## Get\n- x\n`);
      for (const { expression } of program.agents[0]?.playbooks[0]?.placeholders ?? []) {
        found++;
        const prepared = prepareExpressions({ expressions: [expression] }, ["x", "n"]);
        assert("source" in prepared, `${text}: ${expression}`);
      }
    }),
    { numRuns: 1500, examples: [["Get() `${x}` .upper()"], ["Get() ( x )"], ["await ( Get() + n )"]] },
  );
  assert(found > 100, `only ${found} of the texts were expressions`);
});
