import type { Json, JsonObject } from "./tool.ts";

/** A parameter of a tool, from its schema. */
interface ToolParameter {
  readonly name: string;
  /** A TypeScript type. */
  readonly type: string;
  readonly optional: boolean;
}

/** The parameters of a tool, in the order of its schema. */
export function parametersOfSchema(input: JsonObject): readonly ToolParameter[] {
  const properties = objectAt(input, "properties");
  const required = new Set(listAt(input, "required"));
  return Object.entries(properties).map(([name, schema]) => ({
    name,
    type: typeOfSchema(schema, 0),
    optional: !required.has(name),
  }));
}

/** The longest type in a declaration. */
const maxTypeCharacters = 200;
const maxDepth = 3;
const maxProperties = 12;

/** A short TypeScript type for a JSON schema. */
export function typeOfSchema(schema: Json | undefined, depth = 0): string {
  const type = longTypeOf(schema, depth);
  return type.length <= maxTypeCharacters ? type : /^\{/.test(type) ? "object" : "unknown";
}

function longTypeOf(schema: Json | undefined, depth: number): string {
  if (!isObject(schema) || depth > maxDepth) return "unknown";
  const { enum: choices, const: only, type } = schema;
  if (only !== undefined) return literal(only);
  if (Array.isArray(choices) && choices.length > 0) return unionOf(choices.map(literal));
  for (const key of ["anyOf", "oneOf"]) {
    const parts = schema[key];
    if (Array.isArray(parts)) return unionOf(parts.map((part) => typeOfSchema(part, depth + 1)));
  }
  if (Array.isArray(type)) {
    // Each name once: the fields below have such lists, too.
    const names = [...new Set(type)];
    if (!names.every((each) => typeNames.has(each))) return "unknown";
    return unionOf(names.map((each) => typeOfSchema({ ...schema, type: each }, depth)));
  }
  switch (type) {
    case "string":
      return "string";
    case "number":
    case "integer":
      return "number";
    case "boolean":
      return "boolean";
    case "null":
      return "null";
    case "array": {
      const item = typeOfSchema(schema["items"], depth + 1);
      return /^[\w"]+$/.test(item) ? `${item}[]` : `(${item})[]`;
    }
  }
  if (type !== "object" && schema["properties"] === undefined) return "unknown";
  const properties = Object.entries(objectAt(schema, "properties"));
  if (properties.length === 0 || properties.length > maxProperties) return "object";
  const required = new Set(listAt(schema, "required"));
  const fields = properties.map(([name, field]) => {
    const key = /^[A-Za-z_$][\w$]*$/.test(name) ? name : JSON.stringify(name);
    return `${key}${required.has(name) ? "" : "?"}: ${typeOfSchema(field, depth + 1)}`;
  });
  return `{ ${fields.join("; ")} }`;
}

const typeNames: ReadonlySet<Json> = new Set([
  "array",
  "boolean",
  "integer",
  "null",
  "number",
  "object",
  "string",
]);

function literal(value: Json): string {
  return typeof value === "object" && value !== null ? "object" : JSON.stringify(value);
}

function unionOf(types: readonly string[]): string {
  const distinct = [...new Set(types)];
  return distinct.includes("unknown") ? "unknown" : distinct.join(" | ");
}

function objectAt(schema: JsonObject, key: string): JsonObject {
  const value = schema[key];
  return isObject(value) ? value : {};
}

function listAt(schema: JsonObject, key: string): readonly Json[] {
  const value = schema[key];
  return Array.isArray(value) ? value : [];
}

function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
