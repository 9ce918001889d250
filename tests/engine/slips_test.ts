import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { decode } from "../../src/sandbox/mod.ts";
import { play, type Played } from "../support/harness.ts";
import { scriptedModel } from "../support/scripted_model.ts";

// Slips of models in code that runs: calls in another form, words that say nothing, copied placeholders, errors.

const program = `# Helper
You help.

## Main
### Triggers
- At the beginning
### Steps
- Ask the user for $name
- Greet the user by $name
- End program

## Price($item, $count)
### Steps
- Return something about $item

# Player
A player.
## Play($game)
public: true
### Steps
- Say hello to the user
`;

/** Plays the answers of `Main`, one a turn. Other playbooks return their arguments. */
function slip(answers: readonly string[], replies: readonly string[] = ["Ann"]): Promise<Played> {
  return play(program, {
    model: scriptedModel({
      Main: answers,
      Price: () => "Return({ item, count });",
      Play: () => "Return(game);",
    }),
    replies,
  });
}

/** The last message of the n-th request of Main. */
function toldIn(played: Played, request: number): string {
  return played.requests[request]!.messages.at(-1)!.text;
}

function stateOf(played: Played, agent = "1000"): Record<string, unknown> {
  const entries = Object.entries(played.state.agents[agent]?.state ?? {});
  return Object.fromEntries(entries.map(([name, value]) => [name, decode(value)]));
}

/** Calls in another form, and what is said. */
const forms: readonly (readonly [what: string, code: string, said: readonly string[]])[] = [
  ["Say with one text speaks to the user", 'await Say("hello there");', ["hello there"]],
  ["Say with one word speaks to the user", 'Say("blue"); await Say("Bye.");', ["blue", "Bye."]],
  ["Say with one template speaks to the user", "const x = 1; await Say(`x is ${x}`);", ["x is 1"]],
  ["Say with more texts joins them", 'await Say("user", "a", 2, "c");', ["a 2 c"]],
  ["Say with more values joins them", 'const list = [1, 2]; await Say("user", "a:", list);', ["a: 1,2"]],
  ["Say to a list of one", 'await Say(["user"], "a");', ["a"]],
  ["Say to nobody in particular", 'await Say(undefined, "a");', ["a"]],
  ["Say with names", 'await Say(target="user", text="a");', ["a"]],
  ["Say with names in another order", 'await Say(text="a", to="user");', ["a"]],
  ["Say with a text and a name", 'await Say("user", message="a");', ["a"]],
  ["Say with an object", 'await Say({ to: "user", text: "a" });', ["a"]],
  ["Say of an object shows it as JSON", 'await Say("user", { a: 1 });', ['{"a":1}']],
  ["Say of a number", 'await Say("user", 5);', ["5"]],
  ["Yield with a question says it", 'const n = await Yield("user", "name?"); await Say("user", `hi ${n}`);', [
    "name?",
    "hi Ann",
  ]],
  ["Yield with a template", 'const q = "name"; await Yield("user", `${q}?`);', ["name?"]],
  ["Yield with a question alone", 'const n = await Yield("What is your name?"); await Say("user", n);', [
    "What is your name?",
    "Ann",
  ]],
  ["Yield with a named timeout", 'const n = await Yield("user", timeout=5); await Say("user", n);', ["Ann"]],
  ["a playbook with names", 'const r = await Price(item="pen", count=2); await Say("user", r);', [
    '{"item":"pen","count":2}',
  ]],
  [
    "names are not positions",
    'state.x = 7; const r = await Price(count=state.x, item="a"); await Say("user", r);',
    [
      '{"item":"a","count":7}',
    ],
  ],
  ["a playbook with a position and a name", 'const r = await Price("pen", count=3); await Say("user", r);', [
    '{"item":"pen","count":3}',
  ]],
  [
    "names with dollar signs",
    '$item = "b"; const r = await Price($count=1, $item=$item); await Say("user", r);',
    [
      '{"item":"b","count":1}',
    ],
  ],
  ["names for a call on self", 'const r = await self.Price(item="c", count=1); await Say("user", r);', [
    '{"item":"c","count":1}',
  ]],
  [
    "names for a playbook of another class",
    'const r = await Player.Play(game="chess"); await Say("user", r);',
    [
      "chess",
    ],
  ],
  [
    "names for a playbook of an agent",
    'const p = await CreateAgent("Player"); await Say("user", await p.Play(game="go"));',
    [
      "go",
    ],
  ],
  [
    "a value that is assigned in a call of its own function stays an assignment",
    "let n = 0; const f = (v) => v; f(n = 4); await Say(`${n}`);",
    [
      "4",
    ],
  ],
];

