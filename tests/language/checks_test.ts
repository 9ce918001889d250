import { assertEquals } from "@std/assert";
import { reservedNames } from "../../src/engine/builtins/table.ts";
import { formatProblems, parseProgram, problemKinds } from "../../src/language/mod.ts";
import { globalNames } from "../../src/sandbox/mod.ts";
import { short } from "./support.ts";

const begin = "## Main\n### Triggers\n- At the beginning\n### Steps\n- x\n";

/** The problems of a program as `check` finds them: `severity line:column message | hint`. */
async function checked(text: string): Promise<string[]> {
  const { problems } = await parseProgram([{ path: "a.pb", text }], {
    builtins: reservedNames,
    checks: { globals: globalNames },
  });
  return problems.map((problem) =>
    `${problem.severity} ${short(problem).slice(2)}${problem.hint === undefined ? "" : ` | ${problem.hint}`}`
  );
}

/** Checks one step of an agent that has some playbooks, beside other agents. */
function checkedStep(step: string): Promise<string[]> {
  return checked(`# Shop
## Main
### Triggers
- At the beginning
### Steps
- ${step}
## Get rate($x)
### Steps
- Return 1
\`\`\`ts
const factor = 2;
function double(x: number) { return x * factor; }
export async function find_order(id: string) { return double(Number(id)); }
\`\`\`
# Tax agent
## Public rate
public: true
### Steps
- Return 1
## Secret rate
### Steps
- Return 1
# Alice:Human
`);
}

Deno.test("checks: a step that calls what does not exist, or is private, is a warning at the call", async (t) => {
  const cases: readonly (readonly [step: string, ...expected: string[]])[] = [
    ["$x = GetRates(3)", 'warning 6:8 Shop has no playbook "GetRates" | Did you mean GetRate?'],
    [
      "Lookup()",
      'warning 6:3 Shop has no playbook "Lookup" | Add "## Lookup" to Shop, or say in words what to do',
    ],
    [
      "If it is late, CloseShop($x) and go",
      'warning 6:18 Shop has no playbook "CloseShop" | Add "## CloseShop" to Shop, or say in words what to do',
    ],
    ["$x = double2(4)", 'warning 6:8 Shop has no playbook "double2" | Did you mean double?'],
    [
      "self.Close()",
      'warning 6:8 Shop has no playbook "Close" | Add "## Close" to Shop, or say in words what to do',
    ],
    [
      "$x = TaxAgent.GetRate(3)",
      'warning 6:17 TaxAgent has no playbook "GetRate" | Its public playbooks: PublicRate',
    ],
    ["$x = Taxi.PublicRate(3)", 'warning 6:8 There is no agent "Taxi" | The agents are: Shop, TaxAgent'],
    [
      "$x = Tax.SecretRate()",
      'warning 6:12 "SecretRate" of TaxAgent is not public, so Shop cannot call it | ' +
      'Add "public: true" below its heading in line 20 of a.pb',
    ],
    [
      "Call SecretRate of the tax agent",
      'warning 6:8 "SecretRate" of TaxAgent is not public, so Shop cannot call it | ' +
      'Add "public: true" below its heading in line 20 of a.pb',
    ],
    [
      "$agent.SecretRate()",
      'warning 6:10 "SecretRate" of TaxAgent is not public, so Shop cannot call it | ' +
      'Add "public: true" below its heading in line 20 of a.pb',
    ],
    [
      "Run `GetOrders` and go on",
      'warning 6:8 Shop has no playbook "GetOrders" | Add "## GetOrders" to Shop, or say in words what to do',
    ],
    [
      "$x = 概要($y)",
      'warning 6:8 Shop has no playbook "概要" | Add "## 概要" to Shop, or say in words what to do',
    ],
    ["Call GetRat", 'warning 6:8 Shop has no playbook "GetRat" | Did you mean GetRate?'],
    [
      "Wait\n  and then\n  $x = GetOrders($y)",
      'warning 8:8 Shop has no playbook "GetOrders" | Add "## GetOrders" to Shop, or say in words what to do',
    ],
  ];
  for (const [step, ...expected] of cases) {
    await t.step(step, async () => assertEquals(await checkedStep(step), expected));
  }
});

