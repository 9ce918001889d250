import { arrowBody, binding, type Code, code, iteratedKind, type Kind, operand, unknown } from "./code.ts";
import { spreadable } from "./collections.ts";
import type { Translator } from "./context.ts";
import { jsName } from "./names.ts";
import type { PyNode } from "./python_tree.ts";
import { targetNames } from "./scope.ts";

/** `lambda a, b=1: a + b`. */
export function lambdaCode(node: PyNode, tr: Translator): Code {
  const list = node.child("ParamList");
  const parameters: string[] = [];
  const names = new Map<string, Code>();
  const kids = list?.kids.filter(({ name }) => name !== ",") ?? [];
  for (let at = 0; at < kids.length; at++) {
    const kid = kids[at]!;
    if (kid.name !== "VariableName") tr.context.fail(kid, "this parameter of a lambda has no counterpart");
    const name = jsName(kid.text);
    names.set(kid.text, code(name));
    if (kids[at + 1]?.name === "AssignOp") {
      parameters.push(`${name} = ${tr.expression(kids[at + 2]!).text}`);
      at += 2;
    } else parameters.push(name);
  }
  const body = withoutAwait(
    node.kids.at(-1)!,
    tr,
    () => tr.context.withNames(names, () => tr.expression(node.kids.at(-1)!)),
  );
  return code(`(${parameters.join(", ")}) => ${arrowBody(body)}`, "function", binding.assign);
}

function withoutAwait(node: PyNode, tr: Translator, work: () => Code): Code {
  const before = tr.context.frame.awaits;
  tr.context.frame.awaits = false;
  const result = work();
  if (tr.context.frame.awaits) tr.context.fail(node, "a lambda cannot wait for something");
  tr.context.frame.awaits = before;
  return result;
}

/** `for targets in values if conditions`. */
interface Clause {
  readonly targets: readonly PyNode[];
  readonly values: PyNode;
  readonly conditions: readonly PyNode[];
}

/** The parts of a comprehension: what it gives, and its clauses. */
export function comprehensionParts(
  nodes: readonly PyNode[],
): { readonly results: readonly PyNode[]; readonly clauses: readonly Clause[] } {
  const kids = nodes.filter(({ name }) => !/^[()[\]{},:]$/.test(name));
  const first = kids.findIndex(({ name }) => name === "for" || name === "async");
  const clauses: { targets: PyNode[]; values: PyNode; conditions: PyNode[] }[] = [];
  for (let at = first < 0 ? kids.length : first; at < kids.length; at++) {
    const { name } = kids[at]!;
    if (name === "for") {
      const end = kids.findIndex((kid, index) => index > at && kid.name === "in");
      clauses.push({ targets: kids.slice(at + 1, end), values: kids[end + 1]!, conditions: [] });
      at = end + 1;
    } else if (name === "if") clauses.at(-1)!.conditions.push(kids[++at]!);
  }
  return { results: first < 0 ? kids : kids.slice(0, first), clauses };
}

/** A list, set or dict from clauses. A generator becomes a list. */
export function comprehensionCode(node: PyNode, tr: Translator): Code {
  const { results, clauses } = comprehensionParts(node.kids);
  if (results.some(({ name }) => name === "*" || name === "**")) {
    tr.context.fail(node, "a star in a comprehension has no counterpart");
  }
  const isDict = node.name === "DictionaryComprehensionExpression";
  const give = (): Code => {
    const values = results.map((each) => tr.expression(each));
    return isDict
      ? code(`[${values.map(({ text }) => text).join(", ")}]`, { k: "list", of: values[1]!.kind })
      : values[0]!;
  };
  const list = mapped(clauses, give, tr);
  if (isDict) {
    const of = list.kind.of?.of;
    return code(`Object.fromEntries(${list.text})`, { k: "dict", ...(of === undefined ? {} : { of }) });
  }
  if (node.name === "SetComprehensionExpression") {
    return code(`new Set(${list.text})`, { ...list.kind, k: "set" });
  }
  return list;
}

/** The list of what `give` gives for each round of the clauses. Waits in it are done in turn. */
export function mapped(clauses: readonly Clause[], give: () => Code, tr: Translator): Code {
  const { frame } = tr.context;
  const before = frame.awaits;
  frame.awaits = false;
  // A name that a condition binds must have its value when the result is made.
  const binds = clauses.some(({ conditions }) =>
    conditions.some((each) => [...each.walk()].some(({ name }) => name === "NamedExpression"))
  );
  let result = binds ? loop(clauses, give, tr, false) : chain(clauses, give, tr);
  if (frame.awaits) result = loop(clauses, give, tr, true);
  else frame.awaits = before;
  return result;
}