for (const [what, code, said] of forms) {
  Deno.test(`slips: ${what}`, async () => {
    const played = await slip([`${code} EndProgram();`]);
    assertEquals(played.said, said);
    assertEquals(played.result, { kind: "completed" });
    assertEquals(played.requests.filter(({ messages }) => messages.at(-1)!.text.includes("failed")), []);
  });
}

Deno.test("slips: names of arguments make no variables", async () => {
  const played = await slip(['await Price(item="pen", count=2);', "EndProgram();"]);
  assertEquals(played.state.agents["1000"]!.state["item"] !== undefined, true, "the $ parameter");
  assertEquals(
    toldIn(played, 2).includes('"count"') && toldIn(played, 2).includes('Locals: {"count"'),
    false,
  );
});

Deno.test("slips: CreateAgent takes a name, as text or as a named argument", async () => {
  const played = await slip([
    'await CreateAgent("Player", "Foot"); await CreateAgent("Player", name="Hook"); await CreateAgent("Player", { name: "Tink" }); EndProgram();',
  ]);
  assertEquals(["1001", "1002", "1003"].map((id) => stateOf(played, id)["name"]), ["Foot", "Hook", "Tink"]);
});

/** Words that say nothing: the code, and the reason that the model is told. */
const empty: readonly (readonly [what: string, code: string, why: string])[] = [
  ["undefined as the text", 'await Say("user", undefined);', "Say: the text is undefined"],
  ["null as the text", 'await Say("user", null);', "Say: the text is null"],
  ["NaN as the text", 'await Say("user", 0 / 0);', "0 / 0 is NaN"],
  [
    "a missing variable as the text",
    'state.a = 1; await Say("user", state.greeting);',
    "state.greeting is undefined",
  ],
  ["no text", 'const words = "x"; await self.Say("user", words.nothing);', "words.nothing is undefined"],
  [
    "a missing field of a text",
    'const c = \'{"name":"Tom"}\'; await Say("user", `Meet ${c.name}`);',
    'c.name is undefined, which gives no words; c is the text "{\\"name\\":\\"Tom\\"}"',
  ],
  [
    "a missing variable",
    'state.a = 1; await Say("user", `Hi ${state.nme}!`);',
    "state.nme is undefined, which gives no words; state has a",
  ],
  ["a sum", 'state.a = 1; await Say("user", "Hi " + state.nme);', "state.nme is undefined"],
  ["a missing variable with a dollar sign", 'await Say("user", `Hi ${$nme}!`);', "$nme is undefined"],
  [
    "a calculation",
    'const income = "about 85,000"; await Say("user", `You owe ${income * 0.2}.`);',
    'income * 0.2 is NaN, which gives no words; income is the text "about 85,000"',
  ],
  [
    "an object",
    'const order = { item: "pen" }; await Say("user", `Your ${order}`);',
    "order is an object: name a field of it",
  ],
  ["a list of objects", 'const all = [{}]; await Say("user", "All: " + all);', "all is an object"],
  [
    "null in words",
    'const o = { note: null }; await Say("user", `Note: ${o.note}`);',
    'o.note is null, which gives no words; o is {"note":null}',
  ],
  ["a function", 'const f = () => 1; await Say("user", `f ${f}`);', "f is a function"],
  [
    "a promise",
    'const p = new Promise(() => {}); await Say("user", `p ${p}`);',
    "p is a promise without await",
  ],
  [
    "a call that gives nothing",
    'const none = () => {}; await Say("user", `x ${none()}`);',
    "none() is undefined",
  ],
  [
    "words made in a variable first",
    'const o = {}; const line = `Hi ${o.name}`; await Say("user", line);',
    "o.name is undefined",
  ],
  ["words to an agent", 'const o = {}; await Say("Player", `Hi ${o.name}`);', "o.name is undefined"],
  ["words to return", "const o = {}; Return(`Hi ${o.name}`);", "o.name is undefined"],
  ["a text joined from parts", 'await Say("user", "a", state.b);', "state.b is undefined"],
  [
    "a text that a method makes",
    'await Say("user", "Hi {n}".replace("{n}", state.n));',
    'the text has "undefined" in it',
  ],
  ["a text in String()", 'await Say("user", String(state.n) + "!");', 'the text has "undefined" in it'],
];

