import { assert, assertEquals } from "@std/assert";
import { typeOfSchema } from "../../src/tools/schema_types.ts";
import type { Json } from "../../src/tools/tool.ts";

for (const name of ["object", "t"]) {
  Deno.test(`schema types: long lists of types inside of each other are read at once: ${name}`, () => {
    let schema: Json = { type: "string" };
    for (let depth = 0; depth < 4; depth++) {
      const type = Array.from({ length: 500 }, (_, index) => name === "object" ? name : `${name}${index}`);
      schema = { type, properties: { a: schema } };
    }
    const fromMs = performance.now();
    assertEquals(
      typeOfSchema(schema),
      name === "object" ? "{ a?: { a?: { a?: { a?: unknown } } } }" : "unknown",
    );
    const tookMs = performance.now() - fromMs;
    assert(tookMs < 2000, `It took ${Math.round(tookMs)} ms`);
  });
}

Deno.test("schema types: a list of types is a union of them, each once", () => {
  assertEquals(typeOfSchema({ type: ["string", "null", "string"] }), "string | null");
  assertEquals(typeOfSchema({ type: ["integer", "number"] }), "number");
  assertEquals(typeOfSchema({ type: ["string", "date"] }), "unknown");
  assertEquals(typeOfSchema({ type: ["string", 7] }), "unknown");
});
