import { assertEquals, assertStringIncludes } from "@std/assert";
import { type Limits, type Progress, type TurnEnd } from "../../src/sandbox/mod.ts";
import { open, result, start } from "./support.ts";

const short = { runMs: 100 } as const;
const small = { memoryBytes: 16 * 1024 * 1024, runMs: 3_000 } as const;

const loops: readonly string[] = [
  "for (;;);",
  "await null; for (;;);",
  "function spin() { Promise.resolve().then(spin) } spin()",
  "const spin = async () => { for (;;) await null }; await spin()",
  "/(a+)+b/.test('a'.repeat(60))",
  "try { for (;;); } catch { for (;;); } finally { for (;;); }",
  "async function f() { for (;;); } try { await f() } catch { await Say('user', 'caught'); state.x = 1; Return(1) }",
  "new Proxy({}, { get() { for (;;); } }).x",
  "state.x = { get y() { for (;;); } }; state.x.y",
  "[3, 2, 1].sort(() => { for (;;); })",
  "const o = { toString() { for (;;); } }; `${o}`",
  "'x'.replace(/x/, () => { for (;;); })",
  "function* g() { for (;;) yield 1 } [...g()]",
];

Deno.test("limits: endless code is stopped, and its current step has no effect", async (t) => {
  for (const code of loops) {
    await t.step(code, () => {
      const before = performance.now();
      using scope = open(`state.y = 1; Step('x');\n${code}`, { limits: short });
      const { requests, patch, notes, end } = scope.start();
      assertEquals({ requests, patch, notes }, { requests: [], patch: {}, notes: [] });
      assertEquals(end?.kind === "threw" && end.error.name, "LimitError");
      assertStringIncludes(told(end), "ran for more than 0.1 s without waiting");
      assertEquals(scope.deliver(result(1, null)), { requests: [], patch: {}, notes: [] });
      assertEquals(performance.now() - before < 1_500, true);
    });
  }
});

Deno.test("limits: data that takes too long to read is named as such, not as code that ran", async (t) => {
  const codes = [
    "state.x = { get y() { for (;;); } }",
    "state.x = new Proxy({}, { ownKeys() { for (;;); } })",
    "Step('x'); state.x = { y: [{ get z() { for (;;); } }] }; await Ask()",
  ];
  for (const code of codes) {
    await t.step(code, () => {
      assertEquals(start(code, { limits: { runMs: 20_000 } }).end, {
        kind: "threw",
        error: {
          name: "LimitError",
          message: "its state and requests took more than 1 s to read; keep less data in them",
        },
      });
    });
  }
});

Deno.test("limits: the time starts again at each delivery", () => {
  using scope = open("await Ask();\n\nfor (;;);", { limits: short });
  assertEquals(scope.start().end, undefined);
  assertEquals(scope.deliver(result(1, null)).end, {
    kind: "threw",
    error: { name: "LimitError", message: "ran for more than 0.1 s without waiting" },
  });
});

const hogs: readonly string[] = [
  "const a = []; for (;;) a.push({ a: 1 })",
  "const a = []; for (;;) a.push(new Uint8Array(1e6))",
  "const m = new Map(); for (let i = 0;; i++) m.set(i, `${i}`)",
  "let s = 'x'; const all = []; for (;;) { s = s + s.slice(0, 1e5); all.push(s.split('')) }",
  "const a = []; for (;;) { try { for (;;) a.push('x'.repeat(1e5) + a.length) } catch { a.push('x'.repeat(100)) } }",
  "let o = {}; for (;;) o = { o }",
];

