import type { AnyNode, Identifier, Node } from "acorn";

/** The value of a literal: string, number, `true`, `false`, `null`, lists and maps of these. `undefined` for other nodes. */
export function literalValue(node: Node): { readonly value: unknown } | undefined {
  const literal = node as AnyNode;
  switch (literal.type) {
    case "Literal":
      return literal.regex !== undefined || typeof literal.value === "bigint"
        ? undefined
        : { value: literal.value };
    case "TemplateLiteral":
      return literal.expressions.length > 0 ? undefined : { value: literal.quasis[0]!.value.cooked };
    case "UnaryExpression": {
      const inner = literal.operator === "-" ? literalValue(literal.argument) : undefined;
      return typeof inner?.value === "number" ? { value: -inner.value } : undefined;
    }
    case "ArrayExpression":
      return literalList(literal.elements);
    case "ObjectExpression":
      return literalMap(literal.properties);
    default:
      return undefined;
  }
}

/** A free variable of an expression. */
interface FreeName {
  readonly name: string;
  readonly start: number;
  readonly end: number;
  /** `shorthand`: both key and value, as in `{ name }`. `used`: the code calls it or reads its member. */
  readonly role: "value" | "shorthand" | "used";
}

/** The free variables of an expression, in order; `undefined` if the expression may have an effect. */
export function freeNames(root: Node): FreeName[] | undefined {
  const found: FreeName[] = [];
  return collect(root as AnyNode, new Set(), found) ? found.sort((a, b) => a.start - b.start) : undefined;
}

/** The direct children of a syntax node. */
export function children(node: Node): AnyNode[] {
  return Object.values(node).flatMap((value: unknown) => Array.isArray(value) ? value : [value]).filter(
    isNode,
  );
}

/** All names that a declaration's pattern binds. */
export function boundNames(pattern: Node): string[] {
  const node = pattern as AnyNode;
  switch (node.type) {
    case "Identifier":
      return [node.name];
    case "AssignmentPattern":
      return boundNames(node.left);
    case "RestElement":
      return boundNames(node.argument);
    case "ArrayPattern":
      return node.elements.flatMap((element) => element === null ? [] : boundNames(element));
    case "ObjectPattern":
      return node.properties.flatMap((property) =>
        boundNames(property.type === "Property" ? property.value : property)
      );
    default:
      return [];
  }
}

/** Whether a text is a valid name of a variable. */
export function isIdentifierName(name: string): boolean {
  return /^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(name) && !reserved.has(name);
}

const reserved: ReadonlySet<string> = new Set(
  ("arguments await break case catch class const continue debugger default delete do else enum eval export extends false " +
    "finally for function if implements import in instanceof interface let new null package private protected public " +
    "return static super switch this throw true try typeof undefined var void while with yield").split(" "),
);

function literalList(elements: readonly (Node | null)[]): { readonly value: unknown } | undefined {
  const values = elements.map((element) => element === null ? undefined : literalValue(element));
  return values.includes(undefined) ? undefined : { value: values.map((entry) => entry!.value) };
}

function literalMap(properties: readonly Node[]): { readonly value: unknown } | undefined {
  const entries: [string, unknown][] = [];
  for (const node of properties) {
    const property = node as AnyNode;
    if (property.type !== "Property" || property.computed || property.kind !== "init" || property.shorthand) {
      return undefined;
    }
    const value = literalValue(property.value);
    if (value === undefined) return undefined;
    const key = property.key.type === "Identifier"
      ? property.key.name
      : String((property.key as { value?: unknown }).value);
    entries.push([key, value.value]);
  }
  return { value: Object.fromEntries(entries) };
}

/** Types of nodes that change something or run statements. A placeholder must not contain them. */
const excluded: ReadonlySet<string> = new Set([
  "AssignmentExpression",
  "UpdateExpression",
  "FunctionExpression",
  "ClassExpression",
  "SequenceExpression",
  "YieldExpression",
  "ImportExpression",
  "MetaProperty",
  "ThisExpression",
  "Super",
  "BlockStatement",
]);

function collect(node: AnyNode, bound: ReadonlySet<string>, found: FreeName[]): boolean {
  if (excluded.has(node.type) || (node.type === "UnaryExpression" && node.operator === "delete")) {
    return false;
  }
  switch (node.type) {
    case "Identifier":
      if (!bound.has(node.name)) found.push({ ...spanOf(node), role: "value" });
      return true;
    case "CallExpression":
      return collectUsed(node.callee as AnyNode, bound, found) &&
        node.arguments.every((argument) => collect(argument as AnyNode, bound, found));
    case "MemberExpression":
      return collectUsed(node.object as AnyNode, bound, found) &&
        (!node.computed || collect(node.property as AnyNode, bound, found));
    case "Property":
      if (node.shorthand && node.value.type === "Identifier") {
        const { name, start, end } = node.value;
        if (!bound.has(name)) found.push({ name, start, end, role: "shorthand" });
        return true;
      }
      return (!node.computed || collect(node.key as AnyNode, bound, found)) &&
        collect(node.value as AnyNode, bound, found);
    case "ArrowFunctionExpression": {
      const inner = new Set([...bound, ...node.params.flatMap(boundNames)]);
      return node.params.every((pattern) => pattern.type === "Identifier") &&
        collect(node.body as AnyNode, inner, found);
    }
    default:
      return children(node).every((child) => collect(child, bound, found));
  }
}

function collectUsed(node: AnyNode, bound: ReadonlySet<string>, found: FreeName[]): boolean {
  if (node.type !== "Identifier") return collect(node, bound, found);
  if (!bound.has(node.name)) found.push({ ...spanOf(node), role: "used" });
  return true;
}

function spanOf({ name, start, end }: Identifier): Omit<FreeName, "role"> {
  return { name, start, end };
}

function isNode(value: unknown): value is AnyNode {
  return typeof value === "object" && value !== null &&
    typeof (value as { type?: unknown }).type === "string" &&
    typeof (value as { start?: unknown }).start === "number";
}
