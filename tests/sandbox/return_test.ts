import { assertEquals } from "@std/assert";
import { failure, open, result, start, turn } from "./support.ts";

const afterReturn = [
  "Return(1); Say('user', 'no'); state.x = 2; Step('1')",
  "try { Return(1) } catch { Say('user', 'no'); state.x = 2; Return(3) } finally { Say('user', 'no'); EndProgram() }",
  "try { Return(1) } finally { for (;;); }",
  "try { Return(1) } catch { for (;;) state.x = 2 }",
  "const f = async () => { await null; Say('user', 'no'); state.x = 2 }; f(); Return(1)",
  "Promise.resolve().then(() => { Say('user', 'no'); Return(2) }); Return(1)",
  "function spin() { Promise.resolve().then(spin) } spin(); Return(1)",
  "for (const n of [1, 2, 3]) { try { Return(n) } catch { continue } finally { Step('x') } }",
  "async function deep() { try { await null; Return(1) } finally { for (;;); } } await Promise.allSettled([deep(), deep()]); Say('user', 'no')",
  "await Promise.race([(async () => Return(1))(), new Promise(() => {})])",
  "[1, 2].map((n) => Return(n))",
  "new Proxy({}, { get() { Return(1) } }).x; Say('user', 'no')",
  "return Return(1)",
  "Array.from({ length: 1e7 }, (_, i) => { if (i === 0) Return(1) })",
];

Deno.test("return: code after Return has no effect", async (t) => {
  for (const code of afterReturn) {
    await t.step(code, () => {
      const before = performance.now();
      using scope = open(code);
      assertEquals(scope.start(), {
        requests: [],
        patch: {},
        notes: [],
        end: { kind: "returned", value: 1 },
      });
      assertEquals(scope.deliver(result(1, null)), { requests: [], patch: {}, notes: [] });
      assertEquals(scope.finish(), { ok: true, locals: {}, patch: {} });
      assertEquals(performance.now() - before < 1_500, true, "took as long as the time limit");
    });
  }
});

Deno.test("return: value and state are those at the call of Return", () => {
  const { patch, end } = start(
    "const o = { a: 1 }; state.s = [1]; try { Return(o) } finally { o.a = 2; state.s.push(2) }",
  );
  assertEquals(patch, { s: { value: [1] } });
  assertEquals(end, { kind: "returned", value: { a: 1 } });
});

Deno.test("return: effects requested before Return are still requested, and their results do nothing", () => {
  using scope = open("Say('user', 'bye').then(() => { state.x = 1; Say('user', 'no') }); Return('r', 's')");
  const { requests, end } = scope.start();
  assertEquals(requests.map(({ args }) => args), [["user", "bye"]]);
  assertEquals(end, { kind: "returned", value: "r", summary: "s" });
  assertEquals(scope.deliver(result(1, null)), { requests: [], patch: {}, notes: [] });
  assertEquals(scope.deliver(failure(1, "late")), { requests: [], patch: {}, notes: [] });
});

Deno.test("return: Return of a value that cannot be kept is a catchable error, and the turn continues", () => {
  const { requests, end } = start("try { Return(() => 1) } catch (e) { Say('user', e.message) }; Return(2)");
  assertEquals(requests.map(({ args }) => args[1]), [
    "the value returned is a function and cannot be kept; keep plain data",
  ]);
  assertEquals(end, { kind: "returned", value: 2 });
});

Deno.test("return: a callback may call Return after the last statement of the code", () => {
  using scope = open("Ask().then((answer) => Return(answer))");
  assertEquals(scope.start().end, undefined);
  assertEquals(scope.deliver(result(1, "yes")).end, { kind: "returned", value: "yes" });
});

Deno.test("return: an end is reported once", () => {
  using scope = open("Ask(1); Ask(2); null.x");
  const ends = [scope.start(), scope.deliver(result(1, null)), scope.deliver(result(2, null))].map((
    { end },
  ) => end?.kind);
  assertEquals(ends, [undefined, undefined, "threw"]);
});

Deno.test("return: EndProgram in the middle of a loop ends the loop", () => {
  using scope = open(turn("for (let i = 0;; i++) { await Ask(i); if (i === 2) EndProgram() }"));
  scope.start();
  assertEquals(scope.deliver(result(1, null)).end, undefined);
  assertEquals(scope.deliver(result(2, null)).end, undefined);
  assertEquals(scope.deliver(result(3, null)), {
    requests: [],
    patch: {},
    notes: [],
    end: { kind: "exited" },
  });
});