Deno.test("limits: data from outside counts as memory too, and is harmless when no memory is left", () => {
  const large = "x".repeat(30_000_000);
  const message = "used more than 16 MB of memory";
  for (
    const [code, state] of [
      ["await Ask()", {}],
      ["await Ask(); state.large.length", { large }],
      ["state.large.length; await Ask()", { large }],
    ] as const
  ) {
    // A busy machine needs seconds to carry so long a text.
    using scope = open(code, { state, limits: { ...small, runMs: 60_000 } });
    const ends = [scope.start(), scope.deliver(result(1, large))].flatMap(({ end }) => end ?? []);
    assertEquals(ends, [{ kind: "threw", error: { name: "LimitError", message } }], code);
    assertEquals(start("Return(1)").end, { kind: "returned", value: 1 });
  }
});

Deno.test("limits: code that takes too much memory is stopped, and the next code runs", async (t) => {
  for (const code of hogs) {
    await t.step(code, () => {
      const end = start(code, { limits: small }).end;
      assertEquals(end?.kind === "threw" && end.error.name, "LimitError");
      assertStringIncludes(told(end), "used more than 16 MB of memory");
      assertEquals(start("Return(1)").end, { kind: "returned", value: 1 });
    });
  }
});

const deep: readonly string[] = [
  "function f() { return 1 + f() } f()",
  "const o = { toString() { return '' + o } }; '' + o",
  "class A { get x() { return this.x } } new A().x",
  "JSON.parse('['.repeat(1e5))",
  "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; JSON.stringify(a)",
  "let a = []; for (let i = 0; i < 1e5; i++) a = [a]; `${a}`",
  "new RegExp('(?:'.repeat(1e5))",
  "let p = {}; for (let i = 0; i < 1e5; i++) p = new Proxy(p, {}); p.x",
  "'a'.replace(/a/, function f() { return 'a'.replace(/a/, f) })",
  "[1].map(function f() { return [1].map(f) })",
  "function* g() { yield* g() } [...g()]",
  "Reflect.construct(function f() { return Reflect.construct(f, []) }, [])",
];

Deno.test("limits: calls that nest too deeply are an error that code can catch", async (t) => {
  for (const code of deep) {
    await t.step(code, () => {
      const { end } = start(code);
      assertEquals(end?.kind === "threw" && end.error.message, "stack overflow: calls are nested too deeply");
      assertEquals(start(`try { ${code} } catch { Return('caught') }`).end, {
        kind: "returned",
        value: "caught",
      });
    });
  }
});

Deno.test("limits: ordinary recursion is possible", () => {
  assertEquals(start("const sum = (n) => n === 0 ? 0 : n + sum(n - 1); Return(sum(250))").end, {
    kind: "returned",
    value: 31375,
  });
  assertEquals(
    start("const sum = async (n) => n === 0 ? 0 : n + await sum(n - 1); Return(await sum(100))").end,
    {
      kind: "returned",
      value: 5050,
    },
  );
});

const floods: readonly [code: string, limits: Partial<Limits>, message: string][] = [
  ["for (;;) Say('user', 'x')", { openRequests: 50 }, "had more than 50 effects open at once"],
  [
    "for (;;) Say('user', 'x'.repeat(100))",
    { outputCharacters: 5_000 },
    "put out more than 5000 characters without waiting",
  ],
  [
    "for (;;) console.log('x'.repeat(100))",
    { outputCharacters: 5_000 },
    "put out more than 5000 characters without waiting",
  ],
  ["for (;;) Step('x')", { outputCharacters: 5_000 }, "put out more than 5000 characters without waiting"],
  ["state.x = 'x'.repeat(10_000)", { outputCharacters: 5_000 }, '"state.x" is larger than 5000 characters'],
  [
    "for (let i = 0; i < 100; i++) state[i] = 'x'.repeat(100)",
    { outputCharacters: 5_000 },
    "put out more than 5000 characters without waiting",
  ],
  [
    "Return('x'.repeat(10_000))",
    { outputCharacters: 5_000 },
    "the value returned is larger than 5000 characters",
  ],
  [
    "Say('user', new Array(1e9))",
    { outputCharacters: 5_000 },
    "argument 2 of Say is larger than 5000 characters",
  ],
  [
    "let d = []; for (let i = 0; i < 60; i++) d = [d, d]; Return(d)",
    { outputCharacters: 5_000 },
    "is larger than 5000 characters",
  ],
];

