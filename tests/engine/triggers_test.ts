import { assert, assertEquals, assertStringIncludes } from "@std/assert";
import type { Entry } from "../../src/engine/mod.ts";
import type { ModelRequest } from "../../src/model/mod.ts";
import { play, type PlayOptions } from "../support/harness.ts";
import { type Script, scriptedModel } from "../support/scripted_model.ts";

type Firing = NonNullable<Extract<Entry, { type: "thread" }>["fires"]>;

/** The triggers that a journal says fired, as `Playbook by cause`. */
function firingsOf(entries: readonly Entry[]): string[] {
  return entries.flatMap((entry) => {
    const fires: Firing | undefined = "fires" in entry ? entry.fires : undefined;
    if (!fires) return [];
    const { cause } = fires;
    const what = cause.kind === "message"
      ? cause.message
      : cause.kind === "change"
      ? cause.names.join("+")
      : `step ${cause.step}`;
    return [`${fires.playbook} by ${fires.by}: ${what}`];
  });
}

/** The lines of the messages that a request of `ProcessMessages` shows. */
function heardIn({ messages }: ModelRequest): string {
  return messages.at(-1)!.text.split("\n").filter((line) => line.startsWith("- from user")).join();
}

/** Words said in the entries up to a position. */
function saidBefore(entries: readonly Entry[]): number {
  return entries.filter((entry) => entry.type === "effect" && entry.did?.kind === "said").length;
}

/** Stops after each entry, resumes, and compares words, firings and variables with the whole run. */
async function resumeEverywhere(text: string, options: Omit<PlayOptions, "model">, script: Script) {
  const whole = await play(text, { ...options, model: scriptedModel(script) });
  for (let position = 1; position < whole.entries.length; position++) {
    const from = whole.entries.slice(0, position);
    const heard = from.filter(({ type }) => type === "message").length;
    const replies = (options.replies ?? []).slice(heard);
    const resumed = await play(text, { ...options, from, replies, model: scriptedModel(script) });
    assertEquals(resumed.said, whole.said.slice(saidBefore(from)), `words, resumed at ${position}`);
    assertEquals(firingsOf(resumed.entries), firingsOf(whole.entries), `firings, resumed at ${position}`);
    assertEquals(resumed.result, whole.result, `result, resumed at ${position}`);
    const variables = (played: typeof whole) => Object.values(played.state.agents).map(({ state }) => state);
    assertEquals(variables(resumed), variables(whole), `variables, resumed at ${position}`);
  }
  return whole;
}

const counter = `# P
## Main
### Triggers
- At the beginning
### Steps
- Count

## TooBig
### Triggers
- When $x > 15
### Steps
- Say so
`;

Deno.test("triggers: a condition fires when a change makes it true, before the next effect, and again only after it was false", async () => {
  const played = await resumeEverywhere(counter, {}, {
    Main: [
      `state.x = 10; await Say("user", "ten");
       state.x = 20; await Say("user", "twenty"); state.x = 30; await Say("user", "thirty");
       state.x = 1; await Say("user", "one"); state.x = 40; await Say("user", "forty"); EndProgram();`,
    ],
    TooBig: ['await Say("user", "too big: " + state.x); Return();'],
  });
  assertEquals(played.said, ["ten", "too big: 20", "twenty", "thirty", "one", "too big: 40", "forty"]);
  assertEquals(firingsOf(played.entries), ["TooBig by runtime: x", "TooBig by runtime: x"]);
  assertEquals(
    played.entries.filter((entry) => entry.type === "trigger").length,
    1,
    "it is armed once again",
  );
  assertEquals(played.result, { kind: "completed" });
});

Deno.test("triggers: a change in the last statement of a turn and before the end of the program fires, too", async () => {
  const played = await resumeEverywhere(counter, {}, {
    Main: [
      'await Say("user", "a"); state.x = 20;',
      'state.x = 0; await Say("user", "b");',
      "state.x = 16; EndProgram();",
    ],
    TooBig: ['await Say("user", "too big: " + state.x); Return();'],
  });
  assertEquals(played.said, ["a", "too big: 20", "b", "too big: 16"]);
});

Deno.test("triggers: the change of a code playbook fires a code playbook, which gets variables as its parameters", async () => {
  const played = await resumeEverywhere(
    `# P
\`\`\`ts
/** @trigger At the beginning */
export async function Main() {
  for (let n = 1; n <= 4; n++) {
    state.attempts = n;
    await Say("user", "attempt " + n);
  }
  state.ok = true;
  await Sleep(1);
  state.ok = false;
  return "done";
}
/** @trigger When $attempts >= 3 and not $ok */
export async function Lock(attempts: number) {
  await Sleep(5);
  await Say("user", "locked after " + attempts);
  state.locks = (state.locks ?? 0) + 1;
}
\`\`\`
`,
    {},
    {},
  );
  assertEquals(played.said, [
    "attempt 1",
    "attempt 2",
    "locked after 3",
    "attempt 3",
    "attempt 4",
    "locked after 4",
  ]);
  assertEquals(played.state.agents["1000"]!.state["locks"], 2);
});

