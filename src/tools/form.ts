import { createHash } from "node:crypto";
import type { FormField, ToolQuestion } from "./tool.ts";

/** Fields of one form. */
const maxFields = 30;
const maxMessage = 4000;
const maxOptions = 100;

type Schema = Readonly<Record<string, unknown>>;

/** A question from the parameters of `elicitation/create`; `undefined` for a form that a person cannot fill in here. */
export function questionOfServer(
  params: Readonly<Record<string, unknown>>,
  id: string,
): ToolQuestion | undefined {
  if (params["mode"] !== undefined && params["mode"] !== "form") return undefined;
  const schema = asSchema(params["requestedSchema"]);
  const required = new Set(Array.isArray(schema["required"]) ? schema["required"] as readonly unknown[] : []);
  const properties = Object.entries(asSchema(schema["properties"]));
  if (properties.length > maxFields) return undefined;
  const fields: FormField[] = [];
  for (const [name, property] of properties) {
    const field = fieldOf(name, asSchema(property), required.has(name));
    if (field === undefined) return undefined;
    fields.push(field);
  }
  const message = String(params["message"] ?? "").slice(0, maxMessage);
  return { id: `${id}${hashOf([message, schema])}`, message, fields };
}

function fieldOf(name: string, schema: Schema, required: boolean): FormField | undefined {
  const { type } = schema;
  const base = {
    name,
    required,
    ...textsOf(schema, ["title", "description", "pattern", "format"]),
    ...numbersOf(schema, ["minimum", "maximum", "minLength", "maxLength"]),
    ...("default" in schema ? { default: schema["default"] as NonNullable<FormField["default"]> } : {}),
  };
  if (type === "array") {
    const options = optionsOf(asSchema(schema["items"]));
    return options && { ...base, type: "choices", options };
  }
  const options = optionsOf(schema);
  if (options) return { ...base, type: "choice", options };
  if (type === "string" || type === "number" || type === "integer" || type === "boolean") {
    return { ...base, type };
  }
  return undefined;
}

function optionsOf(schema: Schema): FormField["options"] {
  const { enum: values, enumNames, oneOf, anyOf } = schema;
  if (Array.isArray(values)) {
    const names = Array.isArray(enumNames) ? enumNames : [];
    return values.slice(0, maxOptions).map((value, index) => ({
      value: String(value),
      title: String(names[index] ?? value),
    }));
  }
  const titled = Array.isArray(oneOf) ? oneOf : Array.isArray(anyOf) ? anyOf : undefined;
  return titled?.slice(0, maxOptions).map((each) => {
    const { const: value, title } = asSchema(each);
    return { value: String(value), title: String(title ?? value) };
  });
}

function textsOf(schema: Schema, keys: readonly string[]): Readonly<Record<string, string>> {
  return Object.fromEntries(
    keys.flatMap((key) => typeof schema[key] === "string" ? [[key, schema[key]]] : []),
  );
}

function numbersOf(schema: Schema, keys: readonly string[]): Readonly<Record<string, number>> {
  return Object.fromEntries(
    keys.flatMap((key) => typeof schema[key] === "number" ? [[key, schema[key]]] : []),
  );
}

function asSchema(value: unknown): Schema {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? value as Schema : {};
}

function hashOf(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 16);
}
