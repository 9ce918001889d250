import { assertEquals } from "@std/assert";
import fc from "fast-check";
import { reservedNames } from "../../src/engine/builtins/table.ts";
import { parseProgram } from "../../src/language/mod.ts";
import { upgradeProgram } from "../../src/upgrade/mod.ts";
import { readExamples } from "./python_blocks.ts";

const builtins = new Set(reservedNames);
const sources = (await readExamples()).map(({ source }) => source);

Deno.test("upgrade: damaged Python is translated to code that can be read, or stays, and never twice", async () => {
  const cut = fc.tuple(
    fc.constantFrom(...sources),
    fc.nat(),
    fc.nat({ max: 40 }),
    fc.constantFrom("", "(", ":", "\n", " x", "'", "*"),
  );
  await fc.assert(
    fc.asyncProperty(cut, async ([source, at, length, between]) => {
      const start = at % source.length;
      const damaged = source.slice(0, start) + between + source.slice(start + length);
      const text = `# A\n\n\`\`\`python\n${damaged}\n\`\`\`\n`;
      const { after, notes } = await upgradeProgram({ path: "a.pb", text }, builtins);
      if (after === text) assertEquals(notes.some(({ needsPerson }) => needsPerson), true);
      else {
        const { problems } = await parseProgram([{ path: "a.pb", text: after }], { builtins: reservedNames });
        assertEquals(problems.filter(({ message }) => /^Cannot read this code/.test(message)), []);
      }
      const again = await upgradeProgram({ path: "a.pb", text: after }, builtins);
      assertEquals(again.after, after);
    }),
    { numRuns: 150 },
  );
});
