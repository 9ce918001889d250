import { type AnyNode, type Node, parseExpressionAt } from "acorn";
import { children, freeNames, isIdentifierName } from "./expression.ts";
import { dialectOf, javaScriptGlobals, translateJavaScript } from "./javascript_expression.ts";
import {
  type ExpressionNames,
  type NameMeaning,
  type TranslatedExpression,
  translatePython,
} from "./python_expression.ts";
import { isVariableName } from "./variable_names.ts";

/** The names that a description's expressions may use. */
interface KnownNames {
  readonly parameters: ReadonlySet<string>;
  /** Finds the playbook, code function or agent class of a spelling, with the parameters of a playbook. */
  readonly callable: (
    spelling: string,
  ) => { readonly name: string; readonly parameters?: readonly string[] } | undefined;
  readonly builtins: ReadonlySet<string>;
  readonly helpers: ReadonlySet<string>;
  /** Variables of the agent, without `$`. */
  readonly state: ReadonlySet<string>;
}

/** A placeholder in a description, or an expression that is none because of a mistake. */
interface FoundPlaceholder {
  readonly start: number;
  readonly end: number;
  /** As written, without its braces. */
  readonly source: string;
  readonly expression: TranslatedExpression;
}

/** The maximum of characters between two braces. People do not write longer expressions. */
const maxLength = 1000;
/** The maximum of examined characters for each character of the description. It bounds the time for many braces. */
const maxEffortFactor = 40;

/**
 * Finds `{expression}` and `{{expression}}`. The parser of Python must be loaded.
 *
 * Other text in braces stays text, since descriptions also contain JSON and prose in braces. Such text does not parse
 * as an expression, uses no name, or uses an unknown name.
 */
export function findPlaceholders(description: string, known: KnownNames): FoundPlaceholder[] {
  const found: FoundPlaceholder[] = [];
  const names = expressionNames(known);
  let effort = description.length * maxEffortFactor + 10_000;
  for (
    let start = description.indexOf("{");
    start >= 0 && effort > 0;
    start = description.indexOf("{", start)
  ) {
    const close = closingBrace(description, start);
    effort -= close.examined;
    if (close.index < 0) {
      start++;
      continue;
    }
    const content = description.slice(start + 1, close.index);
    const doubled = content.startsWith("{") && content.endsWith("}")
      ? content.slice(1, -1).trim()
      : undefined;
    const inner = doubled === undefined ? undefined : readExpression(doubled, names);
    const expression = inner ?? readExpression(content.trim(), names);
    if (expression === undefined) {
      start++;
    } else {
      const source = inner === undefined ? content.trim() : doubled!;
      found.push({ expression, source, start, end: close.index + 1 });
      start = close.index + 1;
    }
  }
  return found;
}

/** Finds the brace that closes the one at `start`, and counts the examined characters. Skips texts in quotes. */
function closingBrace(text: string, start: number): { readonly index: number; readonly examined: number } {
  let depth = 0;
  let quote = "";
  const limit = Math.min(text.length, start + maxLength);
  for (let index = start; index < limit; index++) {
    const character = text.charAt(index);
    if (quote !== "") {
      if (character === "\\") index++;
      else if (character === quote) quote = "";
    } else if (character === '"' || character === "'" || character === "`") quote = character;
    else if (character === "{") depth++;
    else if (character === "}" && --depth === 0) return { index, examined: 4 * (index - start) };
  }
  return { index: -1, examined: limit - start };
}

