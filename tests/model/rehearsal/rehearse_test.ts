import { assertEquals, assertMatch } from "@std/assert";
import { parse } from "acorn";
import { rehearse } from "../../../extras/rehearsal/mod.ts";
import { promptOf, type PromptParts } from "./prompts.ts";

/** Code that reads a reply that may be a number or a text. */
const number = (wait: string) =>
  `((reply) => /^-?(0|[1-9]\\d{0,14})(\\.\\d+)?$/.test(reply.trim()) ? Number(reply) : reply)(${wait})`;
const shown = (reference: string, written: string) =>
  `\${typeof ${reference} === "object" ? JSON.stringify(${reference}) : ${reference} ?? "${written}"}`;
const valid = (reference: string) =>
  `(${reference} && !/^(invalid|not valid|false|no|null|none)\\b/i.test(${reference}))`;

/** One step per case: its text, its code without `Step` and the final `Return(undefined)`, and other prompt parts. */
type Case = readonly [step: string, code: string, parts?: Partial<PromptParts>];

const facts = { playbooks: ["Main()", "GetFact(country, style?)", "ValidateOrderId()", "Solver(problem)"] };
const buyer = { others: { Buyer: [], Boss: [], TaxAccountantAgent: ["GetTaxRate(gross_income)"] } };

