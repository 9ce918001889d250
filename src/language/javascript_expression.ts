import type { AnyNode, Node } from "acorn";
import { children, freeNames } from "./expression.ts";
import {
  type ExpressionNames,
  type NameMeaning,
  pythonFunctionNames,
  pythonModuleNames,
  type TranslatedExpression,
} from "./python_expression.ts";

/**
 * The language of an expression that parses as JavaScript: `shared` if nothing in it is only JavaScript or only Python.
 */
type Dialect = "javascript" | "python" | "shared";

const pythonNames: ReadonlySet<string> = new Set([
  "True",
  "False",
  "None",
  "not",
  ...pythonFunctionNames,
  ...pythonModuleNames,
]);

/** Methods that only values of Python have. */
const pythonMethods: ReadonlySet<string> = new Set(
  ("upper lower title capitalize swapcase casefold strip lstrip rstrip rsplit splitlines startswith endswith rfind zfill " +
    "ljust rjust center partition rpartition removeprefix removesuffix isdigit isnumeric isdecimal isalpha isalnum isspace " +
    "isupper islower items append extend insert setdefault strftime isoformat index count").split(" "),
);

/** Methods and properties that only values of JavaScript have. */
const javaScriptMembers: ReadonlySet<string> = new Set(
  ("length toUpperCase toLowerCase trim trimStart trimEnd slice substring substr charAt charCodeAt codePointAt includes " +
    "indexOf lastIndexOf push unshift shift splice map filter reduce reduceRight some every forEach find findIndex findLast " +
    "flat flatMap concat fill at toFixed toPrecision toString toLocaleString toISOString padStart padEnd replaceAll repeat " +
    "startsWith endsWith match matchAll search test localeCompare normalize getFullYear getMonth getDate getDay getHours " +
    "getMinutes getSeconds getTime has entries toSorted toReversed with size").split(" "),
);

const javaScriptTypes: ReadonlySet<string> = new Set([
  "ConditionalExpression",
  "ArrowFunctionExpression",
  "TemplateLiteral",
  "TaggedTemplateExpression",
  "NewExpression",
  "ChainExpression",
  "LogicalExpression",
  "SpreadElement",
  "AwaitExpression",
]);

function isTextSearch({ property }: AnyNode & { readonly property: Node }, given: readonly Node[]): boolean {
  const [wanted] = given as readonly AnyNode[];
  return (property as AnyNode).type === "Identifier" &&
    (property as { readonly name?: string }).name === "find" &&
    wanted?.type === "Literal" && typeof wanted.value === "string";
}

/** Finds the dialect. Evidence for JavaScript decides, since Python would not parse it. */
export function dialectOf(root: Node, isKnown: (name: string) => boolean): Dialect {
  let [isJavaScript, isPython] = [false, false];
  const visit = (node: AnyNode): void => {
    if (javaScriptTypes.has(node.type)) isJavaScript = true;
    switch (node.type) {
      case "UnaryExpression":
        if (node.operator !== "-" && node.operator !== "+" && node.operator !== "~") isJavaScript = true;
        break;
      case "BinaryExpression":
        if (/^(?:[!=]==|instanceof|>>>)$/.test(node.operator)) isJavaScript = true;
        if (node.operator === "in" || isChain(node)) isPython = true;
        break;
      case "ObjectExpression":
        // A dict has literal keys.
        if (node.properties.some((each) => each.type !== "Property" || each.key.type !== "Literal")) {
          isJavaScript = true;
        }
        break;
      case "Literal":
        if (node.value === null || typeof node.value === "boolean" || typeof node.value === "bigint") {
          isJavaScript = true;
        }
        if ("regex" in node && node.regex) isJavaScript = true;
        break;
      case "Identifier":
        if (pythonNames.has(node.name) && !isKnown(node.name)) isPython = true;
        if (node.name === "undefined" || (isGlobal(node.name) && !isKnown(node.name))) isJavaScript = true;
        break;
      case "MemberExpression":
        if (isNegative(node)) isPython = true;
        if (!node.computed && node.property.type === "Identifier") {
          const { name } = node.property;
          if (javaScriptMembers.has(name)) isJavaScript = true;
          if (pythonMethods.has(name)) isPython = true;
          visit(node.object as AnyNode);
          return;
        }
        break;
      case "CallExpression": {
        const callee = node.callee as AnyNode;
        const isSplit = callee.type === "MemberExpression" && callee.property.type === "Identifier" &&
          callee.property.name === "split" && node.arguments.length === 0;
        const isJoin = callee.type === "MemberExpression" && callee.property.type === "Identifier" &&
          callee.property.name === "join";
        const isReplace = callee.type === "MemberExpression" && callee.property.type === "Identifier" &&
          callee.property.name === "replace" && node.arguments.length === 3;
        if (isSplit || isReplace) isPython = true;
        // A list of JavaScript finds with a function, a text of Python finds a text.
        if (callee.type === "MemberExpression" && isTextSearch(callee, node.arguments)) {
          isPython = true;
          for (const part of [callee.object, ...node.arguments]) visit(part as AnyNode);
          return;
        }
        if (isJoin) {
          const separator = (callee as { object?: AnyNode }).object;
          if (separator?.type === "Literal" && typeof separator.value === "string") isPython = true;
          else if (node.arguments.length === 0 || node.arguments[0]!.type === "Literal") isJavaScript = true;
        }
        break;
      }
    }
    for (const child of children(node)) visit(child);
  };
  visit(root as AnyNode);
  return isJavaScript ? "javascript" : isPython ? "python" : "shared";
}

