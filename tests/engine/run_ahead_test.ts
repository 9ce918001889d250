import { assertEquals } from "@std/assert";
import { type SessionCommand, takeKnownResult } from "../../src/engine/command.ts";

const known: SessionCommand = { kind: "deliver", frame: "1", isKnown: true };
const fromOutside: SessionCommand = { kind: "deliver", frame: "2" };
const other: SessionCommand = { kind: "check-agent", agent: "1000" };

Deno.test("run ahead: only results that follow from the state are taken, and none from behind another one", () => {
  const both = [other, known, other, fromOutside, known];
  assertEquals(takeKnownResult(both), "1");
  assertEquals(both, [other, other, fromOutside, known]);
  assertEquals(takeKnownResult(both), undefined);
  assertEquals(both, [other, other, fromOutside, known], "what waits stays in its place");
  assertEquals(takeKnownResult([other]), undefined);
  assertEquals(takeKnownResult([]), undefined);
});
