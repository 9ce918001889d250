import { binding, type Code, code, isNumber, operand, unknown } from "./code.ts";
import type { Translator } from "./context.ts";
import type { HelperName } from "./helpers.ts";
import type { PyNode } from "./python_tree.ts";

/** The parts of `a.b` or `a[b]`. */
interface MemberParts {
  readonly object: PyNode;
  /** The name after the dot; absent for `a[b]`. */
  readonly property?: string;
  /** What stands in the brackets. */
  readonly subscript: readonly PyNode[];
}

export function memberParts(node: PyNode): MemberParts {
  const object = node.kids[0]!;
  const property = node.child("PropertyName");
  if (property !== undefined) return { object, property: property.text, subscript: [] };
  return { object, subscript: node.kids.slice(2, -1) };
}

/** The dotted path of an imported name: `dt.now` is `datetime.datetime.now`. Absent for anything else. */
export function importedPath(node: PyNode, tr: Translator): string | undefined {
  const { context } = tr;
  if (node.name === "VariableName") {
    return context.isLocal(node.text) ? undefined : context.imports.get(node.text);
  }
  if (node.name !== "MemberExpression") return undefined;
  const { object, property } = memberParts(node);
  const path = property === undefined ? undefined : importedPath(object, tr);
  return path === undefined ? undefined : `${path}.${property}`;
}

/** `agent` or `self` of a playbook, which is the agent. */
export function isAgent(node: PyNode, tr: Translator): boolean {
  return node.name === "VariableName" && (node.text === "agent" || node.text === "self") &&
    !tr.context.isLocal(node.text) && !tr.context.moduleNames.has(node.text);
}

/** Translates a member. As a target of an assignment it is not read, so a missing one is no error. */
export function attributeCode(node: PyNode, tr: Translator, isTarget: boolean): Code {
  const path = importedPath(node, tr);
  if (path !== undefined) return functionValue(node, path, tr);
  const { object, property, subscript } = memberParts(node);
  if (property === undefined) return subscriptCode(node, object, subscript, tr, isTarget);
  const isType = object.name === "VariableName" && object.text === "str" && !tr.context.isLocal("str");
  if (isType) return functionValue(node, `str.${property}`, tr);
  if (isAgent(object, tr)) return property === "state" ? code("state") : code(`self.${property}`);
  if (property === "__name__" && object.name === "CallExpression" && object.kids[0]!.text === "type") {
    return code(`${tr.context.helper("typeName")}(${tr.expression(object.kids[1]!.kids[1]!).text})`, "str");
  }
  const value = chained(object, tr);
  const text = operand(value, binding.primary);
  if (value.text === "state") return code(`state.${property}`, tr.context.kindOf(`state.${property}`));
  switch (value.kind.k) {
    case "message": {
      const name = messageFields[property];
      if (name === undefined) tr.context.fail(node, `messages have no "${property}" here`);
      return code(`${text}.${name}`, name === "at" ? "date" : "str");
    }
    case "artifact":
      if (property === "value" || property === "content") return value;
      break;
    case "day":
    case "date": {
      const made = dateFields[property]?.(text);
      if (made === undefined) tr.context.fail(node, `dates have no "${property}" here`);
      return made;
    }
    case "ms":
      if (property === "days") {
        return code(`Math.floor(${operand(value, binding.multiply)} / 86400000)`, "int");
      }
      if (property === "seconds") tr.context.fail(node, "timedelta.seconds has no counterpart");
  }
  if (property.startsWith("__")) tr.context.fail(node, `"${property}" has no counterpart`);
  return code(`${text}.${property}`);
}

const messageFields: Readonly<Record<string, string>> = {
  content: "text",
  text: "text",
  sender_klass: "klass",
  sender_id: "from",
  sender: "from",
  created_at: "at",
};

const dateFields: Readonly<Record<string, (date: string) => Code>> = {
  year: (date) => code(`${date}.getFullYear()`, "int"),
  month: (date) => code(`${date}.getMonth() + 1`, "int", binding.add),
  day: (date) => code(`${date}.getDate()`, "int"),
  hour: (date) => code(`${date}.getHours()`, "int"),
  minute: (date) => code(`${date}.getMinutes()`, "int"),
  second: (date) => code(`${date}.getSeconds()`, "int"),
};

/** The object of a member. What is missing in it throws anyway, so a plain access will do. */
export function chained(object: PyNode, tr: Translator): Code {
  if (object.name !== "MemberExpression" || memberParts(object).property !== undefined) {
    return tr.expression(object);
  }
  const { object: whole, subscript } = memberParts(object);
  if (importedPath(object, tr) !== undefined || subscript.length !== 1) return tr.expression(object);
  const value = chained(whole, tr);
  const [key] = subscript;
  const isPlain = key!.name === "Number" || tr.literalText(key!) !== undefined;
  if (!isPlain || value.kind.k === "str" || value.text === "state") return tr.expression(object);
  const found = plainItem(value, key!, tr);
  return { ...found, kind: itemKind(value, key!) };
}

function itemKind(value: Code, key: PyNode): Code["kind"] {
  if (value.kind.k === "str") return { k: "str" };
  if (value.kind.items !== undefined && /^\d+$/.test(key.text)) {
    return value.kind.items[Number(key.text)] ?? value.kind.of ?? unknown;
  }
  return value.kind.of ?? unknown;
}

