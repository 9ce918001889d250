import { assertEquals } from "@std/assert";
import { playbookMarkdown } from "../../src/language/mod.ts";
import { nameKey, toCamelCase } from "../../src/language/names.ts";
import { parseHeading, signature } from "../../src/language/signature.ts";
import { parse } from "./support.ts";

Deno.test("names: toCamelCase() makes one name from any spelling", () => {
  const names: Readonly<Record<string, string>> = {
    "Order Support Agent": "OrderSupportAgent",
    "Magi_Gaspar": "MagiGaspar",
    "AI Assistant": "AiAssistant",
    "MY AGENT": "MyAgent",
    "MCP": "MCP",
    "my-agent v2": "MyAgentV2",
    "Get tax rate": "GetTaxRate",
    "TaxAgent": "TaxAgent",
    "getTaxRate": "GetTaxRate",
    "extract_metadata_from_text": "ExtractMetadataFromText",
    "Do not keep asking for same data more than 3 times": "DoNotKeepAskingForSameDataMoreThan3Times",
    "the user's café": "TheUsersCafe",
    " **Bold** & `code` ": "BoldCode",
    "日本": "日本",
    "日本 の 料理": "日本の料理",
    "Обзор дня": "ОбзорДня",
    "ΚΑΛΗ ΜΕΡΑ": "ΚαληΜερα",
    "мойАгент": "МойАгент",
    "مرحبا بالعالم": "مرحبابالعالم",
    "नमस्ते दुनिया": "नमस्तेदुनिया",
    "Überblick": "Uberblick",
    "Café e\u0301te\u0301": "CafeEte",
    "и\u0306од": "Йод",
    "🚀 Deploy": "Deploy",
    "❤\ufe0f Care": "Care",
    "Straße": "Straße",
    "*!?": "",
    "": "",
  };
  for (const [spelling, name] of Object.entries(names)) assertEquals(toCamelCase(spelling), name, spelling);
});

Deno.test("names: all spellings of a name have one key, case and accents aside", () => {
  const keys = (names: readonly string[]) => new Set(names.map(nameKey));
  assertEquals(keys(["tax agent", "TaxAgent", "TAX_AGENT", "Täx-Agent"]), new Set(["taxagent"]));
  assertEquals(keys(["get tax rate", "gettaxrate", "GetTaxRate"]), new Set(["gettaxrate"]));
  assertEquals(keys(["LoadFile2", "load_file2"]), new Set(["loadfile2"]));
  assertEquals(keys(["Tax", ""]), new Set(["tax", ""]));
  assertEquals(keys(["Обзор дня", "ОБЗОР_ДНЯ", "ОбзорДня"]), new Set(["обзордня"]));
  assertEquals(keys(["ΟΔΟΣ", "Οδος", "οδοσ"]), new Set(["οδοσ"]));
  assertEquals(keys(["\u0439", "\u0438\u0306"]), new Set(["\u0439"]));
});

Deno.test("names: parseHeading() reads signatures as they are written", () => {
  const read = (heading: string) => {
    const { title, parameters, faults } = parseHeading(heading);
    return [title, signature({ name: "P", parameters }), faults.length];
  };
  assertEquals(read("P"), ["P", "P()", 0]);
  assertEquals(read("Get rate ( $a , b ) -> float"), ["Get rate", "P($a, b)", 0]);
  assertEquals(read('P($a:int=10, $b: str = "x, (y)", c=None, d=[1, {"k": -2}])'), [
    "P",
    'P($a: int = 10, $b: str = "x, (y)", c = null, d = [1,{"k":-2}])',
    0,
  ]);
  assertEquals(read("P($a?, *args, **rest)"), ["P", "P($a?, ...args, ...rest)", 0]);
  assertEquals(read("Ask (politely) for more"), ["Ask (politely) for more", "P()", 0]);
  assertEquals(read("P($a, 1b, $c = f())"), ["P", "P($a)", 2]);
  assertEquals(read("P() -> None"), ["P", "P()", 0]);
  assertEquals(read("P -> None"), ["P", "P()", 0]);
});