Deno.test("triggers: results that arrive while a trigger's playbook runs are given to the code afterwards", async () => {
  const played = await resumeEverywhere(counter, {}, {
    Main: [
      `const first = Sleep(1); const second = Sleep(2); const third = Sleep(3);
       await first; state.x = 20; await second; await Say("user", "second"); await third; await Say("user", "third"); Return();`,
    ],
    TooBig: ['await Sleep(10); await Say("user", "too big"); Return();'],
  });
  assertEquals(played.said, ["too big", "second", "third"]);
});

Deno.test("triggers: an argument of a playbook sets off a trigger before the playbook begins", async () => {
  const played = await resumeEverywhere(
    `# Bank
## Main
### Triggers
- At the beginning
### Steps
- Deposit
## Deposit($amount)
### Steps
- Say it
## Warn
### Triggers
- When $amount is greater than 1000
### Steps
- Warn
`,
    {},
    {
      Main: ["await Deposit(10); await Deposit(2000); Return();"],
      Deposit: ['await Say("user", "deposit " + state.amount); Return();'],
      Warn: ['await Say("user", "warning"); Return();'],
    },
  );
  assertEquals(played.said, ["deposit 10", "warning", "deposit 2000"]);
});

Deno.test("triggers: values that an agent is made with fire its triggers", async () => {
  const played = await resumeEverywhere(
    `# Boss
## Main
### Triggers
- At the beginning
### Steps
- Hire
# Worker
## Rest
### Triggers
- When $hours exceeds 8
### Steps
- Rest
`,
    {},
    {
      Main: [
        'await CreateAgent("Worker", { hours: 3 }); await CreateAgent("Worker", { hours: 9 }); Return();',
      ],
      Rest: ['await Say("user", "agent " + self.id + " rests"); Return();'],
    },
  );
  assertEquals(played.said, ["agent 1002 rests"]);
});

Deno.test("triggers: triggers that set each other off without end fail the program, and name the trigger", async () => {
  const played = await play(
    `# P
\`\`\`ts
/** @trigger At the beginning */
export async function Main() { state.x = 1; await Sleep(1); }
/** @trigger When $x > 0 */
export async function Loop() { state.x = 0; await Sleep(0); state.x = 1; await Sleep(0); }
\`\`\`
`,
  );
  assert(played.result.kind === "failed");
  assertStringIncludes(
    played.result.reason,
    'Loop of P (agent 1000): the trigger "When $x > 0" and others set each other off',
  );
});

Deno.test("triggers: the prompt says what the runtime runs and what fired, and a call for the same cause is ignored", async () => {
  const played = await play(counter, {
    model: scriptedModel({
      Main: [
        "state.x = 20;",
        'await Say("user", await TooBig());',
        "Return();",
      ],
      TooBig: ['await Say("user", "too big"); Return();'],
    }),
  });
  assertStringIncludes(
    played.requests[0]!.system,
    "- When $x > 15 → TooBig() (the runtime runs it; do not call it)",
  );
  const mains = played.requests.filter(({ messages }) => messages.at(-1)!.text.startsWith("[turn 2 of Main"));
  assertStringIncludes(
    mains[0]!.messages.at(-1)!.text,
    '- TooBig ("When $x > 15") for the change of x at entry 7; the runtime ran it',
  );
  assertEquals(played.said.length, 2);
  assertStringIncludes(
    played.said[1]!,
    '[TooBig was not run again: the runtime ran it at entry 8 for the same change of x; the trigger "When $x > 15" fires once',
  );
});

const shop = `# Shop
## Main
### Triggers
- At the beginning
### Steps
- Welcome the person

## Refund
### Triggers
- When the user asks for a refund
### Steps
- Give the money back

## Hours
### Triggers
- When the user asks about hours
### Steps
- Tell them
`;

const welcome = 'await Say("user", "Welcome"); Return();';

Deno.test("ambient: the program waits for the person's next words, answers them, and ends at the end of the input", async () => {
  const played = await resumeEverywhere(shop, { replies: ["I want a refund", "thank you", "hours?"] }, {
    Main: [welcome],
    ProcessMessages: (_turn, request) => {
      const heard = heardIn(request);
      return (heard.includes("refund")
        ? "await Refund(); "
        : heard.includes("hours")
        ? "await Hours(); "
        : "") +
        "Return();";
    },
    Refund: ['await Say("user", "Here is your money"); Return();'],
    Hours: ['await Say("user", "9 to 5"); Return();'],
  });
  assertEquals(played.said, ["Welcome", "Here is your money", "9 to 5"]);
  assertEquals(played.asked, 4);
  assertEquals(played.result, { kind: "completed" });
  assertEquals(firingsOf(played.entries), ["Refund by model: m1", "Hours by model: m3"]);
});

Deno.test("ambient: exit and quit end the program, and later words are not read", async () => {
  for (const word of ["exit", " Quit "]) {
    const played = await play(shop, {
      replies: [word, "more"],
      model: scriptedModel({ Main: [welcome] }),
    });
    assertEquals([played.asked, played.result], [1, { kind: "completed" }]);
  }
});

