import { assert, assertStringIncludes } from "@std/assert";
import { argumentFault } from "../../src/tools/arguments.ts";

Deno.test("tool arguments: a long report of the validator is put into words at once", () => {
  for (
    const part of [
      "Property ",
      "Items ",
      '#/a: Instance type "string" is invalid. Expected "number".; ',
      "; ",
      "#",
    ]
  ) {
    const fromMs = performance.now();
    assertStringIncludes(argumentFault(`#/a: ${part.repeat(50_000)}`), "a");
    const tookMs = performance.now() - fromMs;
    assert(tookMs < 5000, `${part} took ${Math.round(tookMs)} ms`);
  }
});
