import { assertEquals } from "@std/assert";
import { dialects } from "../model/asking.ts";
import { type Case, readCases, styles } from "./cases.ts";
import { evaluateScript } from "./evaluate.ts";
import { shippedRules } from "./rule_variants.ts";
import type { Script } from "./script.ts";

const cases = readCases();

/** Answers whose slips are not read rightly yet. */
const pending: readonly string[] = [
  "negotiation terse",
  "brief chatty",
  "brief terse",
  "chat chatty",
  "chat terse",
  "complaint chatty",
  "complaint terse",
  "dinner chatty",
  "egg_timer chatty",
  "egg_timer terse",
  "haggle chatty",
  "haggle terse",
  "letter chatty",
  "letter terse",
  "modes chatty",
  "modes terse",
  "negotiation chatty",
  "notes chatty",
  "notes terse",
  "order_support chatty",
  "parcel_desk chatty",
  "puppet chatty",
  "puppet terse",
  "story chatty",
  "story terse",
  "tax chatty",
  "triage chatty",
  "triage terse",
  "triggers chatty",
  "triggers terse",
  "variables chatty",
  "variables terse",
  "waiting chatty",
  "waiting terse",
];

Deno.test("evaluate: there are 20 programs with answers in three styles", () => {
  assertEquals(cases.length, 20);
  for (const { scripts } of cases) assertEquals(scripts.map(({ style }) => style), [...styles]);
});

for (const program of cases) {
  Deno.test(`evaluate: ${program.name} (${program.kind}) ends as meant, in three styles and four protocols`, async (t) => {
    for (
      const script of program.scripts.filter(({ style }) => !pending.includes(`${program.name} ${style}`))
    ) {
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