function chain([clause, ...inner]: readonly Clause[], give: () => Code, tr: Translator): Code {
  const { list, parameter, names } = opened(clause!, tr);
  return tr.context.withNames(names, () => {
    const conditions = clause!.conditions.map((each) => operand(tr.condition(each), binding.and));
    const filtered = conditions.length === 0
      ? list
      : `${list}.filter((${parameter}) => ${conditions.join(" && ")})`;
    if (inner.length > 0) {
      const rest = chain(inner, give, tr);
      return code(`${filtered}.flatMap((${parameter}) => ${rest.text})`, rest.kind);
    }
    const value = give();
    const kind: Kind = { k: "list", of: value.kind };
    if (value.text === parameter) return code(filtered === list ? `[...${list}]` : filtered, kind);
    return code(`${filtered}.map((${parameter}) => ${arrowBody(value)})`, kind);
  });
}

interface OpenedClause {
  /** The values as an array expression. */
  readonly list: string;
  readonly parameter: string;
  readonly names: ReadonlyMap<string, Code>;
}

function opened({ targets, values }: Clause, tr: Translator): OpenedClause {
  const value = tr.expression(values);
  const isSpread = value.kind.k === "set" || value.kind.k === "str";
  const list = value.kind.k === "list"
    ? operand(value, binding.primary)
    : isSpread
    ? `[...${operand(value, binding.assign)}]`
    : spreadable(value, tr);
  return { list, ...targetPattern(targets, value.kind, tr) };
}

/** The pattern of a loop's targets, with what is known of each name. */
export function targetPattern(
  targets: readonly PyNode[],
  values: Kind,
  tr: Translator,
): { readonly parameter: string; readonly names: ReadonlyMap<string, Code> } {
  const item = iteratedKind(values);
  const names = new Map<string, Code>();
  const listed = targets.filter(({ name }) => name !== ",");
  const only = listed.length === 1 ? listed[0]! : undefined;
  if (only?.name === "VariableName") {
    names.set(only.text, code(jsName(only.text), item));
    return { parameter: jsName(only.text), names };
  }
  const parts = only === undefined ? listed : only.kids.filter(({ name }) => !/^[()[\],]$/.test(name));
  const parameter = `[${
    parts.map((part, at) => {
      if (part.name === "*") return undefined;
      if (part.name === "VariableName") {
        const isRest = parts.slice(0, at).some(({ name }) => name === "*");
        names.set(part.text, code(jsName(part.text), isRest ? { k: "list" } : item.items?.[at] ?? unknown));
        return `${parts[at - 1]?.name === "*" ? "..." : ""}${jsName(part.text)}`;
      }
      const inner = targetPattern([part], { k: "list", of: item.items?.[at] ?? unknown }, tr);
      for (const [name, value] of inner.names) names.set(name, value);
      return inner.parameter;
    }).filter((part) => part !== undefined).join(", ")
  }]`;
  if (targetNames(listed).length !== names.size) {
    tr.context.fail(listed[0]!, "this target of a loop has no counterpart");
  }
  return { parameter, names };
}

/** `(() => { … })()` with loops. The methods of arrays do not wait, so waits need it, too. */
function loop(clauses: readonly Clause[], give: () => Code, tr: Translator, waits: boolean): Code {
  let kind: Kind = { k: "list" };
  const rounds = ([clause, ...inner]: readonly Clause[]): string => {
    const value = tr.expression(clause!.values);
    const { parameter, names } = targetPattern(clause!.targets, value.kind, tr);
    return tr.context.withNames(names, () => {
      const conditions = clause!.conditions.map((each) => operand(tr.condition(each), binding.and));
      const test = conditions.length === 0 ? "" : `if (${conditions.join(" && ")}) `;
      const result = inner.length > 0 ? undefined : give();
      if (result) kind = { k: "list", of: result.kind };
      const body = result ? `list.push(${result.text});` : rounds(inner);
      return `for (const ${parameter} of ${spreadable(value, tr)}) ${test}${body}`;
    });
  };
  const body = `{\n  const list = [];\n  ${rounds(clauses)}\n  return list;\n}`;
  if (!waits) return code(`(() => ${body})()`, kind);
  tr.context.frame.awaits = true;
  return code(`await (async () => ${body})()`, kind, binding.unary);
}
