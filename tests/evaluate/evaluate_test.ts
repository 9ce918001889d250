import { assertEquals } from "@std/assert";
import { dialects } from "../model/asking.ts";
import { type Case, readCases, styles } from "./cases.ts";
import { evaluateScript } from "./evaluate.ts";
import { shippedRules } from "./rule_variants.ts";
import type { Script } from "./script.ts";

const cases = readCases();

Deno.test("evaluate: there are 20 programs with answers in three styles", () => {
  assertEquals(cases.length, 20);
  for (const { scripts } of cases) assertEquals(scripts.map(({ style }) => style), [...styles]);
});

for (const program of cases) {
  Deno.test(`evaluate: ${program.name} (${program.kind}) ends as meant, in three styles and four protocols`, async (t) => {
    for (const script of program.scripts) {
      for (const [index, dialect] of dialects.entries()) {
        // A protocol streams for two of the three styles, or for one of them.
        const stream = (index + styles.findIndex((style) => style === script.style)) % 3 !== 2;
        await t.step(`${script.style}, ${dialect.provider}${stream ? "" : ", not streaming"}`, async () => {
          await check(program, script, { dialect, stream });
        });
      }
    }
  });
}

async function check(
  program: Case,
  script: Script,
  how: Pick<Parameters<typeof evaluateScript>[2], "dialect" | "stream">,
): Promise<void> {
  const verdict = await evaluateScript(program, script, { ...how, rules: shippedRules });
  const { faults, unused, missing, repairs, said } = verdict;
  assertEquals({ faults, unused, missing }, { faults: [], unused: [], missing: [] }, said.join("\n"));
  assertEquals(Math.max(repairs, script.repairs), script.repairs, `at most ${script.repairs} repairs`);
}
