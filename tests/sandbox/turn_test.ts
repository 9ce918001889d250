import { assert, assertEquals, assertNotEquals } from "@std/assert";
import type {
  EffectRequest,
  Encoded,
  Note,
  ScopeCode,
  ScopeOptions,
  TurnEnd,
} from "../../src/sandbox/mod.ts";
import { type Given, open, result, runAll, start, turn } from "./support.ts";

/** Code with its requests, words and end if every effect gives null. */
const turns: readonly {
  readonly code: string;
  readonly requests?: Encoded[][];
  readonly notes?: readonly Note[];
  readonly end: TurnEnd;
}[] = [
  { code: "", end: { kind: "ended" } },
  { code: "// nothing", end: { kind: "ended" } },
  { code: "1 + 1", end: { kind: "ended" } },
  { code: 'Say("user", "hi")', requests: [["Say", "user", "hi"]], end: { kind: "ended" } },
  {
    code: 'await Say("user", "a"); await Say("agent 1001", "b")',
    requests: [["Say", "user", "a"], ["Say", "agent 1001", "b"]],
    end: { kind: "ended" },
  },
  {
    code: 'Say("user", "a"); Say("user", "b")',
    requests: [["Say", "user", "a"], ["Say", "user", "b"]],
    end: { kind: "ended" },
  },
  {
    code: "await Say(agents.byId(1001), `to ${agents.byId('agent 1001')}`)",
    requests: [["Say", { $type: "agent", id: "1001", klass: "Buyer" }, "to Buyer (agent 1001)"]],
    end: { kind: "ended" },
  },
  { code: 'await Yield("user")', requests: [["Yield", "user", null]], end: { kind: "ended" } },
  {
    code: 'await Yield(["user", "Buyer"], { timeout: 3 })',
    requests: [["Yield", ["user", "Buyer"], { timeout: 3 }]],
    end: { kind: "ended" },
  },
  { code: 'Return(await Yield("call"))', end: { kind: "returned", value: "" } },
  { code: 'await Yield("return")', end: { kind: "ended" } },
  { code: 'await Yield("exit"); Say("user", "never")', end: { kind: "exited" } },
  { code: "EndProgram(); Say('user', 'never')", end: { kind: "exited" } },
  {
    code: 'await CreateAgent("Buyer"); await CreateAgent(Buyer, { budget: 5 })',
    requests: [["CreateAgent", "Buyer", null], ["CreateAgent", "Buyer", { budget: 5 }]],
    end: { kind: "ended" },
  },
  {
    code:
      'await SaveArtifact("n", "s", "c"); await LoadArtifact("n"); await Loadfile("f.md"); await LoadFile("g", { inline: true })',
    requests: [
      ["SaveArtifact", "n", "s", "c"],
      ["LoadArtifact", "n", null],
      ["LoadFile", "f.md", null],
      ["LoadFile", "g", { inline: true }],
    ],
    end: { kind: "ended" },
  },
  {
    code: "await InviteToMeeting('100', [agents.byId('1001')]); await Sleep(2); await WaitForMessage('user')",
    requests: [
      ["InviteToMeeting", "100", [{ $type: "agent", id: "1001", klass: "Buyer" }]],
      ["Sleep", 2],
      ["WaitForMessage", "user", null],
    ],
    end: { kind: "ended" },
  },
  {
    code: "await Ask('x', { y: 1 }); await self.add(1, 2)",
    requests: [["Call", null, "Ask", ["x", { y: 1 }]], ["Call", null, "add", [1, 2]]],
    end: { kind: "ended" },
  },
  {
    code: "await Buyer.Haggle(5); await Buyer.offer(); await Buyer.getOrCreate(); await Buyer.Secret()",
    requests: [
      ["Call", "Buyer", "Haggle", [5]],
      ["Call", "Buyer", "offer", []],
      ["GetOrCreate", "Buyer"],
      ["Call", "Buyer", "Secret", []],
    ],
    end: { kind: "ended" },
  },
  {
    code: "const b = agents.byClass(Buyer)[0]; await b.offer(1); await b.Unknown()",
    requests: [
      ["Call", { $type: "agent", id: "1001", klass: "Buyer" }, "offer", [1]],
      ["Call", { $type: "agent", id: "1001", klass: "Buyer" }, "Unknown", []],
    ],
    end: { kind: "ended" },
  },
  {
    code: "agents.byId('1001').unknown()",
    end: {
      kind: "threw",
      error: {
        name: "TypeError",
        message: "agents.byId('1001').unknown is not a function",
        line: 1,
        column: 28,
      },
    },
  },
  {
    code: "Return([self, self.id, self.klass, `${self}`, agents.all.length, agents.byClass('Nobody')])",
    end: {
      kind: "returned",
      value: [
        { $type: "agent", id: "1000", klass: "Seller" },
        "1000",
        "Seller",
        "Seller (agent 1000)",
        2,
        [],
      ],
    },
  },
  {
    code:
      "const b = agents.byId('1001'); Return([{ ...b }, JSON.stringify(b), b === agents.all[1], await b.then])",
    end: {
      kind: "returned",
      value: [
        { id: "1001", klass: "Buyer" },
        '{"id":"1001","klass":"Buyer"}',
        true,
        { $type: "undefined" },
      ],
    },
  },
  {
    code: 'Step("02"); LogTrigger("T1"); console.log("a", { b: 1 }, [undefined]); console.error("e")',
    notes: [
      { kind: "step", text: "02" },
      { kind: "trigger", text: "T1" },
      { kind: "log", text: 'a {"b":1} [null]' },
      { kind: "log", text: "e" },
    ],
    end: { kind: "ended" },
  },
  {
    code: "const r = await fetch('https://a.example', { method: 'post', headers: { A: 1 }, body: 'b' })",
    requests: [["Fetch", "https://a.example", { method: "POST", headers: { A: "1" }, body: "b" }]],
    end: { kind: "ended" },
  },
  {
    code: "await fetch('u', { body: {} })",
    end: {
      kind: "threw",
      error: {
        name: "TypeError",
        message: "fetch: the body must be a string; use JSON.stringify(…)",
        line: 1,
        column: 12,
      },
    },
  },
  { code: "return 5", end: { kind: "returned", value: 5 } },
  { code: "return", end: { kind: "returned", value: { $type: "undefined" } } },
  { code: "if (true) return (1), 2\nSay('user', 'never')", end: { kind: "returned", value: 2 } },
  { code: "return await Promise.resolve({ a: 1 })", end: { kind: "returned", value: { a: 1 } } },
  { code: "const f = () => { return 1 }; Return(f())", end: { kind: "returned", value: 1 } },
  { code: "Return({ a: 1 }, 'in short')", end: { kind: "returned", value: { a: 1 }, summary: "in short" } },
  { code: "const f = async (x) => ({ x })\nReturn(await f(1))", end: { kind: "returned", value: { x: 1 } } },
  {
    code:
      "Return([Date.now(), new Date().toISOString(), new Date(2020, 5, 1).getTime(), new Date(0).getHours()])",
    end: { kind: "returned", value: [1600000000000, "2020-09-13T12:26:40.000Z", 1590969600000, 0] },
  },
  {
    code:
      "Return([Date().slice(0, 24), `${new Date(0)}`, new Date('2020-06-01T00:00').getTime(), new Date() instanceof Date])",
    end: {
      kind: "returned",
      value: ["Sun Sep 13 2020 12:26:40", "Thu Jan 01 1970 00:00:00 GMT+0000 (UTC)", 1590969600000, true],
    },
  },
  {
    code: "Return(structuredClone(new Map([[1, new Date(2)]])))",
    end: {
      kind: "returned",
      value: { $type: "map", value: [[1, { $type: "date", value: 2 }]] },
    },
  },
];

