import { assertEquals } from "@std/assert";
import * as fc from "fast-check";
import type { Delivery, EffectRequest, Progress } from "../../src/sandbox/mod.ts";
import { failure, open, result } from "./support.ts";

Deno.test("order: Promise.all, race, any and allSettled see results in the order of delivery", () => {
  const cases: readonly [code: string, order: readonly number[], value: unknown][] = [
    ["Return(await Promise.all([Ask(1), Ask(2), Ask(3)]))", [3, 1, 2], ["r1", "r2", "r3"]],
    ["Return(await Promise.race([Ask(1), Ask(2), Ask(3)]))", [2, 1, 3], "r2"],
    ["Return(await Promise.any([Ask(1), Ask(2)]))", [2, 1], "r2"],
    ["Return((await Promise.allSettled([Ask(1), Ask(2)])).map((one) => one.value))", [2, 1], ["r1", "r2"]],
    [
      "const seen = []; await Promise.all([1, 2, 3].map(async (n) => { seen.push(await Ask(n)) })); Return(seen)",
      [2, 3, 1],
      ["r2", "r3", "r1"],
    ],
  ];
  for (const [code, order, value] of cases) {
    using scope = open(code);
    assertEquals(scope.start().requests.map(({ ordinal }) => ordinal), order.toSorted());
    const ends = order.flatMap((ordinal) => scope.deliver(result(ordinal, `r${ordinal}`)).end ?? []);
    assertEquals(ends, [{ kind: "returned", value: value as string }], code);
  }
});

Deno.test("order: Promise.any skips a failed effect", () => {
  using scope = open("Return(await Promise.any([Ask(1), Ask(2)]))");
  scope.start();
  assertEquals(scope.deliver(failure(1, "no")).end, undefined);
  assertEquals(scope.deliver(result(2, "yes")).end, { kind: "returned", value: "yes" });
});

Deno.test("order: everything that follows from one result happens before the next delivery", () => {
  using scope = open(`
    const log = [];
    const run = async (name) => {
      const x = await Ask(name);
      for (let i = 0; i < 5; i++) { await null; log.push(name + i) }
      log.push(await Ask(name + x));
    };
    await Promise.all([run("a"), run("b")]);
    Return(log)`);
  scope.start();
  assertEquals(scope.deliver(result(2, 1)).requests.map(({ args }) => args[2]), [["b1"]]);
  assertEquals(scope.deliver(result(1, 2)).requests.map(({ args }) => args[2]), [["a2"]]);
  scope.deliver(result(4, "A"));
  assertEquals(scope.deliver(result(3, "B")).end, {
    kind: "returned",
    value: ["b0", "b1", "b2", "b3", "b4", "a0", "a1", "a2", "a3", "a4", "A", "B"],
  });
});

Deno.test("order: an unrequested or repeated result does nothing", () => {
  using scope = open("Return([await Ask(1), await Ask(2)])");
  scope.start();
  assertEquals(scope.deliver(result(99, "x")).requests, []);
  assertEquals(scope.deliver(result(1, "a")).requests.length, 1);
  assertEquals(scope.deliver(result(1, "b")).requests.length, 0);
  assertEquals(scope.deliver(result(2, "c")).end, { kind: "returned", value: ["a", "c"] });
});

const programs: readonly string[] = [
  "for (let i = 0; i < 4; i++) { state.n = (state.n ?? 0) + (await Ask(i)); Step(`${i}`) }",
  "const all = await Promise.all([1, 2, 3].map((n) => Ask(n))); state.all = all; await Say('user', Math.random())",
  "const r = await Promise.race([Ask(1), Ask(2)]); state.first = r; console.log(Date.now()); await Ask(r)",
  "[1, 2, 3].forEach(async (n) => { try { state[`k${n}`] = await Ask(n); await Say('user', n) } catch (e) { state.e = e.message } })",
  "let left = 3; while (left-- > 0) { const x = await Ask(left); if (x > 50) Return({ x, r: Math.random() }) }",
  "const b = agents.byId('1001'); state.list = []; for await (const x of [b.Haggle(1), Ask(2)]) state.list.push(x)",
];

Deno.test("order: the same deliveries give the same progress, whatever the age of the scope", () => {
  const delivery = fc.record({ pick: fc.nat(), value: fc.nat(100), fails: fc.boolean() });
  fc.assert(
    fc.property(fc.constantFrom(...programs), fc.array(delivery, { maxLength: 8 }), (code, picks) => {
      const deliveries: Delivery[] = [];
      const first = run(code, (open) => {
        const pick = picks[deliveries.length];
        if (pick === undefined || open.length === 0) return undefined;
        const { ordinal } = open[pick.pick % open.length]!;
        const next = pick.fails ? failure(ordinal, `no ${pick.value}`) : result(ordinal, pick.value);
        deliveries.push(next);
        return next;
      });
      let index = 0;
      assertEquals(run(code, () => deliveries[index++]), first);
    }),
    { numRuns: 60 },
  );
});

function run(
  code: string,
  next: (open: readonly EffectRequest[]) => Delivery | undefined,
): { readonly progresses: readonly Progress[]; readonly finish: unknown } {
  using scope = open(code);
  const progresses = [scope.start()];
  const waiting = new Map(progresses[0]!.requests.map((request) => [request.ordinal, request]));
  for (
    let delivery = next([...waiting.values()]);
    delivery !== undefined;
    delivery = next([...waiting.values()])
  ) {
    waiting.delete(delivery.ordinal);
    const progress = scope.deliver(delivery);
    progresses.push(progress);
    for (const request of progress.requests) waiting.set(request.ordinal, request);
  }
  return { progresses, finish: waiting.size === 0 ? scope.finish() : undefined };
}
