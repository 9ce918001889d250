import { assertEquals } from "@std/assert";
import type { Encoded } from "../../src/sandbox/mod.ts";
import { failure, localsAfter, open, result, start, turn } from "./support.ts";

const kept: readonly [code: string, before: Record<string, Encoded>, after: Record<string, Encoded>][] = [
  ["const a = 1; let b = 2; var c = 3", {}, { a: 1, b: 2, c: 3 }],
  ["let a; var b", {}, { a: { $type: "undefined" }, b: { $type: "undefined" } }],
  ["const { a, b: [c, ...d], ...e } = { a: 1, b: [2, 3, 4], x: 5 }", {}, {
    a: 1,
    c: 2,
    d: [3, 4],
    e: { x: 5 },
  }],
  ["x = 1; [y, z.w] = [2, 3]", { z: {} }, { x: 1, y: 2, z: { w: 3 } }],
  ["const f = () => { n = 5 }; f()", {}, { f: { $type: "gone", what: "function" }, n: 5 }],
  ["if (true) { var a = 1; let b = 2 } for (var i = 0; i < 3; i++); for (const j of [1]);", {}, {
    a: 1,
    i: 3,
  }],
  ["let x = x + 1", { x: 1 }, { x: 2 }],
  ["const x = 5", { x: 1, y: 2 }, { x: 5, y: 2 }],
  ["let x", { x: 1 }, { x: { $type: "undefined" } }],
  ["var x", { x: 1 }, { x: 1 }],
  ["x++; y.push(x)", { x: 1, y: [] }, { x: 2, y: [2] }],
  ["x++", { x: 1, other: { $type: "date", value: 5 } }, { x: 2, other: { $type: "date", value: 5 } }],
  ["let n = 0; const inc = () => ++n; inc(); inc()", {}, { n: 2, inc: { $type: "gone", what: "function" } }],
  ["function f() {} class A {}", {}, {
    f: { $type: "gone", what: "function" },
    A: { $type: "gone", what: "function" },
  }],
  ["class A { x = 1 }\n(() => { y = new A().x })()", {}, { A: { $type: "gone", what: "function" }, y: 1 }],
  ["const p = Promise.resolve(7)", {}, { p: 7 }],
  ["const s = self; const b = agents.byId('1001')", {}, {
    s: { $type: "agent", id: "1000", klass: "Seller" },
    b: { $type: "agent", id: "1001", klass: "Buyer" },
  }],
  ["const m = 'abc'.match(/b/)", {}, { m: ["b"] }],
  ["const s = state; s.a = 1", {}, { s: { a: 1 } }],
  ["let f = 1", { f: { $type: "gone", what: "function" } }, { f: 1 }],
  ["f = 2", { f: { $type: "gone", what: "function" } }, { f: 2 }],
  ["1", { f: { $type: "gone", what: "function" } }, { f: { $type: "gone", what: "function" } }],
  ["x = class_", { class: 1, class_: 2, "no name": 3 }, { class: 1, class_: 2, "no name": 3, x: 2 }],
  ["const state_ = 1, agents = [2]", {}, { state_: 1, agents: [2] }],
  ["const $0 = 1; $1 = 2; try { null.x } catch { } ", {}, { $0: 1, $1: 2 }],
  ["\\u0061 = a + 1", { a: 1 }, { a: 2 }],
  ["const o = { __proto__: null, ['__proto__']: 1, $type: 'x' }", {}, {
    o: { $type: "object", value: [["__proto__", 1], ["$type", "x"]] },
  }],
];

Deno.test("locals: a turn's top-level variables are kept beside the earlier ones", async (t) => {
  for (const [code, before, after] of kept) {
    await t.step(code, () => {
      const finish = localsAfter(code, before);
      assertEquals(finish, { ok: true, locals: after, patch: {} });
    });
  }
});