Deno.test("turn: it requests, says and ends as its code says", async (t) => {
  for (const { code, requests = [], notes = [], end } of turns) {
    await t.step(code === "" ? "(nothing)" : code, () => {
      const { progresses, scope } = runAll(turn(code));
      using _scope = scope;
      const asked = progresses.flatMap((progress) => progress.requests);
      assertEquals(asked.map(({ name, args }: EffectRequest) => [name, ...args]), requests);
      assertEquals(asked.map(({ ordinal }) => ordinal), asked.map((_, index) => index + 1));
      assertEquals(progresses.flatMap((progress) => progress.notes), notes);
      assertEquals(progresses.flatMap((progress) => progress.end ?? []), [end]);
      assertEquals(progresses.at(-1)?.end, end);
    });
  }
});

const errors: readonly [code: string, name: string, message: string, line?: number, column?: number][] = [
  ["let a = ;", "SyntaxError", "Unexpected token", 1, 9],
  ["\n\nfoo(", "SyntaxError", "Unexpected token", 3, 5],
  [
    "import fs from 'fs'",
    "SyntaxError",
    "import and export cannot be used here; everything there is is global",
    1,
    1,
  ],
  ["const f = () => await Ask()", "SyntaxError", "Unexpected token", 1, 23],
  ["foo()", "ReferenceError", "'foo' is not defined", 1, 1],
  ["\n  const a = {};\n  a.b.c()", "TypeError", "cannot read property 'c' of undefined", 3, 6],
  ["const a = {}\na.b( 1 )", "TypeError", "a.b is not a function", 2, 4],
  ["/* 😀 */ let x = 1; foo()", "ReferenceError", "'foo' is not defined", 1, 21],
  ["const a = 1\na = 2", "TypeError", "a is a constant of this turn; declare it with let", 2, 1],
  [
    "const a = 1; const f = () => a++\nf()",
    "TypeError",
    "a is a constant of this turn; declare it with let",
    1,
    30,
  ],
  ["state = {}", "TypeError", "'state' is read-only", 1, 1],
  ["throw new RangeError('r')", "RangeError", "r", 1, 21],
  ["throw 5", "Error", "5"],
  ["throw { a: 1 }", "Error", '{"a":1}'],
  ["throw { get message() { throw 1 } }", "Error", "[object Object]"],
  ["throw new Proxy({}, { get() { throw 1 } })", "Error", "{}"],
  ["throw undefined", "Error", "undefined"],
  [
    "await Promise.any([Promise.reject(new Error('a')), Promise.reject('b')])",
    "AggregateError",
    "every promise failed: a; b",
    1,
    18,
  ],
  [
    "const f = async () => {\n  await 1;\n  null.x\n}\nawait f()",
    "TypeError",
    "cannot read property 'x' of null",
    3,
    7,
  ],
  [
    "Say('user', { a: () => 1 })",
    "DataError",
    '"a" in argument 2 of Say is a function and cannot be kept; keep plain data',
    1,
    4,
  ],
  ["\nstate.f = () => 1", "DataError", '"state.f" is a function and cannot be kept; keep plain data', 2, 6],
  ["new Function('return 1')", "EvalError", "code cannot be made from strings here", 1, 13],
  ["eval('1')", "ReferenceError", "'eval' is not defined", 1, 1],
  ["(".repeat(500) + ")".repeat(500), "SyntaxError", "the code is nested too deeply; write it flatter", 1, 1],
];

