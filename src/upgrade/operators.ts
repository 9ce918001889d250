import { binding, type Code, code, isNumber, isScalar, type Kind, operand, unknown } from "./code.ts";
import type { Translator } from "./context.ts";
import { inner, type PyNode } from "./python_tree.ts";

/** The operator of a binary expression: `+`, `and`, `not in`, … */
export function operatorOf(node: PyNode): string {
  return node.kids.slice(1, -1).map(({ text }) => text).join(" ");
}

const comparisons: ReadonlySet<string> = new Set(
  ["<", ">", "<=", ">=", "==", "!=", "<>", "in", "not in", "is", "is not"],
);

export function isComparison(node: PyNode): boolean {
  return node.name === "BinaryExpression" && comparisons.has(operatorOf(node));
}

/** `a < b`, and `a < b <= c` as two comparisons with one value in the middle. */
export function comparisonCode(node: PyNode, tr: Translator): Code {
  const left = node.kids[0]!;
  const right = node.kids.at(-1)!;
  if (!isComparison(left)) return compared(operatorOf(node), left, right, tr);
  const middle = left.kids.at(-1)!;
  const isSimple = /^(?:VariableName|Number|String|MemberExpression)$/.test(middle.name) &&
    !middle.text.includes("(");
  if (!isSimple) tr.context.fail(middle, "name the value in the middle of this comparison first");
  const parts = [comparisonCode(left, tr), compared(operatorOf(node), middle, right, tr)];
  return code(parts.map((part) => operand(part, binding.and)).join(" && "), "bool", binding.and);
}

function compared(operator: string, left: PyNode, right: PyNode, tr: Translator): Code {
  if (operator === "in" || operator === "not in") {
    const found = contained(left, right, tr);
    return operator === "in" ? found : code(`!${operand(found, binding.unary)}`, "bool", binding.unary);
  }
  const isNegated = operator === "!=" || operator === "<>" || operator === "is not";
  if (operator === "==" || isNegated || operator === "is") {
    return equality(left, right, { isNegated, isIdentity: operator.startsWith("is") }, tr);
  }
  const [a, b] = [tr.expression(left), tr.expression(right)];
  const isSafe = [a, b].some(({ kind }) =>
    isNumber(kind) || kind.k === "str" || kind.k === "ms" || kind.k === "day" || kind.k === "date"
  );
  if (!isSafe) {
    return code(
      `${tr.context.helper("compare")}(${a.text}, ${b.text}) ${operator} 0`,
      "bool",
      binding.compare,
    );
  }
  return code(
    `${operand(a, binding.compare)} ${operator} ${operand(b, binding.compare + 1)}`,
    "bool",
    binding.compare,
  );
}

function equality(
  left: PyNode,
  right: PyNode,
  { isNegated, isIdentity }: { readonly isNegated: boolean; readonly isIdentity: boolean },
  tr: Translator,
): Code {
  const join = (a: Code, b: Code, sign: string) =>
    code(
      `${operand(a, binding.equal)} ${isNegated ? "!" : "="}${sign} ${operand(b, binding.equal + 1)}`,
      "bool",
      binding.equal,
    );
  const isZero = (node: PyNode) => node.name === "Number" && Number(node.text) === 0;
  // The sign of a remainder does not matter where it is compared with zero.
  const plainMod = isZero(right) && left.name === "BinaryExpression" && operatorOf(left) === "%" &&
    left.kids.at(-1)!.name === "Number" && !isZero(left.kids.at(-1)!) && !/String/.test(left.kids[0]!.name);
  const a = plainMod
    ? code(
      `${operand(tr.number(left.kids[0]!), binding.multiply)} % ${left.kids.at(-1)!.text}`,
      "num",
      binding.multiply,
    )
    : tr.expression(left);
  const b = tr.expression(right);
  // What has no value here may be null or undefined.
  if (b.kind.k === "none") return join(a, b, "=");
  if (a.kind.k === "none") return join(b, a, "=");
  if (isIdentity || isScalar(a.kind) || isScalar(b.kind)) return join(a, b, "==");
  if (b.kind.k === "bool" && right.name === "Boolean") return join(a, b, "==");
  const equal = code(`${tr.context.helper("equal")}(${a.text}, ${b.text})`, "bool");
  return isNegated ? code(`!${equal.text}`, "bool", binding.unary) : equal;
}