/** Names of JavaScript's global objects that expressions may use. */
export const javaScriptGlobals: ReadonlySet<string> = new Set(
  ("Math JSON Date String Number Boolean Array Object Map Set BigInt RegExp Intl parseInt parseFloat isNaN isFinite NaN " +
    "Infinity undefined encodeURIComponent decodeURIComponent").split(" "),
);

function isGlobal(name: string): boolean {
  return javaScriptGlobals.has(name);
}

/** `1 < x < 3` */
function isChain(node: AnyNode): boolean {
  const isOrder = (each: AnyNode) =>
    each.type === "BinaryExpression" && /^(?:[<>]=?|[!=]=)$/.test(each.operator);
  return isOrder(node) && node.type === "BinaryExpression" && isOrder(node.left as AnyNode) &&
    (node.left as { start: number }).start === node.start;
}

/** `list[-1]` */
function isNegative(node: AnyNode): boolean {
  return node.type === "MemberExpression" && node.computed && node.property.type === "UnaryExpression" &&
    node.property.operator === "-";
}

/**
 * Gives an expression of JavaScript the code that runs: each name gets its meaning, and a call of a playbook its `await`.
 * Returns `undefined` for an unknown name, or if the expression may change something.
 *
 * `in` and a negative index have the meaning of Python here too: that of JavaScript would be a wrong value.
 */
