import { assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parse } from "acorn";
import { openRehearsal, rehearse } from "../../../extras/rehearsal/mod.ts";
import { reservedNames } from "../../../src/engine/builtins/table.ts";
import { parseProgram } from "../../../src/language/mod.ts";
import type { ModelEvent, ModelRequest } from "../../../src/model/model.ts";
import { play } from "../../support/harness.ts";
import { folderWith } from "../../support/playbooks_process.ts";
import { transcriptOf } from "./transcript.ts";
import { turnOf } from "./turns.ts";

/** A program of one agent with these steps, and more text below them. */
function programOf(steps: string, more = ""): string {
  return `# Shop\n## Main\n### Triggers\n- At the beginning\n### Steps\n${steps}\n${more}`;
}

const tables: Readonly<Record<string, readonly (readonly [steps: string, lines: readonly string[]])[]>> = {
  "says what is quoted, and calls nothing in it": [
    ['- Say "GetRate"', ["GetRate"]],
    ['- Say "GetRate()"', ["GetRate()"]],
    ['- Tell the user "Call GetRate now"', ["Call GetRate now"]],
    ["- Say('user', 'GetRate is fine')", ["GetRate is fine"]],
    ["- Say “GetRate”", ["GetRate"]],
    ['- Tell the user your hours, e.g. "9 to 5"', [
      '~ rehearsal: left to a model: Tell the user your hours, e.g. "9 to 5"',
    ]],
  ],
  "calls what is named outside of quotes": [
    ['- GetRate()\n- Say "ok"', ["rate asked", "ok"]],
    ['- Call GetRate\n- Say "ok"', ["rate asked", "ok"]],
    ['- Get rate\n- Say "ok"', ["rate asked", "ok"]],
    ['- $r = GetRate()\n- Say "{$r}"', ["rate asked", "5"]],
    ['- r = GetRate()\n- Say "{r}"', ["rate asked", "5"]],
  ],
  "fills variables with and without $": [
    ['- $name = "Ada"\n- Say "Hi {$name}, $name, {{$name}}"', ["Hi Ada, Ada, Ada"]],
    ['- name is "Ada"\n- Say "Hi {name}"', ["Hi Ada"]],
    ["- Set count to 2\n- Add 3 to count\n- Tell the user the count", ["Count: 5"]],
    ["- $n:int = 4\n- Tell the user the $n and the square of it", ["N: 4"]],
    ["- $a = 1\n- $b = 2\n- Tell $a and $b to the user", ["A: 1, b: 2"]],
    ['- Say "Hi {$nobody}"', ["~ rehearsal: no value for: nobody", "Hi (nobody)"]],
  ],
  "speaks in words of its own only where a step has them": [
    ["- Greet the user", ["Hello!"]],
    ["- Thank the user for their patience", ["Thank you for your patience!"]],
    ["- Tell the user that their order has been sent", ["Your order has been sent."]],
    ["- Let the user know that you will call them", ["I will call you."]],
    ["- Tell the user a joke", ["~ rehearsal: left to a model: Tell the user a joke"]],
    ["- Explain the rules to the user", ["~ rehearsal: left to a model: Explain the rules to the user"]],
  ],
  "guesses where it cannot tell, and says so": [
    ['- If the parcel looks heavy\n  - Say "a"\n- Otherwise\n  - Say "b"', [
      "~ rehearsal: took the branch: the parcel looks heavy",
      "a",
    ]],
    ['- If the address is invalid\n  - Say "a"\n- Otherwise\n  - Say "b"', [
      "~ rehearsal: skipped the branch: the address is invalid",
      "b",
    ]],
    ['- Unless the address is missing, say "a"', [
      "~ rehearsal: took the branch: the address is missing",
      "a",
    ]],
    ['- If anything fails, say "a"\n- Say "b"', ["~ rehearsal: skipped the branch: anything fails", "b"]],
    ['- While the shop is open\n  - Say "a"', ["~ rehearsal: took one round: While the shop is open", "a"]],
  ],
  "rounds to whole numbers and to places": [
    ['- $x = 7 / 3\n- Say "{round($x)}, {round($x, 2)}"', ["2, 2.33"]],
  ],
  "leaves a loop that changes nothing": [
    ['- $x = 1\n- While $x is 1\n  - Say "a"', [
      "a",
      "~ rehearsal: left the loop, since its rounds change nothing that would end it",
    ]],
    ['- $x = 1\n- $n = 0\n- Until $x is 2\n  - Add 1 to $n\n- If $n < 20, say "soon"', [
      "~ rehearsal: left the loop, since its rounds change nothing that would end it",
      "soon",
    ]],
  ],
};

