import { translatePython } from "../language/python_expression.ts";
import { binding, type Kind, operand } from "./code.ts";
import { type ProgramNames, type PyRemark, Translation, Untranslatable } from "./context.ts";
import { constructorParameters, DefinitionReader } from "./definitions.ts";
import { Emitter } from "./emitter.ts";
import { Expressions } from "./expressions.ts";
import { helperObject } from "./helpers.ts";
import { importsOf } from "./imports.ts";
import { jsName } from "./names.ts";
import type { PyNode, PythonTree } from "./python_tree.ts";
import { assignmentParts, parameterNames, scopeOf, targetNames } from "./scope.ts";

/** A block of Python of an agent. */
export interface PythonBlock {
  readonly source: string;
  readonly tree: PythonTree;
}

/** The translation of the Python blocks of one agent, which share one module. */
export interface TranslatedBlocks {
  readonly blocks: readonly { readonly code: string; readonly remarks: readonly PyRemark[] }[];
  readonly helpers: ReadonlySet<string>;
  /** Whether a helper is called before any function runs, so that the helpers must stand first. */
  readonly needsHelpersFirst: boolean;
  /** Translates an expression of a placeholder with the imports of the blocks. Returns `undefined` if it cannot. */
  readonly placeholder: (tree: PythonTree) => string | undefined;
}

/** Passes until what is known of kinds and waits no longer grows. */
const maxPasses = 6;

/** Translates the blocks of an agent. */
export function translateBlocks(
  blocks: readonly PythonBlock[],
  surroundings: ProgramNames,
): TranslatedBlocks {
  let earlier: { asyncNames: ReadonlySet<string>; kinds: ReadonlyMap<string, Kind> } = {
    asyncNames: new Set(),
    kinds: new Map(),
  };
  for (let pass = 1;; pass++) {
    const context = new Translation(surroundings, earlier);
    const result = translateOnce(blocks, context);
    const isStable = context.asyncNames.size === earlier.asyncNames.size &&
      sameKinds(context.kinds, earlier.kinds);
    if (isStable || pass === maxPasses) return result;
    earlier = { asyncNames: context.asyncNames, kinds: context.kinds };
  }
}

function sameKinds(a: ReadonlyMap<string, Kind>, b: ReadonlyMap<string, Kind>): boolean {
  return JSON.stringify([...a]) === JSON.stringify([...b]);
}

function translateOnce(blocks: readonly PythonBlock[], context: Translation): TranslatedBlocks {
  const importRemarks = blocks.map(({ tree }) => {
    collect(tree.root, context);
    return context.remarks.splice(0);
  });
  const translated: { code: string; remarks: readonly PyRemark[] }[] = [];
  let needsHelpersFirst = false;
  for (const { tree } of blocks) findKept(tree.root, context);
  for (const [index, { source, tree }] of blocks.entries()) {
    const start = context.remarks.length;
    const out = new Emitter(source, tree.comments);
    const tr = new Expressions(context);
    const reader = new DefinitionReader(tr, out);
    context.inFrame(scopeOf(tree.root), "", () => {
      readKept(tree.root, context, tr);
      const hoisted = context.frame.scope.hoisted.filter((name) => !context.kept.has(name)).map(jsName);
      if (hoisted.length > 0) out.write(`let ${hoisted.join(", ")};`);
      for (const statement of statementsOf(tree.root)) {
        const before = context.helpers.size;
        if (isMainGuard(statement)) {
          out.before(statement);
          for (const line of statement.text.trimEnd().split("\n")) out.write(`// ${line}`);
          out.commentsUpTo(statement.to);
          context.remark(statement, "what Python does for a script of its own is left out", false);
        } else reader.statements.statement(statement);
        const isCode = statement.name === "AssignStatement" || statement.name === "ExpressionStatement";
        if (isCode && context.helpers.size > before) needsHelpersFirst = true;
      }
      out.commentsUpTo(Infinity);
    });
    translated.push({
      code: out.lines.join("\n"),
      remarks: [...importRemarks[index]!, ...context.remarks.slice(start)],
    });
  }
  const placeholder = (tree: PythonTree) => translatePlaceholder(tree, context);
  return { blocks: translated, helpers: context.helpers, needsHelpersFirst, placeholder };
}

function statementsOf(root: PyNode): readonly PyNode[] {
  return root.kids.flatMap((kid) =>
    kid.name === "StatementGroup" ? kid.kids.filter(({ name }) => name !== ";") : [kid]
  );
}

function isMainGuard(node: PyNode): boolean {
  return node.name === "IfStatement" && /^if\s+__name__\s*==/.test(node.text);
}

