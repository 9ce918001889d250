import { assertEquals } from "@std/assert";
import type { Encoded, StatePatch } from "../../src/sandbox/mod.ts";
import { open, result, start, turn } from "./support.ts";
import { cpuTimeMs } from "../support/cpu_time.ts";

const missing = { $type: "undefined" };

const patches: readonly [code: string, state: Record<string, Encoded>, patch: StatePatch][] = [
  ["1", { a: 1 }, {}],
  ["state.a", { a: [1] }, {}],
  ["state.a = 1", {}, { a: { value: 1 } }],
  ["state.a = 1", { a: 1 }, {}],
  ["state.a = 2; state.a = 1", { a: 1 }, {}],
  ["state.a = undefined", { a: 1 }, { a: { value: missing } }],
  ["delete state.a", { a: 1, b: 2 }, { a: null }],
  ["delete state.a; state.a = 1", { a: 1 }, {}],
  ["delete state.nothing", {}, {}],
  ["state.a.push(2)", { a: [1] }, { a: { append: [2] } }],
  ["state.a.push(2, [3])", { a: [] }, { a: { append: [2, [3]] } }],
  ["state.a[0] = 2; state.a.push(2)", { a: [1] }, { a: { value: [2, 2] } }],
  ["state.a.push(2); state.a.pop()", { a: [1] }, {}],
  ["state.a = [...state.a, 2]", { a: [1] }, { a: { append: [2] } }],
  ["state.a = state.a + ',2]'", { a: "[1]" }, { a: { value: "[1],2]" } }],
  ["state.a.pop()", { a: [1] }, { a: { value: [] } }],
  ["const x = state.a.b; x.c = 1", { a: { b: {} } }, { a: { value: { b: { c: 1 } } } }],
  ["state.a.set('k', new Set([1]))", { a: { $type: "map", value: [] } }, {
    a: { value: { $type: "map", value: [["k", { $type: "set", value: [1] }]] } },
  }],
  ["self.state.a = 1; state.b = self.state.a + 1", {}, { a: { value: 1 }, b: { value: 2 } }],
  ["for (const [k, v] of Object.entries(state)) state[k] = v + 1", { a: 1, b: 2 }, {
    a: { value: 2 },
    b: { value: 3 },
  }],
  ["const { a, ...rest } = state; state.copy = rest", { a: 1, b: 2 }, { copy: { value: { b: 2 } } }],
  [
    "state.r = ['a' in state, 'z' in state, Object.keys(state), JSON.stringify(state), state.z === undefined]",
    {
      a: { b: 1 },
    },
    { r: { value: [true, false, ["a"], '{"a":{"b":1}}', true] } },
  ],
  [
    "delete state.a; state.c = 2; state.a = 1; state[7] = 1; const keys = Object.keys(state).join(); state.r = keys",
    { b: 1, a: 1, 5: 0 },
    { 7: { value: 1 }, c: { value: 2 }, r: { value: "5,7,b,c,a" } },
  ],
  ["delete state.a; state.r = ['a' in state, state.a, Object.keys(state).length]", { a: 1, b: 2 }, {
    a: null,
    r: { value: [false, missing, 1] },
  }],
  ["Object.assign(state, { a: 1, b: 2 })", { a: 1 }, { b: { value: 2 } }],
  ["state.hasOwnProperty('a') && (state.ok = `${state}`)", { a: 1 }, { ok: { value: "[object Object]" } }],
  ["state.__proto__ = 5; state.constructor = 6", {}, {
    ["__proto__"]: { value: 5 },
    constructor: { value: 6 },
  } as StatePatch],
  ["state['']  = 1; state['a b'] = 2; state[7] = 3", {}, {
    7: { value: 3 },
    "": { value: 1 },
    "a b": { value: 2 },
  }],
  ["state.when = new Date(5); state.big = 10n; state.n = -0", {}, {
    when: { value: { $type: "date", value: 5 } },
    big: { value: { $type: "bigint", value: "10" } },
    n: { value: { $type: "number", value: "-0" } },
  }],
  ["state.b = agents.byId('1001')", {}, { b: { value: { $type: "agent", id: "1001", klass: "Buyer" } } }],
];

Deno.test("state: a patch holds only the changes of the agent's state", async (t) => {
  for (const [code, state, patch] of patches) {
    await t.step(code, () => assertEquals(start(code, { state }).patch, patch));
  }
});

