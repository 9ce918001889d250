import { assertEquals } from "@std/assert";
import { counted } from "../../src/frontends/counted.ts";

Deno.test("counted: one has a singular noun, and a large number is grouped", () => {
  assertEquals(counted(1, "turn"), "1 turn");
  assertEquals(counted(0, "turn"), "0 turns");
  assertEquals(counted(1, "entry", "entries"), "1 entry");
  assertEquals(counted(12345, "entry", "entries"), "12,345 entries");
});
