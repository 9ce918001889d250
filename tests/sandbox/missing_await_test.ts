import { assertEquals } from "@std/assert";
import { parse } from "acorn";
import { missingAwaits } from "../../src/sandbox/host/missing_await.ts";

const effects = {
  functions: new Set(["Say", "Yield", "Rate"]),
  classes: new Set(["Buyer"]),
  unawaited: new Set(["Say"]),
};

function marked(code: string): string {
  const program = parse(code, {
    ecmaVersion: "latest",
    allowAwaitOutsideFunction: true,
    allowReturnOutsideFunction: true,
  });
  const inserts = missingAwaits(program, code, effects).flatMap(({ start, end }) => [
    { at: start, text: "«" },
    { at: end, text: "»" },
  ]);
  return inserts.sort((a, b) => b.at - a.at).reduce(
    (text, { at, text: mark }) => text.slice(0, at) + mark + text.slice(at),
    code,
  );
}

/** Code in the style of models. Marks surround the calls that get an added await. */
const table: readonly string[] = [
  "const rate = «Rate(1)»;",
  "let rate; rate = «self.Rate(1)»;",
  "state.rate = «Buyer.Rate(1)»;",
  'Say("user", `rate: ${«Rate(1)»}`);',
  'Say("user", «Rate(1)»);',
  'if («Rate(1)») Say("user", "some");',
  "while («Rate(1)») { await Rate(2); }",
  'if («Rate(1)» > 3) Say("user", "much");',
  "const half = «Rate(1)» / 2;",
  'const name = «Yield("user")».trim();',
  "Return(«Rate(1)»);",
  "for (const one of «Rate(1)») Say(one);",
  "const rates = await Promise.all([Rate(1), Rate(2)]);",
  "const later = Rate(1); const other = await later;",
  "const a = Rate(1), b = Rate(2); const both = await Promise.all([a, b]);",
  "const rate = await Rate(1);",
  'self.Say("user", "hi");',
  "«Rate(1)»; if (true) «self.Yield()»; for (;;) «Buyer.Rate(1)»;",
  "const f = async () => { «Rate(1)»; };",
  "const f = () => { Rate(1); };",
  "void Rate(1);",
  "«[1, 2].forEach(async (n) => { «Rate(n)»; })»;",
  "[1, 2].forEach((n) => { Rate(n); });",
  "Rate(1).then((rate) => Say(rate));",
  "const slow = Rate(1); slow.then(() => 1);",
  "const f = () => Rate(1);",
  "const f = async () => { const rate = «Rate(1)»; };",
  "const f = () => { const rate = Rate(1); };",
  "const promises = [1, 2].map((n) => Rate(n)); await Promise.all(promises);",
  'const text = "const rate = Rate(1)";',
  "const other = unknown(Rate(1));",
];

for (const expected of table) {
  const code = expected.replace(/[«»]/g, "");
  Deno.test(`missing await: ${code}`, () => assertEquals(marked(code), expected));
}