Deno.test("turn: an error is reported with its place", async (t) => {
  for (const [code, name, message, line, column] of errors) {
    await t.step(code.slice(0, 60), () => {
      const { end } = start(code);
      const place = line === undefined ? {} : { line, column: column! };
      assertEquals(end, { kind: "threw", error: { name, message, ...place } });
    });
  }
});

Deno.test("turn: a request names its line, also in callbacks and after awaits", () => {
  const { progresses, scope } = runAll(turn(
    "await Ask();\n\nawait Promise.all([1, 2].map(async (n) => {\n  await Ask(n);\n}));\nconst f = async () => {\n\n await add() }\nawait f()",
  ));
  using _scope = scope;
  const lines = progresses.flatMap(({ requests }) => requests.map(({ line }) => line));
  assertEquals(lines, [1, 4, 4, 8]);
});

Deno.test("turn: an effect's error is thrown at its await, with its name, and can be caught", () => {
  using caught = open("try { await Ask() } catch (e) { Return([e.name, e.message, e instanceof Error]) }");
  caught.start();
  const refused = { ok: false, error: { name: "AskError", message: "no" } } as const;
  assertEquals(caught.deliver(result(1, null, { outcome: refused })).end, {
    kind: "returned",
    value: ["AskError", "no", true],
  });
  using uncaught = open("\n\nconst x = await Ask()");
  uncaught.start();
  assertEquals(uncaught.deliver(result(1, null, { outcome: refused })).end, {
    kind: "threw",
    error: { name: "AskError", message: "no", line: 3, column: 20 },
  });
});

