// @ts-types="#types/assert.d.ts"
import { assertEquals } from "@std/assert";
import configuration from "../../deno.json" with { type: "json" };

Deno.test("what makes machine code is compiled as the program is, else V8 would not take it", () => {
  const { command } = configuration.tasks.compile;
  const compiles = [...command.matchAll(/deno compile (?:--quiet )?(.*?) -o (\S+) (\S+)/g)];
  assertEquals(compiles.map(([, , output, file]) => [output, file]), [
    ["dist/ahead", "dist/program/ahead.js"],
    ["dist/playbooks", "dist/program/main.js"],
  ]);
  assertEquals(compiles[0]![1], compiles[1]![1]);
});