const cases: Readonly<Record<string, readonly Case[]>> = {
  "speaks to the user in the step's own words": [
    ["Greet the user warmly", 'await Say("user", "Greet the user warmly");'],
    ["Then tells the user that it is late", 'await Say("user", "Then tells the user that it is late");'],
    ["Welcome user and explain the rules", 'await Say("user", "Welcome user and explain the rules");'],
    ['Say "Correct!"', 'await Say("user", "Correct!");'],
    ['Tell user "It\'s \\"so\\""', 'await Say("user", "It\'s \\"so\\"");'],
    ['Say("Your order {$id}")', `await Say("user", \`Your order ${shown("state.id", "{$id}")}\`);`],
    ["Say(user, Greet the user, kindly)", 'await Say("user", "Greet the user, kindly");'],
    ['Say("agent 1002", "hi")', 'await Say("agent 1002", "hi");'],
    ["Tell user the price is $90 and {json}", 'await Say("user", "Tell user the price is $90 and {json}");'],
    [
      "Tell the user `a` and \\ $x",
      `await Say("user", \`Tell the user \\\`a\\\` and \\\\ ${shown("state.x", "$x")}\`);`,
    ],
    ["Thank the user. Be brief.", 'await Say("user", "Thank the user. Be brief.");'],
  ],
  "keeps what the one who is asked gives": [
    [
      "$rate = ask the tax accountant for the tax rate of $gross_income",
      "state.rate = await TaxAccountantAgent.GetTaxRate(state.gross_income);",
      buyer,
    ],
    [
      "$city = ask the user for a city",
      `await Say("user", "$city = ask the user for a city");\nstate.city = ${number('await Yield("user")')};`,
    ],
    ["$mood = a good one", 'state.mood = "a good one";'],
  ],
  "asks, waits and keeps the answer": [
    [
      "Ask user for $gross_income",
      `await Say("user", "Ask user for $gross_income");\nstate.gross_income = ${
        number('await Yield("user")')
      };`,
    ],
    [
      "Asks the user for a $pin",
      'await Say("user", "Asks the user for a $pin");\nstate.pin = await Yield("user");',
    ],
    [
      "Ask user for their order id",
      'await Say("user", "Ask user for their order id");\nstate.order_id = await Yield("user");',
    ],
    [
      "Ask the user what $game they would like to watch (e.g., chess)",
      `await Say("user", "Ask the user what $game they would like to watch (e.g., chess)");\nstate.game = ${
        number('await Yield("user")')
      };`,
    ],
    [
      "Ask for $email and $pin",
      'await Say("user", "Ask for $email and $pin ($email)");\nstate.email = await Yield("user");\n' +
      'await Say("user", "Ask for $email and $pin ($pin)");\nstate.pin = await Yield("user");',
    ],
    [
      "Ask user for $ssn and date of birth $dob",
      'await Say("user", "Ask user for $ssn and date of birth $dob ($ssn)");\nstate.ssn = await Yield("user");\n' +
      'await Say("user", "Ask user for $ssn and date of birth $dob ($dob)");\nstate.dob = await Yield("user");',
    ],
    [
      "Ask the user if they agree",
      'await Say("user", "Ask the user if they agree");\nlet reply = await Yield("user");',
    ],
    [
      "Welcome the user and ask how you can help",
      'await Say("user", "Welcome the user and ask how you can help");\nlet reply = await Yield("user");',
    ],
  ],
  "waits": [
    ["Wait for the user to say something", 'let reply = await Yield("user");'],
    ["Wait for $answer", `state.answer = ${number('await Yield("user")')};`],
    ["Wait 30 seconds", "await Sleep(30);"],
    ["Sleep for 2 minutes", "await Sleep(120);"],
    ["Wait for a few moments", "await Sleep(1);"],
    ["Wait up to 10 seconds for the Buyer", 'let reply = await Yield("Buyer", { timeout: 10 });', buyer],
    ["YLD for user", 'let reply = await Yield("user");'],
    ["YLD for exit", "EndProgram();"],
    ["YLD call", ""],
  ],
  "creates agents and speaks to them": [
    [
      "Create a Buyer agent and welcome the buyer",
      'let buyer = await CreateAgent("Buyer");\nawait Say(buyer, "welcome the buyer");',
      buyer,
    ],
    ["Create Buyer agent $colleague", 'state.colleague = await CreateAgent("Buyer");', buyer],
    [
      'Create players like `CreateAgent("Player", "Foot")` `CreateAgent("Player", "Hat")`',
      'let foot = await CreateAgent("Player", { name: "Foot" });\nlet hat = await CreateAgent("Player", { name: "Hat" });',
    ],
    [
      "Create two Buyer agents",
      'let buyer_1 = await CreateAgent("Buyer");\nlet buyer_2 = await CreateAgent("Buyer");',
      buyer,
    ],
    ["Thank the Buyer.", 'await Say("Buyer", "Thank the Buyer.");', buyer],
    [
      "Tell the boss how it went",
      'await Say(state.chief, "Tell the boss how it went");',
      { ...buyer, state: { chief: { $type: "agent", id: "1001", klass: "Boss" } } },
    ],
    [
      "Make your offer to the Buyer and negotiate until you both agree",
      'await Say("Buyer", "Make your offer to the Buyer and negotiate until you both agree");\nlet reply = await Yield("Buyer");',
      buyer,
    ],
    ["Wait for the boss to give you feedback", 'let reply = await Yield("Boss");', buyer],
  ],
  "calls playbooks": [
    ['$x = GetFact("India")', 'state.x = await GetFact("India");', facts],
    ["fact = GetFact(country=$c)", "let fact = await GetFact({ country: state.c });", facts],
    ["GetFact($country)", "let fact = await GetFact(state.country);", facts],
    ["Get $joke from GetFact(1, short)", 'state.joke = await GetFact(1, "short");', facts],
    ["Get a fact about $country", "let fact = await GetFact(state.country);", {
      ...facts,
      state: { country: 1 },
    }],
    ["Validate the order id", "let validate_order_id = await ValidateOrderId();", facts],
    [
      "Use Solver to solve the problem",
      "let solver = await Solver(state.simple_problem);",
      { ...facts, state: { simple_problem: 1 } },
    ],
    [
      "Calculate $tax_amount",
      "state.tax_amount = await CalculateTax(state.gross_income, state.tax_rate);",
      { playbooks: ["CalculateTax(gross_income, tax_rate)"], state: { tax_rate: 1, gross_income: 2 } },
    ],
    [
      "Load user account",
      "let account = await LoadAccount(state.email, state.pin);",
      { playbooks: ["LoadAccount(email, pin)"], state: { email: 1, pin: 2 } },
    ],
    ["Run test2 playbook", "let test2_playbook = await Test2Playbook();", { playbooks: ["Test2Playbook()"] }],
    [
      "Validate the order id and keep asking until user provides a valid id",
      `let validate_order_id = await ValidateOrderId();\nfor (let round = 1; !${
        valid("validate_order_id")
      }; round++) {\n` +
      '  if (round > 1000) throw new Error("More than 1000 rounds: keep asking until user provides a valid id");\n' +
      '  await Say("user", "keep asking until user provides a valid id");\n  state.order_id = await Yield("user");\n' +
      "  validate_order_id = await ValidateOrderId();\n}",
      { ...facts, state: { order_id: "1" } },
    ],
  ],
  "calls other agents' playbooks": [
    [
      "Ask Tax accountant what the percent $tax_rate would be for the $gross_income",
      "state.tax_rate = await TaxAccountantAgent.GetTaxRate(state.gross_income);",
      { ...buyer, state: { gross_income: 1 } },
    ],
    [
      '$p = CountryInfo.GetPopulation(country="India")',
      'state.p = await CountryInfo.GetPopulation({ country: "India" });',
      { others: { CountryInfo: ["GetPopulation(country)"] } },
    ],
    [
      'Ask $colleague to answer "Why?"',
      'let answer = await state.colleague.Answer("Why?");',
      {
        others: { SlowColleague: ["Answer(question)"] },
        state: { colleague: { id: "1001", klass: "SlowColleague" } },
      },
    ],
    [
      "Call CreateNewCharacter on character creator agent",
      'await Say("CharacterCreator", "Call CreateNewCharacter on character creator agent");\n' +
      'let reply = await Yield("CharacterCreator");',
      { others: { CharacterCreator: [] } },
    ],
  ],
  "sets variables": [
    ["$x = 10", "state.x = 10;"],
    ["age = 30", "let age = 30;"],
    ["$x = $x * 2 + 1", "state.x = state.x * 2 + 1;"],
    ["x = age + 5", "let x = age + 5;", { locals: { age: 3 } }],
    ["age = 5", "age = 5;", { locals: { age: 3 } }],
    ['set lastname = "Pinkerton"', 'let lastname = "Pinkerton";'],
    ['$name is "John"', 'state.name = "John";'],
    ["Set $count to 0", "state.count = 0;"],
    ["Increment $n", "state.n = (state.n ?? 0) + 1;"],
    ["Decrease $n by 3", "state.n = (state.n ?? 0) - 3;"],
    [
      "Add 2 to $list",
      'state.list = typeof state.list === "number" ? state.list + 2 : [...(state.list ?? []), 2];',
    ],
    ['$list = [1, "b"]', 'state.list = [1, "b"];'],
    ["$mood = very happy", 'state.mood = "very happy";'],
    ["$pin is valid if the digits add up to 10", ""],
    ["$total:float = ($a + $b) / 2", "state.total = (state.a + state.b) / 2;"],
  ],
  "returns": [
    ["Return valid", 'Return("valid");'],
    ["return 15%", "Return(15);"],
    ["Return $x", "Return(state.x);"],
    ['Return {"a": [1, 2], "b-c": null}', 'Return({ a: [1, 2], ["b-c"]: null });'],
    ['RET "{$a} {$b}"', `Return(\`${shown("state.a", "{$a}")} ${shown("state.b", "{$b}")}\`);`],
    ["return email", "Return(state.email);", { state: { email: "e" } }],
    ["Return a funny answer", 'Return("a funny answer");'],
    ["return (Not authenticated)", 'Return("Not authenticated");'],
    ["Return $a and $b", "Return({ a: state.a, b: state.b });"],
  ],
  "ends, and leaves thinking to others": [
    ["End program", "EndProgram();"],
    ["Exit the program.", "EndProgram();"],
    ["Apologize and end the conversation", 'await Say("user", "Apologize");\nEndProgram();'],
    ["Think step by step about what the user said", ""],
    ["Consider the market trends", ""],
  ],
  "computes conditions": [
    ["If $n >= 3, tell user yes", 'if (state.n >= 3) {\n  await Say("user", "tell user yes");\n}'],
    ["If $n is not greater than 3, say no", 'if (!(state.n > 3)) {\n  await Say("user", "say no");\n}'],
    [
      "Return valid if $n is 3, otherwise invalid",
      'if (state.n === 3) {\n  Return("valid");\n} else {\n  Return("invalid");\n}',
    ],
    ["Unless $done, $n = 1", "if (!(state.done)) {\n  state.n = 1;\n}"],
    [
      "If the boss says something critical, just say I quit!",
      '// Taken once, as it cannot be computed: the boss says something critical\nawait Say("user", "just say I quit!");',
    ],
  ],
};

