/** Programs of the original with Python, upgraded and run by the real runtime. */
import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import { reservedNames } from "../../src/engine/builtins/table.ts";
import { parseProgram } from "../../src/language/mod.ts";
import { upgradeProgram } from "../../src/upgrade/mod.ts";
import { play, type PlayOptions } from "../support/harness.ts";
import { type Script, scriptedModel } from "../support/scripted_model.ts";

const builtins = new Set(reservedNames);

async function upgraded(text: string, path = "test.pb"): Promise<string> {
  const { after, notes } = await upgradeProgram({ path, text }, builtins);
  assertEquals(notes.filter(({ needsPerson }) => needsPerson), []);
  assert(!/```python/.test(after), after);
  const again = await upgradeProgram({ path, text: after }, builtins);
  assertEquals([again.after, again.notes], [after, []]);
  return after;
}

async function said(text: string, script: Script, options: PlayOptions = {}): Promise<readonly string[]> {
  const played = await play(await upgraded(text, options.path), { model: scriptedModel(script), ...options });
  assertEquals(played.result.kind, "completed", JSON.stringify(played.result));
  return played.said;
}

const begin = "### Triggers\n- At the beginning\n### Steps\n- Go on\n";

Deno.test("upgrade: code between two model-run playbooks says what the second one returned", async () => {
  const text = `# Reporter

\`\`\`python
@playbook
async def generate_report_summary():
  # Assume report_data is gathered here by Python logic
  report_data = {"sales": 1000, "region": "North"}
  summary = await FormatSummary(report_data)
  await Say("user", f"Generated Summary: {summary}")
\`\`\`

## FormatSummary($report_data)
### Steps
- Return the summary

## Main
${begin}`;
  const lines = await said(text, {
    Main: ["await generate_report_summary(); EndProgram();"],
    FormatSummary: ['Return("Sales: " + report_data.sales + " in the " + report_data.region);'],
  });
  assertEquals(lines, ["Generated Summary: Sales: 1000 in the North"]);
});

Deno.test("upgrade: the sine of ten and of exp(3!) are those of Python", async () => {
  const text = `# MathSolver

\`\`\`python
@playbook
import math
async def Factorial(a: int):
    return math.factorial(a)

@playbook
async def Exp(a: float):
    return math.exp(a)

@playbook
async def Sin(a: float):
    """Computes the sine"""
    return math.sin(a)

@playbook(triggers=["When you need ten sines"], public=True)
async def TenSines(num: float = 10) -> str:
    value = await Sin(num)
    return f"{value * 10:.2f}"
\`\`\`

## Main
${begin}`;
  const lines = await said(text, {
    Main: [
      `const x = await Sin(await Exp(await Factorial(3)));
      await Say("user", x.toFixed(1)); await Say("user", await TenSines()); EndProgram();`,
    ],
  });
  assertEquals(lines, [Math.sin(Math.exp(6)).toFixed(1), "-5.44"]);
});

Deno.test("upgrade: a PIN is asked for again until it is one, and the agent's state keeps it", async () => {
  const text = `# Example program

\`\`\`python
@playbook(triggers=["When user provides a PIN"])
async def Validation1(pin: str) -> bool:
  while len(pin) != 4 or not pin.isdigit():
    await Say("user","Sorry, that's not a valid PIN. Please try again.")
    messages = await WaitForMessage("human")
    pin = messages[0].content
  agent.state.pin = pin
  return pin
\`\`\`

## Main
${begin}`;
  const lines = await said(text, {
    Main: ['const p = await Validation1("12"); await Say("user", p + " " + state.pin); EndProgram();'],
  }, { replies: ["12a4", "1234"] });
  const sorry = "Sorry, that's not a valid PIN. Please try again.";
  assertEquals(lines, [sorry, sorry, "1234 1234"]);
});

Deno.test("upgrade: public code of one agent is called by another, in the numbered form", async () => {
  const text = `# FirstAgent
This is a test agent

\`\`\`python
import math

@playbook(triggers=["T1:CND When you need to compute square root"], public=True)
async def A(num: float) -> float:
  return math.sqrt(num)
\`\`\`

## X() -> None
Main
### Steps
- 01:RET

# CountryInfo
Facts

\`\`\`python
@playbook(public=True)
async def GetLengthOfCountry(country: str):
  return len(country)
\`\`\`

## Main() -> None
Main execution
### Triggers
- T1:BGN At the beginning
### Steps
- 01:QUE $answer:float = FirstAgent.A(num=1024)
- 02:YLD exit
`;
  const lines = await said(text, {
    "CountryInfo.Main": [
      `await Say("user", String(await FirstAgent.A({ num: 1024 })));
      await Say("user", String(await GetLengthOfCountry("India"))); EndProgram();`,
    ],
  }, { path: "multi.pbasm" });
  assertEquals(lines, ["32", "5"]);
});

