import { assert, assertEquals } from "@std/assert";
import * as fc from "fast-check";
import type { Delivery, EffectRequest, Progress, ScopeCode } from "../../src/sandbox/mod.ts";
import { failure, open, optionsFor, result, sandbox, turn } from "./support.ts";

const statement: fc.Arbitrary<string> = fc.oneof(
  ...[
    "log.push(await Ask('a'));",
    "log.push(await Promise.all([Ask(1), Ask(2), Ask(3)]));",
    "log.push(await Promise.race([Ask(1), Ask(2)]));",
    "log.push((await Promise.allSettled([Ask(1), add(2)])).map((one) => one.status));",
    "try { log.push(await Promise.any([Ask(1), Ask(2)])) } catch (e) { log.push(e.message) }",
    "try { await Ask('b') } catch (e) { log.push(e.name); throw e } finally { log.push('f') }",
    "try { await Ask('b') } catch (e) { log.push(e.name) }",
    "pending.push(Ask('later').then((x) => log.push(x), (e) => log.push(e.message)));",
    "await Promise.all(pending);",
    "Say('user', log.length);",
    "log.push(await SaveArtifact('n', 's', `${log.length}`));",
    "SaveArtifact('n', 's', 'c').then((x) => log.push(`${x}`));",
    "await Say('user', JSON.stringify(log));",
    "state.log = log;",
    "state.items.push(log.length); log.push(state.items.length);",
    "state.items.push({ at: log.length });",
    "if (state.items.length > 2) state.items.shift();",
    "state.box.n = (state.box.n ?? 0) + 1; await Ask(state.box.n);",
    "delete state.box; state.box = {};",
    "log.push(Math.random(), Date.now(), agents.all.length);",
    "Step('1'); console.log(log);",
    "for (let i = 0; i < 3; i++) await Ask(i);",
    "await null; log.push('tick');",
    "if (log.length > 6) Return(log);",
    "if (log.length > 8) throw new Error('enough');",
    "if (log.length > 9) state.bad = [() => 1];",
  ].map((text) => fc.constant(text)),
);

const program = fc.array(statement, { minLength: 1, maxLength: 12 }).map((statements) =>
  turn(`const log = [], pending = [];\n${statements.join("\n")}\nReturn([log, state.items])`)
);

const state = { items: ["x"], box: { n: 1 } };

Deno.test("replay: it gives the same as single deliveries, from every point", () => {
  fc.assert(
    fc.property(program, fc.infiniteStream(fc.nat()), fc.boolean(), (code, stream, places) => {
      const choices = stream[Symbol.iterator]();
      const choose = (below: number) => choices.next().value! % below;
      const { deliveries, progresses, finish } = runByOne(code, choose);
      for (const cut of new Set([0, 1, deliveries.length >> 1, deliveries.length])) {
        using scope = open(code, { state, places });
        const first = scope.start();
        const replayed = scope.replay(deliveries.slice(0, cut));
        const rest = replayed.end === undefined ? deliveries.slice(cut).map((one) => scope.deliver(one)) : [];
        const asked = flat([first, replayed, ...rest]);
        assertEquals(asked, places ? flat(progresses) : withoutPlaces(flat(progresses)), `cut ${cut}`);
        const ends = [first, replayed, ...rest].flatMap((one) => one.end ?? []);
        assertEquals(ends, progresses.flatMap((one) => one.end ?? []));
        // The steps after the cut are reported in the same way.
        if (replayed.end === undefined) {
          assertEquals(rest.map(({ patch, notes }) => ({ patch, notes })), tail(progresses, cut));
        }
        assertEquals(scope.finish(), finish);
      }
    }),
    { numRuns: 150 },
  );
});

