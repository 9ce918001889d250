import { assertEquals, assertThrows } from "@std/assert";
import * as fc from "fast-check";
import {
  decode,
  display,
  encode,
  type Encoded,
  placeholderText,
  plainText,
  Special,
} from "../../src/sandbox/mod.ts";
import { start, turn } from "./support.ts";

const special = fc.oneof(
  fc.string().map((id) => new Special("agent", { id, klass: `Class of ${id}` })),
  fc.record({ name: fc.string(), summary: fc.string(), content: fc.string() }).map((data) =>
    new Special("artifact", data)
  ),
);

const key = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.constantFrom("$type", "__proto__", "then", "toJSON", "constructor", "0"),
);

/** Any value that can be kept. */
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    fc.constantFrom<unknown>(null, undefined, true, false, NaN, Infinity, -Infinity, -0, ""),
    fc.double(),
    fc.integer(),
    fc.bigInt(),
    fc.string({ unit: "binary" }),
    fc.constantFrom("\ud800", "a\0b", "\u2028", '"\\'),
    fc.date({ noInvalidDate: false }),
    special,
    fc.array(tie("any"), { maxLength: 4 }),
    fc.sparseArray(tie("any"), { maxNumElements: 3, maxLength: 6, noTrailingHole: false }),
    fc.array(fc.tuple(key, tie("any")), { maxLength: 4 }).map((entries) => Object.fromEntries(entries)),
    fc.array(fc.tuple(tie("any"), tie("any")), { maxLength: 3 }).map((entries) => new Map(entries)),
    fc.array(tie("any"), { maxLength: 3 }).map((items) => new Set(items)),
  ),
})).any;

Deno.test("values: decode() reverses encode(), and encode() reverses decode()", () => {
  fc.assert(
    fc.property(value, (original) => {
      const encoded = encode(original);
      assertEquals(JSON.parse(JSON.stringify(encoded)), encoded);
      const decoded = decode(encoded);
      assertEquals(decoded, original);
      assertEquals(encode(decoded), encoded);
      // assertEquals does not distinguish -0 from 0.
      if (typeof original === "number") assertEquals(Object.is(decoded, original), true);
    }),
    { numRuns: 500 },
  );
});

Deno.test("values: a value passes through the sandbox unchanged", () => {
  const samples = fc.sample(value, { numRuns: 300, seed: 7 }).map(encode);
  const { end } = start(turn("Return(values.map((one) => structuredClone(one)))", { values: samples }));
  assertEquals(end?.kind, "returned");
  assertEquals(end?.kind === "returned" && end.value, samples);
});

Deno.test("values: a list keeps its holes between turns and through calls", () => {
  // deno-lint-ignore no-sparse-arrays
  for (const list of [[1, , 3], [, "x"], ["x", , ,], new Array(3), [[, 1], { a: [, 2] }]]) {
    const encoded = encode(list);
    assertEquals(holesOf(decode(encoded)), holesOf(list));
    const run = start("state.b = [state.a, 0 in state.a, 1 in state.a, state.a.length];", {
      state: { a: encoded },
    });
    assertEquals(run.patch, { b: { value: [encoded, 0 in list, 1 in list, list.length] } });
  }
});

/** The indexes that have items in a list and its nested lists. */
function holesOf(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  return [
    Array.isArray(value) && value.length,
    Object.entries(value).map(([key, item]) => [key, holesOf(item)]),
  ];
}

Deno.test("values: encode() refuses values without an encoding", () => {
  assertThrows(
    () => encode({ a: [() => 1] }),
    Error,
    '"value.a[0]" is a function and cannot be kept; keep plain data',
  );
  assertThrows(() => encode(new URL("http://x")), Error, "is an instance of URL");
});

const values: readonly [Encoded, display: string, said: string, placeholder: string][] = [
  [null, "null", "null", ""],
  [{ $type: "undefined" }, "undefined", "undefined", ""],
  ["a\nb", '"a\\nb"', "a\nb", "a\nb"],
  [1.5, "1.5", "1.5", "1.5"],
  [{ $type: "number", value: "NaN" }, "NaN", "NaN", "NaN"],
  [{ $type: "bigint", value: "12" }, "12n", "12n", "12n"],
  [
    { $type: "date", value: 0 },
    "1970-01-01T00:00:00.000Z",
    "1970-01-01T00:00:00.000Z",
    "1970-01-01T00:00:00.000Z",
  ],
  [{ $type: "date", value: null }, "Invalid Date", "Invalid Date", "Invalid Date"],
  [
    { $type: "agent", id: "1001", klass: "Buyer" },
    "Buyer (agent 1001)",
    "Buyer (agent 1001)",
    "Buyer (agent 1001)",
  ],
  [{ $type: "artifact", name: "n", summary: "s", content: "c" }, 'Artifact "n" (s)', "c", "c"],
  [
    { $type: "gone", what: "function" },
    "(a function, not kept)",
    "(a function, not kept)",
    "(a function, not kept)",
  ],
  [[1, ["a"], {}], '[1, ["a"], {}]', '[1,["a"],{}]', '[1,["a"],{}]'],
  [{ a: 1, "b c": { $type: "undefined" } }, '{a: 1, "b c": undefined}', '{"a":1}', '{"a":1}'],
  [{ $type: "map", value: [["k", 1]] }, 'Map {"k" => 1}', '{"k":1}', '{"k":1}'],
  [{ $type: "map", value: [[1, 2]] }, "Map {1 => 2}", "[[1,2]]", "[[1,2]]"],
  [{ $type: "set", value: [1, "x"] }, 'Set {1, "x"}', '[1,"x"]', '[1,"x"]'],
  [{ $type: "object", value: [["$type", "x"]] }, '{$type: "x"}', '{"$type":"x"}', '{"$type":"x"}'],
];

Deno.test("values: display(), plainText() and placeholderText() show each kind of value", () => {
  for (const [encoded, displayed, said, placeholder] of values) {
    assertEquals(display(encoded), displayed);
    assertEquals(plainText(encoded), said);
    assertEquals(placeholderText(encoded), placeholder);
  }
});

Deno.test("values: placeholderText() indents long JSON", () => {
  const list = Array.from({ length: 60 }, (_, i) => i);
  assertEquals(placeholderText(list), JSON.stringify(list, null, 2));
  assertEquals(placeholderText("[" + "x".repeat(200)), "[" + "x".repeat(200));
});

Deno.test("values: display() keeps to its bound for any value", () => {
  fc.assert(
    fc.property(value, fc.integer({ min: 1, max: 80 }), (original, maxCharacters) => {
      const text = display(encode(original), { maxCharacters });
      assertEquals(text.length <= maxCharacters, true, text);
    }),
    { numRuns: 200 },
  );
  assertEquals(display(["a".repeat(100)], { maxCharacters: 10 }), '["aaaaaaa…');
});

Deno.test("values: a value that occurs twice is kept twice, and a value that contains itself is refused with its place", () => {
  const shared = { n: 1 };
  assertEquals(decode(encode([shared, shared, [shared]])), [{ n: 1 }, { n: 1 }, [{ n: 1 }]]);
  const loop: Record<string, unknown> = { n: 1 };
  loop["self"] = [loop];
  assertThrows(() => encode(loop), Error, "contains itself");
});

Deno.test("values: an invalid date stays invalid", () => {
  assertEquals((decode(encode(new Date(NaN))) as Date).getTime(), NaN);
});