for (const [claim, table] of Object.entries(cases)) {
  Deno.test(`rehearse() ${claim}`, async (t) => {
    for (const [step, code, parts] of table) {
      await t.step(step, () => {
        const answer = rehearse(promptOf({ ...parts, steps: `- ${step}` }));
        assertParses(answer);
        assertEquals(
          answer.replace(/^Step\("01"\);\n/, "").replace(/(Return\(undefined\);\n)?$/, ""),
          code && `${code}\n`,
        );
      });
    }
  });
}

Deno.test("rehearse() writes the steps up to the first wait, then continues after it", () => {
  const steps = "- Tell user hello\n- Ask user for $name\n- Tell user $name\n- End program";
  const first = rehearse(promptOf({ steps }));
  assertEquals(
    first,
    'Step("01");\nawait Say("user", "Tell user hello");\nStep("02");\nawait Say("user", "Ask user for $name");\n' +
      'state.name = await Yield("user");\n',
  );
  const second = rehearse(
    promptOf({ steps, turns: [[first, 'State: {"name":"Jo"}\nLast step reached: 02\nGo on.']] }),
  );
  assertEquals(
    second,
    `Step("03");\nawait Say("user", \`Tell user ${
      shown("state.name", "$name")
    }\`);\nStep("04");\nEndProgram();\n`,
  );
});