function contained(item: PyNode, container: PyNode, tr: Translator): Code {
  const [a, b] = [tr.expression(item), tr.expression(container)];
  const whole = operand(b, binding.primary);
  const scalarItems = b.kind.k === "list" && b.kind.of !== undefined && isScalar(b.kind.of);
  if (b.kind.k === "str" || scalarItems) return code(`${whole}.includes(${a.text})`, "bool");
  if (b.kind.k === "set" && (b.kind.of === undefined || isScalar(b.kind.of))) {
    return code(`${whole}.has(${a.text})`, "bool");
  }
  if (b.kind.k === "dict") return code(`Object.hasOwn(${b.text}, ${a.text})`, "bool");
  return code(`${tr.context.helper("contains")}(${b.text}, ${a.text})`, "bool");
}

/** `+`, `-`, `*`, `/`, `//`, `%`, `**` and the operators of bits and sets. */
export function arithmeticCode(node: PyNode, tr: Translator, isNumeric: boolean): Code {
  return arithmetic(operatorOf(node), node.kids[0]!, node.kids.at(-1)!, tr, isNumeric, node);
}

/** As {@linkcode arithmeticCode}, from the parts, which `a += b` has, too. */
export function arithmetic(
  operator: string,
  left: PyNode,
  right: PyNode,
  tr: Translator,
  isNumeric: boolean,
  node: PyNode,
): Code {
  const { context } = tr;
  switch (operator) {
    case "+":
    case "*": {
      const [a, b] = isNumeric
        ? [tr.number(left), tr.number(right)]
        : [tr.expression(left), tr.expression(right)];
      return operator === "+" ? sum(a, b, tr) : product(a, b, tr);
    }
    case "-":
      return difference(tr.expression(left), tr.expression(right), left, right, tr);
    case "/":
    case "//":
      return quotient(operator, tr.number(left), tr.number(right), right, tr);
    case "%": {
      const text = tr.expression(left);
      if (text.kind.k === "str") {
        return code(`${context.helper("percent")}(${text.text}, ${tr.expression(right).text})`, "str");
      }
      const [a, b] = [tr.number(left), tr.number(right)];
      return code(`${context.helper("mod")}(${a.text}, ${b.text})`, both(a, b));
    }
    case "**": {
      const [a, b] = [tr.number(left), tr.number(right)];
      const isWhole = a.kind.k === "int" && b.kind.k === "int" && /^\d+$/.test(b.text);
      const kind = isWhole ? "int" : a.kind.k === "float" || b.kind.k === "float" ? "float" : "num";
      return code(`${operand(a, binding.primary)} ** ${operand(b, binding.power)}`, kind, binding.power);
    }
  }
  return setOrBits(operator, tr.expression(left), tr.expression(right), tr, node);
}

function both(a: Code, b: Code): Kind {
  if (a.kind.k === "float" || b.kind.k === "float") return { k: "float" };
  return { k: a.kind.k === "int" && b.kind.k === "int" ? "int" : "num" };
}

function sum(a: Code, b: Code, tr: Translator): Code {
  const plain = (kind: Kind) =>
    code(`${operand(a, binding.add)} + ${operand(b, binding.add + 1)}`, kind, binding.add);
  if (isNumber(a.kind) || isNumber(b.kind)) return plain(both(a, b));
  if (a.kind.k === "str" || b.kind.k === "str") return plain({ k: "str" });
  if (a.kind.k === "date" || a.kind.k === "day") {
    return code(`${tr.context.helper("plusMs")}(${a.text}, ${b.text})`, a.kind);
  }
  if (a.kind.k === "list" && b.kind.k === "list") {
    const isSame = a.kind.of?.k === b.kind.of?.k && a.kind.of !== undefined;
    return code(`[...${operand(a, binding.assign)}, ...${operand(b, binding.assign)}]`, {
      k: "list",
      ...(isSame ? { of: a.kind.of! } : {}),
    });
  }
  return code(`${tr.context.helper("add")}(${a.text}, ${b.text})`, a.kind.k === "list" ? a.kind : unknown);
}

