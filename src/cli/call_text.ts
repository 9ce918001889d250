import { type Expression, parseExpressionAt, type SpreadElement } from "acorn";
import { encode, type Encoded } from "../sandbox/mod.ts";
import { usageError } from "./usage_error.ts";

/** The call that `--call` names. */
interface CallText {
  readonly playbook: string;
  readonly args: readonly Encoded[];
  /** The names in `Name(a=1)`, which `args` has as one object. Absent if the arguments stand by position. */
  readonly names?: readonly string[];
}

/**
 * Reads `Name`, `Name()`, `Name(1, "text", {a: [true]})` or `Name(a=1)`: a playbook and literal arguments. For any other
 * text, throws a `PlaybooksError` (exit code 2) that shows the place.
 */
export function parseCallText(text: string): CallText {
  const match = /^\s*([^()]+?)\s*(\(.*\))?\s*$/s.exec(text);
  if (!match) throw callError(text, "it is not a call");
  const list = match[2];
  if (list === undefined) return { playbook: match[1]!, args: [] };
  try {
    const call = parseExpressionAt(`f${list}`, 0, { ecmaVersion: "latest" });
    if (call.type !== "CallExpression" || call.end !== list.length + 1) {
      throw new SyntaxError("it is not a call");
    }
    return { playbook: match[1]!, ...argumentsOf(call.arguments) };
  } catch (error) {
    throw callError(text, (error as Error).message.replace(/ \(\d+:\d+\)$/, ""));
  }
}

function callError(text: string, why: string): Error {
  return usageError(
    `--call '${text}' cannot be read: ${why}; say --call 'Name("text", 3)' with literal arguments`,
  );
}

/** Arguments by position, or all by name, as steps write them: `$a=1` or `a=1`. They are one object then. */
function argumentsOf(nodes: readonly (Expression | SpreadElement)[]): Omit<CallText, "playbook"> {
  const named = nodes.flatMap((node) =>
    node.type === "AssignmentExpression" && node.operator === "=" && node.left.type === "Identifier"
      ? [[node.left.name.replace(/^\$/, ""), literal(node.right)] as const]
      : []
  );
  if (named.length === 0) return { args: nodes.map((each) => encode(literal(each))) };
  if (named.length < nodes.length) {
    throw new SyntaxError("it gives some arguments by name and others by position");
  }
  const names = named.map(([name]) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw new SyntaxError(`it gives ${twice} twice`);
  return { args: [encode(Object.fromEntries(named))], names };
}

function literal(node: Expression | SpreadElement): unknown {
  switch (node.type) {
    case "Literal":
      if (
        typeof node.value === "string" || typeof node.value === "number" || typeof node.value === "boolean"
      ) {
        return node.value;
      }
      if (node.value === null && node.raw === "null") return null;
      break;
    case "TemplateLiteral":
      if (node.expressions.length === 0) return node.quasis[0]?.value.cooked ?? "";
      break;
    case "UnaryExpression": {
      const value = literal(node.argument);
      if (node.operator === "-" && typeof value === "number") return -value;
      break;
    }
    case "ArrayExpression":
      return node.elements.map((element) => element === null ? null : literal(element));
    case "ObjectExpression": {
      const record: Record<string, unknown> = {};
      for (const property of node.properties) {
        if (property.type !== "Property" || property.computed || property.kind !== "init") break;
        const key = property.key.type === "Identifier"
          ? property.key.name
          : String(literal(property.key as Expression));
        record[key] = literal(property.value as Expression);
      }
      if (Object.keys(record).length === node.properties.length) return record;
      break;
    }
  }
  throw new SyntaxError("its arguments are not all literals");
}
