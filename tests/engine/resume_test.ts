import { assert, assertEquals } from "@std/assert";
import type { Entry } from "../../src/engine/mod.ts";
import { play, type PlayOptions } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

/** Three calls deep in two agents, with a loop, a `Promise.all`, and code that calls back into a model-run playbook. */
const threeDeep = `# Planner

## Main
### Triggers
- At the beginning
### Steps
- Ask the user for the number of $guests
- Plan the menu for them
- Tell the user the $menu
- End program

## Describe($dish)
### Steps
- Return a description of $dish

\`\`\`ts
export async function PlanMenu(guests: number): Promise<string> {
  const lines: string[] = [];
  for (let course = 1; course <= 3; course++) {
    const [[price, luck], words] = await Promise.all([
      Cook.Price(course, guests),
      Describe("course " + course),
    ]);
    state.spent = (state.spent ?? 0) + price;
    lines.push(words + " for " + price + ", drawn " + luck + " and " + Math.random());
    await Say("user", "Course " + course + " is planned, " + state.spent + " spent");
  }
  return lines.join("; ");
}
\`\`\`

# Cook

## Price($course, $guests)
public: true
### Steps
- Look the $course up
- Return the price for all $guests

## LookUp($course)
### Steps
- Return the price of one
`;

const threeDeepModel = scriptedModel({
  Main: [
    'Step("01"); await Say("user", "How many guests?"); const guests = JSON.parse(await Yield("user"));',
    'Step("02"); state.menu = await PlanMenu(guests);',
    'Step("03"); await Say("user", state.menu); Step("04"); EndProgram();',
  ],
  Describe: ['Return("A fine " + dish, "described it")'],
  Price: [
    'Step("01"); const one = await LookUp(course); const at = Date.now(); const luck = Math.random();',
    'Step("02"); if (typeof at !== "number") throw new Error("lost"); Return([one * guests, luck]);',
  ],
  LookUp: ["Return(course * 10)"],
});

Deno.test("resume: a session that is resumed from any entry says and returns the same as an uninterrupted one", async () => {
  await resumesFromEverywhere(threeDeep, { model: threeDeepModel, replies: ["4"] });
});

Deno.test("resume: a resumed session that is stopped again at any entry continues the same way", async () => {
  const options = { model: threeDeepModel, replies: ["4"] };
  const whole = await play(threeDeep, options);
  for (let first = 3; first < whole.entries.length; first += 7) {
    const again = await play(threeDeep, { ...options, ...rest(options, whole.entries.slice(0, first)) });
    for (let second = first + 2; second < again.entries.length; second += 11) {
      const prefix = again.entries.slice(0, second);
      const third = await play(threeDeep, { ...options, ...rest(options, prefix) });
      assertEquals(said(third.entries), said(whole.entries), `stopped at ${first} and at ${second}`);
      assertEquals(third.result, whole.result);
    }
  }
});

Deno.test("resume: messages, timers, waits, persons and shared variables are restored from any entry", async () => {
  await resumesFromEverywhere(
    `# Shop

## Main
### Triggers
- At the beginning
### Steps
- Sell

## Note($text)
public: true
### Steps
- Note it

# Buyer
Buys things.

## Shopping($budget)
public: true
### Steps
- Buy
`,
    {
      model: scriptedModel({
        Main: [
          'const buyer = await CreateAgent("Buyer", { name: "Bo" }); state.log = []; const trip = buyer.Shopping(50);',
          // The first turn ends only when the trip is over, so the log holds its effects.
          'await Say("user", "log: " + state.log.join(" / ")); await Say("Buyer", "bye"); const words = await Yield("Buyer", { timeout: 30 }); await Say("user", words); const to = await Yield("user"); await Say("user", "to " + to); EndProgram();',
        ],
        Shopping: [
          'const shop = agents.byClass("Shop")[0]; const map = new Map([["spent", 0n]]); for (const item of ["pen", "ink"]) { await shop.Note(item + " for " + budget); await Sleep(2); map.set("spent", map.get("spent") + 1n); await Say("user", "bought " + item); }',
          'await Promise.all([Sleep(1), shop.Note("spent " + map.get("spent"))]); Return(map);',
        ],
        Note: [
          "state.log.push(text); state.last = new Date(0); await Sleep(1); state.log.push(typeof state.last.getTime());",
          "state.log.push(state.log.length); Return();",
        ],
        ProcessMessages: ['await Say("Shop", "bye, " + state.name); Return();'],
      }),
      replies: ["Berlin"],
    },
  );
});

/** Resumes from every prefix and compares with the uninterrupted run. */
async function resumesFromEverywhere(text: string, options: PlayOptions): Promise<void> {
  const whole = await play(text, options);
  assertEquals(whole.result, { kind: "completed" });
  for (let position = 2; position <= whole.entries.length; position++) {
    const prefix = whole.entries.slice(0, position);
    const resumed = await play(text, { ...options, ...rest(options, prefix) });
    assertEquals(resumed.result, whole.result, `resumed at ${position}`);
    assertEquals(said(resumed.entries), said(whole.entries), `resumed at ${position}`);
    assertEquals(results(resumed.entries), results(whole.entries), `resumed at ${position}`);
    const before = prefix.filter((entry) => entry.type === "turn").length;
    const inFlight = prefix.filter((entry) => entry.type === "request").length - before;
    const wholeTurns = whole.entries.filter((entry) => entry.type === "turn").length;
    assert(resumed.requests.length <= wholeTurns - before, `resumed at ${position}: ${inFlight} in flight`);
  }
}

function rest(options: PlayOptions, prefix: readonly Entry[]): Pick<PlayOptions, "from" | "replies"> {
  const given = prefix.filter((entry) => entry.type === "message").length;
  return { from: prefix, replies: (options.replies ?? []).slice(given) };
}

function said(entries: readonly Entry[]): string[] {
  return entries.flatMap((entry) =>
    entry.type === "effect" && entry.did?.kind === "said" ? [entry.did.text] : []
  );
}

/** The results of calls, sorted, because parallel calls may return in another order after a resume. */
function results(entries: readonly Entry[]): string[] {
  return entries.flatMap((entry) => entry.type === "return" ? [JSON.stringify(entry.outcome)] : []).sort();
}
