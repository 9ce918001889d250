import type { Node } from "acorn";
import { childrenOf, identifierName, type Loose } from "./syntax.ts";

/** A call whose promise is used instead of its value. The offsets are those in the text. */
interface MissingAwait {
  readonly start: number;
  readonly end: number;
  /** The offset of the word `forEach` if the call is one. A `forEach` cannot be awaited: use an awaited `map`. */
  readonly forEach?: number;
}

/** The names of functions that return promises, and of agent classes. All methods of a class return promises. */
export interface Effects {
  readonly functions: ReadonlySet<string>;
  readonly classes: ReadonlySet<string>;
  /** Functions that complete without `await`. As statements they need none. */
  readonly unawaited: ReadonlySet<string>;
}

/**
 * Finds calls of effects without `await` whose value is used at once: as a variable's value, in a template, an operator
 * or a condition, as the argument of another effect, or by one of its properties.
 *
 * A call that is a statement also counts: steps run in order, and an `EndProgram` after it would drop it. `Say` is an
 * exception, since it completes at once. A `forEach` over an async function counts too.
 *
 * It ignores promises that code keeps on purpose: in an array, as a function's result, in `Promise.all`, or in a
 * variable that is awaited later.
 */
export function missingAwaits(program: Node, text: string, effects: Effects): readonly MissingAwait[] {
  const found: MissingAwait[] = [];
  let awaited: ReadonlySet<string> | undefined;
  walk(program as Loose, true);
  return found;

  function walk(node: Loose, mayAwait: boolean): void {
    const mayWithin = /Function/.test(node.type) ? node["async"] === true : mayAwait;
    if (mayWithin) {
      for (const used of valuesUsed(node)) {
        const { start, end } = used;
        const forEach = node.type === "ExpressionStatement" ? forEachOf(used) : undefined;
        if (isEffect(used)) found.push({ start, end });
        else if (forEach !== undefined) found.push({ start, end, forEach });
      }
    }
    for (const child of childrenOf(node)) walk(child, mayWithin);
  }

  /** The children of a node whose values it uses. */
  function valuesUsed(node: Loose): Loose[] {
    const child = (key: string) => node[key] ? [node[key] as Loose] : [];
    switch (node.type) {
      case "ExpressionStatement":
        return child("expression").filter((call) => !needsNoAwait(call));
      case "VariableDeclarator":
        return isAwaitedLater(node["id"] as Loose) ? [] : child("init");
      case "AssignmentExpression":
        return isAwaitedLater(node["left"] as Loose) ? [] : child("right");
      case "BinaryExpression":
        return [...child("left"), ...child("right")];
      case "UnaryExpression":
        return node["operator"] === "void" ? [] : child("argument");
      case "TemplateLiteral":
        return node["expressions"] as Loose[];
      case "IfStatement":
      case "WhileStatement":
      case "DoWhileStatement":
      case "ConditionalExpression":
        return child("test");
      case "ForOfStatement":
        return node["await"] === true ? [] : child("right");
      case "MemberExpression":
        return ["then", "catch", "finally"].includes(identifierName(node["property"] as Loose))
          ? []
          : child("object");
      case "CallExpression":
        return isEffect(node) ||
            takesValues.has(text.slice((node["callee"] as Loose).start, (node["callee"] as Loose).end))
          ? node["arguments"] as Loose[]
          : [];
      default:
        return [];
    }
  }

  function isEffect(node: Loose): boolean {
    if (node.type !== "CallExpression" || node["optional"] === true) return false;
    const callee = node["callee"] as Loose;
    if (callee.type === "Identifier") return effects.functions.has(identifierName(callee));
    if (callee.type !== "MemberExpression" || callee["computed"] === true) return false;
    const object = identifierName(callee["object"] as Loose);
    return object === "self"
      ? effects.functions.has(identifierName(callee["property"] as Loose))
      : effects.classes.has(object);
  }

  function forEachOf(node: Loose): number | undefined {
    const property = (node["callee"] as Loose | undefined)?.["property"] as Loose | undefined;
    const first = (node["arguments"] as Loose[] | undefined)?.[0];
    const isLoop = property !== undefined && identifierName(property) === "forEach" &&
      first?.["async"] === true;
    return isLoop ? property.start : undefined;
  }

  function needsNoAwait(node: Loose): boolean {
    const callee = node["callee"] as Loose | undefined;
    return callee !== undefined &&
      effects.unawaited.has(text.slice(callee.start, callee.end).replace(/^self\./, ""));
  }

  function isAwaitedLater(target: Loose): boolean {
    return target.type === "Identifier" && (awaited ??= namesAwaited(text)).has(identifierName(target));
  }
}

/** Names after `await`, inside `Promise.all` and similar calls, or before `then`. Call it once for all names. */
function namesAwaited(text: string): ReadonlySet<string> {
  const names = new Set<string>();
  for (const [, name] of text.matchAll(/\bawait\s+\(?\s*([\p{ID_Continue}$]+)/gu)) names.add(name!);
  for (
    const [, name] of text.matchAll(
      /(?<![\p{ID_Continue}$.])([\p{ID_Continue}$]+)\s*\.\s*(?:then|catch|finally)\b/gu,
    )
  ) {
    names.add(name!);
  }
  for (const part of text.split(";")) {
    const call = /\bPromise\.\w+\(/.exec(part);
    if (call === null) continue;
    const list = part.slice(call.index + call[0].length);
    for (const [name] of list.matchAll(/(?<![\p{ID_Continue}$.])[\p{ID_Continue}$]+/gu)) names.add(name);
  }
  return names;
}

/** Functions that need values. A promise among their arguments is a mistake. */
const takesValues: ReadonlySet<string> = new Set([
  "Return",
  "self.Return",
  "String",
  "Number",
  "Boolean",
  "JSON.stringify",
  "JSON.parse",
  "parseInt",
  "parseFloat",
  "console.log",
]);
