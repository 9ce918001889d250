import { assertEquals, assertThrows } from "@std/assert";
import { parseCallText } from "../../src/cli/call_text.ts";
import { exitCodes, PlaybooksError } from "../../src/errors.ts";

Deno.test("call text: arguments stand by position, or all by name as steps write them", () => {
  const args = (text: string) => parseCallText(text).args;
  assertEquals(parseCallText(" Get tax rate ( 1 ) "), { playbook: "Get tax rate", args: [1] });
  assertEquals(args("P"), []);
  assertEquals(args('P(1, "a", [true, null], {b: -2})'), [1, "a", [true, null], { b: -2 }]);
  assertEquals(args("P(a=3)"), [{ a: 3 }]);
  assertEquals(args('P($a = 3, b="x=1", ставка=[1])'), [{ a: 3, b: "x=1", ставка: [1] }]);
  assertEquals(parseCallText("P($a=3, b=1)").names, ["a", "b"]);
  assertEquals(args("P($type=1)"), [{ type: 1 }]);
  assertEquals(args("P(__proto__=1)").map((each) => JSON.stringify(each)), ['{"__proto__":1}']);
});

Deno.test("call text: the error for another text says what is wrong with it", () => {
  const cases = [
    ["P(1, b=2)", "it gives some arguments by name and others by position"],
    ["P(b=2, 1)", "it gives some arguments by name and others by position"],
    ["P(a=b)", "its arguments are not all literals"],
    ["P(a+=1)", "its arguments are not all literals"],
    ["P(a.b=1)", "its arguments are not all literals"],
    ["P(a=1, $a=2)", "it gives a twice"],
    ["P(1) + 2", "it is not a call"],
  ] as const;
  for (const [text, why] of cases) {
    const error = assertThrows(() => parseCallText(text), PlaybooksError);
    assertEquals(error.exitCode, exitCodes.usage);
    assertEquals(error.message.includes(`--call '${text}' cannot be read: ${why}`), true, error.message);
  }
});
