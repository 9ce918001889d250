import { binding, type Code, code, isNumber, iteratedKind, type Kind, operand, unknown } from "./code.ts";
import type { Translator } from "./context.ts";
import type { PyNode } from "./python_tree.ts";

/** The elements of a list, a tuple or a set, and the stars before those that are spread. */
export function elementsOf(node: PyNode): readonly PyNode[] {
  return node.kids.filter(({ name }) => !/^[[\](){},]$/.test(name));
}

/** A list from elements and `*` before those that are spread. Several lines stay several lines. */
export function listCode(node: PyNode, elements: readonly PyNode[], tr: Translator): Code {
  const items: string[] = [];
  const kinds: Kind[] = [];
  elements.forEach((element, at) => {
    if (element.name === "*") return;
    const isSpread = elements[at - 1]?.name === "*";
    const value = tr.expression(element);
    items.push(isSpread ? `...${spreadable(value, tr)}` : operand(value, binding.assign));
    kinds.push(isSpread ? iteratedKind(value.kind) : value.kind);
  });
  const [first] = kinds;
  const isSame = first !== undefined && kinds.every(({ k }) => k === first.k);
  const kind: Kind = { k: "list", ...(isSame ? { of: first } : {}), items: kinds };
  return code(bracketed(node, "[", items, "]"), kind);
}

/** A value that JavaScript can iterate as Python does. */
export function spreadable(value: Code, tr: Translator): string {
  if (value.kind.k === "dict") return `Object.keys(${value.text})`;
  const isKnown = ["list", "set", "str"].includes(value.kind.k);
  return isKnown ? operand(value, binding.assign) : `${tr.context.helper("list")}(${value.text})`;
}

/** A dict as an object. */
export function dictCode(node: PyNode, tr: Translator): Code {
  const elements = node.kids.filter(({ name }) => !/^[{},:]$/.test(name));
  const pairs: string[] = [];
  const kinds: Kind[] = [];
  for (let at = 0; at < elements.length; at += 2) {
    const [key, value] = [elements[at]!, elements[at + 1]!];
    if (key.name === "**") {
      pairs.push(`...${operand(tr.expression(value), binding.assign)}`);
      kinds.push(unknown);
      continue;
    }
    const translated = tr.expression(value);
    const name = keyCode(key, tr);
    const isSame = name === translated.text && /^[A-Za-z_$]\w*$/.test(name);
    pairs.push(isSame ? name : `${name}: ${operand(translated, binding.assign)}`);
    kinds.push(translated.kind);
  }
  const [first] = kinds;
  const of = first !== undefined && kinds.every(({ k }) => k === first.k && k !== "unknown")
    ? first
    : undefined;
  if (pairs.length === 0) return code("{}", "dict");
  const isBlock = isOnLines(node);
  return code(isBlock ? bracketed(node, "{", pairs, "}") : `{ ${pairs.join(", ")} }`, {
    k: "dict",
    ...(of === undefined ? {} : { of }),
  });
}

function keyCode(key: PyNode, tr: Translator): string {
  const text = tr.literalText(key);
  if (text !== undefined) {
    return /^[A-Za-z_$][\w$]*$/.test(text) && text !== "__proto__"
      ? text
      : `[${JSON.stringify(text)}]`.replace(/^\[("(?!__proto__").*")\]$/, "$1");
  }
  const value = tr.expression(key);
  if (isNumber(value.kind) || value.kind.k === "bool") {
    tr.context.remark(key, "the keys of this dict are numbers in Python and texts here, in another order");
  }
  return `[${value.text}]`;
}

function isOnLines(node: PyNode): boolean {
  return /^[[({]\s*(?:#.*)?\n/.test(node.text);
}

function bracketed(node: PyNode, open: string, items: readonly string[], close: string): string {
  if (!isOnLines(node) || items.length === 0) return `${open}${items.join(", ")}${close}`;
  const lines = items.map((item) => `  ${item.includes("`") ? item : item.replaceAll("\n", "\n  ")},`);
  return `${open}\n${lines.join("\n")}\n${close}`;
}