Deno.test("rehearse() returns if the last step was a wait", () => {
  const steps = "- Ask user for $name";
  const turns = [[rehearse(promptOf({ steps })), "Go on."]] as const;
  assertEquals(rehearse(promptOf({ steps, turns })), "Return(undefined);\n");
});

Deno.test("rehearse() gives the answer to a question to the step that waits for it", () => {
  const answer = rehearse(
    promptOf({ steps: "- Ask the Buyer for a price\n- Wait for the Buyer", others: { Buyer: [] } }),
  );
  assertEquals(answer.match(/Yield/g)?.length, 1);
});

Deno.test("rehearse() waits for the answer to a question even if the variable already has a value", () => {
  const steps = '- Ask the user "Once more?"\n- Wait for the $id';
  const answer = rehearse(promptOf({ steps, state: { id: "12" } }));
  assertEquals(
    answer,
    'Step("01");\nawait Say("user", "Once more?");\nStep("02");\nstate.id = await Yield("user");\n',
  );
});

Deno.test("rehearse() knows in a later turn which variable holds which agent", () => {
  const steps = "- Create a Buyer agent\n- Wait for the buyer\n- Thank the buyer";
  const others = { Buyer: [] };
  const turns = [[rehearse(promptOf({ steps, others })), "Locals: {}\nGo on."]] as const;
  assertMatch(rehearse(promptOf({ steps, others, turns })), /await Say\(buyer, "Thank the buyer"\);/);
});

