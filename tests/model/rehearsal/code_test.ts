import { assertEquals } from "@std/assert";
import { parse } from "acorn";
import { rehearse } from "../../../extras/rehearsal/mod.ts";
import type { RequestedTurn } from "../../../src/model/mod.ts";

/** The parts of a turn. */
interface Parts {
  /** `GetFact(country, style?)`, one for each playbook of the agent. */
  readonly playbooks?: readonly string[];
  /** Each class with its public playbooks. */
  readonly others?: Readonly<Record<string, readonly string[]>>;
  readonly state?: Readonly<Record<string, unknown>>;
  readonly locals?: Readonly<Record<string, unknown>>;
}

/** One step for each case: its text, its code without helpers, `Step` and the final `Return(undefined)`, and other parts. */
type Case = readonly [step: string, code: string, parts?: Parts];

const number = (wait: string) => `asValue(${wait})`;
const shown = (reference: string, name: string) => `\${asText(${reference}, "${name}")}`;
const note = (text: string) => `console.log("rehearsal: left to a model: ${text}");`;
const valid = (reference: string) => `isValid(${reference})`;

const facts = { playbooks: ["Main()", "GetFact(country, style?)", "ValidateOrderId()", "Solver(problem)"] };
const buyer = { others: { Buyer: [], Boss: [], TaxAccountantAgent: ["GetTaxRate(gross_income)"] } };

const cases: Readonly<Record<string, readonly Case[]>> = {
  "keeps what the one who is asked gives": [
    [
      "$rate = ask the tax accountant for the tax rate of $gross_income",
      "state.rate = await TaxAccountantAgent.GetTaxRate(state.gross_income);",
      { ...buyer, state: { gross_income: 1 } },
    ],
    [
      "$city = ask the user for a city",
      `await Say("user", "City?");\nstate.city = ${number('await Yield("user")')};`,
    ],
    ["$mood = a good one", 'state.mood = "a good one";'],
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
      'let buyer = await CreateAgent("Buyer");\nawait Say(buyer, "Welcome!");',
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
    ["Thank the Buyer.", 'await Say("Buyer", "Thank you!");', buyer],
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
    ["fact = GetFact(country=$c)", "let fact = await GetFact({ country: state.c });", {
      ...facts,
      state: { c: 1 },
    }],
    ["GetFact($country)", "let fact = await GetFact(state.country);", { ...facts, state: { country: 1 } }],
    // A required argument without a value has its name instead, and the run says so.
    ["GetFact($country)", 'let fact = await GetFact(orName(state.country, "country"));', facts],
    ["GetFact(country=$land)", 'let fact = await GetFact({ country: orName(state.land, "land") });', facts],
    ["GetFact(1, $style)", "let fact = await GetFact(1, state.style);", facts],
    ["GetFact($land.code)", 'let fact = await GetFact(orName(state.land?.code, "land code"));', facts],
    [
      'GetFact($land["code"][0], $style)',
      'let fact = await GetFact(orName(state.land?.["code"]?.[0], "land code 0"), state.style);',
      facts,
    ],
    ["GetFact($a - $b)", "let fact = await GetFact(state.a - state.b);", facts],
    // In the program's notation names may follow positions; in JavaScript it is one or the other.
    [
      'GetFact("India", style="short")',
      'let fact = await GetFact({ country: "India", style: "short" });',
      facts,
    ],
    [
      "GetFact(the capital, style=short)",
      'let fact = await GetFact({ country: "the capital", style: "short" });',
      facts,
    ],
    ['GetFact("India", mood="short")', 'let fact = await GetFact("India", { mood: "short" });', facts],
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
      "let validate_order_id = await ValidateOrderId();\nconst stuck1 = watch();\n" +
      `for (let round = 1, heard1 = false; !${valid("validate_order_id")}; round++) {\n` +
      "  if (stuck1(heard1, JSON.stringify([validate_order_id, state.order_id]), JSON.stringify([validate_order_id]))) break;\n" +
      "  heard1 = false;\n" +
      '  if (round > 1000) throw new Error("More than 1000 rounds: keep asking until user provides a valid id");\n' +
      '  await Say("user", "Order id?");\n  state.order_id = await Yield("user");\n  heard1 = true;\n' +
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
        state: { colleague: { $type: "agent", id: "1001", klass: "SlowColleague" } },
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
    ["$pin is valid if the digits add up to 10", note("$pin is valid if the digits add up to 10")],
    ["$total:float = ($a + $b) / 2", "state.total = (state.a + state.b) / 2;"],
  ],
  "returns": [
    ["Return valid", 'Return("valid");'],
    ["return 15%", "Return(15);"],
    ["Return $x", "Return(state.x);"],
    ['Return {"a": [1, 2], "b-c": null}', 'Return({ a: [1, 2], ["b-c"]: null });'],
    ['RET "{$a} {$b}"', `Return(\`${shown("state.a", "a")} ${shown("state.b", "b")}\`);`],
    ["return email", "Return(state.email);", { state: { email: "e" } }],
    ["Return a funny answer", `${note("Return a funny answer")}\nReturn("a funny answer");`],
    ["return (Not authenticated)", 'Return("Not authenticated");'],
    ["Return $a and $b", "Return({ a: state.a, b: state.b });"],
  ],
  "ends, and leaves thinking to others": [
    ["End program", "EndProgram();"],
    ["Exit the program.", "EndProgram();"],
    ["Apologize and end the conversation", 'await Say("user", "Sorry!");\nEndProgram();'],
    ["Think step by step about what the user said", note("Think step by step about what the user said")],
    ["Consider the market trends", note("Consider the market trends")],
  ],
  "computes conditions": [
    ["x = a + b", "x = a + b;", { locals: { a: 1, b: 2, x: 3 } }],
    ["Return a", "Return(a);", { locals: { a: 1 } }],
    ["Return a + b", `${note("Return a + b")}\nReturn("a + b");`, { locals: { b: 2 } }],
    ["x = a list", 'x = "a list";', { locals: { a: 1, x: 2 } }],
    [
      '$x = "high" if $n > 9 else "mid" if $n > 5 else "low"',
      'state.x = (state.n > 9 ? "high" : (state.n > 5 ? "mid" : "low"));',
    ],
    [
      "Say \"{'some' if items else 'none'} of {total * 2}, {name of user}, {a b}, {total}\"",
      `await Say("user", \`${shown('(items?.length ?? items ? "some" : "none")', "value")} of ${
        shown("total * 2", "value")
      }, {name of user}, {a b}, ${shown("total", "total")}\`);`,
      { locals: { items: [], total: 2, name: "n" } },
    ],
    ["If $n >= 3, say yes", 'if (state.n >= 3) {\n  await Say("user", "Yes!");\n}'],
    ["If $n is not greater than 3, say no", 'if (!(state.n > 3)) {\n  await Say("user", "No!");\n}'],
    [
      "Return valid if $n is 3, otherwise invalid",
      'if (state.n === 3) {\n  Return("valid");\n} else {\n  Return("invalid");\n}',
    ],
    ["Unless $done, $n = 1", "if (!(state.done)) {\n  state.n = 1;\n}"],
    [
      "If the boss says something critical, just say I quit!",
      'console.log("rehearsal: took the branch: the boss says something critical");\nawait Say("user", "I quit!");',
    ],
  ],
};

