import { argumentNode, readArguments, requiredArgument } from "./arguments.ts";
import { binding, type Code, code, operand } from "./code.ts";
import type { Translator } from "./context.ts";
import type { Emitter } from "./emitter.ts";
import { memberParts } from "./members.ts";
import type { PyNode } from "./python_tree.ts";

/** `with open(path, mode) as f:`, by `readTextFile`, `writeTextFile` and `appendTextFile`. */
export function fileStatement(
  node: PyNode,
  tr: Translator,
  out: Emitter,
  block: (body: PyNode) => void,
): void {
  const { context } = tr;
  const opened = node.kids[1]!;
  const isOpen = opened.name === "CallExpression" && opened.kids[0]!.text === "open" &&
    !context.isLocal("open");
  const name = node.child("as") === undefined
    ? undefined
    : node.kids[node.kids.findIndex((kid) => kid.name === "as") + 1];
  if (!isOpen || name === undefined || node.all("as").length > 1) {
    return context.fail(node, "with has a counterpart only for one open(…) as name");
  }
  const args = readArguments(opened.kids[1]!);
  const modeNode = argumentNode(args, 1, "mode");
  const mode = (modeNode === undefined ? "r" : tr.literalText(modeNode) ?? "?").replace("t", "");
  if (!/^[rwa]$/.test(mode)) context.fail(opened, `the mode "${mode}" of open has no counterpart`);
  const body = node.child("Body")!;
  const path = pathOf(requiredArgument(args, 0, tr, "file"), name.text, out);
  checkUses(name.text, body, mode, tr);
  const only = onlyWrite(body, name.text);
  const names = new Map([[name.text, code(path, { k: "file" })]]);
  if (mode === "w" && only !== undefined) {
    const text = tr.expression(only);
    return out.write(`${tr.awaited(`writeTextFile(${path}, ${operand(text, binding.assign)})`).text};`);
  }
  if (mode === "w") out.write(`${tr.awaited(`writeTextFile(${path}, "")`).text};`);
  context.withNames(names, () => block(body));
}

/** A path that is read several times needs a name. */
function pathOf(path: Code, name: string, out: Emitter): string {
  if (/^(?:[\w.]+|"[^"]*")$/.test(path.text)) return path.text;
  out.write(`const ${name}Path = ${path.text};`);
  return `${name}Path`;
}

/** Every use of the file must have a counterpart, so that none reads the path in its place. */
function checkUses(name: string, body: PyNode, mode: string, tr: Translator): void {
  const allowed = mode === "r" ? ["read", "readlines"] : ["write", "writelines", "flush", "close"];
  const visit = (node: PyNode, parent: PyNode): void => {
    if (node.name === "VariableName" && node.text === name) {
      const { property } = parent.name === "MemberExpression" ? memberParts(parent) : { property: undefined };
      const isLoop = parent.name === "ForStatement" && mode === "r";
      const isJson = parent.name === "ArgList";
      if (!isLoop && !isJson && !allowed.includes(property ?? "")) {
        tr.context.fail(node, `this use of the file "${name}" has no counterpart`);
      }
    }
    for (const kid of node.kids) visit(kid, node);
  };
  visit(body, body);
}

/** The text of the only statement `f.write(text)` of a body. */
function onlyWrite(body: PyNode, name: string): PyNode | undefined {
  const statements = body.kids.filter((kid) => kid.name !== ":");
  const call = statements.length === 1 && statements[0]!.name === "ExpressionStatement"
    ? statements[0]!.kids[0]!
    : undefined;
  if (call?.name !== "CallExpression" || call.kids[0]!.text !== `${name}.write`) return undefined;
  return readArguments(call.kids[1]!).positional[0]?.nodes[0];
}