for (const [claim, table] of Object.entries(tables)) {
  Deno.test(`rehearsal: it ${claim}`, async (t) => {
    for (const [steps, lines] of table) {
      await t.step(steps, async () => {
        const text = programOf(steps, '\n## GetRate\n### Steps\n- Say "rate asked"\n- Return 5\n');
        assertEquals(await transcriptOf(text), [...lines, "[completed]"]);
      });
    }
  });
}

/** What a question becomes, and the variable that the answer is in. */
const questions: readonly (readonly [step: string, question: string, variable: string])[] = [
  ["Ask the user for their $name", "Your name?", "$name"],
  ["Ask user for their order id", "Your order id?", "$order_id"],
  [
    "Ask the user what they would like to order and store it in $dish",
    "What would you like to order?",
    "$dish",
  ],
  ["Ask the user which city they live in, saving it as $city", "Which city do you live in?", "$city"],
  ['Ask the customer "Yes?" and store the answer in $reply:str', "Yes?", "$reply"],
  ["Ask the applicant for their $age", "Your age?", "$age"],
  ["Ask the user to enter a code", "Please enter a code.", "$code"],
];

Deno.test("rehearsal: a question is worded as one, and its answer is in the variable that the step names", async (t) => {
  for (const [step, question, variable] of questions) {
    await t.step(step, async () => {
      const text = programOf(`- ${step}\n- Say "got {${variable}}"`);
      assertEquals(await transcriptOf(text, { replies: ["x1"] }), [
        question,
        "> x1",
        "got x1",
        "[completed]",
      ]);
    });
  }
});

Deno.test("rehearsal: a loop until a person says so reads the replies, and waits when they are used up", async () => {
  for (
    const head of [
      "Loop until the user says done",
      "Repeat until the user types done",
      "While the user has not said done",
      "Until the user is finished",
    ]
  ) {
    const text = programOf(`- ${head}\n  - Ask the user "More?"\n- Say "end"`);
    const until = (replies: readonly string[]) => transcriptOf(text, { replies });
    assertEquals(await until(["a", "done"]), ["More?", "> a", "More?", "> done", "end", "[completed]"], head);
    assertEquals((await until(["a", "b"])).slice(-2), ["More?", "[waiting]"], head);
  }
});

