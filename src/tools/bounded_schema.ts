import type { JsonObject } from "./tool.ts";

/**
 * A copy of a server's schema that is checked within a bound of time. A server can name expressions that run for ever on a
 * short text, and references that double the work at each step. Parts without a bound are left out, so a value that the
 * schema refuses may pass; a value that it accepts is never refused.
 *
 * `check` is called for each value that is checked, and may throw: the library reads `$ref` each time.
 */
export function boundedSchema(schema: JsonObject, check: () => void): JsonObject {
  const isWhole = !hasUnbounded(schema);
  return copied(schema) as JsonObject;

  function copied(each: unknown): unknown {
    if (!isSchema(each)) return each;
    const { $ref, ...fields } = each;
    const kept = Object.entries(fields).filter(([key, value]) =>
      !isUnbounded(key, value) && (isWhole || !needsWhole.has(key)) &&
      (each["patternProperties"] === undefined || key !== "additionalProperties")
    );
    const copy = Object.fromEntries(kept.map(([key, value]) => [key, copiedPart(key, value)]));
    return Object.defineProperty(copy, "$ref", {
      enumerable: $ref !== undefined,
      get: () => {
        check();
        return $ref;
      },
    });
  }

  function copiedPart(key: string, value: unknown): unknown {
    if (dataKeywords.has(key)) return value;
    if (Array.isArray(value)) return value.map(copied);
    if (!mapKeywords.has(key)) return copied(value);
    return isSchema(value)
      ? Object.fromEntries(Object.entries(value).map(([name, each]) => [name, copied(each)]))
      : value;
  }
}

function hasUnbounded(schema: unknown): boolean {
  if (!isSchema(schema)) return false;
  return Object.entries(schema).some(([key, value]) => {
    if (isUnbounded(key, value)) return true;
    if (dataKeywords.has(key)) return false;
    if (Array.isArray(value)) return value.some(hasUnbounded);
    if (mapKeywords.has(key)) return isSchema(value) && Object.values(value).some(hasUnbounded);
    return hasUnbounded(value);
  });
}

/** Whether the time of a keyword's check grows faster than the value. */
function isUnbounded(key: string, value: unknown): boolean {
  if (key === "format") return !boundedFormats.has(String(value));
  return key === "pattern" || key === "patternProperties" || key === "uniqueItems";
}

function isSchema(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Formats whose check in the library takes time in proportion to the text. */
const boundedFormats: ReadonlySet<string> = new Set([
  "date",
  "time",
  "date-time",
  "email",
  "hostname",
  "ipv4",
  "ipv6",
  "uuid",
]);

/** Keywords that refuse more if a part below them is left out. */
const needsWhole: ReadonlySet<string> = new Set([
  "not",
  "oneOf",
  "if",
  "then",
  "else",
  "maxContains",
  "unevaluatedItems",
  "unevaluatedProperties",
]);

/** Keywords whose value is no schema. */
const dataKeywords: ReadonlySet<string> = new Set(["const", "default", "enum", "examples"]);

/** Keywords whose value has a schema for each name. */
const mapKeywords: ReadonlySet<string> = new Set([
  "$defs",
  "definitions",
  "dependentSchemas",
  "patternProperties",
  "properties",
]);
