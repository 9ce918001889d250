import { assert, assertEquals, assertRejects } from "@std/assert";
import { fuzz, FuzzFailure } from "./fuzz.ts";
import { type Target, targets } from "./targets.ts";

for (const target of targets) {
  Deno.test(`fuzz: the ${target.name} gives a result or a problem for mutated bytes in bounded time`, async () => {
    const { executions } = await fuzz(target, { seconds: 2.5, seed: 1 });
    assert(executions > 100, `only ${executions}`);
  });
}

Deno.test("fuzz: it finds a failure behind conditions that no input of its corpus meets", async () => {
  const found: string[] = [];
  const target: Target = {
    name: "planted fault",
    corpus: [new TextEncoder().encode("aaaaaaaa")],
    dictionary: ["b", "c"],
    read: (bytes) => {
      const text = new TextDecoder().decode(bytes);
      if (text.startsWith("b")) {
        if (text.includes("cb")) {
          found.push(text);
          throw new RangeError("planted");
        }
      }
    },
  };
  const error = await assertRejects(() => fuzz(target, { seconds: 20, seed: 1 }), FuzzFailure, "planted");
  assertEquals(new TextDecoder().decode(error.input), found[0]);
});
