import { assertEquals } from "@std/assert";
import { schemaOfType } from "../../../src/cli/commands/mcp/type_schema.ts";

const text = { type: "string" };
const number = { type: "number" };

const types: readonly (readonly [written: string, schema: object])[] = [
  ["string", text],
  ["str", text],
  ["int", { type: "integer" }],
  ["float", number],
  ["bool", { type: "boolean" }],
  ["None", { type: "null" }],
  ["true", { const: true }],
  ["string[]", { type: "array", items: text }],
  ["string[][]", { type: "array", items: { type: "array", items: text } }],
  ["readonly string[]", { type: "array", items: text }],
  ["(string | number)[]", { type: "array", items: { anyOf: [text, number] } }],
  ["Array<number>", { type: "array", items: number }],
  ["list[str]", { type: "array", items: text }],
  ["List[int]", { type: "array", items: { type: "integer" } }],
  ["list", { type: "array" }],
  ["tuple[int, str]", { type: "array" }],
  ["[number, string]", { type: "array" }],
  ["dict[str, int]", { type: "object", additionalProperties: { type: "integer" } }],
  ["Record<string, boolean>", { type: "object", additionalProperties: { type: "boolean" } }],
  ["{ [key: string]: number }", { type: "object", additionalProperties: number }],
  ["dict", { type: "object" }],
  ["object", { type: "object" }],
  ["{}", { type: "object" }],
  ["Optional[str]", { anyOf: [text, { type: "null" }] }],
  ["string | null", { anyOf: [text, { type: "null" }] }],
  ["| 'a' | 'b'", { enum: ["a", "b"] }],
  ['"a" | "b"', { enum: ["a", "b"] }],
  ["1 | 2 | -3.5", { enum: [1, 2, -3.5] }],
  ['Literal["x", "y"]', { enum: ["x", "y"] }],
  ["typing.Optional[int]", { anyOf: [{ type: "integer" }, { type: "null" }] }],
  ["Union[int, str]", { anyOf: [{ type: "integer" }, text] }],
  ['"it\\"s"', { const: 'it"s' }],
  ["{ name: string; tags?: string[], readonly n: number }", {
    type: "object",
    properties: { name: text, tags: { type: "array", items: text }, n: number },
    required: ["name", "n"],
  }],
  ['{ "a b": string }', { type: "object", properties: { "a b": text }, required: ["a b"] }],
  ["{ readonly: boolean }", {
    type: "object",
    properties: { readonly: { type: "boolean" } },
    required: ["readonly"],
  }],
];

Deno.test("mcp schemas: a type of TypeScript or Python becomes a JSON schema", () => {
  for (const [written, schema] of types) assertEquals([written, schemaOfType(written)], [written, schema]);
});

Deno.test("mcp schemas: a type that cannot be read permits every value, and none hangs or throws", () => {
  const unreadable = [
    ...[
      "",
      " ",
      "any",
      "unknown",
      "Order",
      "Map<",
      "{ a: ",
      "(string",
      "string)",
      "a b",
      "string | ",
      "`x${1}`",
    ],
    ...[
      "{ a string }",
      "list[str",
      "[",
      "{ [",
      "() => void",
      "keyof T",
      "string & number",
      "{ a: string } | Other",
    ],
    ...["[".repeat(1000), "(".repeat(100) + "string" + ")".repeat(100), "x|".repeat(10_000) + "x"],
  ];
  for (const written of unreadable) assertEquals([written, schemaOfType(written)], [written, {}]);
});

Deno.test("mcp schemas: a property may have any name", () => {
  const schema = schemaOfType("{ __proto__: string; constructor: number }");
  assertEquals(Object.keys(schema.properties!), ["__proto__", "constructor"]);
  assertEquals(schema.required, ["__proto__", "constructor"]);
});
