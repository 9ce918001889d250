import { assertEquals } from "@std/assert";
import { readControl } from "../../../extras/rehearsal/control.ts";

const table: readonly (readonly [text: string, kind: string, negated: boolean])[] = [
  ["If $x is 3, say hello", "if", false],
  ["Unless $x is 3, say hello", "if", true],
  ["While $x is below 3, count", "while", false],
  ["Until $x is 3, count", "while", true],
  ["Repeat until $x is 3", "while", true],
];

Deno.test("control: unless and until mean the opposite of if and while", () => {
  for (const [text, kind, negated] of table) {
    const control = readControl(text);
    assertEquals([control.kind, "negated" in control && control.negated], [kind, negated], text);
  }
});
