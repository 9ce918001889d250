import { assert, assertEquals } from "@std/assert";
import { parse, short } from "./support.ts";

/** A program in which `description` may name a parameter, variables, a helper, playbooks and a class. */
async function placeholdersOf(description: string): Promise<string[]> {
  const { program } = await parse(`
# Shop
\`\`\`js
const tax = 3;
function half(x) { return state.fromCode / 2; }
\`\`\`
## Show($item, n=1)
${description}
### Steps
- Remember $total
## Get joke
- x
# Buyer
## Main
- x
`);
  const [show] = program.agents[0]!.playbooks;
  for (const { start, end } of show!.placeholders) {
    assertEquals([show!.description[start], show!.description[end - 1]], ["{", "}"]);
  }
  return show!.placeholders.map((placeholder) => placeholder.expression);
}

Deno.test("placeholder: it is an expression over names that the agent knows", async (t) => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    "{$item} and {item} and { n }": ["item", "item", "n"],
    "{$total} {total} {fromCode}": ['variable$("total")', 'variable$("total")', 'variable$("fromCode")'],
    "{tax} {half($total) || 1}": ["tax", '(await half(variable$("total"))) || 1'],
    "{GetJoke() || 1} {get_joke(1) || 1}": ["(await GetJoke()) || 1", "(await GetJoke(1)) || 1"],
    "{Buyer.Main($item) || 1}": ["(await Buyer.Main(item)) || 1"],
    "{[1, 2].map(i => i * n)} {JSON.stringify({ item, $total })}": [
      "[1, 2].map(i => i * n)",
      'JSON.stringify({ "item": item, "total": variable$("total") })',
    ],
    "{`a${n}b`} {'}' + n.length}": ['`a${words$(n,"n")}b`', "'}' + n.length"],
    "{LoadFile('a.md') && 1} {state.x || 1}": ["(await LoadFile('a.md')) && 1", "state.x || 1"],
    '{"a": {$item}} and {"b": {n}}': ["item", "n"],
    "{GetJoke().toUpperCase()}": ["(await GetJoke()).toUpperCase()"],
    "{await (GetJoke() + 1)} {await await GetJoke()}": ["await ((await GetJoke()) + 1)", "await GetJoke()"],
    "{(await GetJoke()).length} {await GetJoke().x}": [
      "((await GetJoke())).length",
      "await (await GetJoke()).x",
    ],
    "{await GetJoke()} {GetJoke('a')} {half(n)}": ["await GetJoke()", "await GetJoke('a')", "await half(n)"],
    "{$item ? 1 : 2} {$total ?? 0} {!$total} {$total === undefined}": [
      "item ? 1 : 2",
      'variable$("total",true) ?? 0',
      '!variable$("total",true)',
      'variable$("total",true) === undefined',
    ],
    "{'k' in $total && 1} {$item[-1] ?? 0}": [
      "python$.in(variable$(\"total\",true),'k') && 1".replace(",true", ""),
      "python$.item(item,-1) ?? 0",
    ],
  };
  for (const [description, expected] of Object.entries(cases)) {
    await t.step(description, async () => assertEquals(await placeholdersOf(description), expected));
  }
});

Deno.test("placeholder: text in braces without an expression or a known name stays text", async (t) => {
  const texts = [
    '{"type": "DEEP"}',
    "{extract question from session}",
    "{unknown} {$item.x + unknown}",
    "\\d{4} {1 + 1} {'text'}",
    "{} {{}} { }",
    "{n = 2} {n++} {delete item.x} {n; n}",
    "{item /* x */} {item # x}",
    '{"yes" or "no"} {4} {1,3} {String} {list} {[1, 2]} {("a", "b")}',
    "{not unknown} {x for x in unknown} {unknown if n else 1}",
    "{GetJoke} {Buyer} {LoadFile}",
    "{function () { return n; }} {() => { while (1); }}",
    "{n",
    "{the user's name}",
    "{n)(n}",
    "{$5}",
    "{new.target} {this.n} {import('x')}",
    `{${"n+".repeat(600)}n}`,
  ];
  for (const text of texts) {
    await t.step(text.slice(0, 60), async () => assertEquals(await placeholdersOf(text), []));
  }
});