Deno.test("checks: prose in a step is never a problem", async (t) => {
  const steps = [
    "Ask the user for the name(s) of the file(s) and the ID(s)",
    "Compute sin(exp(5!)) and f(x) = max(a, b)",
    "$n = len($items)",
    "Say(user, Output the greeting)",
    'Tell the user "call GetOrders() when it is late"',
    "Explain HTTP(S) and O(n) to the user, e.g. Fibonacci(n)",
    "Call McDonalds and ask for the price",
    "Run PowerShell, then PostgreSQL (9.6)",
    "Convert to Celsius(C) or Fahrenheit(F)",
    "Get $rate from GetRate($x)",
    "$x = get_rate(3), $y = GETRATE(4)",
    "PublicRate()",
    "$x = Tax.PublicRate(3)",
    "$x = double(find_order($id))",
    'Create a CreateAgent("Tax agent") and Loadfile("x.txt", inline=True)',
    "Write the regex `^(a|b)(c)$` and the code `print(x)`",
    "Visit https://example.com/Path(1) and github.com/Foo(bar)",
    "Use Math.max($a, $b) and JSON.stringify($x)",
    "$d = state.items.map(x => x.Name())",
    "```\nGetOrders()\n```",
    'Return {"Lookup(x)": 3}',
    "self.current_meeting.shared_state.x = 3",
    "$tax = TaxAgent.getOrCreate()",
    "Say hello (Politely) to Alice.",
    "请调用概要()",
    "请用GetRate($x)计算",
  ];
  for (const step of steps) await t.step(step, async () => assertEquals(await checkedStep(step), []));
});

/** Checks a function body of an agent's code. */
function checkedCode(code: string): Promise<string[]> {
  return checked(`# Shop
${begin}
\`\`\`ts
${code}
\`\`\`
## Get rate
- x
# Tax
## Public rate
public: true
- x
## Secret rate
- x
`);
}

Deno.test("checks: a name in code that nothing defines is an error at the name", async (t) => {
  const cases: readonly (readonly [code: string, ...expected: string[]])[] = [
    ["export async function F() { return fooBar; }", 'error 9:36 Nothing defines "fooBar"'],
    [
      "export async function F() { return GetRates(1); }",
      'error 9:36 Nothing defines "GetRates" | Did you mean GetRate?',
    ],
    [
      "export async function F() { return getRate(1); }",
      'error 9:36 Nothing defines "getRate" | Write GetRate',
    ],
    [
      "export async function F() { return PublicRate(); }",
      'error 9:36 Nothing defines "PublicRate" | Write Tax.PublicRate',
    ],
    ["export async function F() { total = 3; }", 'error 9:29 Nothing defines "total"'],
    ["const a: number = b;", 'error 9:19 Nothing defines "b"'],
    ["for (const x of [1]) {}\nfunction f() { return x; }", 'error 10:23 Nothing defines "x"'],
    [
      "export async function F() { await Tax.SecretRate(); }",
      'error 9:39 "SecretRate" of Tax is not public, so Shop cannot call it | Add "public: true" below its heading in line 17 of a.pb',
    ],
    [
      "export async function F() { await Tax.Rates(); }",
      'error 9:39 Tax has no playbook "Rates" | Its public playbooks: PublicRate',
    ],
    [
      "export async function F() { await self.GetRat(); }",
      'error 9:40 Shop has no playbook "GetRat" | Did you mean GetRate?',
    ],
    ["function f() { try { return Deno.x; } catch { return 1; } }", 'warning 9:29 Nothing defines "Deno"'],
  ];
  for (const [code, ...expected] of cases) {
    await t.step(code, async () => {
      const found = await checkedCode(code);
      assertEquals(found.map((text, index) => text.slice(0, expected[index]?.length)), expected);
    });
  }
});

Deno.test("checks: no name that code can use is a problem", async (t) => {
  const codes = [
    ...globalNames.map((name) => `const a = () => ${name};`),
    ...reservedNames.map((name) => `const a = () => ${name};`),
    "const a = 1;\n```\n\n```js\nfunction f() { return a + later; }\nconst later = 2;",
    "export async function F(x, { y = x, ...z } = {}) { const [q] = [x, y, z]; return q + F.length + arguments.length; }",
    "export async function F() { await Tax.PublicRate(); await Tax.getOrCreate(); await GetRate(); await self.Say('user', 'x'); }",
    "class A { #p = 1; static { A.q = 1; } get p() { return this.#p; } }\nconst a = new A();",
    "const f = typeof Buffer === 'undefined' ? 1 : 2;",
    "globalThis.cache = {};\nfunction f() { return cache; }",
    "label: for (const x of []) { continue label; }",
    "type T = Missing<string>;\ninterface U { a: AlsoMissing }\nconst t: T = 1 as unknown as U;",
    "export async function F() { for (const i in {}) { var v = i; } return v; }",
    "try { throw 1 } catch (e) { String(e); }",
    "const { a: { b }, ...c } = { a: { b: 1 } };\nconst d = [b, c];",
  ];
  for (const code of codes) await t.step(code, async () => assertEquals(await checkedCode(code), []));
});

Deno.test("checks: a name in a block that cannot be read is not reported again", async () => {
  const text = `# A
\`\`\`python
@playbook
def load_it(): pass
\`\`\`
\`\`\`ts
export async function F() { return load_it(); }
\`\`\`
## Main
### Triggers
- At the beginning
### Steps
- load_it()
`;
  assertEquals(await checked(text), [
    "error 2:1 A python block cannot run here; write it in a ```ts block | playbooks upgrade a.pb turns it into TypeScript",
  ]);
});