Deno.test("rehearse() writes real control flow where conditions can be computed", () => {
  const answer = rehearse(promptOf({
    steps: `- If $gross_income < 100000
  - return 15%
- Else if $gross_income is at most 200000
  - return 20
- Otherwise
  - return 25%
- While $n < 3 and not $stop
  - Increment $n
  - If $n is even, break out of the loop
- For each $c in ["India", "Nepal"]
  - fact = GetFact($c)
- Repeat 3 times: tell user hi
- In parallel
  - $a = GetFact("x")
  - b = GetFact("y")`,
    playbooks: ["GetFact(country)"],
  }));
  assertParses(answer);
  assertEquals(
    answer,
    `let fact, b;
Step("01");
if (state.gross_income < 100000) {
  Step("01.01");
  Return(15);
} else {
  Step("02");
  if (state.gross_income <= 200000) {
    Step("02.01");
    Return(20);
  } else {
    Step("03");
    Step("03.01");
    Return(25);
  }
}
Step("04");
for (let round = 1; (state.n < 3 && !(state.stop)); round++) {
  if (round > 1000) throw new Error("More than 1000 rounds: step 04");
  Step("04.01");
  state.n = (state.n ?? 0) + 1;
  Step("04.02");
  if ((state.n % 2 === 0)) {
    break;
  }
}
Step("05");
for (const each of ["India", "Nepal"]) {
  state.c = each;
  Step("05.01");
  fact = await GetFact(state.c);
}
Step("06");
for (let round = 1; round <= 3; round++) {
  await Say("user", "tell user hi");
}
Step("07");
await Promise.all([
  (async () => {
    Step("07.01");
    state.a = await GetFact("x");
  })(),
  (async () => {
    Step("07.02");
    b = await GetFact("y");
  })(),
]);
Return(undefined);
`,
  );
});

Deno.test("rehearse() takes an If that cannot be computed and skips its Otherwise, also in later turns", () => {
  const steps =
    "- If the user is happy\n  - Ask user for $why\n- Otherwise\n  - Tell user sorry\n- Tell user bye";
  const first = rehearse(promptOf({ steps }));
  assertMatch(first, /state\.why = /);
  const second = rehearse(promptOf({ steps, turns: [[first, "Last step reached: 01.01\nGo on."]] }));
  assertEquals(second, 'Step("03");\nawait Say("user", "Tell user bye");\nReturn(undefined);\n');
});

Deno.test("rehearse() skips a failed step and says so", () => {
  const steps = "- Tell user a\n- $x = Broken()\n- Tell user b";
  const turns = [[
    rehearse(promptOf({ steps, playbooks: ["Broken()"] })),
    "The code of turn 1 failed at line 4: TypeError: it broke\nLast step reached: 02\nWrite the code again from there.",
  ]] as const;
  assertEquals(
    rehearse(promptOf({ steps, turns })),
    'console.log("Step 02 failed and is passed over: TypeError: it broke");\n' +
      'Step("03");\nawait Say("user", "Tell user b");\nReturn(undefined);\n',
  );
});

Deno.test("rehearse() skips a step if its turn reached no step", () => {
  const steps = "- Tell user a\n- Tell user b";
  const turns = [[
    'Step("01");\nnot JavaScript',
    "The code of turn 1 failed: SyntaxError: no\nLast step reached: none",
  ]] as const;
  assertMatch(rehearse(promptOf({ steps, turns })), /Step 01 failed[\s\S]*Step\("02"\)/);
});

Deno.test("rehearse() continues in an edited program after the step with the same text", () => {
  const old = "- Ask user for $name\n- Tell user bye";
  const first = rehearse(promptOf({ steps: old }));
  const edited = promptOf({ steps: "- Tell user hello\n- Ask user for $name\n- Tell user farewell" });
  const text = edited.messages[0]!.text.split("\n").slice(2).join("\n");
  const next = `State: {}\nThe program was edited since: Main has new steps.\n${text}\nGo on.`;
  assertEquals(
    rehearse(promptOf({ steps: old, turns: [[first, next]] })),
    'Step("03");\nawait Say("user", "Tell user farewell");\nReturn(undefined);\n',
  );
});

