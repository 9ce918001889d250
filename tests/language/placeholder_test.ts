import { assertEquals } from "@std/assert";
import { pythonToJavaScript } from "../../src/language/python_expression.ts";
import { parse } from "./support.ts";

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
    "{$total} {total} {$item.a[0]['$b']}": ["state.total", "state.total", "item.a[0]['$b']"],
    "{{$total * 100}}": ["state.total * 100"],
    "{tax} {half($total)} {fromCode}": ["tax", "half(state.total)", "state.fromCode"],
    "{GetJoke()} {get_joke(1)} {Buyer.Main($item)}": ["GetJoke()", "GetJoke(1)", "Buyer.Main(item)"],
    "{[1, 2].map(i => i * n)} {JSON.stringify({ item, $total })}": [
      "[1, 2].map(i => i * n)",
      "JSON.stringify({ item, total: state.total })",
    ],
    "{(n)} {((n) + (1))} {`a${n}b`} {'}' + n}": ["(n)", "((n) + (1))", "`a${n}b`", "'}' + n"],
    "{LoadFile('a.md')} {timestamp} {state.x}": ["LoadFile('a.md')", "timestamp", "state.x"],
    '{"a": {$item}} and {"b": {n}}': ["item", "n"],
    "{await GetJoke()}": ["await GetJoke()"],
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
    "{item // 2} {item /* x */}",
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

Deno.test("placeholder: it may be written as in Python", async (t) => {
  const cases: Readonly<Record<string, string>> = {
    '{$item or "none"}': '(item) || ("none")',
    '{"A" if n > 3 and not $total else "B"}': '(((n > 3) && (!(state.total))) ? ("A") : ("B"))',
    "{len($item)} ": "(item).length",
    "{str(n) + ' x'}": "String(n) + ' x'",
    "{round($total, 2)}": "Number((state.total).toFixed(2))",
    "{None if $item is None else $item}": "((item == null) ? (null) : (item))",
    "{$item is not None}": "item != null",
    '{LoadFile("x", inline=True, silent=n == 1)}': 'LoadFile("x", { inline: true, silent: n == 1 })',
    "{max([n, 2]) + min(n, 1)}": "Math.max(...[n, 2]) + Math.min(n, 1)",
    "{GetJoke(topic=$item)}": "GetJoke({ topic: item })",
  };
  for (const [description, expected] of Object.entries(cases)) {
    await t.step(description, async () => assertEquals(await placeholdersOf(description), [expected]));
  }
});

Deno.test("placeholder: pythonToJavaScript() leaves JavaScript unchanged and gives up on invalid tokens", () => {
  const source = "a ? b.len(c) : `x${d}` === { e: [f, 'or and not'] }";
  assertEquals(pythonToJavaScript(source.replaceAll("`x${d}`", "'x'")), source.replaceAll("`x${d}`", "'x'"));
  assertEquals(pythonToJavaScript("the user's name"), undefined);
  assertEquals(pythonToJavaScript("(a]"), undefined);
});
