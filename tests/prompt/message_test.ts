import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parseProgram } from "../../src/language/mod.ts";
import { type RuntimeSettings, systemPrompt } from "../../src/engine/mod.ts";
import { defaultSettings, play, type Played } from "../support/harness.ts";
import { messageOf, playWithKills } from "../support/kills.ts";
import { scriptedModel } from "../support/scripted_model.ts";

const clerk = `# Clerk

## Main
### Triggers
- At the beginning
### Steps
- Ask for the $city
- Suggest sights until the user is happy
- If the user is from $city
  - Say so
- End program

## Think
Finds the best answer.

# Other
`;

/** The last message of each turn of Main, without its first line. */
function turnsOf(played: Played): string[] {
  return played.requests.map(({ messages }) => messages.at(-1)!.text.replace(/^.*\n/, ""));
}

Deno.test("message: a later turn shows only variables and locals that changed, and what was deleted", async () => {
  const played = await playWithKills(clerk, {
    model: scriptedModel({
      Main: [
        "state.a = 1; state.b = { list: [1] }; const x = 1; let y = 2;",
        "state.b.list.push(2); y = 3; await Sleep(0);",
        "delete state.a; await Sleep(0);",
        "await Sleep(0);",
        "Return();",
      ],
    }),
  });
  const [first, second, third, fourth, fifth] = turnsOf(played);
  assertStringIncludes(first!, "Arguments: {}\nState: {}");
  assertStringIncludes(second!, 'Changed state: {"a":1,"b":{list: [1]}}\nChanged locals: {"x":1,"y":2}\n');
  assertStringIncludes(third!, 'Changed state: {"b":{list: [1, 2]}}\nChanged locals: {"y":3}\n');
  assertStringIncludes(fourth!, "Deleted state: a\n");
  assert(!/state|locals/.test(fifth!), fifth);
});

Deno.test("message: a caller is shown the variables that its call changed", async () => {
  const played = await play(clerk, {
    model: scriptedModel({
      Main: ["state.a = 1;", "await Think();", "Return();"],
      Think: ["state.found = 7;", "Return();"],
    }),
  });
  assertStringIncludes(messageOf(played, "turn 3 of Main"), 'Changed state: {"found":7}\n');
});

Deno.test("message: the last line names what is done and the text of the next step", async () => {
  const steps = ["01", "02", "03", "03.01", "04", "09"];
  const played = await play(clerk, {
    model: scriptedModel({
      Main: (turn) =>
        turn === 1
          ? "await Sleep(0);"
          : turn - 2 < steps.length
          ? `Step("${steps[turn - 2]}"); await Sleep(0);`
          : "Return();",
    }),
  });
  assertEquals(turnsOf(played).slice(1).map((text) => text.split("\n").at(-1)), [
    "No step is done. Next: 01 Ask for the $city",
    "Done up to 01. Next: 02 Suggest sights until the user is happy",
    "Done up to 02, unless it has to be repeated. Next: 03 If the user is from $city",
    "Done up to 03. Next: 03.01 Say so",
    "Done up to 03.01. Next: 04 End program",
    "That was the last step: Return.",
    "Last step reached: 09. Go on.",
  ]);
});

Deno.test("message: after the last step of a loop, the line names the loop", async () => {
  const text = "# Solo\n\n## Main\n### Triggers\n- At the beginning\n### Steps\n- While it rains\n  - Wait\n";
  const played = await play(text, {
    model: scriptedModel({ Main: ['Step("01.01"); await Sleep(0);', "Return();"] }),
  });
  assertEquals(
    turnsOf(played)[1]!.split("\n").at(-1),
    "That was the last step, unless 01 has to be repeated: Return.",
  );
});

Deno.test("message: effects that failed are apart from what was done", async () => {
  const played = await play(clerk, {
    model: scriptedModel({
      Main: [
        'await Say("user", "hi"); try { await LoadArtifact("none"); } catch {} await Say("nobody at all", "x");',
        "Return();",
      ],
    }),
  });
  assertMatch(
    messageOf(played, "turn 2 of Main"),
    /Already done in turn 1, and not to be done again:\n- Say\("user", "hi"\)\nFailed in turn 1:\n- LoadArtifact\("none"\) failed: .*\n- Say\("nobody at all", "x"\) failed: /,
  );
});

