import { assertEquals } from "@std/assert";
import { playbookMarkdown, toCamelCase } from "../../src/language/mod.ts";
import { nameKey } from "../../src/language/names.ts";
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
    "日本": "",
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
