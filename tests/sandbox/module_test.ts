import { assertEquals } from "@std/assert";
import type { Encoded, ScopeOptions } from "../../src/sandbox/mod.ts";
import { failure, open, result, runAll, start, turn } from "./support.ts";

const module: NonNullable<ScopeOptions["module"]> = {
  code: `const rate = 0.2;
let calls = 0;
function tax(amount) { calls++; return amount * rate }
async function add$playbook(a, b = 1) {
  if (a === "fail") throw new TypeError("cannot add");
  await Say("user", \`adding \${a}\`);
  return a + b + (await Ask("more"));
}
function label(items) { return items.map((item) => item.toUpperCase()) }
const table = new Map([["a", 1]]);
async function careful() { try { await Ask() } catch (e) { return e.message } }
function deep() { return null.x }`,
  helpers: ["rate", "calls", "tax", "table", "careful", "deep"],
  functions: [{ name: "add", implementation: "add$playbook" }, { name: "label", implementation: "label" }],
};

function call(implementation: string, ...args: Encoded[]) {
  return { kind: "function", implementation, args } as const;
}

Deno.test("module: a code playbook runs with its arguments, requests effects, and ends with its value", () => {
  const { progresses, scope } = runAll(
    call("add$playbook", 1),
    { module },
    (name) => name === "Call" ? 10 : null,
  );
  using _scope = scope;
  assertEquals(
    progresses.flatMap(({ requests }) => requests.map(({ name, args, line }) => [name, args, line])),
    [
      ["Say", ["user", "adding 1"], 6],
      ["Call", [null, "Ask", ["more"]], 7],
    ],
  );
  assertEquals(progresses.at(-1)?.end, { kind: "returned", value: 12 });
  assertEquals(start(call("label", ["a"]), { module }).end, { kind: "returned", value: ["A"] });
});

Deno.test("module: a failing code playbook ends with the error and the line of the module", () => {
  assertEquals(start(call("add$playbook", "fail"), { module }).end, {
    kind: "threw",
    error: { name: "TypeError", message: "cannot add", line: 5, column: 40 },
  });
  assertEquals(start(call("label", { $type: "undefined" }), { module }).end, {
    kind: "threw",
    error: { name: "TypeError", message: "cannot read property 'map' of undefined", line: 9, column: 37 },
  });
  const returnsFunction = {
    code: "function f() { return () => 1 }",
    helpers: [],
    functions: [{ name: "f", implementation: "f" }],
  };
  assertEquals(start(call("f"), { module: returnsFunction }).end, {
    kind: "threw",
    error: {
      name: "DataError",
      message: "the value returned is a function and cannot be kept; keep plain data",
    },
  });
});

Deno.test("module: a turn sees the current helpers, and its playbooks as calls", () => {
  assertEquals(start("tax(1); tax(2); Return([rate, calls, table.get('a'), tax(5)])", { module }).end, {
    kind: "returned",
    value: [0.2, 2, 1, 1],
  });
  assertEquals(start("await add(1, 2)", { module }).requests, [
    { ordinal: 1, name: "Call", args: [null, "add", [1, 2]], line: 1 },
  ]);
});

Deno.test("module: helpers cannot be assigned to, but a local may have the name of one", () => {
  assertEquals(start("\nrate = 1", { module }).end, {
    kind: "threw",
    error: {
      name: "TypeError",
      message: "rate belongs to the agent's code block; keep what changes in state",
      line: 2,
      column: 1,
    },
  });
  assertEquals(start("const rate = 7; Return([rate, tax(10)])", { module }).end, {
    kind: "returned",
    value: [7, 2],
  });
});

Deno.test("module: an error in a helper has the turn's line, and the message names the helper's line", () => {
  assertEquals(start("\n\ndeep()", { module }).end, {
    kind: "threw",
    error: {
      name: "TypeError",
      message: "cannot read property 'x' of null (at line 12 of the agent's code)",
      line: 3,
      column: 5,
    },
  });
});

Deno.test("module: an error that a helper caught is not reported as unhandled", () => {
  using scope = open("const m = await careful()", { module });
  scope.start();
  assertEquals(scope.deliver(failure(1, "no")).end, { kind: "ended" });
  assertEquals(scope.finish(), { ok: true, locals: { m: "no" }, patch: {} });
});

Deno.test("module: effects during its load are refused, and a failing module ends the turn", () => {
  for (
    const [code, message] of [
      ["Say('user', 'x')", "Say: effects can be used only inside functions"],
      ["\nReturn(1)", "Return: effects can be used only inside functions"],
      ["EndProgram()", "EndProgram: effects can be used only inside functions"],
    ]
  ) {
    const { requests, end } = start("1", { module: { code: code!, helpers: [], functions: [] } });
    assertEquals(requests, []);
    assertEquals(
      end?.kind === "threw" && end.error.message.replace(/ \(at line \d+ of the agent's code\)/, ""),
      message,
    );
  }
  const { end } = start("1", { module: { code: "const a = ;", helpers: [], functions: [] } });
  assertEquals(end, {
    kind: "threw",
    error: {
      name: "SyntaxError",
      message: "the agent's code does not parse: Unexpected token",
      line: 1,
      column: 11,
    },
  });
});

Deno.test("module: placeholders are awaited and shown in order, each in its own format", () => {
  const expressions = [
    "x + 1",
    "self.klass",
    "missing === undefined ? null : 1",
    "state.list",
    "await Ask(1)",
    "Ask(2) // a comment",
    "{ a: 1 }.a",
    "agents.byId('1001')",
  ];
  const { progresses, scope } = runAll(
    { kind: "expressions", expressions, locals: { x: 2, missing: { $type: "undefined" } } },
    { state: { list: [1, 2] } },
    (_, args) => `answer ${(args[2] as Encoded[])[0]}`,
  );
  using _scope = scope;
  assertEquals(progresses.at(-1)?.end, {
    kind: "returned",
    value: ["3", "Seller", "", "[1,2]", "answer 1", "answer 2", "1", "Buyer (agent 1001)"],
  });
});

Deno.test("module: the error of a failing placeholder names the placeholder", () => {
  for (
    const [expression, message] of [
      ["null.x", "{null.x}: cannot read property 'x' of null"],
      ["a +", "{a +}: Unexpected token"],
      ["1); Say('user', 'x'", "{1); Say('user', 'x'}: Unexpected token"],
      ["1; 2", "{1; 2}: this is more than one expression"],
      ["1 2", "{1 2}: this is more than one expression"],
      ["() => 1", "{() => 1}: () => 1 is a function and cannot be kept; keep plain data"],
    ]
  ) {
    const { end } = start({ kind: "expressions", expressions: ["1", expression!], locals: {} });
    assertEquals(end?.kind === "threw" && end.error.message, message);
  }
});

Deno.test("module: a scope starts with its valid locals and skips names that are not identifiers", () => {
  using scope = open(turn("await Ask(); Return(x)", { x: 1, "a-b": 2, class: 3 }), { module });
  scope.start();
  assertEquals(scope.deliver(result(1, null)).end, { kind: "returned", value: 1 });
});