Deno.test("upgrade: what code changes in its module is kept in the agent's state from call to call", async () => {
  const text = `# Desk

\`\`\`python
tables = {"18:00": 1}
count = 0

@playbook(public=True)
async def Reserve(time: str):
    global count
    count += 1
    if tables.get(time, 0) <= 0:
        return f"full ({count})"
    tables[time] -= 1
    return f"reserved ({count})"
\`\`\`

## Main
${begin}`;
  const lines = await said(text, {
    Main: [
      'await Say("user", await Reserve("18:00"));',
      'await Say("user", await Reserve("18:00")); EndProgram();',
    ],
  });
  assertEquals(lines, ["reserved (1)", "full (2)"]);
});

Deno.test("upgrade: a code-only agent begins by its trigger and needs no model", async () => {
  const text = `# Keeper

\`\`\`python
SECRETS = {"alice": "OhSoSecret!"}

@playbook(triggers=["At the beginning"])
async def Main():
    await Say("user", "Who are you?")
    messages = await WaitForMessage("human")
    name = messages[0].content.strip().lower()
    secret = await GetSecret(name)
    await Say("user", f"Secret code: {secret}")
    await EndProgram()

@playbook
async def GetSecret(name: str) -> str:
    return SECRETS.get(name, "none")
\`\`\`
`;
  const lines = await said(text, {}, { replies: [" Alice "] });
  assertEquals(lines, ["Who are you?", "Secret code: OhSoSecret!"]);
});

Deno.test("upgrade: a placeholder with an import of the block keeps its value", async () => {
  const text = `# Clock

\`\`\`python
from datetime import date
import math
\`\`\`

Today is in the year {date.today().strftime("%Y")}; half a turn is {round(math.pi, 2)}; {name} stays.

## Main
${begin}`;
  const after = await upgraded(text);
  assertStringIncludes(
    after,
    '{date.today().strftime("%Y")}; half a turn is {round(math.pi, 2)}; {name} stays.',
  );
});

Deno.test("upgrade: placeholders with imports have the value of Python, with whatever else is in the block", async (t) => {
  const placeholders = [
    ["from datetime import date", '{date.today().strftime("%A, %d %B %Y")}', "Tuesday, 14 November 2023"],
    ["from datetime import datetime", '{datetime.now().strftime("%H:%M")}', "22:13"],
    [
      "from datetime import date, timedelta",
      "{(date.today() + timedelta(days=30)).isoformat()}",
      "2023-12-14",
    ],
    ["import datetime", "{datetime.date.today().year}", "2023"],
    ["import time", "{int(time.time())}", "1700000000"],
    ["import math", "{math.sqrt(16)} {round(math.pi, 2)}", "4 3.14"],
    ["import json", '{json.dumps({"a": 1})}', '{"a": 1}'],
    // Names that placeholders do not have, so they become JavaScript.
    ["from datetime import date as day", '{day.today().strftime("%Y")}', "2023"],
    ["import datetime as dt", '{dt.date.today().strftime("%d")}', "14"],
    ["from math import sqrt", "{sqrt(16)}", "4"],
    ["import random", "{len(random.sample([1, 2, 3], 2))}", "2"],
  ] as const;
  const others = [
    "",
    '\nFORM = "%Y"\n',
    "\n@playbook\ndef Double(x: int):\n    return x // 2\n",
    "```\n\n```python\ndef one():\n    return 1\n",
  ];
  for (const [at, [imports, placeholder, value]] of placeholders.entries()) {
    await t.step(placeholder, async () => {
      const block = `\`\`\`python\n${imports}\n${others[at % others.length]}\`\`\``;
      const text = `# Clock\n\n${block}\n\n## Main\nIt is ${placeholder}; so it is.\n${begin}`;
      const played = await play(await upgraded(text), { model: scriptedModel({ Main: ["EndProgram();"] }) });
      assertEquals(played.result.kind, "completed", JSON.stringify(played.result));
      const told = played.requests.at(-1)!.messages.map((message) => message.text).join("\n");
      assertStringIncludes(told, `It is ${value}; so it is.`);
    });
  }
});

Deno.test("upgrade: what has no translation stays as a comment, and running it is an error", async () => {
  const text = `# Searcher

\`\`\`python
import os
from tavily import TavilyClient

client = TavilyClient(api_key=os.environ["KEY"])

@playbook
async def Search(query: str):
    """Searches the web."""
    return client.search(query)["results"]

@playbook
async def Count(text: str):
    return len(text)
\`\`\`

## Main
${begin}`;
  const { after, notes } = await upgradeProgram({ path: "a.pb", text }, builtins);
  const looked = notes.filter(({ needsPerson }) => needsPerson);
  assertEquals(looked.map(({ line }) => line), [5, 7, 12]);
  assertStringIncludes(looked[0]!.message, "tavily");
  assertStringIncludes(after, "// client = TavilyClient(");
  assertStringIncludes(after, "  // return client.search(query)");
  const played = await play(after, {
    model: scriptedModel({
      Main: [
        `await Say("user", String(await Count("abc")));
        try { await Search("x"); } catch (error) { await Say("user", error.message); } EndProgram();`,
      ],
    }),
  });
  assertEquals(played.said[0], "3");
  assertStringIncludes(played.said[1]!, "Not translated from Python");
  // The place that stops says why, since nobody sees the report of the upgrade by then.
  const why = '"client" has no translation: tavily.TavilyClient() of Python has no counterpart here';
  assertEquals(looked[2]!.message, why);
  assertStringIncludes(played.said[1]!, why);
});