Deno.test("limits: code with too much output is stopped, even if it catches the error", async (t) => {
  for (const [code, limits, message] of floods) {
    await t.step(code, () => {
      const { end } = start(code, { limits });
      assertEquals(end?.kind === "threw" && end.error.name, "LimitError");
      assertStringIncludes(told(end), message);
    });
  }
  const { requests, end } = start(
    "try { for (;;) Say('user', 'x') } catch { Say('user', 'y'); Return(1) } finally { for (;;); }",
    { limits: { openRequests: 3 } },
  );
  assertEquals(requests.length, 3);
  assertEquals(end?.kind === "threw" && end.error.message, "had more than 3 effects open at once");
});

Deno.test("limits: locals that are too large are an error of finish()", () => {
  using scope = open("const x = 'x'.repeat(10_000)", { limits: { outputCharacters: 5_000 } });
  assertEquals(scope.start().end, { kind: "ended" });
  const finish = scope.finish();
  assertEquals(finish.ok ? undefined : finish.error, {
    name: "LimitError",
    message: '"x" is larger than 5000 characters',
    line: 1,
  });
});

Deno.test("limits: finish() stops code that runs in it", () => {
  for (
    const code of [
      "const o = { get x() { for (;;); } }",
      "const p = new Proxy({}, { ownKeys() { for (;;); } })",
    ]
  ) {
    using scope = open(code, { limits: short });
    assertEquals(scope.start().end, { kind: "ended" });
    const finish = scope.finish();
    assertEquals(finish.ok ? undefined : finish.error.name, "LimitError", code);
  }
});

Deno.test("limits: a scope can be disposed at any time, and more than once", () => {
  const scope = open("await Ask(); for (;;) { state.x = await Ask() }");
  const progress: Progress = scope.start();
  assertEquals(progress.requests.length, 1);
  scope[Symbol.dispose]();
  scope[Symbol.dispose]();
  assertEquals(scope.deliver(result(1, null)), { requests: [], patch: {}, notes: [] });
});

Deno.test("limits: many scopes can be open at once", () => {
  const scopes = Array.from({ length: 50 }, (_, i) => open(`let n = ${i}; Return(n + await Ask())`));
  for (const scope of scopes) scope.start();
  const values = scopes.map((scope) => {
    const { end } = scope.deliver(result(1, 1));
    scope[Symbol.dispose]();
    return end?.kind === "returned" ? end.value : undefined;
  });
  assertEquals(values, Array.from({ length: 50 }, (_, i) => i + 1));
});

function told(end: TurnEnd | undefined): string {
  return end?.kind === "threw" ? end.error.message : "";
}

Deno.test("limits: the time between two deliveries does not count", () => {
  using scope = open(
    "await Yield('user'); let sum = 0; for (let i = 0; i < 1e5; i++) sum += i; Return(sum);",
  );
  const { now } = performance;
  try {
    scope.start();
    performance.now = () => now.call(performance) + 3_600_000;
    const { end } = scope.deliver(result(1, "hi"));
    assertEquals(end?.kind, "returned");
  } finally {
    performance.now = now;
  }
});

Deno.test("limits: templates that are tags of each other are refused early, and a usual number runs", () => {
  using usual = open(`const x = () => x; x${"``".repeat(100)}; Return(1);`);
  assertEquals(usual.start().end?.kind, "returned");
  for (const code of ["`".repeat(1_000_000), `String.raw${"`a`".repeat(300_000)}`]) {
    const startMs = performance.now();
    using scope = open(code);
    assertStringIncludes(told(scope.start().end), "nested too deeply");
    const ms = performance.now() - startMs;
    assertEquals(ms < 1500, true, `${ms} ms`);
  }
});