Deno.test("placeholder: each has its text and its place in the source", async () => {
  const { program } = await parse("# A\n## B($x)\n\n  First line\nand { $x }\n> {x} ok\n### Steps\n- y\n");
  const [{ placeholders } = { placeholders: [] }] = program.agents[0]!.playbooks;
  assertEquals(placeholders.map(({ source, location }) => [source, location.line, location.column]), [
    ["$x", 5, 5],
    ["x", 6, 3],
  ]);
});

Deno.test("placeholder: a call with a variable whose function nothing defines is a warning", async (t) => {
  const cases: Readonly<Record<string, readonly string[]>> = {
    "{lenn($items)}": ["lenn: Did you mean len?"],
    "{hlaf($total)} and {half($total)}": ["hlaf: Did you mean half?"],
    "{ GetJok($total) }": ["GetJok: Did you mean GetJoke?"],
    "{{xyzzy($total)[0]}}": ["xyzzy: "],
    "{len($items)} {half($total)} {GetJoke($n)} {str($n)} {Math.max($n, 2)}": [],
    '{"a": f($x)} {the word($x)} {f(x)} {f()} {String} { "k": 1 }': [],
  };
  for (const [description, expected] of Object.entries(cases)) {
    await t.step(description, async () => {
      const { problems } = await parse(`
# Shop
\`\`\`js
function half(x) { return x / 2; }
\`\`\`
## Show
### Triggers
- At the beginning
${"### Steps"}
- Look($items, $total, $n)
## Look($items, $total, $n)
${description}
## Get joke($n)
- x
`);
      const found = problems.filter(({ code }) => code === "placeholder");
      assertEquals(
        found.map(({ message, hint }) => `${/"(\w+)"$/.exec(message)?.[1]}: ${hint ?? ""}`),
        expected,
      );
      assertEquals(found.filter(({ severity }) => severity !== "warning"), []);
    });
  }
});

for (
  const [open, fill, end] of [
    ["{lenn(", "$a", ")"],
    ["{lenn(", "$a)", ""],
    ["", "{lenn($a", ")"],
    ["{", " ", "lenn("],
    ["{lenn(", "\n", "$a)"],
  ] as const
) {
  Deno.test(`placeholder: a long line is read at once: ${JSON.stringify(open + fill + end)}`, async () => {
    const fromMs = performance.now();
    await parse(`# A\n## B($x)\nSee ${open}${fill.repeat(20_000)}${end.repeat(20_000)}\n### Steps\n- y\n`);
    const tookMs = performance.now() - fromMs;
    assert(tookMs < 10_000, `It took ${Math.round(tookMs)} ms`);
  });
}

Deno.test("placeholder: an expression that cannot run is a problem with its place and the way out", async (t) => {
  const cases: Readonly<Record<string, string>> = {
    "{(y := $x)}": "`:=` is not possible in a placeholder; set the variable in a step",
    "{[B(i) for i in x] or list(map(lambda i: B(i), x))}":
      "a lambda cannot call a playbook or a function; call it first, and use its result",
    "{1 < $x < 3 ? 1 : 2}":
      "a chain of comparisons compares the result of the first one in JavaScript; join two with &&",
    "{$x + 12345678901234567890 if x else 1}":
      "12345678901234567890 is larger than 9007199254740991, so its digits would be wrong",
  };
  for (const [text, message] of Object.entries(cases)) {
    await t.step(text, async () => {
      const { problems } = await parse(`# A\n## B($x)\nSee ${text}\n### Steps\n- y\n`);
      const found = problems.filter(({ code }) => code === "placeholder").map((problem) => short(problem));
      assertEquals(found, [`! 3:5 ${text}: ${message}`]);
    });
  }
});