export function translateJavaScript(
  source: string,
  root: Node,
  names: ExpressionNames,
): TranslatedExpression | undefined {
  const free = freeNames(root);
  if (free === undefined) return undefined;
  const roles = new Map(free.map(({ start, role }) => [start, role]));
  const meaningOf = (name: string, used: boolean, tested = false) =>
    names.meaning(name, { used, tested }) ?? foreignMeaning(name);
  if (free.some(({ name, role }) => meaningOf(name, role === "used") === undefined)) return undefined;
  let fault: string | undefined;
  const code = emitWhole(root as AnyNode);
  if (fault !== undefined) return { ok: false, message: fault };
  return { ok: true, code };

  /** The sandbox takes an `await` around the whole expression without brackets. */
  function emitWhole(node: AnyNode): string {
    if (!isAwaited(node)) return emit(node, { tested: false, waits: true });
    return emit(node, { tested: false, waits: true }).slice(1, -1);
  }

  /** Whether the emitted code of a node is one `await` in brackets. */
  function isAwaited(node: AnyNode): boolean {
    return node.type === "AwaitExpression" ||
      node.type === "ChainExpression" && isAwaited(node.expression) ||
      node.type === "CallExpression" && callsPlaybook(node.callee as AnyNode);
  }

  function emit(node: AnyNode, how: { readonly tested: boolean; readonly waits: boolean }): string {
    const { waits } = how;
    const plain = (child: Node, tested = false) => emit(child as AnyNode, { tested, waits });
    switch (node.type) {
      case "Identifier": {
        const role = roles.get(node.start);
        return role === undefined ? node.name : meaningOf(node.name, role === "used", how.tested)!.code;
      }
      case "Property":
        if (node.shorthand && node.value.type === "Identifier") {
          return `${JSON.stringify(node.value.name.replace(/^\$/, ""))}: ${plain(node.value)}`;
        }
        return copy(node, how, node.computed ? [] : [node.key]);
      case "MemberExpression":
        if (isNegative(node)) return `python$.item(${plain(node.object)},${plain(node.property)})`;
        return copy(node, { tested: node.optional, waits }, node.computed ? [] : [node.property]);
      case "CallExpression": {
        const text = copy(node, { tested: node.optional, waits }, []);
        return waits && callsPlaybook(node.callee as AnyNode) ? `(await ${text})` : text;
      }
      case "AwaitExpression": {
        const argument = plain(node.argument);
        return waits && isAwaited(node.argument as AnyNode)
          ? argument
          : `(${copyWith(node, [[node.argument, argument]])})`;
      }
      case "ArrowFunctionExpression":
        return copy(node, { tested: false, waits: node.async }, []);
      case "LogicalExpression":
        return copy(node, { tested: true, waits }, []);
      case "UnaryExpression":
        return copy(node, { tested: node.operator === "!" || node.operator === "typeof", waits }, []);
      case "ConditionalExpression":
        return copyParts(node, waits, [[node.test, true], [node.consequent, how.tested], [
          node.alternate,
          how.tested,
        ]]);
      case "BinaryExpression": {
        if (node.operator === "in") return `python$.in(${plain(node.right)},${plain(node.left)})`;
        if (isChain(node)) {
          fault ??=
            "a chain of comparisons compares the result of the first one in JavaScript; join two with &&";
        }
        const isEquality = /^[!=]==?$/.test(node.operator);
        const isNothing = (each: Node) => /^(?:null|undefined)$/.test(source.slice(each.start, each.end));
        return copyParts(node, waits, [
          [node.left, isEquality && isNothing(node.right)],
          [node.right, isEquality && isNothing(node.left)],
        ]);
      }
      case "TemplateLiteral":
        return copyWith(
          node,
          node.expressions.map((each) => [
            each,
            `words$(${plain(each)},${JSON.stringify(source.slice(each.start, each.end))})`,
          ]),
        );
      default:
        return copy(node, { tested: false, waits }, []);
    }
  }

  /** The text of a node, with its children emitted. Kept children stay as written. */
  function copy(
    node: AnyNode,
    how: { readonly tested: boolean; readonly waits: boolean },
    kept: readonly Node[],
  ): string {
    return copyWith(
      node,
      children(node).filter((child) => !kept.includes(child)).map((child) => [child, emit(child, how)]),
    );
  }

  function copyParts(node: AnyNode, waits: boolean, parts: readonly (readonly [Node, boolean])[]): string {
    return copyWith(node, parts.map(([child, tested]) => [child, emit(child as AnyNode, { tested, waits })]));
  }

  function copyWith(node: AnyNode, parts: readonly (readonly [Node, string])[]): string {
    let text = "";
    let position = node.start;
    for (const [child, code] of [...parts].sort(([a], [b]) => a.start - b.start)) {
      text += source.slice(position, child.start) + code;
      position = child.end;
    }
    return text + source.slice(position, node.end);
  }

  function callsPlaybook(callee: AnyNode): boolean {
    const target = callee.type === "MemberExpression" ? callee.object as AnyNode : callee;
    if (target.type !== "Identifier" || !roles.has(target.start)) return false;
    return meaningOf(target.name, true)?.kind === "callable";
  }
}

/** The meaning of a name that JavaScript does not have: functions and values of Python. */
function foreignMeaning(name: string): NameMeaning | undefined {
  if (javaScriptGlobals.has(name)) return { kind: "global", code: name };
  if (name === "True" || name === "False") return { kind: "value", code: name.toLowerCase() };
  if (name === "None") return { kind: "value", code: "null" };
  if (name === "timestamp") return { kind: "value", code: "new Date()" };
  return pythonFunctionNames.has(name)
    ? { kind: "value", code: `python$.fn(${JSON.stringify(name)})` }
    : undefined;
}