Deno.test("rehearse() reads only the top frame of the stack", () => {
  const outer = promptOf({ steps: "- Tell user a\n- Inner()", playbooks: ["Inner()"] });
  const inner = promptOf({ steps: "- Tell user inner", playbook: "Inner", playbooks: ["Inner()"] });
  const messages = [
    ...outer.messages,
    { role: "assistant" as const, text: 'Step("02");' },
    ...inner.messages,
  ];
  assertEquals(
    rehearse({ ...inner, messages }),
    'Step("01");\nawait Say("user", "Tell user inner");\nReturn(undefined);\n',
  );
});

Deno.test("rehearse() finds a frame if its first message was joined to its caller's last one", () => {
  const outer = promptOf({ steps: "- Tell user outer" });
  const inner = promptOf({ steps: "- Tell user inner", playbook: "Inner" });
  const text = `${outer.messages[0]!.text}\n\n${inner.messages[0]!.text}`;
  assertMatch(rehearse({ ...inner, messages: [{ role: "user", text }] }), /Tell user inner/);
  const turns = [['Step("01");\nawait Sleep(1);', "Go on."]] as const;
  const called = promptOf({ steps: "- Tell user outer\n- Tell user more", turns }).messages;
  const joined = { role: "user" as const, text: `${called.at(-1)!.text}\n\n${inner.messages[0]!.text}` };
  assertMatch(
    rehearse({ ...inner, messages: [...called.slice(0, -1), joined] }),
    /^Step\("01"\);\nawait Say\("user", "Tell user inner"\);/,
  );
});

Deno.test("rehearse() returns the first line of a react playbook's description, with a mark for raw playbooks", () => {
  const request = promptOf({ steps: "", playbook: "Joke", description: "Tell a joke.\nA short one." });
  assertEquals(rehearse(request), 'Return("Tell a joke.");\n');
  const messages = [{
    role: "user" as const,
    text: "[turn 1 of Joke · Seller (agent 1000)]\n\nTell a joke.\nNow.",
  }];
  assertEquals(rehearse({ answer: "text", system: "", messages }), "(Joke) Tell a joke.");
});

Deno.test("rehearse() answers only waiting agents", () => {
  const messages = [{
    role: "user" as const,
    text:
      "[turn 1 of ProcessMessages · Seller (agent 1000)]\n````md\n## ProcessMessages()\nDo it.\n````\n\nMessages:\n" +
      '- from Buyer (agent 1001), who waits for an answer: "Would you\\ntake it for $90?"\n' +
      '- from Boss (agent 1002): "Well done"\n- from user: "hello"\n' +
      '- from Buyer (agent 1001), who waits for an answer: "Please get tax rate of 80000"',
  }];
  const { system } = promptOf({ steps: "", playbooks: ["GetTaxRate(gross_income)"] });
  assertEquals(
    rehearse({ answer: "code", system, messages }),
    'await Say("agent 1001", "Seller got: Would you\\ntake it for $90?");\n' +
      "let result_4 = await GetTaxRate(80000);\n" +
      'await Say("agent 1001", typeof result_4 === "string" ? result_4 : JSON.stringify(result_4) ?? "done");\n' +
      "Return();\n",
  );
});

Deno.test("rehearse() gives an answer that parses for any text", () => {
  for (
    const text of [
      "",
      "[turn x]",
      '````md\n### Steps\n- 01 If\n- 02 Otherwise\n- 03 "\n- 04 Say(\n- 05 $x = (\n````',
    ]
  ) {
    assertParses(rehearse({ answer: "code", system: text, messages: [{ role: "user", text }] }));
  }
  assertParses(rehearse({ answer: "code", system: "", messages: [] }));
});

function assertParses(code: string): void {
  parse(code, { ecmaVersion: "latest", sourceType: "module", allowAwaitOutsideFunction: true });
}
