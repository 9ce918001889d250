import { assertEquals } from "@std/assert";
import { infiniteNumberPath } from "../../src/text/mod.ts";

Deno.test("infinite number: its place is found at any depth, and finite numbers of any size are none", () => {
  const cases: readonly (readonly [string, readonly string[] | undefined])[] = [
    ["1e999", []],
    ["-1e999", []],
    ['{"a":1,"b":[null,{"c":1e400}]}', ["b", "1", "c"]],
    ['{"__proto__":1e400}', ["__proto__"]],
    ['{"a":1e308,"b":123456789012345678901234567890,"c":5e-324,"d":"1e999","e":null}', undefined],
    [`${"[".repeat(100_000)}1e999${"]".repeat(100_000)}`, Array.from({ length: 100_000 }, () => "0")],
  ];
  for (const [json, path] of cases) {
    assertEquals(infiniteNumberPath(JSON.parse(json)), path, json.slice(0, 60));
  }
});