const dollars: readonly [code: string, state: Record<string, Encoded>, patch: StatePatch][] = [
  ["$a = 1", {}, { a: { value: 1 } }],
  ["$a += $b; $a++", { a: 1, b: 2 }, { a: { value: 4 } }],
  ["[$a, { $b, c: $c = 3 }] = [1, { $b: 2 }]", {}, { a: { value: 1 }, b: { value: 2 }, c: { value: 3 } }],
  ["$o = { $a, b: $a.length, $c: 1 }", { a: "x" }, { o: { value: { $a: "x", b: 1, $c: 1 } } }],
  ["$s = `${$a} of ${$b.c[$a]}`", { a: 0, b: { c: [7] } }, { s: { value: "0 of 7" } }],
  ["for ($i of [1, 2]) $sum += $i", { sum: 0 }, { i: { value: 2 }, sum: { value: 3 } }],
  ["state.$a = 1; self.state.$b = state.$a + 1", {}, { a: { value: 1 }, b: { value: 2 } }],
  ["state['$a'] = 1", {}, { $a: { value: 1 } }],
  ["let $a = 1; state.b = [2].map(($x) => $x + $a)[0]", { a: 5 }, { b: { value: 3 } }],
  ["state.b = $a === undefined && typeof $a", {}, { b: { value: "undefined" } }],
];

Deno.test("state: an undeclared name with a dollar sign is the agent's variable", async (t) => {
  for (const [code, state, patch] of dollars) {
    await t.step(code, () => assertEquals(start(code, { state }).patch, patch));
  }
  assertEquals(start(turn("state.a = $a + 1", { $a: 5 }), { state: { a: 1 } }).patch, { a: { value: 6 } });
});

Deno.test("state: a change through a reference is reported once, in the step that made it", () => {
  using scope = open(
    "const list = state.list; await Ask(); list.push(1); await Ask(); await Ask(); list.push(2)",
    {
      state: { list: [] },
    },
  );
  assertEquals(scope.start().patch, {});
  assertEquals(scope.deliver(result(1, null)).patch, { list: { append: [1] } });
  assertEquals(scope.deliver(result(2, null)).patch, {});
  assertEquals(scope.deliver(result(3, null)).patch, { list: { append: [2] } });
});

Deno.test("state: a change by others replaces the value and is not reported back", () => {
  using scope = open(
    "const old = state.a; state.gone; await Ask(); old.push(9); state.seen = [state.a, state.new, 'gone' in state]",
    { state: { a: [1], gone: [2] } },
  );
  scope.start();
  const patch = { a: { value: [2] }, new: { value: 3 }, gone: null };
  assertEquals(scope.deliver(result(1, null, { patch })).patch, { seen: { value: [[2], 3, false] } });
});

Deno.test("state: items that others added are at the end of a list, whether or not the code has read the list", () => {
  using scope = open(
    "const old = state.a; await Ask(); state.seen = [state.a, state.b, old.length, state.a === old]",
    { state: { a: [1], b: [] } },
  );
  scope.start();
  const patch = { a: { append: [2, { $type: "undefined" }] }, b: { append: [3] } };
  assertEquals(scope.deliver(result(1, null, { patch })).patch, {
    seen: { value: [[1, 2, { $type: "undefined" }], [3], 1, false] },
  });
});

Deno.test("state: a value that cannot be kept ends the turn with an error that names its key", () => {
  const atOnce = start("\nstate.x = Symbol('x')");
  assertEquals(atOnce.end, {
    kind: "threw",
    error: {
      name: "DataError",
      message: '"state.x" is a symbol and cannot be kept; keep plain data',
      line: 2,
      column: 17,
    },
  });
  using later = open("state.x = { y: [] }; state.x.y.push(() => 1); await Ask()");
  const { end, patch } = later.start();
  assertEquals(patch, {});
  assertEquals(end, {
    kind: "threw",
    error: { name: "DataError", message: '"state.x.y[0]" is a function and cannot be kept; keep plain data' },
  });
  assertEquals(later.deliver(result(1, null)), { requests: [], patch: {}, notes: [] });
});

Deno.test("state: only the variables that the code uses are read", () => {
  const variables: Record<string, Encoded> = { a: [1], b: { x: 1 }, c: "c", d: 4 };
  const read: PropertyKey[] = [];
  const state = new Proxy(variables, {
    get(target, key) {
      read.push(key);
      return target[key as string];
    },
  });
  using scope = open(
    "state.new = 'd' in state; state.a.push(2); await Ask(Reflect.ownKeys(state)); state.b.x = 2; delete state.c; await Ask()",
    { state },
  );
  const { requests, patch } = scope.start();
  assertEquals(requests[0]?.args[2], [["a", "b", "c", "d", "new"]]);
  assertEquals(patch, { a: { append: [2] }, new: { value: true } });
  assertEquals(read, ["a"]);
  assertEquals(scope.deliver(result(1, null)).patch, { b: { value: { x: 2 } }, c: null });
  assertEquals(read, ["a", "b", "c"]);
});

Deno.test("state: unused keys cost nothing", () => {
  const state = Object.fromEntries(Array.from({ length: 2000 }, (_, i) => [`k${i}`, { list: [i, i, i] }]));
  using scope = open("for (let i = 0; i < 200; i++) { state.k5.list.push(i); await Ask() }", { state });
  scope.start();
  const before = cpuTimeMs();
  for (let i = 1; i <= 199; i++) assertEquals(Object.keys(scope.deliver(result(i, null)).patch), ["k5"]);
  // A comparison of the whole state took over a second here.
  assertEquals(cpuTimeMs() - before < 700, true);
});