/** Reads an expression in the language that it is in. */
function readExpression(source: string, names: ExpressionNames): TranslatedExpression | undefined {
  if (source === "" || !mayBeExpression.test(source)) return undefined;
  const root = parseExpression(source);
  const free = root === undefined ? undefined : freeNames(root);
  if (root === undefined || free === undefined) {
    return translatePython(source, names);
  }
  if (root.type === "Identifier") {
    // A name alone is a variable, or a value of Python. `{String}` is a word.
    const kind = names.meaning(source, { used: false, tested: false })?.kind;
    if (kind === "value") return translateJavaScript(source, root, names);
    if (kind !== undefined) return undefined;
  }
  if (isPlainCall(root as AnyNode)) {
    const translated = translateJavaScript(source, root, names);
    if (translated !== undefined && !(translated.ok && translated.code.includes("python$"))) {
      return translated;
    }
  }
  const dialect = dialectOf(root, (name) => names.meaning(name, { used: true, tested: false }) !== undefined);
  if (dialect === "javascript" && (free.length > 0 || hasCall(root))) {
    const translated = translateJavaScript(source, root, names);
    if (translated !== undefined) return translated;
  }
  if (dialect === "javascript") return undefined;
  return translatePython(source, names, { shared: dialect === "shared" }) ??
    (dialect === "shared" && free.length > 0 ? translateJavaScript(source, root, names) : undefined);
}

/** Whether a call means the same in both languages: `Joke("cats")`. */
function isPlainCall(root: AnyNode): boolean {
  return root.type === "CallExpression" && root.callee.type === "Identifier" &&
    root.arguments.every(({ type }) => type === "Identifier" || type === "Literal");
}

/** An expression has a name, or a text. `{4}` and `{1,3}` are none. */
const mayBeExpression = /[\p{L}_$"'`]|\/\/|\*\*/u;

/** Whether an expression without names computes something. */
function hasCall(node: Node): boolean {
  const { type } = node as AnyNode;
  return type === "CallExpression" || type === "ConditionalExpression" || children(node).some(hasCall);
}

function parseExpression(source: string): Node | undefined {
  let hasComment = false;
  try {
    const node = parseExpressionAt(source, 0, {
      ecmaVersion: "latest",
      sourceType: "module",
      allowAwaitOutsideFunction: true,
      onComment: () => hasComment = true,
    });
    return node.end === source.length && !hasComment ? node : parenthesized(source, node);
  } catch {
    return undefined;
  }

  /** Handles `(a)`: its node ends before the closing bracket. */
  function parenthesized(source: string, node: Node): Node | undefined {
    return !hasComment && /^[\s)]*$/.test(source.slice(node.end)) && node.start > 0 && balanced(source)
      ? node
      : undefined;
  }
}

function balanced(source: string): boolean {
  return source.split("(").length === source.split(")").length;
}

/** Objects of the runtime that every expression may use. */
const runtimeObjects: Readonly<Record<string, string>> = {
  state: "state",
  self: "self",
  agent: "self",
  agents: "agents",
};

/** The meaning of each name. A playbook, builtin or class counts only if the code calls it or reads its member. */
function expressionNames(known: KnownNames): ExpressionNames {
  const variable = (name: string, tested: boolean): NameMeaning => ({
    kind: "value",
    code: `variable$(${JSON.stringify(name)}${tested ? ",true" : ""})`,
  });
  return {
    meaning: (name, { used, tested }) => {
      if (name.startsWith("$")) {
        const plain = name.slice(1);
        if (known.parameters.has(plain) && isIdentifierName(plain)) return { kind: "value", code: plain };
        return isVariableName(plain) ? variable(plain, tested) : undefined;
      }
      if (known.parameters.has(name) && isIdentifierName(name)) return { kind: "value", code: name };
      if (known.helpers.has(name)) return { kind: used ? "callable" : "value", code: name };
      if (name === "call" && used && !known.state.has(name)) return { kind: "value", code: "call$" };
      if (Object.hasOwn(runtimeObjects, name) && !known.state.has(name) && (used || name === "state")) {
        return { kind: name === "state" ? "value" : "callable", code: runtimeObjects[name]! };
      }
      if (used && known.builtins.has(name)) return { kind: "callable", code: name };
      const callable = used ? known.callable(name) : undefined;
      if (callable?.name === name) return callableMeaning(callable);
      if (known.state.has(name)) return variable(name, tested);
      if (callable !== undefined) return callableMeaning(callable);
      return javaScriptGlobals.has(name) ? { kind: "global", code: name } : undefined;
    },
  };
}

function callableMeaning(
  { name, parameters }: { readonly name: string; readonly parameters?: readonly string[] },
): NameMeaning {
  return { kind: "callable", code: name, ...(parameters === undefined ? {} : { parameters }) };
}