for (const [claim, table] of Object.entries(cases)) {
  Deno.test(`rehearsal: the code of a step ${claim}`, async (t) => {
    for (const [step, code, parts] of table) {
      await t.step(step, () => {
        const answer = rehearse({ answer: "code", system: "", messages: [] }, turnWith(step, parts));
        parse(answer, { ecmaVersion: "latest", sourceType: "module", allowAwaitOutsideFunction: true });
        const own = answer.replace(/^[\s\S]*?^Step\("01"\); .*\n/m, "").replace(
          /(Return\(undefined\);\n)?$/,
          "",
        );
        assertEquals(own, code && `${code}\n`);
      });
    }
  });
}

function turnWith(
  step: string,
  { playbooks = [], others = {}, state = {}, locals = {} }: Parts = {},
): RequestedTurn {
  const main = { ...declared("Main()"), steps: [{ number: "01", text: step, children: [] }] };
  const seller = {
    name: "Seller",
    title: "Seller",
    type: "AI" as const,
    playbooks: [main, ...playbooks.map(declared)],
  };
  const classes = Object.entries(others).map(([name, public_]) => ({
    name,
    title: name,
    type: "AI" as const,
    playbooks: public_.map(declared),
  }));
  return {
    turn: 1,
    agentClass: seller,
    classes: [seller, ...classes],
    playbook: main,
    stack: ["Main"],
    args: {},
    state,
    locals,
  };
}

function declared(signature: string): RequestedTurn["playbook"] {
  const [name, rest] = signature.replace(")", "").split("(");
  const parameters = (rest ?? "").split(", ").filter(Boolean)
    .map((each) => ({ name: each.replace("?", ""), optional: each.endsWith("?") }));
  return {
    name: name!,
    ...{ parameters, triggers: [], steps: [], metadata: {} },
    ...{ public: true, hidden: false, meeting: false },
  };
}
