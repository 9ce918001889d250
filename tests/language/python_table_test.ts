import { assertEquals } from "@std/assert";
import { type Encoded, loadSandbox } from "../../src/sandbox/mod.ts";
import { defaultLimits } from "../../src/sandbox/mod.ts";
import { sandboxBuiltins } from "../../src/engine/builtins/table.ts";
import { parse } from "./support.ts";
import { pythonTable } from "../support/python_table.ts";

// Each row of the table holds what Python itself gave. tests/testdata/python/make_table.py writes the table.

const sandbox = await loadSandbox(sandboxBuiltins);
const { rows, variables, now } = pythonTable();

/** The text that a placeholder shows. */
async function shownBy(expression: string): Promise<string> {
  const mentioned = Object.keys(variables).map((name) => `$${name}`).join(" ");
  const { program, problems } = await parse(
    `# A\n## Main\nValue: {${expression}}\n### Steps\n- use ${mentioned}\n`,
  );
  const problem = problems.find(({ code }) => code === "placeholder");
  if (problem !== undefined) return `problem: ${problem.message}`;
  const { placeholders } = program.agents[0]!.playbooks[0]!;
  if (placeholders.length !== 1) return `${placeholders.length} placeholders`;
  using scope = sandbox.open({
    code: { kind: "expressions", expressions: [placeholders[0]!.expression], locals: {} },
    self: { id: "1000", klass: "A" },
    state: variables as Record<string, Encoded>,
    playbooks: [],
    classes: {},
    agents: [],
    seed: "seed",
    nowMs: now,
    limits: defaultLimits,
  });
  const { end } = scope.start();
  if (end?.kind === "threw") return `error: ${end.error.message}`;
  return end?.kind === "returned" ? String((end.value as readonly Encoded[])[0]) : "no end";
}

Deno.test("python: the table has at least 250 expressions", () => {
  assertEquals(rows.length >= 250, true);
});

for (const section of new Set(rows.map((row) => row.section))) {
  Deno.test(`python: each expression gives what Python gives: ${section}`, async () => {
    const wrong: unknown[] = [];
    for (const { expression, shown } of rows.filter((row) => row.section === section)) {
      const found = await shownBy(expression);
      if (found !== shown) wrong.push({ expression, shown, found });
    }
    assertEquals(wrong, []);
  });
}
