import { assert, assertEquals } from "@std/assert";
import {
  agentsIn,
  differences,
  expectedOf,
  type Way,
  withSlowRun,
} from "../../src/cli/commands/crash_test/compare.ts";
import { reportText } from "../../src/cli/commands/crash_test/report.ts";
import { play } from "../support/harness.ts";

const program = `# Seller
## Main
### Triggers
- At the beginning
### Steps
- $price = Price(3)
- Say "It costs {$price}"
- End program

## Price($count)
### Steps
- Return $count * 2
`;

Deno.test("crash-test compare: two equal runs have no differences", async () => {
  const whole = await wayOf();
  const expected = expectedOf(whole, await wayOf());
  assertEquals(expected.unstable, []);
  for (let at = 1; at < whole.entries.length; at++) {
    assertEquals(differences(whole, whole.entries.slice(0, at), expected), [], `killed at ${at}`);
  }
});

Deno.test("crash-test compare: each possible fault of a resume is a difference", async () => {
  const whole = await wayOf();
  const expected = expectedOf(whole, whole);
  const killed = whole.entries.slice(0, whole.entries.findIndex(({ type }) => type === "turn") + 1);
  const checksOf = (way: Partial<Way>) => [
    ...new Set(differences({ ...whole, ...way }, killed, expected).map(({ check }) => check)),
  ];
  const said = whole.said[0]!;
  assertEquals(checksOf({ said: [said, said] }), ["words"], "said twice");
  assertEquals(checksOf({ said: [] }), ["words"], "not said");
  assertEquals(checksOf({ modelCalls: whole.modelCalls + 1 }), ["model"], "asked twice");
  assertEquals(checksOf({ exit: 1 }), ["journal"], "another end");
  const asked = whole.entries.findIndex(({ type }) => type === "request") + 1;
  const inFlight = differences(
    { ...whole, modelCalls: whole.modelCalls + 1 },
    whole.entries.slice(0, asked),
    expected,
  );
  assertEquals(inFlight, [], "a request in flight at the kill may be made again");
  const other = await wayOf(program.replace("$count * 2", "$count * 5"));
  assertEquals(
    new Set(differences(other, killed, expected).map(({ check }) => check)),
    new Set(["words", "calls", "state", "journal"]),
  );
  const created = await wayOf(program.replace("- End program", "- Create a Seller agent\n- End program"));
  const more = differences({ ...created, modelCalls: whole.modelCalls }, killed, expected);
  assert(more.some(({ what }) => what.includes("where there was nothing")), JSON.stringify(more));
  const twice = [...whole.entries];
  twice.splice(-2, 0, whole.entries.find(({ type }) => type === "return")!);
  assertEquals(checksOf({ entries: twice }), ["journal"], "returned twice");
});

Deno.test("crash-test compare: values that differ between runs without a kill are reported and not compared", async () => {
  const [one, other] = [await wayOf(), await wayOf(program.replace("costs", "is worth"))];
  const expected = expectedOf(one, other);
  assertEquals(expected.unstable, ["words of Seller (agent 1000)"]);
  assertEquals(differences(other, other.entries.slice(0, 5), expected), []);
  const kills = [{ at: 5, uncertain: true, differences: [] }];
  const { unstable, races } = expected;
  const text = reportText({ files: ["a.pb"], entries: 9, kills, unstable, races, seconds: 1 });
  assert(text.includes("   words of Seller (agent 1000)\n"));
  assert(text.includes("1 resume reported an outside effect as uncertain"));
});

Deno.test("crash-test compare: a facet that a kill and a slow agent change is a race, and everything else is a fault", async () => {
  const whole = await wayOf();
  const slowed = "Seller (agent 1000)";
  assertEquals([...agentsIn(whole.entries)], [["1000", slowed]]);
  const dearer = await wayOf(program.replace("$count * 2", "$count * 5"));
  const killed = dearer.entries.slice(0, 3);
  const expected = expectedOf(whole, whole);
  const found = differences(dearer, killed, expected);
  const facets = ["words", "results", "variables"].map((each) => `${each} of ${slowed}`);
  assertEquals(found.flatMap(({ facet }) => facet ?? []).sort(), [...facets].sort());

  const raced = withSlowRun(expected, dearer, { slowed, found });
  assertEquals(new Set(raced.races.map(({ facet }) => facet)), new Set(facets));
  assertEquals(differences(dearer, killed, raced), []);
  const text = reportText({ files: [], entries: 9, kills: [], unstable: [], races: raced.races, seconds: 1 });
  assert(text.includes(`slower answers to ${slowed} change it without a kill, too:\n   words of`), text);

  const unmoved = withSlowRun(expected, whole, { slowed, found });
  assertEquals(unmoved, expected, "the slow run is as the whole one");
  const elsewhere = withSlowRun(expected, { ...whole, exit: 1 }, { slowed, found });
  assertEquals(elsewhere.races, [], "the kills changed another facet");
  const ends = differences({ ...whole, exit: 1 }, whole.entries.slice(0, 3), expected);
  const other = withSlowRun(expected, { ...whole, exit: 75 }, { slowed, found: ends });
  assertEquals(other.races, [{ facet: "the exit code", slowed }]);
});

async function wayOf(text = program): Promise<Way> {
  const { entries, said, requests } = await play(text);
  return {
    entries,
    said: said.map((text) => ({ klass: "Seller", text })),
    modelCalls: requests.length,
    exit: 0,
  };
}