const unkept: readonly [code: string, message: string, line?: number][] = [
  ["\nconst o = { a: [() => 1] }", '"o.a[0]" is a function and cannot be kept; keep plain data', 2],
  ["const s = Symbol('x')", '"s" is a symbol and cannot be kept; keep plain data', 1],
  ["const o = { [Symbol('x')]: 1 }", '"o" has a symbol as key and cannot be kept', 1],
  [
    "class A {}; const a = { b: new A() }",
    '"a.b" is an instance of A and cannot be kept; keep plain data',
    1,
  ],
  ["const w = new WeakMap()", '"w" is an instance of WeakMap and cannot be kept; keep plain data', 1],
  ["const a = []; a[0] = { a }", '"a[0].a" contains itself and cannot be kept; keep plain data', 1],
  ["const r = /x/", '"r" is a RegExp and cannot be kept; keep its source as a string', 1],
  ["let e; try { null.x } catch (x) { e = x }", '"e" is an Error and cannot be kept; keep its message', 1],
  ["const p = new Promise(() => {})", '"p" is a promise that is still pending; await it', 1],
  ["const p = Promise.reject(new Error('no'))", '"p" is a promise that failed: no', 1],
  ["const l = [Promise.resolve(1)]", '"l[0]" is a promise and cannot be kept; await it first', 1],
  ["const o = { get x() { throw new Error('no') } }", '"o.x" cannot be read: no', 1],
  ["const p = new Proxy({}, { ownKeys() { throw new Error('no') } })", '"p" cannot be read: no', 1],
  ["const B = [Buyer]", '"Buyer" is an agent class and cannot be kept or passed; use its name', 1],
  [
    "const m = new Map([['k', () => 1]])",
    '"m[entry 0]" is a function and cannot be kept; keep plain data',
    1,
  ],
  ["const o = { 'a b': () => 1 }", '"o["a b"]" is a function and cannot be kept; keep plain data', 1],
  [
    "let d = {}; for (let i = 0, o = d; i < 200; i++) o = o.d = {}",
    `"d${".d".repeat(100)}" is nested more than 100 levels deep`,
    1,
  ],
  [
    "const o = Object.create({ a: 1 })",
    '"o" is an object with a prototype of its own and cannot be kept; keep plain data',
    1,
  ],
];

Deno.test("locals: the error for a variable that cannot be kept names the variable and its line", async (t) => {
  for (const [code, message, line] of unkept) {
    await t.step(code, () => {
      const finish = localsAfter(code);
      const place = line === undefined ? {} : { line };
      assertEquals(finish, { ok: false, error: { name: "DataError", message, ...place } });
    });
  }
});

Deno.test("locals: a function of an earlier turn gives an error that it was not kept", () => {
  const before = { helper: { $type: "gone", what: "function" } };
  assertEquals(start(turn("\nhelper(1)", before)).end, {
    kind: "threw",
    error: {
      name: "ReferenceError",
      message:
        "helper was a function of an earlier turn; functions are not kept between turns, define it again",
      line: 2,
      column: 1,
    },
  });
  assertEquals(start(turn("function helper() { return 1 } Return(helper())", before)).end, {
    kind: "returned",
    value: 1,
  });
});

Deno.test("locals: they have the values from after the last effect's result", () => {
  using scope = open("let n = 1; Ask().then((x) => { n = x })");
  assertEquals(scope.start().end, undefined);
  assertEquals(scope.deliver(result(1, 5)).end, { kind: "ended" });
  assertEquals(scope.finish(), { ok: true, locals: { n: 5 }, patch: {} });
});

Deno.test("locals: variables that failed code had set are kept", () => {
  assertEquals(localsAfter("let a = 1; b = 2; null.x; let c = 3"), {
    ok: true,
    locals: { a: 1, b: 2, c: { $type: "undefined" } },
    patch: {},
  });
});

const unseen: readonly [code: string, error: string | undefined][] = [
  ["true && Ask()", "no"],
  ["true && [1].forEach(async () => { await Ask() })", "no"],
  ["const f = async () => { await Ask() }; f()", "no"],
  ["(async () => { await Ask() })()", "no"],
  ["Promise.all([Ask()])", "no"],
  ["Ask().then((x) => x)", "no"],
  ["Ask().finally(() => {})", "no"],
  ["async function f() { try { await Ask() } finally { } } f()", "no"],
  [
    "async function f() { try { await Ask() } catch (e) { throw new Error('again: ' + e.message) } } f()",
    "again: no",
  ],
  ["Ask().catch(() => {})", undefined],
  ["Ask().then(null, () => {})", undefined],
  ["async function f() { try { await Ask() } catch { } } f()", undefined],
  ["async function f() { try { await Ask() } catch ({ message }) { } } f()", undefined],
  ["await Promise.allSettled([Ask()])", undefined],
  ["try { await Promise.all([Ask()]) } catch (e) { }", undefined],
  ["await Promise.race([Ask(), 1])", undefined],
];

Deno.test("locals: an unhandled error is reported at the end, and a handled one is not", async (t) => {
  for (const [code, error] of unseen) {
    await t.step(code, () => {
      using scope = open(code);
      scope.start();
      assertEquals(scope.deliver(failure(1, "no")).end, { kind: "ended" });
      const finish = scope.finish();
      assertEquals(finish.ok ? undefined : finish.error.message, error);
    });
  }
});
