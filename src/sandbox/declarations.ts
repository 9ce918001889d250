import type { Node } from "acorn";

/** The names that a function's body declares. Includes hoisted `var`s, excludes the insides of nested functions. */
export interface Declarations {
  readonly names: ReadonlySet<string>;
  readonly functions: ReadonlySet<string>;
  readonly constants: ReadonlySet<string>;
  /** The offset of each name's first declaration. */
  readonly offsets: ReadonlyMap<string, number>;
}

type Loose = Node & { readonly [key: string]: unknown };

/** Collects the declarations of a program or of a function's block. */
export function declarationsOf(body: Node): Declarations {
  const functions = new Set<string>();
  const constants = new Set<string>();
  const offsets = new Map<string, number>();
  const add = (name: string, offset: number) => {
    if (!offsets.has(name)) offsets.set(name, offset);
  };
  for (const statement of (body as Loose)["body"] as Loose[]) {
    if (statement.type === "FunctionDeclaration" || statement.type === "ClassDeclaration") {
      for (const name of patternNames(statement["id"] as Node)) {
        add(name, statement.start);
        if (statement.type === "FunctionDeclaration") functions.add(name);
      }
    } else if (statement.type === "VariableDeclaration") {
      for (const declarator of statement["declarations"] as Loose[]) {
        for (const name of patternNames(declarator["id"] as Node)) {
          add(name, declarator.start);
          if (statement["kind"] === "const") constants.add(name);
        }
      }
    }
    hoist(statement, 0);
  }
  return { names: new Set(offsets.keys()), functions, constants, offsets };

  function hoist(node: Loose, depth: number): void {
    if (depth > 300 || /Function|Class/.test(node.type)) return;
    if (node.type === "VariableDeclaration" && node["kind"] === "var") {
      for (const declarator of node["declarations"] as Loose[]) {
        for (const name of patternNames(declarator["id"] as Node)) add(name, declarator.start);
      }
    }
    // Only statements can hold a `var`.
    if (/Expression$/.test(node.type)) return;
    for (const key of Object.keys(node)) {
      const value = node[key];
      for (const child of Array.isArray(value) ? value : [value]) {
        if (typeof child === "object" && child !== null && typeof (child as Loose).type === "string") {
          hoist(child as Loose, depth + 1);
        }
      }
    }
  }
}

/** The names that a binding or assignment pattern binds. Members of objects are not names. */
export function patternNames(pattern: Node): readonly string[] {
  const node = pattern as Loose;
  switch (node.type) {
    case "Identifier":
      return [node["name"] as string];
    case "ObjectPattern":
      return (node["properties"] as Loose[]).flatMap((property) =>
        patternNames((property["value"] ?? property["argument"]) as Node)
      );
    case "ArrayPattern":
      return (node["elements"] as (Node | null)[]).flatMap((item) => item === null ? [] : patternNames(item));
    case "RestElement":
      return patternNames(node["argument"] as Node);
    case "AssignmentPattern":
      return patternNames(node["left"] as Node);
    default:
      return [];
  }
}
