import { assertEquals, assertNotEquals } from "@std/assert";
import { compareProgram, formatChanges, playbookDigest } from "../../src/language/mod.ts";
import { parse } from "./support.ts";

const base = `
# Seller
You sell.
## Main
### Triggers
- At the beginning
### Steps
- Greet
- Tell the buyer
  - the price
- Wait
- End program
### Notes
- Be kind
## Haggle($price)
public: true
Haggle well.
### Steps
- Offer
\`\`\`js
const low = 1;
/** Sums up. */
export async function Sum(a) {
  return a;
}
\`\`\`
# Boss
Nothing else.
`;

/** The summary of a change of the text. */
async function changes(...edits: readonly (readonly [from: string, to: string])[]): Promise<string[]> {
  let edited = base;
  for (const [from, to] of edits) {
    assertNotEquals(edited.replace(from, to), edited);
    edited = edited.replace(from, to);
  }
  return formatChanges(compareProgram((await parse(base)).program, (await parse(edited)).program));
}

Deno.test("compare: compareProgram() names only the changes", async (t) => {
  const cases:
    readonly (readonly [edits: readonly (readonly [string, string])[], lines: readonly string[]])[] = [
      [[["- Wait", "\n\n* Wait"]], []],
      [[["- Wait", "- Wait a day"]], ['Seller.Main step 03: "Wait" → "Wait a day"']],
      [[["- Greet", "- Sing\n- Greet"]], ['Seller.Main step 01: new, "Sing"']],
      [[["- Tell the buyer\n  - the price\n", ""]], [
        'Seller.Main step 02: removed, "Tell the buyer"',
        'Seller.Main step 02.01: removed, "the price"',
      ]],
      [[["  - the price", "- the price"]], ['Seller.Main step 03: "the price" → "the price"']],
      [[["- At the beginning", "- When pigs fly"]], [
        'Seller.Main triggers: "At the beginning" → "When pigs fly"',
      ]],
      [[["- Be kind", "- Be firm"]], ["Seller.Main notes changed"]],
      [[["You sell.", "You buy."]], ['Seller description: "You sell." → "You buy."']],
      [[["Haggle($price)", "Haggle($price, $max = 3)"]], [
        "Seller.Haggle: Haggle($price) → Haggle($price, $max = 3)",
      ]],
      [[["public: true\n", ""]], ["Seller.Haggle metadata changed"]],
      [[["Haggle($price)", "Bargain($price)"]], ["Seller.Bargain: renamed, was Haggle"]],
      [[["return a;", "return a + 1;"]], ["Seller.Sum code changed"]],
      [[["Sums up.", "Adds."]], ['Seller.Sum description: "Sums up." → "Adds."']],
      [[["low = 1", "low = 2"]], ["Seller code changed"]],
      [[["# Boss", "# Chief"]], ["Chief: new agent", "Boss: agent removed"]],
      [[["# Boss", "## New\n- x\n# Boss"], ["Greet", "Hail"]], [
        'Seller.Main step 01: "Greet" → "Hail"',
        "Seller.New: new playbook",
      ]],
    ];
  for (const [edits, lines] of cases) {
    await t.step(lines[0] ?? "nothing", async () => assertEquals(await changes(...edits), lines));
  }
});

Deno.test("compare: a digest changes with the meaning and not with the layout", async () => {
  const one = (await parse(base)).program;
  const same =
    (await parse(base.replaceAll("- ", "*   ").replace("## Main", "\n\n##   Main ##"), "other.pb")).program;
  const other = (await parse(base.replace("- Wait", "- Wait!"))).program;
  const digests = (program: typeof one) =>
    program.agents.flatMap((agent) => agent.playbooks.map(playbookDigest));
  assertEquals(digests(one), digests(same));
  assertEquals(digests(one).slice(1), digests(other).slice(1));
  assertNotEquals(digests(one)[0], digests(other)[0]);
});