Deno.test("rehearsal: a step calls another class in any spelling, and an unknown playbook of it fails", async () => {
  const shop = "# Shop DB\n## Find price($name)\npublic: true\n### Steps\n- Return 3\n";
  for (const call of ["ShopDB.FindPrice", "ShopDb.find_price", "Shopdb.findPrice", "shop_db.FindPrice"]) {
    const lines = await transcriptOf(
      programOf(`- $price = ${call}("tea")\n- Say "{$price}"\n- End program`, shop),
    );
    assertEquals(lines, ["3", "[completed]"], call);
  }
  for (const call of ["ShopDb.find_prise", "ShopDB.FindPrise"]) {
    const lines = await transcriptOf(programOf(`- $price = ${call}("tea")\n- Say "{$price}"`, shop));
    assertMatch(lines.at(-1)!, /^\[failed: .*prise/i);
  }
});

Deno.test("rehearsal: a step in words asks for a private playbook of another agent by a message", async () => {
  const shop = "# Shop DB\n## FindPrice\n### Steps\n- Return 3\n";
  for (const step of ["Call FindPrice on the shop DB agent", "Ask the shop DB to find price"]) {
    const lines = await transcriptOf(programOf(`- ${step}\n- Say "ok"\n- End program`, shop));
    assertEquals(lines, ["ok", "[completed]"], step);
  }
  const written = await transcriptOf(programOf("- ShopDb.FindPrice()", shop));
  assertMatch(written.at(-1)!, /^\[failed: .*not public/);
});

Deno.test("rehearsal: an artifact in words is its text without quotes", async () => {
  const kept = 'SaveArtifact("receipt", "A receipt", "2 roses")';
  const lines = await transcriptOf(programOf(`- ${kept}\n- Say "{$receipt}!"\n- End program`));
  assertEquals(lines, ["2 roses!", "[completed]"]);
});

const persons = "# Ann:Human\n# Ben:Human\n";

Deno.test("rehearsal: words for several people or agents reach each of them, once", async () => {
  const saidBy = async (step: string, others = persons) =>
    (await transcriptOf(programOf(`- ${step}\n- End program`, others))).filter((line) =>
      line !== "[completed]"
    );
  for (
    const step of [
      'Tell Ann and Ben "Go"',
      'Say to Ann & Ben "Go"',
      'Tell the user, Ann "Go"',
      'Tell Ann, Ann and Ben "Go"',
    ]
  ) {
    assertEquals(await saidBy(step), ["Go", "Go"], step);
  }
  assertEquals(await saidBy("Tell Ann, Ben and the user that all is done"), Array(3).fill("All is done."));
  for (
    const step of ['Tell Ann "Ben and Ann"', 'Tell Ann about Ben "Go"', "Tell Ann that Ben and Cid wait"]
  ) {
    assertEquals((await saidBy(step)).length, 1, step);
  }
});

Deno.test("rehearsal: a question for several people waits for all of them, and keeps each answer with its name", async () => {
  const answersTo = async (step: string) =>
    await transcriptOf(programOf(`- ${step}\n- Say "{$day}"\n- End program`, persons), {
      replies: ["Monday", "Tuesday", "no", "no"],
    });
  for (
    const step of [
      "Ask Ann and Ben for their $day",
      "Ask Ann and Ben for a $day that suits them",
      "Ask Ann and Ben for their $day, and wait for both",
      "Ask Ann and Ben which $day suits them\n- Wait for their $day",
    ]
  ) {
    const said = await answersTo(step);
    assertEquals(said.filter((line) => line.startsWith(">")), ["> Monday", "> Tuesday"], step);
    assertEquals(said.slice(-3), ["Ann: Monday", "Ben: Tuesday", "[completed]"], step);
  }
});

const indirect: readonly [string, string][] = [
  ["which day suits them", "Which day suits you?"],
  ["who pays", "Who pays?"],
  ["how many guests come with them", "How many guests come with you?"],
  ["what brings them here", "What brings you here?"],
  ["when they arrive", "When do you arrive?"],
];
for (const [words, question] of indirect) {
  Deno.test(`rehearsal: "Ask the user ${words}" asks "${question}"`, async () => {
    const text = programOf(`- Ask the user ${words}\n- Wait for the user\n- End program`);
    assertEquals(await transcriptOf(text, { replies: ["yes"] }), [question, "> yes", "[completed]"]);
  });
}

Deno.test("rehearsal: a question has no word about the variable of its answer, and asks a woman for what is hers", async () => {
  const people = "# Ann:Human\n\n# Ben:Human\n";
  const steps = [
    "Ask Ann for her $day",
    "Ask Ann for her day as $day",
    "Ask Ann what her day is",
    "Ask Ben for his day",
  ];
  for (const step of steps) {
    const said = await transcriptOf(programOf(`- ${step}\n- Wait for Ann\n- End program`, people), {
      replies: ["x", "y"],
    });
    assertEquals(said[0], step.includes("what") ? "What is your day?" : "Your day?", step);
  }
});

Deno.test("rehearsal: a loop over a range counts as Python does", async (t) => {
  for (
    const [range, numbers] of [
      ["range(3)", "0, 1, 2"],
      ["range(1, 4)", "1, 2, 3"],
      ["range(6, 0, -2)", "6, 4, 2"],
      ["range(2, 2)", "(none)"],
    ] as const
  ) {
    await t.step(range, async () => {
      const steps =
        `- items = []\n- For i in ${range}\n  - Add i to items\n- Say("user", "{items}")\n- End program`;
      assertEquals((await transcriptOf(programOf(steps)))[0], numbers);
    });
  }
});

Deno.test("rehearsal: a variable without a value stands for its name, and the run says so", async () => {
  const text = `${programOf("- $text = Write($wishes)\n- Say {$text}\n- End program").trimEnd()}
## Write($wishes)
### Steps
- Return "for {$wishes}"
`;
  assertEquals(await transcriptOf(text), [
    "~ rehearsal: no value for: wishes",
    "for (wishes)",
    "[completed]",
  ]);
  assertEquals(await transcriptOf(programOf("- Say it is {$_}\n- End program")), [
    "~ rehearsal: no value for: $_",
    "It is ($_).",
    "[completed]",
  ]);
});

Deno.test("rehearsal: a loop over an unread condition on a variable says how it ends", async () => {
  const text = programOf(
    '- While $n is neither "a" nor "b"\n  - Ask the user "Again?"\n  - Wait for the user\'s $n\n- End program',
  );
  const lines = await transcriptOf(text, { replies: ["done"] });
  assertEquals(lines[0], '~ rehearsal: goes on until a person says "done": While $n is neither "a" nor "b"');
});

Deno.test("rehearsal: a step that fails fails the run with the failure's words", async (t) => {
  const broken = '```ts\nexport function Broken() { throw new Error("no such record"); }\n```\n';
  const table: readonly (readonly [claim: string, text: string])[] = [
    ["own code", programOf('- Broken()\n- Say "after"', broken)],
    ["a loop", programOf('- Repeat 3 times: Broken()\n- Say "after"', broken)],
    ["a callee", programOf('- Work()\n- Say "after"', `## Work\n### Steps\n- Broken()\n\n${broken}`)],
    [
      "another agent",
      programOf(
        '- Ask the Clerk to work\n- Say "after"',
        `# Clerk\n## Work\npublic: true\n### Steps\n- Broken()\n\n${broken}`,
      ),
    ],
    ["parallel work", programOf('- In parallel\n  - Broken()\n  - Sleep(1)\n- Say "after"', broken)],
    [
      "a trigger",
      programOf(
        '- Create a Clerk\n- Ask the clerk "Please work"\n- Say "after"',
        `# Clerk\n## Work\n### Triggers\n- When somebody asks to work\n### Steps\n- Broken()\n\n${broken}`,
      ),
    ],
  ];
  for (const [claim, text] of table) {
    await t.step(claim, async () => {
      const lines = await transcriptOf(text);
      assertMatch(lines.at(-1)!, /^\[failed: .*no such record/);
      assertEquals(lines.includes("after"), false);
    });
  }
});

Deno.test("rehearsal: a condition on a person's words reads what this person said last", async (t) => {
  const table: readonly (readonly [condition: string, ann: string, ben: string, isMet: boolean])[] = [
    ["Ann says yes", "yes", "no", true],
    ["Ann says yes", "no", "yes", false],
    ["Ben says yes", "yes", "nope", false],
    ["Ben says yes", "no", "yes please", true],
    ["Dr. Ben Hill says yes", "no", "yes", true],
    ["Ben's answer is no", "yes", "no", true],
    ["Ben approves", "no", "approved", true],
    ["Ben approves", "yes", "not approved", false],
    ["the user says yes", "yes", "no", false],
  ];
  for (const [condition, ann, ben, isMet] of table) {
    await t.step(`${condition}: ${ann}, ${ben}`, async () => {
      const steps = '- Ask Ann "Yes?"\n- Wait for Ann\'s $a\n- Ask Ben "Yes?"\n- Wait for Ben\'s $b\n' +
        `- If ${condition}\n  - Tell Ann "met"\n- Otherwise\n  - Tell Ann "not met"\n- End program`;
      const text = programOf(steps, "# Ann:Human\n# Ben:Human\nname: Dr. Ben Hill\n");
      const lines = await transcriptOf(text, { replies: [ann, ben] });
      assertEquals(lines.slice(-2), [isMet ? "met" : "not met", "[completed]"]);
      assertEquals(lines.filter((line) => line.startsWith("~")), []);
    });
  }
});

Deno.test("rehearsal: an agent is made with the variables that the step names", async (t) => {
  for (
    const [words, expected] of [
      ['with $name = "Zoe"', "Zoe of (city)"],
      ['with $name = "Zoe" and $city = "Rome"', "Zoe of Rome"],
      ['with name "Zoe", and city "Rome"', "Zoe of Rome"],
      ['whose name is "Zoe"', "Zoe of (city)"],
      ['(name: "Zoe", city: $town)', "Zoe of Bonn"],
      ['named Zoe with $city = "Rome"', "Zoe of Rome"],
      ['$guide with $name = "Zoe"', "Zoe of (city)"],
      ["named Zoe", "Zoe of (city)"],
    ] as const
  ) {
    await t.step(words, async () => {
      const text = programOf(
        `- $town = "Bonn"\n- Create a Guide agent ${words}\n- $w = Guide.Words()\n- Say "{$w}"`,
        '# Guide\n## Words\npublic: true\n### Steps\n- Return "{$name} of {$city}"\n',
      );
      assertEquals((await transcriptOf(text)).filter((line) => !line.startsWith("~")), [
        expected,
        "[completed]",
      ]);
    });
  }
});

Deno.test("rehearsal: a variable may have a name in any script, wherever a step names one", async (t) => {
  const table: readonly (readonly [steps: string, lines: readonly string[]])[] = [
    ['- $имя = "Ада"\n- Say "Hi {$имя}, $имя, {{$имя}}"', ["Hi Ада, Ада, Ада"]],
    ['- $número = 4\n- $número = $número + 1\n- Say "{$número}"', ["5"]],
    ["- Set $数 to 2\n- Add 3 to $数\n- Tell the user the $数", ["数: 5"]],
    ['- For each $ürün in [1, 2]\n  - Say "{$ürün}"', ["1", "2"]],
    ['- $数 = 0\n- While $数 < 2\n  - Increment $数\n- Say "{$数}"', ["2"]],
    ['- $заказ = {"цена": 5}\n- Say "{$заказ.цена}"', ["5"]],
    ['- $r = Совет("чай")\n- Say "{$r}"', ["совет: чай"]],
    ['- $что = "чай"\n- Совет($что) as $ответ\n- Say "{$ответ}"', ["совет: чай"]],
    ['- Wait for the user\'s $имя\n- If $имя is "x"\n  - Say "yes {$имя}"', ["> x", "yes x"]],
  ];
  for (const [steps, lines] of table) {
    await t.step(steps, async () => {
      const text = programOf(steps, '\n## Совет($что)\n### Steps\n- Return "совет: {$что}"\n');
      assertEquals(await transcriptOf(text, { replies: ["x"] }), [...lines, "[completed]"]);
    });
  }
});

Deno.test("rehearsal: the command line exits with 1 after a failed step, and with 75 when replies are used up", async () => {
  await using folder = await folderWith({
    "broken.pb": programOf(
      '- Say "before"\n- $x = Nobody.Work()\n- Broken()',
      '```ts\nexport function Broken() { throw new Error("no"); }\n```\n',
    ),
    "loop.pb": programOf('- Until the user says done\n  - Ask the user "More?"'),
  });
  const broken = await folder.run(["run", "broken.pb"]);
  assertEquals([broken.code, broken.stdout], [1, "before\n"], broken.stderr);
  const loop = await folder.run(["run", "loop.pb"], { input: "a\nb\n" });
  assertEquals([loop.code, loop.stdout], [75, "More?\nMore?\nMore?\n"], loop.stderr);
});

Deno.test("rehearsal: its notes are lines of standard error without an agent's name, and --quiet leaves them out", async () => {
  await using folder = await folderWith({ "a.pb": programOf("- Tell the user a joke") });
  const note = "rehearsal: left to a model: Tell the user a joke";
  assertEquals((await folder.run(["run", "a.pb"])).stderr.split("\n").includes(note), true);
  assertEquals((await folder.run(["run", "a.pb", "--quiet"])).stderr.includes(note), false);
});

Deno.test("rehearsal: it goes on in an edited program after the step with the same text", async () => {
  const before = await play(programOf('- Ask the user "Who?"\n- Say "bye"'));
  assertEquals(before.said, ["Who?"]);
  const after = await play(programOf('- Say "hello"\n- Ask the user "Who?"\n- Say "farewell"'), {
    from: before.entries,
    replies: ["Ada"],
  });
  assertEquals(after.said, ["farewell"]);
});

const empty: ModelRequest = { answer: "code", system: "", messages: [] };

Deno.test("rehearsal: it reads the turn and no word of the prompt", async () => {
  const { program } = await parseProgram([{ path: "a.pb", text: programOf('- Say "hi"') }], {
    builtins: reservedNames,
  });
  const [agent] = program.agents;
  const turn = turnOf(program, agent!, agent!.playbooks[0]!);
  const other: ModelRequest = {
    ...empty,
    system: "# Playbooks",
    messages: [{ role: "user", text: "[turn 9 of X]" }],
  };
  assertEquals(rehearse(empty, turn), rehearse(other, turn));
  assertStringIncludes(rehearse(empty, turn), 'await Say("user", "hi");');
});

Deno.test("rehearsal: without its turn a request fails, and says why", async () => {
  const events: ModelEvent[] = [];
  for await (const event of openRehearsal().stream(empty, { signal: new AbortController().signal })) {
    events.push(event);
  }
  assertEquals(events.map((event) => event.type), ["failed"]);
  assertStringIncludes(JSON.stringify(events), "without its turn");
});

Deno.test("rehearsal: its code parses for any steps", async () => {
  const odd = [
    "If",
    "Otherwise",
    '"',
    "Say(",
    "$x = (",
    "While",
    "For each",
    "Ask",
    "Say `",
    "$",
    "{",
    "If then else",
    "Tell the user {$a.b.c",
    "Repeat 0 times:",
    "`",
    "Return \\",
    "ask $ for ${",
    "Until ''",
    "- - -",
    'Say "${x}" `y`',
    "set class to 1",
    "$class = 1",
    "let await = 2",
    "store it in $x",
    "In parallel: break",
    "break",
    "stop",
    "call Main",
    "Ask the user for $await and $1",
  ];
  for (const nested of [false, true]) {
    const text = programOf(
      odd.map((step) => nested ? `- Until the user says so\n  - Ask for $y\n  - ${step}` : `- ${step}`).join(
        "\n",
      ),
    );
    const { program } = await parseProgram([{ path: "a.pb", text }], { builtins: reservedNames });
    const agent = program.agents[0]!;
    const playbook = agent.playbooks[0]!;
    for (const { number } of [{ number: "" }, ...playbook.steps]) {
      const code = rehearse(
        empty,
        turnOf(program, agent, playbook, number === "" ? {} : { turn: 2, step: number }),
      );
      parse(code, { ecmaVersion: "latest", sourceType: "module", allowAwaitOutsideFunction: true });
    }
  }
});

Deno.test("rehearsal: an attendee that listens on after the end of its meeting fails no step", async () => {
  const text = programOf(
    '- Call Talk with topic "t" and attendees Guest\n- Wait 5 seconds\n- Say "done"',
    `## Talk
meeting: true
### Steps
- Tell everyone hello
# Guest
## Talk
meeting: true
### Steps
- Wait for the meeting
- Wait for the meeting
- Wait for the meeting
- Tell everyone bye
`,
  );
  const { entries, result } = await play(text, { model: openRehearsal() });
  const failed = entries.filter((entry) =>
    (entry.type === "return" && !entry.outcome.ok) || (entry.type === "end-turn" && entry.error)
  );
  assertEquals([result, failed], [{ kind: "completed" }, []]);
  const joined = entries.some((entry) => entry.type === "thread" && entry.kind === "meeting");
  assertEquals(joined, true);
});