Deno.test("turn: catch clauses of all forms still catch", () => {
  for (
    const clause of [
      "catch { Return('caught') }",
      "catch (e) { Return('caught') }",
      "catch ({ message: m, ...rest }) { let e = m; Return('caught') }",
      "catch ([a]) { Return('caught') }",
    ]
  ) {
    const thrown = clause.includes("[a]") ? "throw [1]" : "throw new Error('x')";
    assertEquals(start(`try { ${thrown} } ${clause}`).end, { kind: "returned", value: "caught" }, clause);
  }
});

Deno.test("turn: the clock shows the time of the last delivery", () => {
  using scope = open("const a = Date.now(); await Ask(); Return([a, Date.now(), new Date().getTime()])");
  scope.start();
  assertEquals(scope.deliver(result(1, null, { nowMs: 42 })).end, {
    kind: "returned",
    value: [1_600_000_000_000, 42, 42],
  });
});

Deno.test("turn: dates do not depend on the machine's time zone", () => {
  const before = Deno.env.get("TZ");
  Deno.env.set("TZ", "America/New_York");
  try {
    const code =
      "const d = new Date(2020, 5, 1, 10); Return([d.getTime(), d.getHours(), d.getTimezoneOffset(), " +
      "Date.parse('2020-06-01 10:00'), Date.parse('Jun 1 2020 10:00'), Date.parse('2020-06-01T10:00+02:00'), " +
      "new Date('2020-06-01').getDate(), d.setHours(0), d.toString()])";
    const hour = 3_600_000;
    const ten = Date.UTC(2020, 5, 1, 10);
    assertEquals(start(code).end, {
      kind: "returned",
      value: [
        ten,
        10,
        0,
        ten,
        ten,
        ten - 2 * hour,
        1,
        ten - 10 * hour,
        "Mon Jun 01 2020 00:00:00 GMT+0000 (UTC)",
      ],
    });
  } finally {
    if (before === undefined) Deno.env.delete("TZ");
    else Deno.env.set("TZ", before);
  }
});

Deno.test("turn: random numbers depend only on the seed and spread over [0, 1)", () => {
  const draw = (seed: string) => {
    const { end } = start("Return(Array.from({ length: 1000 }, () => Math.random()))", { seed });
    return (end?.kind === "returned" ? end.value : []) as number[];
  };
  assertEquals(draw("a"), draw("a"));
  const [first, other] = [draw("a"), draw("b")];
  assertEquals(first.some((n, i) => n === other[i]), false);
  assertEquals(first.every((n) => n >= 0 && n < 1), true);
  const mean = first.reduce((sum, n) => sum + n, 0) / 1000;
  assertEquals(Math.abs(mean - 0.5) < 0.05, true, String(mean));
});

Deno.test("turn: agents that were created meanwhile exist after the delivery", () => {
  using scope = open(
    "const b = await CreateAgent('Buyer'); Return([agents.all.length, agents.byClass('Buyer').includes(b)])",
  );
  scope.start();
  const created = { id: "1002", klass: "Buyer" };
  assertEquals(scope.deliver(result(1, { $type: "agent", ...created }, { agents: [created] })).end, {
    kind: "returned",
    value: [3, true],
  });
});

