import type { Kind } from "./code.ts";
import type { PyNode } from "./python_tree.ts";

/** A type of Python in TypeScript's words; `undefined` if it has no counterpart. */
export function typeText(node: PyNode | undefined): string | undefined {
  const type = node?.name === "TypeDef" ? node.kids.find(({ name }) => name !== ":") : node;
  if (type === undefined) return undefined;
  switch (type.name) {
    case "None":
      return "null";
    case "String":
      return typeOfText(type.text.slice(1, -1));
    case "VariableName":
      return typeOfText(type.text);
    case "BinaryExpression":
      return union([typeText(type.kids[0]!), typeText(type.kids.at(-1)!)]);
    case "MemberExpression":
      return memberType(type);
  }
  return undefined;
}

const names: Readonly<Record<string, string>> = {
  str: "string",
  int: "number",
  float: "number",
  bool: "boolean",
  list: "any[]",
  List: "any[]",
  tuple: "any[]",
  Tuple: "any[]",
  dict: "Record<string, any>",
  Dict: "Record<string, any>",
  set: "Set<any>",
  Set: "Set<any>",
  Any: "any",
  object: "any",
  None: "null",
  date: "Date",
  datetime: "Date",
};

function typeOfText(name: string): string | undefined {
  return names[name];
}

function union(parts: readonly (string | undefined)[]): string | undefined {
  return parts.every((part) => part !== undefined) ? parts.join(" | ") : undefined;
}

function memberType(type: PyNode): string | undefined {
  const base = type.kids[0]!.text.split(".").at(-1)!;
  const property = type.child("PropertyName");
  if (property !== undefined) return typeOfText(property.text);
  const inner = type.kids.slice(2, -1).filter(({ name }) => name !== ",");
  if (base === "Literal") {
    return inner.every(({ name }) => name === "String")
      ? inner.map(({ text }) => JSON.stringify(text.slice(1, -1))).join(" | ")
      : undefined;
  }
  const parts = inner.map((part) => typeText(part) ?? "any");
  const [first = "any", second = "any"] = parts;
  const item = first.includes("|") ? `(${first})` : first;
  switch (base.toLowerCase()) {
    case "list":
    case "sequence":
    case "iterable":
      return `${item}[]`;
    case "dict":
    case "mapping":
      return `Record<string, ${second}>`;
    case "set":
      return `Set<${first}>`;
    case "tuple":
      return `[${parts.join(", ")}]`;
    case "optional":
      return `${first} | null`;
    case "union":
      return parts.join(" | ");
  }
  return undefined;
}

/** What a hint says of a value, as {@linkcode kindOfType}. It knows a date from a time. */
export function kindOfHint(node: PyNode | undefined): Kind | undefined {
  if (node !== undefined && /^:?\s*(?:datetime\.)?date$/.test(node.text)) return { k: "day" };
  return kindOfType(typeText(node));
}

/** What a hint says of a value. Python does not enforce hints, so a number may be of both kinds. */
export function kindOfType(type: string | undefined): Kind | undefined {
  if (type === "string") return { k: "str" };
  if (type === "number") return { k: "num" };
  if (type === "boolean") return { k: "bool" };
  if (type === "Date") return { k: "date" };
  if (type?.endsWith("[]")) {
    const of = kindOfType(type.slice(0, -2));
    return { k: "list", ...(of ? { of } : {}) };
  }
  const values = /^Record<string, (.*)>$/.exec(type ?? "")?.[1];
  if (values !== undefined) {
    const of = kindOfType(values);
    return { k: "dict", ...(of ? { of } : {}) };
  }
  return type?.startsWith("Set<") ? { k: "set" } : undefined;
}