for (const [what, code, why] of empty) {
  Deno.test(`slips: ${what} is an error before it is said`, async () => {
    const played = await slip([
      `await Say("user", "first");\n${code}`,
      'await Say("user", "second"); EndProgram();',
    ]);
    assertEquals(played.said, ["first", "second"]);
    const told = toldIn(played, 1);
    assertStringIncludes(told, why);
    assertStringIncludes(told, "failed at line 2: TypeError: ");
  });
}

/** Words that look like a slip and are none. */
const meant: readonly (readonly [what: string, code: string, said: string])[] = [
  ["the word itself", 'await Say("user", "undefined means: no value");', "undefined means: no value"],
  [
    "the word in a comparison and in words",
    'if (state.x === undefined) await Say("user", "x is undefined");',
    "x is undefined",
  ],
  [
    "a person's words",
    'const a = await Yield("user"); await Say("user", `You wrote: ${a}`);',
    "You wrote: NaN is undefined",
  ],
  ["a default", 'await Say("user", `Hi ${state.n ?? "you"}`);', "Hi you"],
  ["a list of texts", 'await Say("user", `All: ${["a", "b"]}`);', "All: a,b"],
  ["zero, false and an empty text", 'await Say("user", `${0} ${false} ${""}.`);', "0 false ."],
  [
    "an agent",
    'const p = await CreateAgent("Player"); await Say("user", `It is ${p}`);',
    "It is Player (agent 1001)",
  ],
  [
    "an artifact",
    'const a = await SaveArtifact("n", "s", "text"); await Say("user", `It is ${a}`);',
    "It is text",
  ],
  ["a date", 'await Say("user", `${new Date(0).toISOString()}`);', "1970-01-01T00:00:00.000Z"],
  ["JSON", 'await Say("user", `${JSON.stringify({ a: null })}`);', '{"a":null}'],
  ["an effect without await", 'await Say("user", `${Price("a", 1).item}`);', "a"],
  ["an effect without await behind a sign", 'await Say("user", "n: " + -Price(5, 1).count);', "n: -1"],
  [
    "a name that contains the word",
    'await Say("user", "Ask NaNcy about undefinedness");',
    "Ask NaNcy about undefinedness",
  ],
];

for (const [what, code, said] of meant) {
  Deno.test(`slips: ${what} is said`, async () => {
    const played = await slip([`${code} EndProgram();`], ["NaN is undefined"]);
    assertEquals(played.said, [said]);
  });
}

Deno.test("slips: a value for the log may be anything", async () => {
  const played = await slip(["const o = {}; console.log(`o is ${o} ${o.x}`); EndProgram();"]);
  assertEquals(played.result, { kind: "completed" });
  assertEquals(played.requests.length, 1);
});

/** Placeholders that models copy into words. */
const placeholders: readonly (readonly [what: string, code: string, said: string])[] = [
  ["in braces", 'state.name = "Ann"; await Say("user", "Hello {$name}!");', "Hello Ann!"],
  ["in two pairs of braces", 'state.name = "Ann"; await Say("user", "Hello {{ $name }}!");', "Hello Ann!"],
  ["in a template", 'state.name = "Ann"; await Say("user", `Hello {$name}, ${$name}`);', "Hello Ann, Ann"],
  ["of a field", 'state.order = { item: "pen" }; await Say("user", "Your {$order.item}");', "Your pen"],
  ["of a list", 'state.all = [1, 2]; await Say("user", "All: {$all}");', "All: [1,2]"],
  ["of an item", 'state.all = ["a", "b"]; await Say("user", "{$all[0]} {$all[-1]} {$all.length}");', "a b 2"],
  ["of a key", `state.o = { "a b": { c: [7] } }; await Say("user", "{$o['a b'].c[0]}");`, "7"],
  [
    "of data in braces",
    'state.n = 1; await Say("user", `{"n": 5, "if": "x"} {n or m} {4}`);',
    '{"n": 5, "if": "x"} {n or m} {4}',
  ],
  [
    "in a variable of the code",
    'state.name = "Ann"; const t = "Hi {$name}"; await Say("user", t);',
    "Hi Ann",
  ],
  ["without braces, as in the steps", 'state.name = "Ann"; await Say("user", "Hello $name.");', "Hello Ann."],
  [
    "without braces, but not in the steps",
    'state.other = "x"; await Say("user", "echo $other $5");',
    "echo $other $5",
  ],
  [
    "in words of a person",
    'state.name = "x"; const a = await Yield("user"); await Say("user", a);',
    "I am {$name}",
  ],
  ["of a parameter", 'const r = await Price("pen", 1); await Say("user", "Got {$item}");', "Got pen"],
];