Deno.test("names: brackets are a signature only if they are empty or their parts look like parameters", () => {
  const read = (heading: string, mentioned: readonly string[] = []) => {
    const { title, shortTitle, parameters, faults } = parseHeading(
      heading,
      (word) => mentioned.includes(word),
    );
    assertEquals(faults, [], heading);
    return [title, shortTitle, signature({ name: "P", parameters })];
  };
  const prose = [
    "Refund (only for members)",
    "Verify (optional)",
    "Roll back (if needed)",
    "Models (cached: 2026-06-24)",
    "Deploy (staging, prod)",
    "Refund(only for members)",
    "Pay (in $ or €)",
    "概要（可选）",
    "[Deploy](staging)",
    "Check (note: be careful)",
  ];
  for (const heading of prose) {
    assertEquals(read(heading), [heading, heading.replace(/\s*[(（].*$/, ""), "P()"], heading);
  }
  const signatures: Readonly<Record<string, string>> = {
    "Refund()": "P()",
    "Refund ()": "P()",
    "Refund($order)": "P($order)",
    "Refund ($order, reason)": "P($order, reason)",
    "Refund(order, reason)": "P(order, reason)",
    "Refund (order_id, userName)": "P(order_id, userName)",
    "Refund (order: str)": "P(order: str)",
    "Refund(order: Order)": "P(order: Order)",
    "Refund (order = 3)": "P(order = 3)",
    "Refund (order?)": "P(order?)",
    "Refund (items: list[str])": "P(items: list[str])",
    "Refund($заказ)": "P($заказ)",
    "Refund(*args) -> str": "P(...args)",
  };
  for (const [heading, expected] of Object.entries(signatures)) {
    assertEquals(read(heading), ["Refund", "Refund", expected], heading);
  }
  assertEquals(read("Refund (order)", ["order"]), ["Refund", "Refund", "P(order)"]);
  assertEquals(read("Refund($x) (only for members)"), [
    "Refund (only for members)",
    "Refund",
    "P($x)",
  ]);
  assertEquals(read("Refund (only for members)($x)"), ["Refund (only for members)", "Refund", "P($x)"]);
});

Deno.test("names: leading numbers and remarks are not part of a name, unless only they differ", async (t) => {
  const cases: readonly (readonly [headings: string, expected: string])[] = [
    ["1. Get rate", "GetRate"],
    ["1) Get rate", "GetRate"],
    ["(1) Get rate", "GetRate"],
    ["Step 2: Get rate", "GetRate"],
    ["Step 2 - Get rate", "GetRate"],
    ["step 2.1. Get rate", "GetRate"],
    ["Phase 3 – Get rate", "GetRate"],
    ["1.2 Get rate", "GetRate"],
    ["Step 2: Verify (optional)", "Verify"],
    ["Step 2", "Step2"],
    ["Step-by-step guide", "StepByStepGuide"],
    ["24 hour check", "Playbook24HourCheck"],
    ["What now?", "WhatNow"],
    ["**Deploy** {#deploy}", "Deploy"],
    ["`deploy.sh`", "DeploySh"],
    ["[Deploy](docs/x.md)", "Deploy"],
    ["概要 ($x)", "概要"],
    ["Deploy (staging)|Deploy (production)", "DeployStaging DeployProduction"],
    ["Step 1: Deploy|Step 2: Deploy|Step 3: Test", "Step1Deploy Step2Deploy Test"],
    ["1. Deploy|2. Deploy", "Playbook1Deploy Playbook2Deploy"],
  ];
  for (const [headings, expected] of cases) {
    await t.step(headings, async () => {
      const text = headings.split("|").map((heading) => `## ${heading}\n- Do it\n`).join("");
      const { program, problems } = await parse(`# A\n${text}`);
      assertEquals(problems.map(({ code }) => code), ["no-beginning"]);
      assertEquals(program.agents[0]!.playbooks.map(({ name }) => name).join(" "), expected);
    });
  }
  const agents: Readonly<Record<string, string>> = {
    "1. Ops": "Ops AI",
    "助手": "助手 AI",
    "助手:Human": "助手 Human",
    "🤖 Bot": "Bot AI",
    "Ops (v2)": "OpsV2 AI",
    "Agent: Smith": "AgentSmith AI",
    "Corpus: what people wrote": "CorpusWhatPeopleWrote AI",
    "Ops:AI": "Ops AI",
    "Ops : Human": "Ops Human",
    "Part 1: Alice:Human": "Part1Alice Human",
  };
  for (const [heading, expected] of Object.entries(agents)) {
    await t.step(heading, async () => {
      const { program, problems } = await parse(`# ${heading}\n# Z\n## B\n- Do it\n`);
      assertEquals(problems.map(({ code }) => code), ["no-beginning"]);
      const { name, type } = program.agents[0]!;
      assertEquals(`${name} ${type}`, expected);
    });
  }
});

Deno.test("names: playbookMarkdown() writes the text for the model", async () => {
  const { program } = await parse(`
# A
## Main($x, $y = 3)
Description, {$x}.
### Triggers
- When program starts
### Steps
- Create a Buyer agent
- While $x is less than 3
  - Tell user $x
    kindly
- End program
### Notes
- Keep it short
## Bare
`);
  const [main, bare] = program.agents[0]!.playbooks;
  assertEquals(
    playbookMarkdown(main!, "Description, placeholders already resolved.\n"),
    `## Main($x, $y = 3)
Description, placeholders already resolved.

### Triggers
- T1 When program starts

### Steps
- 01 Create a Buyer agent
- 02 While $x is less than 3
  - 02.01 Tell user $x
    kindly
- 03 End program

### Notes
- N1 Keep it short`,
  );
  assertEquals(playbookMarkdown(bare!, ""), "## Bare()");
});

Deno.test("names: playbookMarkdown() writes the codes of the numbered form as words", async () => {
  const steps = [
    "01:QUE Ask",
    "02:YLD for user",
    "03:YLD call",
    "04:YLD for agent 1001",
    "05:JMP 02",
    "06:RET $x",
    "07:YLD for exit",
  ];
  const { program } = await parse(
    `# A\n## B\n### Steps\n${steps.map((step) => `- ${step}`).join("\n")}\n`,
    "a.pbasm",
  );
  assertEquals(playbookMarkdown(program.agents[0]!.playbooks[0]!, "").split("\n").slice(3), [
    "- 01 Ask",
    "- 02 Wait for the user",
    "- 03 Go on when the calls have their results",
    "- 04 Wait for agent 1001",
    "- 05 Go to 02",
    "- 06 Return $x",
    "- 07 End program",
  ]);
});
