import { assertEquals } from "@std/assert";
import { computableCondition, conditionHolds } from "../../src/language/condition.ts";

const cases: Readonly<Record<string, string | undefined>> = {
  "When $x > 15": "$x > 15",
  "$attempts >= 3 and not $ok": "($attempts >= 3) && (!($ok))",
  "When $balance is negative": "$balance < 0",
  "Once $status is 'done'": "$status == 'done'",
  'When $status is "not in stock"': '$status == "not in stock"',
  "When $x is greater than 15.": "$x > 15",
  "As soon as $n reaches 3": "$n >= 3",
  "If $x = 3": "$x == 3",
  "When $items is empty": "($items).length == 0",
  "When len($items) > 2 or $items[-1] == 'x'": "(($items).length > 2) || ($items[-1] == 'x')",
  "When $status not in ['a', 'b']": "!($status in ['a', 'b'])",
  "When $user.age is below 18": "$user.age < 18",
  "When $name is not given": "$name == null",
  "When $ok is True": "$ok == true",
  "When $x > 15 and the user is angry": undefined,
  "When $email is not valid": undefined,
  "When the balance is negative": undefined,
  "When 2 > 1": undefined,
  "When $x.constructor('a')": undefined,
  "When $x = (": undefined,
};

Deno.test("condition: a trigger over variables becomes an expression, and any other text is for a model", () => {
  for (const [text, expected] of Object.entries(cases)) {
    assertEquals([text, computableCondition(text)], [text, expected]);
  }
});

Deno.test("condition: it holds by the values of its variables, and not while none has a value", () => {
  const holds = (source: string, values: Readonly<Record<string, unknown>>) =>
    conditionHolds(source, (name) => values[name]);
  assertEquals(holds("$x > 15", { x: 16 }), true);
  assertEquals(holds("$x > 15", { x: "16" }), true);
  assertEquals(holds("$x > 15", {}), false);
  assertEquals(holds("!($ok)", {}), false);
  assertEquals(holds("!($ok)", { ok: false }), true);
  assertEquals(holds("($attempts >= 3) && (!($ok))", { attempts: 3 }), true);
  assertEquals(holds("1 < $x < 5", { x: 7 }), false);
  assertEquals(holds("1 < $x < 5", { x: 3 }), true);
  assertEquals(holds("$x <= 0", { x: null }), false);
  assertEquals(holds("($items).length > 2", { items: [1, 2, 3] }), true);
  assertEquals(holds("$a in ['x', 'y']", { a: "y" }), true);
  assertEquals(holds("$user.age >= 18", { user: { age: 20 } }), true);
  assertEquals(holds("$user.constructor != null", { user: {} }), false);
});