for (const [what, code, said] of placeholders) {
  Deno.test(`slips: a placeholder ${what}`, async () => {
    const words = "I am {$name}";
    const played = await slip([`${code} EndProgram();`], [words]);
    assertEquals(played.said, [said]);
  });
}

Deno.test("slips: a placeholder in a person's words stays, also beside one of the answer with the same variable", async () => {
  for (const words of ["{$card.pin}", 'a {$card["pin"]} b', "{$card[0]}", "{$card.nothing}"]) {
    const code = 'state.card = { pin: 7, kind: "Visa" }; const a = await Yield("user"); ' +
      'await Say("user", `{$card.kind} for ${a.trim()}`); EndProgram();';
    const played = await slip([code], [words]);
    assertEquals(played.said, [`Visa for ${words}`]);
  }
});

/** Code that says the words `a` of a person, and writes the same variable itself in some form. */
const besides: readonly (readonly [what: string, code: string, said: (words: string) => string])[] = [
  ["words of the answer", "`{$name}: ${a}`", (words) => `Eve: ${words}`],
  ["words after the value", "`${a} for {$name}`", (words) => `${words} for Eve`],
  ["words without braces", '"Dear $name, " + a', (words) => `Dear Eve, ${words}`],
  ["the variable in the code", "`${$name}: ${a}`", (words) => `Eve: ${words}`],
  ["a nested template", '`${a}${a ? ` by {$name}` : ""}`', (words) => `${words} by Eve`],
  ["a comment", "a /* {$name} and $name */", (words) => words],
  ["the label of a step", '(Step("01 Greet {$name} or $name"), a)', (words) => words],
];

for (const [what, code, said] of besides) {
  Deno.test(`slips: a person's words are said as they are beside ${what}`, async () => {
    for (
      const words of ["{$name}", "x {$name} y", "x {{$name}} y", "x $name y", "{len($name)}", "{$name + 1}"]
    ) {
      const played = await slip([
        `state.name = "Eve"; const a = await Yield("user"); await Say("user", ${code}); EndProgram();`,
      ], [words]);
      assertEquals(played.said, [said(words)]);
    }
  });
}

Deno.test("slips: a person's words are said as they are when other words of the answer have the same placeholder", async () => {
  for (
    const words of ["{$name}", "x {$name} y", "x {{$name}} y", "x $name y", "{len($name)}", "{$name + 1}"]
  ) {
    for (const code of ["a", "a.trim()", "`You wrote: ${a}`", '"- " + a']) {
      const played = await slip([
        `state.name = "Eve"; const a = await Yield("user"); const hi = ${
          JSON.stringify(`Hi ${words}, hello`)
        }; ` +
        `await Say("user", ${code}); EndProgram();`,
      ], [words]);
      const prefix = code.startsWith("`") ? "You wrote: " : code.startsWith('"') ? "- " : "";
      assertEquals(played.said, [prefix + words]);
    }
  }
});

for (
  const change of [
    "text.trim()",
    'text.split("|")[0]',
    'text.replace("Dear", "Hi")',
    "(state.text = text.trim())",
  ]
) {
  Deno.test(`slips: a placeholder in a text that the code changes is filled in: ${change}`, async () => {
    const code = 'state.name = "Ann"; const text = "  Dear {$name}|  "; ' +
      `await Say("user", (${change}).trim().replace("Dear", "Hi").replace("|", "")); EndProgram();`;
    const played = await slip([code]);
    assertEquals(played.said, ["Hi Ann"]);
  });
}