Deno.test("turn: fetch resolves to an object like a Response that is kept after the turn", () => {
  const response = {
    $type: "response",
    status: 404,
    statusText: "Not Found",
    url: "u",
    headers: { "Content-Type": "a/b" },
    body: '{"x":1}',
  };
  for (const answer of [response, { ...response, $type: undefined as unknown as string }]) {
    const plain = JSON.parse(JSON.stringify(answer)) as Encoded;
    const { progresses, scope } = runAll(
      turn(
        "const r = await fetch('u'); const j = [r.ok, r.status, r.headers.get('content-TYPE'), await r.json(), await r.text()]",
      ),
      {},
      () => plain,
    );
    using _scope = scope;
    assertEquals(progresses.at(-1)?.end, { kind: "ended" });
    const finish = scope.finish();
    assertEquals(finish.ok && finish.locals["j"], [false, 404, "a/b", { x: 1 }, '{"x":1}']);
    assertEquals(finish.ok && finish.locals["r"], response);
    assertEquals(start(turn("Return(await r.json())", { r: response })).end, {
      kind: "returned",
      value: { x: 1 },
    });
  }
});

Deno.test("turn: an artifact reads as its content and is passed on as an artifact", () => {
  const artifact = { $type: "artifact", name: "n", summary: "s", content: "c" };
  assertEquals(
    start(turn("Say('user', a); Return(`${a} ${a.name} ${JSON.stringify(a)}`)", { a: artifact })),
    {
      requests: [{ ordinal: 1, name: "Say", args: ["user", artifact], line: 1 }],
      patch: {},
      notes: [],
      end: { kind: "returned", value: 'c n "c"' },
    },
  );
});

/** Blocks of code. Each … stands for the statements of one block. */
const blocks: readonly string[] = [
  "async function f() { … } await f();",
  "const f = async function () { … }; await f();",
  "const f = async () => { … }; await f();",
  "const o = { async f() { … } }; await o.f();",
  "class C { async f() { … } } await new C().f();",
  "await Promise.all([1].map(async (x) => { … }));",
  "try { throw new Error('no'); } catch (e) { … }",
  "try { throw new Error('no'); } catch { … }",
  "try { throw new Error('no'); } catch ({ message }) { … }",
  "try { … } finally { … }",
  "if (true) { … } else { … }",
  "for (const x of [1]) { … }",
  "switch (1) { case 1: { … } }",
];

/** Our edits change the beginning of each of these statements. */
const statements: readonly string[] = [
  'Say("user", "a");',
  "Say('user', state.b);",
  'await Say("user", "a");',
  'await Ask("a");',
  'Ask("a");',
  'self.Ask("a");',
  "Buyer.Haggle(1);",
  '(Ask("a"));',
  'true ? Ask("a") : 1;',
  'true && Ask("a");',
  'self?.Ask("a");',
  "[1].forEach(async (y) => { await Ask(y); });",
  "`a`.at(0);",
  "state.c = await Ask('a');",
  "state.$d = 1;",
  "const z = await Ask('a'); Say('user', `${z}`);",
];

Deno.test("turn: code means the same with and without spaces", () => {
  const module = (code: string): NonNullable<ScopeOptions["module"]> => ({
    code: `async function run() { ${code} }`,
    helpers: [],
    functions: [{ name: "run", implementation: "run" }],
  });
  const modes: readonly ((code: string) => [ScopeCode, Given])[] = [
    (code) => [turn(code), {}],
    (code) => [{ kind: "turn", text: code, locals: {}, reading: 2 }, {}],
    (code) => [{ kind: "function", implementation: "run", args: [] }, { module: module(code) }],
  ];
  for (const block of blocks) {
    const spaced = statements.map((statement) => `{ ${block.replaceAll("…", statement)} }`).join(" ");
    const compact = spaced.replace(/\s*([{}();,=>?:])\s*/g, "$1");
    for (const mode of modes) {
      const [expected, actual] = [spaced, compact].map((code) => {
        const [scopeCode, given] = mode(code);
        const { progresses, scope } = runAll(scopeCode, { ...given, state: { b: "b" } }, () => "done");
        using _scope = scope;
        const requests = progresses.flatMap(({ requests }) => requests.map(({ name, args }) => [name, args]));
        return { requests, end: progresses.at(-1)!.end };
      });
      assertNotEquals(expected!.end?.kind, "threw", JSON.stringify(expected!.end));
      assert(expected!.requests.length >= statements.length - 3, block);
      assertEquals(actual, expected, compact);
    }
  }
});
