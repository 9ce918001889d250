import type { Node } from "acorn";

/** A node of a syntax tree, with the fields of its type. */
export type Loose = Node & { readonly [key: string]: unknown };

/** The nodes directly below a node, in the order of its fields. */
export function* childrenOf(node: Loose): Iterable<Loose> {
  for (const key of Object.keys(node)) {
    const value = node[key];
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child === "object" && child !== null && typeof (child as Loose).type === "string") {
        yield child as Loose;
      }
    }
  }
}

/** The name of an identifier; `""` for another node. */
export function identifierName(node: Node): string {
  return node.type === "Identifier" ? String((node as Loose)["name"]) : "";
}