/** Answers and words that take long to check if a part of them is read again for each other part. */
const longChecks: readonly (readonly [what: string, code: string, line: string])[] = [
  ["words of a person", "", "Costs $name, {$name}, {len($name)}\n"],
  ["templates that no template ends", `const r = /${"`${".repeat(10_000)}/;`, "{$name}\n"],
  ["values that no bracket ends", `const r = /${"${".repeat(10_000)}/;`, "{$name} $name\n"],
  ["quotes that no quote ends", `const r = /"${'\\"'.repeat(30_000)}/;`, "{$name}\n"],
];

for (const [what, code, line] of longChecks) {
  Deno.test(`slips: words with many placeholders are checked at once beside ${what}`, async () => {
    const text = line.repeat(4000);
    const fromMs = performance.now();
    const played = await slip([
      `state.name = "Eve"; const a = await Yield("user"); ${code} ` +
      'await Say("user", `{$name}, $name and {$name}: ${a}`); EndProgram();',
    ], [text]);
    assertEquals(played.said.join(), `Eve, Eve and Eve: ${text}`);
    const tookMs = performance.now() - fromMs;
    assert(tookMs < 20_000, `It took ${Math.round(tookMs)} ms`);
  });
}

Deno.test("slips: what a placeholder brings is not filled in again", async () => {
  const played = await slip([
    'state.name = "$other {$other}"; state.other = "$name {$name}"; ' +
    'await Say("user", "{$name} | {$other} | $name"); EndProgram();',
  ]);
  assertEquals(played.said, ["$other {$other} | $name {$name} | $other {$other}"]);
});

Deno.test("slips: a placeholder of an unknown variable is reported, and nothing is said", async () => {
  const played = await slip([
    'state.name = "Ann"; await Say("user", "Hello {$nme}!");',
    'await Say("user", "ok"); EndProgram();',
  ]);
  assertEquals(played.said, ["ok"]);
  assertStringIncludes(
    toldIn(played, 1),
    "{$nme} in words stands for the variable nme, which is undefined; there are: name",
  );
});

for (
  const words of [
    "{len($items)}",
    "{$items[0:2]}",
    "{$n + 1}",
    "{$n:.2f}",
    "{round($n, 2)} eur",
    "{{$n * 2}}",
    "{'a' if $n > 1 else 'b'}",
  ]
) {
  Deno.test(`slips: a computation in words is reported, and nothing is said: ${words}`, async () => {
    const played = await slip([
      `state.items = [1, 2]; state.n = 2; await Say("user", "There are ${words}");`,
      'await Say("user", "ok"); EndProgram();',
    ]);
    assertEquals(played.said, ["ok"]);
    assertStringIncludes(toldIn(played, 1), "in words is not computed: words can have {$");
  });
}

Deno.test("slips: a placeholder in a result is filled in, at any depth, and an unknown one is reported", async () => {
  const played = await play(program, {
    model: scriptedModel({
      Main: ['const r = await Price("pen", 2); await Say("user", r); EndProgram();'],
      Price: ['Return({ text: ["a {$item}"] , all: "{$nothing}" });', 'Return({ text: ["a {$item}"] });'],
    }),
  });
  assertEquals(played.said, ['{"text":["a pen"]}']);
  assertStringIncludes(toldIn(played, 2), "{$nothing} in words stands for the variable nothing");
});

Deno.test("slips: an unknown function is reported with what there is, the line, and advice", async () => {
  for (
    const [code, advice] of [
      ['state.name = await Ask("user", "?");', "to ask a person: await Say"],
      ['print("hi");', "to say words: await Say"],
      ["const n = len(state.name);", "write text.length"],
      ['await say("user", "hi");', "write Say"],
      ["delay(5);", "await Sleep(seconds)"],
      ["await Frobnicate();", "'Frobnicate' is not defined. There is: "],
    ] as const
  ) {
    const played = await slip([`await Say("user", "a");\n${code}`, "EndProgram();"]);
    const told = toldIn(played, 1);
    assertStringIncludes(told, advice);
    assertMatch(told, /There is: Step, Say, Yield, .*Main, Price, Player$/m);
    assertStringIncludes(told, `Line 2: ${code}`);
    assertStringIncludes(told, "Write only what is still to be done, from line 2 on.");
    assertEquals(told.includes("fetch"), false, "undeclared names are not listed");
  }
});

Deno.test("slips: code that does not parse is reported with its token and its line", async () => {
  for (
    const [code, told] of [
      ["const x = 1;\nconst y = );", "failed at line 2: SyntaxError: Unexpected token )"],
      ['if (a) {\n  Say("user", "x");\n', "the code ends too early, or a bracket is missing"],
      ['await Say("user", f"Hello {state.name}");', "this line is Python, write JavaScript"],
      ["if (state.a and state.b) {\n}", "this line is Python"],
      ["for name in names:\n  Say(name)", "this line is Python"],
    ] as const
  ) {
    const played = await slip([code, "EndProgram();"]);
    assertStringIncludes(toldIn(played, 1), told);
    assertStringIncludes(toldIn(played, 1), "Write the answer again, corrected.");
  }
});

Deno.test("slips: TypeScript in an answer runs without a second turn", async () => {
  const played = await slip([
    'interface Named { name: string }\nconst n: Named = { name: "Ann" as string };\nasync function hi(to: string): Promise<void> { await Say(to, `Hi ${n!.name}`); }\nawait hi("user");\nEndProgram();',
  ]);
  assertEquals(played.said, ["Hi Ann"]);
});

Deno.test("slips: a turn in TypeScript is read again after a resume", async () => {
  const model = scriptedModel({
    Main: ['const n: string = await Yield("user");\nawait Say("user", n as string); EndProgram();'],
  });
  const first = await play(program, { model });
  assertEquals(first.result.kind, "waiting");
  const again = await play(program, { model, from: first.entries, replies: ["Bo"] });
  assertEquals(again.said, ["Bo"]);
});

Deno.test("slips: steps as comments are noted where no Step is called", async () => {
  const played = await slip([
    '// 01\nawait Say("user", "a");\n// Step 02: greet\nawait Say("user", "b");\n// 7 is no step',
    "EndProgram();",
  ]);
  const steps = played.events.flatMap((event) => event.type === "step" ? [event.step] : []);
  assertEquals(steps, ["01", "02"]);
});

Deno.test("slips: comments of steps do not change the code around them", async () => {
  const answers = [
    '// 01\nawait Say("user", "a")\n// 02\nEndProgram()',
    'await Say("user", "a")// 02\nEndProgram()',
    '{ // 02\n await Say("user", "a")\n}\n/* 03 */ EndProgram();',
    'if (1 > 0) {\n  // 02.01\n  await Say("user", "a")\n} else // 02.02\n  await Say("user", "b")\n// 03\nEndProgram()',
    'const f = async () => {\n  // 02\n  return Say("user", "a")\n}\n// 03\nawait f()\nEndProgram()',
  ];
  for (const answer of answers) {
    const { said, requests, result } = await slip([answer]);
    assertEquals([said, requests.length, result], [["a"], 1, { kind: "completed" }], answer);
  }
});

Deno.test("slips: an answer without code after the last step returns", async () => {
  const played = await slip([
    'Step("02"); await Say("user", "hi");',
    "// The greeting was sent; the program is done.",
    'Step("03");\n// Program ended.',
  ]);
  assertEquals(played.result, { kind: "completed" });
  assertEquals(played.requests.length, 3);
});

Deno.test("slips: code that computes in the last step does not return yet", async () => {
  const played = await slip(['Step("03"); const x = 1 + 1;', "await Say(`${x}`); EndProgram();"]);
  assertEquals(played.said, ["2"]);
});

Deno.test("slips: three idle turns after the last step return, and before it they fail", async () => {
  const after = await slip(['Step("03"); const a = 1;', "const b = 2;", "const c = 3;"]);
  assertEquals(after.result, { kind: "completed" });
  const before = await slip(['Step("02"); const a = 1;', "const b = 2;", "const c = 3;"]);
  assertEquals(before.result.kind, "failed");
});

Deno.test("slips: messages that need no answer are done with an answer without code", async () => {
  const played = await play(program, {
    model: scriptedModel({
      Main: ['const p = await CreateAgent("Player"); await Say(p, "thanks"); await Sleep(60); EndProgram();'],
      ProcessMessages: ["// nothing to do"],
    }),
  });
  assertEquals(played.result, { kind: "completed" });
  assertEquals(played.requests.length, 2);
});

Deno.test("slips: a turn of an older version keeps its meaning: its calls and words are as they were", async () => {
  const code =
    'await Yield("user"); const t = `x ${state.none}`; state.t = t; await Sleep(1); await Say("user", "end"); EndProgram();';
  const model = scriptedModel({ Main: [code] });
  const first = await play(program, { model });
  const entries = first.entries.map((entry) => {
    if (entry.type !== "turn") return entry;
    const { reading: _, ...rest } = entry;
    return rest;
  });
  const again = await play(program, { model, from: entries, replies: ["a"] });
  assertEquals(again.said, ["end"]);
  assertEquals(stateOf(again)["t"], "x undefined");
});