Deno.test("message: a playbook without steps has an introduction of its own", async () => {
  const played = await play(clerk, {
    model: scriptedModel({ Main: ["await Think(); Return();"], Think: ["await Sleep(0);", "Return();"] }),
  });
  const first = messageOf(played, "turn 1 of Think");
  assert(!first.includes("first step"));
  assertMatch(first, /no steps.*one action.*results.*aim.*Return/);
  assertStringIncludes(messageOf(played, "turn 2 of Think"), "Go on until the aim is reached, then Return.");
});

Deno.test("message: only the last message of a sender who waits is marked, and none of one who does not", async () => {
  const inbox = async (wait: string) => {
    const played = await play(clerk, {
      model: scriptedModel({
        Main: [`await Say("Other", "one"); await Say("Other", "two"); ${wait} Return();`],
        ProcessMessages: ['if (messages[1].waits) await Say(messages[0].from, "yes"); Return();'],
      }),
    });
    return /Messages:\n(?:- .*\n)*/.exec(messageOf(played, "turn 1 of ProcessMessages"))![0];
  };
  const sender = "from Clerk (agent 1000)";
  assertEquals(
    await inbox('await Yield("Other");'),
    `Messages:\n- ${sender}: "one"\n- ${sender}, who waits for an answer: "two"\n`,
  );
  assertEquals(await inbox("await Sleep(60);"), `Messages:\n- ${sender}: "one"\n- ${sender}: "two"\n`);
});

Deno.test("message: what was said before stands in the first message of a thread, without its own messages", async () => {
  const played = await play(clerk, {
    model: scriptedModel({
      Main: [
        'await Say("Other", "one"); await Yield("Other"); await Say("Other", "one"); await Yield("Other"); Return();',
      ],
      ProcessMessages: ['await Say(messages[0].from, "yes"); Return();'],
    }),
  });
  const [, second] = played.requests.map(({ messages }) => messages.at(-1)!.text)
    .filter((text) => text.includes("of ProcessMessages"));
  assertStringIncludes(
    second!,
    'Said before:\n- Clerk (agent 1000) to you: "one"\n- you to Clerk (agent 1000): "yes"',
  );
  assertEquals(second!.split('"one"').length - 1, 2, "once as a message, and once from before");
});

const shop = `# Shop

## Main
### Triggers
- At the beginning
### Steps
- Wait

# Buyer

## Judge($price)
### Triggers
- When someone gives you a price
### Steps
- Decide whether $price is fair
- Return the verdict
`;

const later = `
## Refund
### Triggers
- When someone asks about refunds
### Steps
- Explain refunds
`;

async function inboxOf(program: string, words: string): Promise<string> {
  const played = await play(program, {
    model: scriptedModel({
      Main: [`await Say("Buyer", ${JSON.stringify(words)}); await Yield("Buyer"); Return();`],
      ProcessMessages: [
        'state.price = 5; Step("01"); await Sleep(0);',
        'Step("02"); await Say(messages[0].from, "fair"); Return();',
      ],
    }),
  });
  assertEquals(played.result, { kind: "completed" });
  assertEquals(played.requests.length, 3, "the message costs no call of another playbook");
  return messageOf(played, "turn 1 of ProcessMessages") + messageOf(played, "turn 2 of ProcessMessages");
}

Deno.test("message: messages come with the steps of the one trigger that may apply", async () => {
  const told = await inboxOf(shop, "5 dollars");
  assertStringIncludes(told, 'The trigger "When someone gives you a price" may apply.');
  assertStringIncludes(told, "Set state.price first.");
  assertStringIncludes(told, "- 01 Decide whether $price is fair");
  assertStringIncludes(told, "Done up to 01. Next: 02 Return the verdict");
});