/** The names, functions and imports of a block. */
function collect(root: PyNode, context: Translation): void {
  for (const node of root.walk()) {
    if (node.name !== "ImportStatement") continue;
    const { names, unknownModules } = importsOf(node);
    for (const [name, path] of names) context.imports.set(name, path);
    for (const module of unknownModules) {
      context.remark(node, `the module "${module}" of Python has no counterpart here`);
    }
  }
  for (const statement of statementsOf(root)) {
    const inner = statement.name === "DecoratedStatement"
      ? statement.child("FunctionDefinition", "ClassDefinition")!
      : statement;
    if (inner.name === "FunctionDefinition" || inner.name === "ClassDefinition") {
      const name = inner.child("VariableName")!.text;
      context.moduleNames.add(name);
      const isClass = inner.name === "ClassDefinition";
      const parameters = isClass ? constructorParameters(inner) : parameterNames(inner.child("ParamList"));
      context.callables.set(name, { parameters, isClass, isAsync: inner.child("async") !== undefined });
    } else if (inner.name === "AssignStatement") {
      for (const { text } of targetNames(assignmentParts(inner).slice(0, -1).flat())) {
        context.moduleNames.add(text);
      }
    }
  }
}

const mutating: ReadonlySet<string> = new Set(
  ("append extend insert add update pop remove clear setdefault discard sort reverse popitem appendleft")
    .split(" "),
);

/** Finds names of the module that functions change. A session keeps only the state of agents. */
function findKept(root: PyNode, context: Translation): void {
  for (const definition of root.walk()) {
    if (definition.name !== "FunctionDefinition") continue;
    const scope = scopeOf(definition);
    const isModule = (name: string) =>
      context.moduleNames.has(name) && !context.callables.has(name) && !scope.bound.has(name);
    for (const node of definition.walk()) {
      const targets = node.name === "AssignStatement"
        ? assignmentParts(node).slice(0, -1).flat()
        : node.name === "UpdateStatement"
        ? [node.kids[0]!]
        : node.name === "DeleteStatement"
        ? node.kids.slice(1)
        : node.name === "CallExpression" && isMutation(node.kids[0]!)
        ? [node.kids[0]!.kids[0]!]
        : [];
      for (const target of targets) {
        const name = rootName(target);
        if (name !== undefined && isModule(name)) context.kept.add(name);
      }
    }
  }
}

function isMutation(callee: PyNode): boolean {
  return mutating.has(callee.child("PropertyName")?.text ?? "");
}

function rootName(node: PyNode): string | undefined {
  let current = node;
  while (current.name === "MemberExpression") current = current.kids[0]!;
  return current.name === "VariableName" ? current.text : undefined;
}

/** The first values of the names that the agent's state keeps. */
function readKept(root: PyNode, context: Translation, tr: Expressions): void {
  for (const statement of statementsOf(root)) {
    if (statement.name !== "AssignStatement") continue;
    const parts = assignmentParts(statement);
    const names = targetNames(parts.slice(0, -1).flat()).map(({ text }) => text).filter((name) =>
      context.kept.has(name)
    );
    if (names.length === 0) continue;
    context.remark(
      statement,
      `"${names.join(", ")}" changes while the program runs, so it is a variable of the agent now: state.${
        names[0]
      }`,
      false,
    );
    try {
      const value = tr.expression(parts.at(-1)![0]!);
      for (const name of names) {
        context.learn(name, value.kind);
        context.keptInits.set(name, operand(value, binding.assign));
      }
    } catch (error) {
      if (!(error instanceof Untranslatable)) throw error;
      for (const name of names) context.kept.delete(name);
    }
  }
}

/** Modules that placeholders have without an import: the name, and what the original imported under it. */
const placeholderModules: Readonly<Record<string, readonly string[]>> = {
  date: ["datetime.date"],
  datetime: ["datetime", "datetime.datetime"],
  timedelta: ["datetime.timedelta"],
  time: ["time"],
  math: ["math"],
  json: ["json"],
};

/** Whether a run reads a placeholder with these imports in Python, as it is. */
function isReadAsItIs(text: string, imported: ReadonlySet<string>, context: Translation): boolean {
  const areModules = [...imported].every((name) =>
    placeholderModules[name]?.includes(context.imports.get(name)!)
  );
  const meaning = (name: string) =>
    imported.has(name) ? undefined : { kind: "callable" as const, code: name };
  return areModules && translatePython(text, { meaning })?.ok === true;
}

function translatePlaceholder(tree: PythonTree, context: Translation): string | undefined {
  const [statement] = tree.root.kids;
  if (
    tree.faultAt !== undefined || tree.root.kids.length !== 1 || statement!.name !== "ExpressionStatement"
  ) return undefined;
  const imported = new Set(
    statement!.walk().filter(({ name, text }) => name === "VariableName" && context.imports.has(text))
      .map(({ text }) => text),
  );
  if (imported.size === 0 || isReadAsItIs(statement!.text, imported, context)) return undefined;
  try {
    const { result } = context.inFrame(
      scopeOf(tree.root),
      "",
      () => new Expressions(context).expression(statement!.kids[0]!).text,
    );
    // A helper may have the name of a method of Python's. `?.` says that this is JavaScript.
    return result.replaceAll(`${helperObject}.`, `${helperObject}?.`);
  } catch (error) {
    if (error instanceof Untranslatable) return undefined;
    throw error;
  }
}