function product(a: Code, b: Code, tr: Translator): Code {
  const [text, times] = a.kind.k === "str" ? [a, b] : b.kind.k === "str" ? [b, a] : [];
  if (text !== undefined && times !== undefined && isNumber(times.kind)) {
    const count = /^\d+$/.test(times.text) ? times.text : `Math.max(0, ${times.text})`;
    return code(`${operand(text, binding.primary)}.repeat(${count})`, "str");
  }
  const isPlain = (isNumber(a.kind) && isNumber(b.kind)) || a.kind.k === "float" || b.kind.k === "float";
  if (isPlain) {
    return code(
      `${operand(a, binding.multiply)} * ${operand(b, binding.multiply + 1)}`,
      both(a, b),
      binding.multiply,
    );
  }
  const kind = a.kind.k === "list" ? a.kind : b.kind.k === "list" ? b.kind : unknown;
  return code(`${tr.context.helper("multiply")}(${a.text}, ${b.text})`, kind);
}

function difference(a: Code, b: Code, left: PyNode, right: PyNode, tr: Translator): Code {
  if (a.kind.k === "set" || b.kind.k === "set") return setCall(a, b, "difference", tr);
  if (a.kind.k === "date" || a.kind.k === "day") {
    if (b.kind.k === "ms") {
      return code(`${tr.context.helper("plusMs")}(${a.text}, -${operand(b, binding.unary)})`, a.kind);
    }
    return code(`${operand(a, binding.add)} - ${operand(b, binding.add + 1)}`, "ms", binding.add);
  }
  const [x, y] = [tr.number(left), tr.number(right)];
  return code(`${operand(x, binding.add)} - ${operand(y, binding.add + 1)}`, both(x, y), binding.add);
}

function quotient(operator: "/" | "//", a: Code, b: Code, right: PyNode, tr: Translator): Code {
  const divisor = right.name === "ParenthesizedExpression" ? inner(right) : right;
  const isSafe = divisor.name === "Number" && Number(divisor.text.replaceAll("_", "")) !== 0;
  const kind = operator === "/" ? { k: "float" as const } : both(a, b);
  if (!isSafe) {
    const name = operator === "/" ? "divide" : "floorDivide";
    return code(`${tr.context.helper(name)}(${a.text}, ${b.text})`, kind);
  }
  const text = `${operand(a, binding.multiply)} / ${operand(b, binding.multiply + 1)}`;
  return operator === "/" ? code(text, kind, binding.multiply) : code(`Math.floor(${text})`, kind);
}

const setOperators: Readonly<Record<string, string>> = {
  "|": "union",
  "&": "intersection",
  "^": "difference2",
};

function setOrBits(operator: string, a: Code, b: Code, tr: Translator, node: PyNode): Code {
  const way = setOperators[operator];
  if (way !== undefined && (a.kind.k === "set" || b.kind.k === "set")) return setCall(a, b, way, tr);
  if (operator === "|" && (a.kind.k === "dict" || b.kind.k === "dict")) {
    return code(`{ ...${operand(a, binding.assign)}, ...${operand(b, binding.assign)} }`, "dict");
  }
  if (operator === "<<") {
    return code(
      `${operand(a, binding.multiply)} * 2 ** ${operand(b, binding.power)}`,
      "int",
      binding.multiply,
    );
  }
  if (operator === ">>") {
    return code(`Math.floor(${operand(a, binding.multiply)} / 2 ** ${operand(b, binding.power)})`, "int");
  }
  if (way !== undefined && isNumber(a.kind) && isNumber(b.kind)) {
    return code(`(${operand(a, binding.primary)} ${operator} ${operand(b, binding.primary)})`, "int");
  }
  return tr.context.fail(node, `the operator ${operator} of these values has no counterpart`);
}

function setCall(a: Code, b: Code, way: string, tr: Translator): Code {
  return code(`${tr.context.helper("setOf")}(${a.text}, ${b.text}, ${JSON.stringify(way)})`, a.kind);
}