Deno.test("message: of several triggers, the one that has the words of the message counts, and else none", async () => {
  assertStringIncludes(await inboxOf(shop + later, "Are there refunds?"), "carry out Refund here");
  assertStringIncludes(
    await inboxOf(shop + later, "My price: 5 dollars, given as asked"),
    "carry out Judge here",
  );
  for (const words of ["hello", "A given price, and what about refunds?"]) {
    assert(!(await inboxOf(shop + later, words)).includes("may apply"), words);
  }
});

Deno.test("message: functions, and conditions on variables, are not carried out in place of a call", async () => {
  const code = `# Shop

## Main
### Triggers
- At the beginning
### Steps
- Wait

# Buyer

## Big
### Triggers
- When $x > 15
### Steps
- Say so

\`\`\`ts
/** @trigger When someone gives a price */
export function Judge(price: number) { return price; }
\`\`\`
`;
  assert(!(await inboxOf(code, "a price is given")).includes("may apply"));
});

Deno.test("message: the system prompt declares agents, artifacts the result types of functions, and meetings", async () => {
  const text = `# Solo

## Main
### Triggers
- At the beginning
### Steps
- Do it

## Board
meeting: true
### Triggers
- When somebody calls a board meeting
### Steps
- Talk

\`\`\`ts
interface Order { item: string }
export function Sum(a: number, b = (1 + 2)): number { return a + b; }
export async function Find(id: string): Promise<Order | null> { return { item: id }; }
export const Names = async (all?: boolean,): Promise<Array<{ name: string }>> => [];
export const Bare = (a: string) => a;
export function Plain() { return ") : string {"; }
export function Nothing(): void {}
\`\`\`

# Other

## Assembly
public: true
meeting: true
### Steps
- Talk

## Ask
public: true
### Steps
- Answer
`;
  const { program, problems } = await parseProgram([{ path: "x.pb", text }], {});
  assertEquals(problems.filter(({ severity }) => severity === "error"), []);
  const system = systemPrompt(program, program.agents[0]!, "1000", defaultSettings.permissions);
  for (
    const declaration of [
      "declare function Sum(a: number, b?: unknown): Promise<number>;",
      "declare function Find(id: string): Promise<Order | null>;",
      "declare function Names(all?: boolean): Promise<Array<{ name: string }>>;",
      "declare function Bare(a: string): Promise<unknown>;",
      "declare function Plain(): Promise<unknown>;",
      "declare function Nothing(): Promise<void>;",
      "declare function Main(): Promise<unknown>;",
      "  Ask(): Promise<unknown>;",
      "type Agent = { id: string; klass: string };",
      "type Artifact = { name: string; summary: string; content: string };",
      "declare const console: { log(...values: unknown[]): void };",
    ]
  ) assertStringIncludes(system, declaration);
  for (
    const line of [
      "/** A meeting. */\ndeclare function Board(topic?: string, attendees?: Array<Agent | string>): Promise<unknown>;",
      "  Assembly(topic?: string, attendees?: Array<Agent | string>): Promise<unknown>;",
      "- When somebody calls a board meeting → Board()",
      "# Meetings\n",
    ]
  ) assertStringIncludes(system, line);
});

Deno.test("system prompt: it declares what the permissions open, and is unchanged without permissions", async () => {
  const { program } = await parseProgram([{ path: "a.pb", text: "# A\n## Main\n- x\n" }]);
  const of = (permissions: Partial<RuntimeSettings["permissions"]>) =>
    systemPrompt(program, program.agents[0]!, "1000", { ...defaultSettings.permissions, ...permissions });
  const none = of({});
  for (const name of ["fetch(", "readTextFile", "writeTextFile", "env("]) {
    assertEquals(none.includes(name), false, name);
  }
  const all = of({ net: ["a.example"], read: ["/data"], write: ["/out"], env: ["CITY"] });
  const added = all.split("\n").filter((line) => !none.split("\n").includes(line));
  assertEquals(added.length, 7, added.join("\n"));
  assertStringIncludes(all, "declare function env(name: string): Promise<string | undefined>;");
  assertStringIncludes(all, "// CITY");
  assertEquals(of({ env: ["CITY"] }).includes("readTextFile"), false);
});
