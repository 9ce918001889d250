import type { Encoded } from "../values.ts";

/** Formats a value as a short text for prompts and traces: like JSON, with `…` at each cut. */
export function display(encoded: Encoded, options: { readonly maxCharacters?: number } = {}): string {
  const { maxCharacters = 400 } = options;
  let left = maxCharacters;
  const text = show(encoded);
  return text.length <= maxCharacters ? text : cut(text, Math.max(0, maxCharacters - 1)) + "…";

  function show(value: Encoded): string {
    // Stop at the bound, so that the time does not depend on the size of the value.
    if (left <= 0) return "…";
    if (typeof value === "string") {
      const text = JSON.stringify(value.length > left ? cut(value, left) + "…" : value);
      left -= text.length;
      return text;
    }
    if (typeof value !== "object" || value === null) return spend(String(value));
    if (isList(value)) return `[${each(value, show)}]`;
    switch (value["$type"]) {
      case undefined:
        return `{${each(Object.entries(value), ([key, item]) => `${showKey(key)}: ${show(item)}`)}}`;
      case "map":
        return `Map {${
          each(value["value"] as [Encoded, Encoded][], ([key, item]) => `${show(key)} => ${show(item)}`)
        }}`;
      case "set":
        return `Set {${each(value["value"] as Encoded[], show)}}`;
      case "object":
        return `{${
          each(value["value"] as [string, Encoded][], ([key, item]) => `${showKey(key)}: ${show(item)}`)
        }}`;
      case "artifact":
        return spend(`Artifact ${JSON.stringify(value["name"])} (${String(value["summary"])})`);
      default:
        return spend(typedText(value));
    }
  }

  function each<T>(items: readonly T[], showItem: (item: T) => string): string {
    const texts: string[] = [];
    for (const item of items) {
      texts.push(showItem(item));
      if (left <= 0 && texts.length < items.length) {
        texts.push("…");
        break;
      }
      left -= 2;
    }
    return texts.join(", ");
  }

  function showKey(key: string): string {
    return spend(/^[A-Za-z_$][\w$]*$/.test(key) ? key : JSON.stringify(key));
  }

  function spend(text: string): string {
    left -= text.length;
    return text;
  }
}

/** The first characters of a text, without half of a surrogate pair. */
function cut(text: string, length: number): string {
  return text.slice(0, length).replace(/[\ud800-\udbff]$/, "");
}

/** Formats a value for `Say`: a string as it is, an artifact as its content, other objects as JSON. */
export function plainText(encoded: Encoded): string {
  if (typeof encoded === "string") return encoded;
  if (typeof encoded !== "object" || encoded === null) return String(encoded);
  if (!isList(encoded)) {
    const type = encoded["$type"];
    if (type === "artifact") return String(encoded["content"]);
    if (typeof type === "string" && type !== "map" && type !== "set" && type !== "object") {
      return typedText(encoded);
    }
  }
  return JSON.stringify(jsonValue(encoded));
}

/** Formats a placeholder's value: nothing for null and undefined, indented long JSON, else {@linkcode plainText}. */
export function placeholderText(encoded: Encoded): string {
  if (encoded === null) return "";
  if (typeof encoded === "object" && !isList(encoded) && encoded["$type"] === "undefined") return "";
  const text = plainText(encoded);
  const isJson = typeof encoded === "object" && /^[[{]/.test(text) && text.length > 100 &&
    (isList(encoded) || [undefined, "map", "set", "object"].includes(encoded["$type"] as string | undefined));
  return isJson ? JSON.stringify(jsonValue(encoded), null, 2) : text;
}

function typedText(value: { readonly [key: string]: Encoded }): string {
  switch (value["$type"]) {
    case "undefined":
    case "hole":
      return "undefined";
    case "number":
      return String(value["value"]);
    case "bigint":
      return `${value["value"]}n`;
    case "date":
      return typeof value["value"] === "number" ? new Date(value["value"]).toISOString() : "Invalid Date";
    case "agent":
      return `${value["klass"]} (agent ${value["id"]})`;
    case "response":
      return `Response ${value["status"]} ${value["url"]}`;
    case "gone":
      return `(a ${value["what"]}, not kept)`;
    default:
      return JSON.stringify(value);
  }
}

function jsonValue(encoded: Encoded): unknown {
  if (typeof encoded !== "object" || encoded === null) return encoded;
  if (isList(encoded)) return encoded.map(jsonValue);
  switch (encoded["$type"]) {
    case undefined:
      return record(Object.entries(encoded));
    case "object":
      return record(encoded["value"] as [string, Encoded][]);
    case "undefined":
    case "hole":
      return undefined;
    case "map": {
      const entries = encoded["value"] as [Encoded, Encoded][];
      return entries.every(([key]) => typeof key === "string")
        ? record(entries as [string, Encoded][])
        : entries.map(jsonValue);
    }
    case "set":
      return (encoded["value"] as Encoded[]).map(jsonValue);
    case "artifact": {
      const { $type: _, ...fields } = encoded;
      return fields;
    }
    default:
      return typedText(encoded);
  }
}

/** Makes an object of entries. `Object.fromEntries` defines keys, so `__proto__` stays an ordinary key. */
function record(entries: [string, Encoded][]): Record<string, unknown> {
  return Object.fromEntries(entries.map(([key, item]) => [key, jsonValue(item)]));
}

function isList(encoded: Encoded): encoded is readonly Encoded[] {
  return Array.isArray(encoded);
}