Deno.test("ambient: words go to the agent that spoke last, with the same question in each run", async () => {
  const text = `${shop}
# Bot
## Main
### Triggers
- At the beginning
### Steps
- Greet
`;
  const script: Script = {
    "Shop.Main": [welcome],
    "Bot.Main": ['await Sleep(1); await Say("user", "I am the bot"); Return();'],
    ProcessMessages: ['await Say("user", self.klass + " heard you"); Return();'],
  };
  const played = await play(text, { replies: ["hello"], model: scriptedModel(script) });
  assertEquals(played.said, ["Welcome", "I am the bot", "Bot heard you"]);
});

Deno.test("ambient: a program whose triggers no person can set off ends by itself", async () => {
  const endings = [
    "When $x > 15",
    "When a message arrives from Seller",
    "When the Seller asks for a price",
    "When another agent asks for help",
    "When invited to a meeting",
    "When you need a price",
  ];
  for (const trigger of endings) {
    const played = await play(
      `# Shop\n## Main\n### Triggers\n- At the beginning\n### Steps\n- Go\n## Other\n### Triggers\n- ${trigger}\n### Steps\n- Go\n\n# Seller\n## Sell\n### Steps\n- Go\n`,
      { replies: ["hello"], model: scriptedModel({ Main: [welcome] }) },
    );
    assertEquals([trigger, played.asked], [trigger, 0]);
  }
  const called = await play(shop, {
    call: { playbook: "Refund", args: [] },
    replies: ["hello"],
    model: scriptedModel({ Refund: ["Return();"] }),
  });
  assertEquals(called.asked, 0, "--call ends with its call");
});

Deno.test("triggers: a model's second call for one message is ignored; for another message or other arguments it runs", async () => {
  const text = shop.replace("## Refund", "## Refund($order)");
  const played = await play(text, {
    replies: ["refund A and B", "refund A"],
    model: scriptedModel({
      Main: [welcome],
      ProcessMessages: (_turn, request) => {
        const isFirst = heardIn(request).includes("A and B");
        return isFirst
          ? `await Refund("A"); await Refund("B");
             await Say("user", await Refund("A")); Return();`
          : 'await Refund("A"); Return();';
      },
      Refund: ['await Say("user", "refunded " + state.order); Return();'],
    }),
  });
  assertEquals(played.said.filter((words) => !words.startsWith("[")), [
    "Welcome",
    "refunded A",
    "refunded B",
    "refunded A",
  ]);
  assertStringIncludes(played.said[3]!, "[Refund was not run again: it ran at entry");
  assertStringIncludes(played.said[3]!, "for the same message (m1)");
});

Deno.test("triggers: a playbook that a model carries out in place counts as fired for the message", async () => {
  const only = shop.slice(0, shop.indexOf("## Hours"));
  const played = await resumeEverywhere(only, { replies: ["I want a refund"] }, {
    Main: [welcome],
    ProcessMessages: [
      'Step("01"); await Say("user", "Here is your money");',
      'await Say("user", (await Refund()).slice(0, 12)); Return();',
    ],
  });
  assertEquals(played.said, ["Welcome", "Here is your money", "[Refund was "]);
  assertEquals(firingsOf(played.entries), ["Refund by model: m1"]);
  assertStringIncludes(
    played.requests.at(-1)!.messages.at(-1)!.text,
    '- Refund ("When the user asks for a refund") for message m1',
  );
});

Deno.test("triggers: LogTrigger announces a trigger; the call that follows is its only firing", async () => {
  const played = await play(shop, {
    replies: ["I want a refund"],
    model: scriptedModel({
      Main: [welcome],
      ProcessMessages: [
        'LogTrigger("Refund:T1"); await Refund(); await Say("user", (await Refund()).slice(0, 12)); Return();',
      ],
      Refund: ['await Say("user", "refunded"); Return();'],
    }),
  });
  assertEquals(played.said, ["Welcome", "refunded", "[Refund was "]);
  assertEquals(firingsOf(played.entries), ["Refund by announced: m1", "Refund by model: m1"]);
});

Deno.test("triggers: a natural condition fires once for a change, and a playbook that a step names is called as often as it says", async () => {
  const played = await play(
    `# Bank
## Main
### Triggers
- At the beginning
### Steps
- Pay
- Print the receipt

## Warn
### Triggers
- When the balance is negative
### Steps
- Warn

## PrintReceipt
### Triggers
- When the user asks for a receipt
### Steps
- Print
`,
    {
      model: scriptedModel({
        Main: [
          "state.balance = -5; await Warn();",
          'Step("01"); state.other = 1; await Say("user", (await Warn()).slice(0, 12));',
          "state.balance = -7; await Warn(); await PrintReceipt(); await PrintReceipt(); Return();",
        ],
        Warn: ['await Say("user", "warning: " + state.balance); Return();'],
        PrintReceipt: ['await Say("user", "receipt"); Return();'],
      }),
    },
  );
  assertEquals(played.said, ["warning: -5", "[Warn was no", "warning: -7", "receipt", "receipt"]);
});
