import { assert, assertEquals } from "@std/assert";
import type { Encoded } from "../../src/sandbox/mod.ts";
import { open, result, start } from "../sandbox/support.ts";
import { endless, hangs, moreHangs } from "./hang_cases.ts";

const short = { runMs: 200 } as const;
/** Far more than code and its collection need, because other tests run at the same time. */
const maxMs = 8_000;

Deno.test("sandbox: any hanging code is stopped in time, and the next code runs", async (t) => {
  for (const code of [...hangs, ...moreHangs]) {
    await t.step(code.slice(0, 100), () => {
      const before = performance.now();
      start(code, { limits: short });
      assert(performance.now() - before < maxMs, `${performance.now() - before} ms`);
      assertEquals(start("Return(1)").end, { kind: "returned", value: 1 });
    });
  }
});

Deno.test("sandbox: endless code gets an error that it ran too long, and no effect of its step happens", async (t) => {
  for (const code of endless) {
    await t.step(code, () => {
      using scope = open(`await Ask(); state.x = 1; Say("user", "x");\n${code}`, { limits: short });
      assertEquals(scope.start().end, undefined);
      assertEquals(scope.deliver(result(1, null)), {
        requests: [],
        patch: {},
        notes: [],
        end: {
          kind: "threw",
          error: { name: "LimitError", message: "ran for more than 0.2 s without waiting" },
        },
      });
      assertEquals(scope.finish(), { ok: true, locals: {}, patch: {} });
    });
  }
});

Deno.test("sandbox: native work that ends in time gives the same result as without a bound on its loops", () => {
  const work = () => {
    const a = Array.from({ length: 200_000 }, (_, i) => (i * 7919) % 200_003);
    a.sort((x, y) => x - y);
    const bytes = new Uint8Array(a);
    return [
      a.at(-1),
      a.indexOf(150_000),
      String(2n ** 4_000n).length,
      "ab".repeat(1e5).replaceAll("b", "").length,
      JSON.stringify(a).length,
      /(a|b)*c/.test("ab".repeat(200) + "c"),
      bytes.slice(1, 4).join(),
      bytes.copyWithin(1, 0).fill(3, 4).slice(0, 6).join(),
    ] as const;
  };
  assertEquals(start(`Return((${work})())`).end, { kind: "returned", value: [...work()] as Encoded });
});
