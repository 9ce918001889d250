import { decode, type Encoded, Special } from "../sandbox/mod.ts";
import type { Json } from "../tools/mod.ts";

/** A value as plain JSON: dates as ISO texts, maps as objects, artifacts as their texts. */
export function encodedAsJson(value: Encoded): Json {
  return plainJson(decode(value));
}

function plainJson(value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (typeof value === "bigint") return Number(value);
  if (typeof value !== "object") return value as Json;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Special) return specialJson(value);
  if (value instanceof Map) {
    return Object.fromEntries([...value].map(([key, each]) => [String(key), plainJson(each)]));
  }
  if (value instanceof Set) return [...value].map(plainJson);
  if (Array.isArray(value)) return value.map(plainJson);
  const present = Object.entries(value).filter(([, each]) => each !== undefined);
  return Object.fromEntries(present.map(([key, each]) => [key, plainJson(each)]));
}

function specialJson({ type, data }: Special): Json {
  switch (type) {
    case "artifact":
      return String(data["content"]);
    case "response":
      return String(data["body"]);
    case "agent":
      return String(data["id"]);
    case "gone":
      return null;
  }
}