Deno.test("checks: attendees, entries and metadata keys are compared with the program", async (t) => {
  const cases: readonly (readonly [text: string, ...expected: string[]])[] = [
    [
      `# A\n${begin}## M\nmeeting: true\nrequired_attendees: [Bob, Nobody]\n- x\n# Bob\n## M\nmeeting: true\n- x`,
      'error 9:27 "M" invites "Nobody", and no agent or person has this name | There are: Bob',
    ],
    [
      `# A\n${begin}## M\nmeeting: true\noptional_attendees:\n  - Bob\n  - Alcie\n- x\n# Bob\n## M\nmeeting: true\n- x\n# Alice:Human`,
      'error 11:5 "M" invites "Alcie", and no agent or person has this name | Did you mean Alice?',
    ],
    [
      `# A\n${begin}## M\nmeeting: true\nrequired_attendees: [Bob]\n- x\n# Bob\n## P\n- x`,
      'warning 9:22 Bob cannot join "M": it has no meeting playbook | Add "## M" with "meeting: true" to Bob',
    ],
    [
      `# A\n${begin}## M\nmeeting: true\nrequired_attendees: [Bob]\n- x\n# Bob\n## P\nmeeting: true\n- x\n## Q\nmeeting: true\n- x`,
      'warning 9:22 Bob cannot join "M": none of its meeting playbooks has this name | Add "## M" with "meeting: true" to Bob',
    ],
    [
      `# A\n${begin}## M\nmeeting: true\n- x\n\`\`\`js\nexport async function F() { return meeting.topic; }\n\`\`\``,
    ],
    [
      `# A\n## Main\n### Triggers\n- At the beginning\n\nSolve it with tools.\n### Steps\n- x`,
      "warning 6:1 This line is not a list item; it is read as a trigger | " +
      'Put a description above "### Triggers", and begin each trigger with "- "',
    ],
    [
      `# A\n${begin}## Q\nIt is {B.Get()}\n# B\n## Get\n- x`,
      'warning 8:7 "Get" of B is not public, so A cannot call it | Add "public: true" below its heading in line 10 of a.pb',
    ],
    [
      `# A\n${begin}## M\nmeeting: true\nrequired_attendees: 3\n- x`,
      'error 9:1 "required_attendees" must be a list of names, such as [HeadChef, Alice], not 3',
    ],
    [
      `# A\n${begin}## M\nrequired_attendees: [user]\n- x`,
      'warning 8:1 "required_attendees" has no effect: "M" is not a meeting | Add "meeting: true" below its heading',
    ],
    [`# A\n${begin}## M\nmeeting: true\nrequired_attendees: [user, Al, MAGI_BO]\n- x\n# Ann:Human\nname: Al\n# Magi Bo\n## Talk\nmeeting: true\n- x`],
    [
      `# A\n${begin.replace("\n###", "\ncli_entry: true\n###")}## B\ncli_entry: true\n- x`,
      'error 9:1 "B" says "cli_entry: true", and so does "Main" in line 2 of a.pb | Remove the line from one of them',
    ],
    [
      `# A\nstart_mode: standby\n${begin}`,
      'warning 2:1 "start_mode" is not a key of this version | Did you mean "startup_mode"?',
    ],
    [
      `# A\n${begin}## B\npublik: true\n- x`,
      'warning 8:1 "publik" is not a key of this version | Did you mean "public"?',
    ],
    [
      `# A\nmeeting: true\n${begin}`,
      'warning 2:1 "meeting" has no effect here: it is a key of a playbook | Move it below the heading of the playbook',
    ],
    [
      `# A\n${begin}## B\nexecutionMode: raw\ntext`,
      'warning 8:1 "executionMode" is not a key of this version | Did you mean "execution_mode"?',
    ],
    [`# A\nframework: GAAP\nauthor: me\nnotes: none\n${begin}`],
  ];
  for (const [text, ...expected] of cases) {
    await t.step(expected[0] ?? text, async () => assertEquals(await checked(text), expected));
  }
});

Deno.test("checks: the examples and the programs of the tests have no problem", async (t) => {
  const cases = [...Deno.readDirSync("tests/evaluate/cases")].map(({ name }) =>
    `tests/evaluate/cases/${name}`
  );
  for (const folder of ["examples", ...cases]) {
    for (const { name } of Deno.readDirSync(folder)) {
      if (!/\.pb$/.test(name)) continue;
      await t.step(`${folder}/${name}`, async () => {
        assertEquals(await checked(Deno.readTextFileSync(`${folder}/${name}`)), []);
      });
    }
  }
});

Deno.test("checks: without the option, a program is read as a session reads it", async () => {
  const text = `# A\n${begin}\`\`\`js\nexport async function f() { return missing; }\n\`\`\`\n`;
  const { problems } = await parseProgram([{ path: "a.pb", text }], { builtins: reservedNames });
  assertEquals(formatProblems(problems), "");
});

Deno.test("checks: each kind of problem has a code of small letters and hyphens", () => {
  for (const code of Object.keys(problemKinds)) assertEquals(/^[a-z]+(?:-[a-z]+)*$/.test(code), true, code);
});