Deno.test("replay: a scope restored from a snapshot continues like the original, from every point", () => {
  fc.assert(
    fc.property(program, fc.infiniteStream(fc.nat()), (code, stream) => {
      const choices = stream[Symbol.iterator]();
      const choose = (below: number) => choices.next().value! % below;
      const { deliveries, progresses, finish } = runByOne(code, choose);
      using capturedScope = open(code, { state });
      capturedScope.start();
      for (let cut = 0; cut <= deliveries.length; cut++) {
        if (cut > 0) capturedScope.deliver(deliveries[cut - 1]!);
        const snapshot = capturedScope.capture();
        const ended = progresses.slice(0, cut + 1).some(({ end }) => end !== undefined);
        if (snapshot === undefined) {
          assert(ended, `cut ${cut}`);
          return;
        }
        using scope = sandbox.restore(optionsFor(code, { state }), snapshot)!;
        const rest = deliveries.slice(cut).map((one) => scope.deliver(one));
        const expected = progresses.slice(cut + 1);
        assertEquals(
          rest.map(({ patch, notes, end }) => ({ patch, notes, end })),
          expected.map(({ patch, notes, end }) => ({ patch, notes, end })),
          `cut ${cut}`,
        );
        assertEquals(flat(rest), flat(expected));
        assertEquals(scope.finish(), finish);
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("replay: restore() refuses an invalid snapshot, and the sandbox stays usable", () => {
  const code: ScopeCode = { kind: "turn", text: "await Ask(1); Return(2)", locals: {} };
  using scope = open(code, { state });
  scope.start();
  const snapshot = scope.capture()!;
  for (let at = 0; at < snapshot.length; at += Math.ceil(snapshot.length / 50)) {
    assertEquals(
      sandbox.restore(optionsFor(code, { state }), snapshot.slice(0, at)),
      undefined,
      `cut at ${at}`,
    );
  }
  assertEquals(
    sandbox.restore(optionsFor(code, { state }), Uint8Array.from(snapshot, (byte) => byte ^ 1)),
    undefined,
  );
  assertEquals(scope.deliver(result(1, null)).end?.kind, "returned");
  assertEquals(scope.capture(), undefined, "its code is over");
});

function runByOne(code: ScopeCode, choose: (below: number) => number) {
  using scope = open(code, { state });
  const progresses: Progress[] = [scope.start()];
  const waiting: EffectRequest[] = [...progresses[0]!.requests];
  const deliveries: Delivery[] = [];
  while (waiting.length > 0 && progresses.at(-1)!.end === undefined) {
    const [{ ordinal, name }] = waiting.splice(choose(waiting.length), 1) as [EffectRequest];
    const kind = choose(9);
    const delivery = name === "SaveArtifact"
      ? result(ordinal, { $type: "asked" }, kind > 0 ? {} : { patch: { items: { append: [ordinal] } } })
      : kind === 0
      ? failure(ordinal, `no ${ordinal}`, "ModelError")
      : kind === 1
      ? result(ordinal, ordinal, { patch: { items: { value: [ordinal] } } })
      : kind === 2
      ? result(ordinal, ordinal, {
        patch: { items: { append: [ordinal] }, other: null },
        agents: [{ id: `${2000 + ordinal}`, klass: "Buyer" }],
      })
      : kind === 3
      ? result(ordinal, { $type: "undefined" })
      : result(ordinal, { at: ordinal, list: [`${ordinal}`] });
    deliveries.push(delivery);
    progresses.push(scope.deliver(delivery));
    waiting.push(...progresses.at(-1)!.requests);
  }
  return { deliveries, progresses, finish: scope.finish() };
}

function flat(progresses: readonly Progress[]): readonly EffectRequest[] {
  return progresses.flatMap(({ requests }) => requests);
}

/** Requests without their lines, as from a scope without this option. Errors still have their lines. */
function withoutPlaces(requests: readonly EffectRequest[]): EffectRequest[] {
  return requests.map(({ line: _, ...rest }) => rest);
}

function tail(progresses: readonly Progress[], cut: number) {
  return progresses.slice(cut + 1).map(({ patch, notes }) => ({ patch, notes }));
}

Deno.test("replay: it may output more in total than one step may", () => {
  using scope = open(
    "for (let i = 0; i < 3_000; i++) { Step('x'); await Say('user', 'x'.repeat(1_000)) }; Return(1)",
    {
      limits: { outputCharacters: 10_000 },
    },
  );
  scope.start();
  const { requests, end } = scope.replay(Array.from({ length: 3_000 }, (_, i) => result(i + 1, null)));
  assertEquals(requests.map(({ ordinal }) => ordinal), Array.from({ length: 2_999 }, (_, i) => i + 2));
  assertEquals(end, { kind: "returned", value: 1 });
});

Deno.test("replay: it ends with the code and ignores the remaining results", () => {
  const deliveries = Array.from({ length: 20 }, (_, i) => result(i + 1, i));
  for (
    const [code, end] of [
      ["for (let i = 0;; i++) if (await Ask() === 5) Return(i)", { kind: "returned", value: 5 }],
      ["while (await Ask() < 5);", { kind: "ended" }],
      ["while (await Ask() < 5); EndProgram()", { kind: "exited" }],
      ["for (;;) if (await Ask() === 5) for (;;);", {
        kind: "threw",
        error: { name: "LimitError", message: "ran for more than 0.1 s without waiting" },
      }],
      ["for (;;) if (await Ask() === 5) for (;;) Say('user', 1)", {
        kind: "threw",
        error: { name: "LimitError", message: "had more than 10 effects open at once", line: 1, column: 45 },
      }],
      ["for (;;) if (await Ask() === 5) state.x = { y: Symbol() }", {
        kind: "threw",
        error: { name: "DataError", message: '"state.x.y" is a symbol and cannot be kept; keep plain data' },
      }],
    ] as const
  ) {
    using scope = open(code, { limits: { runMs: 100, openRequests: 10 } });
    scope.start();
    const replayed = scope.replay(deliveries);
    using other = open(code, { limits: { runMs: 100, openRequests: 10 } });
    const one = [other.start(), ...deliveries.map((each) => other.deliver(each))];
    assertEquals(replayed.end, end, code);
    assertEquals(one.flatMap((each) => each.end ?? []), [end], code);
    assertEquals(replayed.requests, flat(one.slice(1)), code);
    assertEquals(scope.replay(deliveries).requests, []);
  }
});

Deno.test("replay: the time limit applies to each delivery alone", () => {
  const code = "for (let i = 0; i < 40; i++) { await Ask(); for (let j = 0; j < 1e5; j++); }";
  using scope = open(code, { limits: { runMs: 100 } });
  scope.start();
  const { end } = scope.replay(Array.from({ length: 40 }, (_, i) => result(i + 1, null)));
  assertEquals(end, { kind: "ended" });
});

Deno.test("replay: code that drops its results needs no more memory, however long it runs", () => {
  using scope = open("for (;;) await SaveArtifact('name', 'summary', 'content')", { state });
  scope.start();
  const sizes = [100, 3_000].map((until, index) => {
    for (let ordinal = index === 0 ? 1 : 101; ordinal <= until; ordinal++) {
      scope.deliver(result(ordinal, { $type: "asked" }));
    }
    return scope.capture()!.length;
  });
  assert(sizes[1]! < 1.05 * sizes[0]!, `${sizes}`);
});