function plainItem(value: Code, key: PyNode, tr: Translator): Code {
  const whole = operand(value, binding.primary);
  const name = tr.literalText(key);
  if (name === undefined) return code(`${whole}[${tr.expression(key).text}]`);
  return code(/^[A-Za-z_$][\w$]*$/.test(name) ? `${whole}.${name}` : `${whole}[${JSON.stringify(name)}]`);
}

function subscriptCode(
  node: PyNode,
  object: PyNode,
  subscript: readonly PyNode[],
  tr: Translator,
  isTarget: boolean,
): Code {
  const { context } = tr;
  if (importedPath(object, tr) === "os.environ") {
    return tr.awaited(`env(${tr.expression(subscript[0]!).text})`, { k: "str" });
  }
  const value = chained(object, tr);
  if (subscript.some(({ name }) => name === ":")) return sliceCode(value, subscript, tr);
  if (subscript.length !== 1) context.fail(node, "several values in brackets have no counterpart");
  const key = subscript[0]!;
  const kind = itemKind(value, key);
  if (value.text === "state") return code(plainItem(value, key, tr).text);
  if (value.kind.k === "match") return code(matchGroup(value, key, tr), "str");
  if (isTarget) {
    const isNegative = key.text.startsWith("-");
    if (isNegative) context.fail(key, "an assignment to an item from the end has no counterpart");
    return { ...plainItem(value, key, tr), kind };
  }
  return code(`${context.helper("item")}(${value.text}, ${tr.expression(key).text})`, kind);
}

/** A group of a match by number or name. */
export function matchGroup(match: Code, key: PyNode, tr: Translator): string {
  const name = tr.literalText(key);
  const whole = operand(match, binding.primary);
  return name === undefined ? `${whole}[${tr.expression(key).text}]` : `${whole}.groups.${name}`;
}

function sliceCode(value: Code, subscript: readonly PyNode[], tr: Translator): Code {
  const parts: (PyNode | undefined)[] = [undefined];
  for (const part of subscript) {
    if (part.name === ":") parts.push(undefined);
    else if (part.name === ",") tr.context.fail(part, "several slices have no counterpart");
    else parts[parts.length - 1] = part;
  }
  const [from, to, step] = parts.map((part) => part === undefined ? undefined : tr.expression(part).text);
  const kind = value.kind.k === "list" || value.kind.k === "str"
    ? { k: value.kind.k, ...(value.kind.of ? { of: value.kind.of } : {}) }
    : unknown;
  if (value.kind.k === "list" && step === undefined && isBound(parts[0], tr) && isBound(parts[1], tr)) {
    const bounds = to === undefined ? from ?? "" : `${from ?? "0"}, ${to}`;
    return code(`${operand(value, binding.primary)}.slice(${bounds})`, kind);
  }
  const bounds = [from ?? "null", to ?? "null", step ?? "1"];
  if (step === undefined) bounds.pop();
  if (bounds.length === 2 && bounds[1] === "null") bounds.pop();
  return code(`${tr.context.helper("slice")}(${[value.text, ...bounds].join(", ")})`, kind);
}

function isBound(part: PyNode | undefined, tr: Translator): boolean {
  return part === undefined || isNumber(tr.expression(part).kind);
}

const constants: Readonly<Record<string, Code>> = {
  "math.pi": code("Math.PI", "float"),
  "math.e": code("Math.E", "float"),
  "math.tau": code("2 * Math.PI", "float", binding.multiply),
  "math.inf": code("Infinity", "float"),
  "math.nan": code("NaN", "float"),
  "string.ascii_lowercase": code('"abcdefghijklmnopqrstuvwxyz"', "str"),
  "string.ascii_uppercase": code('"ABCDEFGHIJKLMNOPQRSTUVWXYZ"', "str"),
  "string.ascii_letters": code('"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"', "str"),
  "string.digits": code('"0123456789"', "str"),
};

/** Functions of Python as values: for `map(str, …)` and `key=len`. */
const functionHelpers: Readonly<Record<string, HelperName>> = {
  str: "str",
  repr: "repr",
  int: "int",
  float: "float",
  len: "len",
  bool: "truthy",
  list: "list",
  tuple: "list",
  sum: "sum",
  min: "min",
  max: "max",
  sorted: "sorted",
  round: "round",
};

const functionTexts: Readonly<Record<string, string>> = {
  abs: "Math.abs",
  print: "console.log",
  "str.upper": "(text) => text.toUpperCase()",
  "str.lower": "(text) => text.toLowerCase()",
  "str.strip": "(text) => text.trim()",
  "math.sqrt": "Math.sqrt",
};

/** A name that is neither a variable nor a function of the agent's code, as a value. */
export function functionValue(node: PyNode, path: string, tr: Translator): Code {
  const { context } = tr;
  const constant = constants[path];
  if (constant !== undefined) return constant;
  const helper = functionHelpers[path];
  if (helper !== undefined) return code(context.helper(helper), "function");
  const text = functionTexts[path];
  if (text !== undefined) {
    return code(text, "function", text.startsWith("(") ? binding.assign : binding.primary);
  }
  const { agents, playbooks, builtins } = context.surroundings;
  if (agents.has(path) || playbooks.has(path) || builtins.has(path)) return code(path, "function");
  if (node.name === "VariableName" && !context.imports.has(node.text)) {
    if (!/^[A-Z]/.test(path)) context.remark(node, `"${path}" is not defined in this agent's code`);
    return code(path);
  }
  return context.fail(node, `"${path}" of Python has no counterpart here`);
}
