import { type AnyNode, type Node, parseExpressionAt } from "acorn";
import { operatorsOfWords } from "./condition_words.ts";

/** Longer texts are prose. */
const maxConditionLength = 500;

/**
 * The condition of a trigger as JavaScript over `$` variables, if it can be computed: `When $x is greater than 15` gives
 * `$x > 15`. `undefined` if only a model can decide it.
 */
export function computableCondition(text: string): string | undefined {
  if (text.length > maxConditionLength || !/\$[A-Za-z_]/.test(text)) return undefined;
  const bare = text.replace(/^(?:when(?:ever)?|if|once|as soon as|while)\s+(?:the value of\s+)?/i, "")
    .replace(/[.,:;!\s]+$/, "");
  const source = operatorsOfWords(bare);
  return source !== undefined && parseCondition(source) ? source : undefined;
}

/** Conditions by their text. A program has few. */
const parsed = new Map<string, AnyNode | undefined>();
const maxParsed = 1000;

function parseCondition(source: string): AnyNode | undefined {
  if (parsed.has(source)) return parsed.get(source);
  if (parsed.size >= maxParsed) parsed.clear();
  let node: AnyNode | undefined;
  try {
    const found = parseExpressionAt(source, 0, { ecmaVersion: "latest" }) as AnyNode;
    const isWhole = /^[\s)]*$/.test(source.slice(found.end));
    if (isWhole && isComputable(found) && namesIn(found).length > 0) node = found;
  } catch {
    // The text is prose.
  }
  parsed.set(source, node);
  return node;
}

const binaryOperators: ReadonlySet<string> = new Set(
  ["<", ">", "<=", ">=", "==", "!=", "===", "!==", "+", "-", "*", "/", "%", "in"],
);

function isComputable(node: Node | null): boolean {
  const each = node as AnyNode;
  switch (each?.type) {
    case "Literal":
      return !("regex" in each && each.regex) && typeof each.value !== "bigint";
    case "Identifier":
      return /^\$[A-Za-z_]/.test(each.name) || each.name === "undefined";
    case "UnaryExpression":
      return ["!", "-", "+"].includes(each.operator) && isComputable(each.argument);
    case "BinaryExpression":
      return binaryOperators.has(each.operator) && isComputable(each.left) && isComputable(each.right);
    case "LogicalExpression":
      return isComputable(each.left) && isComputable(each.right);
    case "MemberExpression":
      return isComputable(each.object) &&
        (each.computed ? isComputable(each.property) : each.property.type === "Identifier");
    case "ArrayExpression":
      return each.elements.every(isComputable);
    default:
      return false;
  }
}

/** The variables of a condition, without `$`. */
export function variablesOfCondition(source: string): readonly string[] {
  const node = parseCondition(source);
  return node === undefined ? [] : namesIn(node);
}

function namesIn(node: AnyNode): readonly string[] {
  switch (node.type) {
    case "Identifier":
      return node.name.startsWith("$") ? [node.name.slice(1)] : [];
    case "UnaryExpression":
      return namesIn(node.argument);
    case "BinaryExpression":
    case "LogicalExpression":
      return [...namesIn(node.left as AnyNode), ...namesIn(node.right)];
    case "MemberExpression":
      return [
        ...namesIn(node.object as AnyNode),
        ...(node.computed ? namesIn(node.property as AnyNode) : []),
      ];
    case "ArrayExpression":
      return node.elements.flatMap((each) => namesIn(each as AnyNode));
    default:
      return [];
  }
}

/**
 * Whether a condition holds. `variable` gives the value of a variable, `undefined` if it has none. A condition does not
 * hold while none of its variables has a value.
 */
export function conditionHolds(source: string, variable: (name: string) => unknown): boolean {
  const node = parseCondition(source);
  if (node === undefined) return false;
  if (namesIn(node).every((name) => variable(name) === undefined)) return false;
  return Boolean(valueOf(node, variable));
}

function valueOf(node: AnyNode, variable: (name: string) => unknown): unknown {
  switch (node.type) {
    case "Literal":
      return node.value;
    case "Identifier":
      return node.name === "undefined" ? undefined : variable(node.name.slice(1));
    case "UnaryExpression": {
      const value = valueOf(node.argument, variable);
      return node.operator === "!" ? !value : node.operator === "-" ? -numberOf(value) : numberOf(value);
    }
    case "LogicalExpression": {
      const left = valueOf(node.left, variable);
      if (node.operator === "&&") return left && valueOf(node.right, variable);
      if (node.operator === "||") return left || valueOf(node.right, variable);
      return left ?? valueOf(node.right, variable);
    }
    case "BinaryExpression": {
      const left = node.left as AnyNode;
      const right = valueOf(node.right, variable);
      // `1 < $x < 5` means both comparisons.
      if (isOrder(node.operator) && left.type === "BinaryExpression" && isOrder(left.operator)) {
        return Boolean(valueOf(left, variable)) &&
          compared(node.operator, valueOf(left.right, variable), right);
      }
      return compared(node.operator, valueOf(left, variable), right);
    }
    case "MemberExpression": {
      const key = node.computed
        ? valueOf(node.property as AnyNode, variable)
        : (node.property as { readonly name: string }).name;
      return memberOf(valueOf(node.object as AnyNode, variable), key);
    }
    case "ArrayExpression":
      return node.elements.map((each) => valueOf(each as AnyNode, variable));
    default:
      return undefined;
  }
}

function isOrder(operator: string): boolean {
  return ["<", ">", "<=", ">="].includes(operator);
}

function compared(operator: string, left: unknown, right: unknown): unknown {
  const [a, b] = [left as number, right as number];
  switch (operator) {
    case "<":
      return a < b;
    case ">":
      return a > b;
    case "<=":
      return isMissing(left) || isMissing(right) ? false : a <= b;
    case ">=":
      return isMissing(left) || isMissing(right) ? false : a >= b;
    case "==":
      // Words in a condition do not tell numbers from texts.
      // deno-lint-ignore eqeqeq
      return left == right;
    case "!=":
      // deno-lint-ignore eqeqeq
      return left != right;
    case "===":
      return left === right;
    case "!==":
      return left !== right;
    case "in":
      return isIn(left, right);
    case "+":
      return typeof left === "string" || typeof right === "string" ? `${left}${right}` : a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    default:
      return a % b;
  }
}

function isMissing(value: unknown): boolean {
  return value === undefined || value === null;
}

function numberOf(value: unknown): number {
  return typeof value === "object" ? NaN : Number(value);
}

function isIn(value: unknown, list: unknown): boolean {
  if (Array.isArray(list)) return list.includes(value);
  if (typeof list === "string") return list.includes(String(value));
  return typeof list === "object" && list !== null && Object.hasOwn(list, String(value));
}

function memberOf(object: unknown, key: unknown): unknown {
  if (typeof object === "string" || Array.isArray(object)) {
    if (key === "length") return object.length;
    return typeof key === "number" && Number.isInteger(key) ? object.at(key) : undefined;
  }
  return typeof object === "object" && object !== null && Object.hasOwn(object, String(key))
    ? (object as Record<string, unknown>)[String(key)]
    : undefined;
}