Deno.test("upgrade: SaveArtifact gives the name, and an artifact counts as its text", async () => {
  const text = `# Archive

\`\`\`python
import json

@playbook(triggers=["At the beginning"])
async def Main():
    await SaveArtifact("draft", "A draft", "no")
    name = await SaveArtifact("report", "A report", content="All is wéll 🙂, all")
    report = await LoadArtifact(name)
    await Say("user", f"{name} {len(report)} {report[:3]} {report[-1]} {report[::5]} {'wé' in report} {'x' in report}")
    await Say("user", f"{report == 'x'} {report[:3] == 'All'} {report} {type(report).__name__}")
    await Say("user", f"{json.dumps({'r': report[:3]})} {report.upper()[:3]} {report.count('ll')} {report < 'B'}")
    await Say("user", await Describe(report))
    await Say("user", f"{await SaveArtifact('empty', 's', '')} {'full' if await LoadArtifact('empty') else 'empty'}")
    await EndProgram()

@playbook
async def Describe(value):
    return f"{len(value)} {value == 'x'} {'yes' if value else 'no'} {json.dumps([value], ensure_ascii=False)} {list(value)[0]}"
\`\`\`
`;
  const after = await upgraded(text);
  assertStringIncludes(after, '  await SaveArtifact("draft", "A draft", "no");');
  assertEquals(await said(text, {}), [
    "report 18 All l Asla True False",
    "False True All is wéll 🙂, all str",
    '{"r": "All"} ALL 3 True',
    '18 False yes ["All is wéll 🙂, all"] A',
    "empty empty",
  ]);
});

Deno.test("upgrade: a block that is not Python stays as it is, with its line", async () => {
  const text = "# A\n\n```python\ndef f(:\n  return 1\n```\n\n## Main\n- Go on\n";
  const { after, notes } = await upgradeProgram({ path: "a.pb", text }, builtins);
  assertEquals(after, text);
  assertEquals(notes.map(({ line, needsPerson }) => [line, needsPerson]), [[4, true]]);
});

Deno.test("upgrade: first lines, servers in Python and indented blocks", async () => {
  const text = `#!/usr/bin/env pb
# Files:MCP
remote:
  type: mcp
  transport: memory
  url: memory://../servers/files.py?var=server

# Agent

1. A list
   \`\`\`python
   @playbook
   def F(x):
       # a comment
       return x

   \`\`\`

## Main
### Steps
- Exit()
`;
  const after = await upgraded(text);
  assertEquals(
    after,
    `#!/usr/bin/env -S playbooks run
# Files:MCP
remote:
  type: mcp
  command: fastmcp
  args: ["run", "../servers/files.py:server"]

# Agent

1. A list
   \`\`\`ts
   export function F(x) {
     // a comment
     return x;
   }
   \`\`\`

## Main
### Steps
- EndProgram()
`,
  );
});

Deno.test("upgrade: line ends of Windows and a file without Python stay", async () => {
  const windows = "# A\r\n\r\n```python\r\n@playbook\r\ndef F():\r\n    return 1\r\n```\r\n";
  const { after } = await upgradeProgram({ path: "a.pb", text: windows }, builtins);
  assertEquals(after, "# A\r\n\r\n```ts\r\nexport function F() {\r\n  return 1;\r\n}\r\n```\r\n");
  const plain = "# A\n\n```ts\nexport function f() {}\n```\n\n## Main\n- Say Exit\n\n\n";
  assertEquals((await upgradeProgram({ path: "a.pb", text: plain }, builtins)).after, plain);
});

const corpus = "../shared/corpus";

Deno.test("upgrade: every program of the corpus has no Python afterwards, and no new error", async (t) => {
  let names: string[] = [];
  try {
    names = [...Deno.readDirSync(corpus)].filter(({ isFile }) => isFile).map(({ name }) => name).sort();
  } catch {
    // The corpus is data beside the repository. The programs above are of the same kinds.
  }
  for (const path of names) {
    await t.step(path, async () => {
      const text = await Deno.readTextFile(`${corpus}/${path}`);
      if (!/```python/.test(text)) return;
      const after = await upgraded(text, path);
      const errors = async (source: string) =>
        (await parseProgram([{ path, text: source }], { builtins: reservedNames })).problems
          .filter(({ severity }) => severity === "error").map(({ message }) => message);
      const before = new Set(await errors(text));
      assertEquals((await errors(after)).filter((message) => !before.has(message)), []);
    });
  }
});
