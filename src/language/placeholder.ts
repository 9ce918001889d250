import { type Node, parseExpressionAt } from "acorn";
import { freeNames, isIdentifierName } from "./expression.ts";
import type { Placeholder } from "./program.ts";
import { pythonToJavaScript } from "./python_expression.ts";

/** The names that a description's expressions may use. */
interface KnownNames {
  readonly parameters: ReadonlySet<string>;
  /** Finds the playbook, code function or agent class of a spelling. */
  readonly callable: (spelling: string) => string | undefined;
  readonly builtins: ReadonlySet<string>;
  readonly helpers: ReadonlySet<string>;
  /** Variables of the agent, without `$`. */
  readonly state: ReadonlySet<string>;
}

/** The maximum of characters between two braces. People do not write longer expressions. */
const maxLength = 1000;
/** The maximum of examined characters for each character of the description. It bounds the time for many braces. */
const maxEffortFactor = 40;

/**
 * Finds `{expression}` and `{{expression}}`.
 *
 * Other text in braces stays text, since descriptions also contain JSON and prose in braces. Such text does not parse
 * as an expression, uses no name, or uses an unknown name.
 */
export function findPlaceholders(description: string, known: KnownNames): Placeholder[] {
  const found: Placeholder[] = [];
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
    const doubled = content.startsWith("{") && content.endsWith("}") ? content.slice(1, -1) : undefined;
    const expression = (doubled === undefined ? undefined : readExpression(doubled, known)) ??
      readExpression(content, known);
    if (expression === undefined) {
      start++;
    } else {
      found.push({ expression, start, end: close.index + 1 });
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

function readExpression(content: string, known: KnownNames): string | undefined {
  const source = content.trim();
  const first = resolve(source, known);
  if (first !== undefined) return first;
  const translated = pythonToJavaScript(source);
  return translated === undefined || translated === source ? undefined : resolve(translated, known);
}

/** Resolves all names of an expression; `undefined` if it does not parse or has an unknown name. */
function resolve(source: string, known: KnownNames): string | undefined {
  const node = parseExpression(source);
  const names = node === undefined ? undefined : freeNames(node);
  if (names === undefined || names.length === 0) return undefined;
  let output = "";
  let position = 0;
  for (const { name, start, end, role } of names) {
    const meaning = meaningOf(name, role === "used", known);
    if (meaning === undefined) return undefined;
    const key = role === "shorthand" && meaning !== name ? `${name.replace(/^\$/, "")}: ` : "";
    output += source.slice(position, start) + key + meaning;
    position = end;
  }
  return output + source.slice(position);
}

function parseExpression(source: string): Node | undefined {
  if (source === "") return undefined;
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

/** Names that every expression may use, besides the names of the program. */
const globals: ReadonlySet<string> = new Set(
  ("state self agents call timestamp Math JSON Date String Number Boolean Array Object Map Set BigInt RegExp Intl parseInt " +
    "parseFloat isNaN isFinite undefined NaN Infinity encodeURIComponent decodeURIComponent").split(" "),
);

/** Finds the meaning of a name. A playbook, builtin or class counts only if the code calls it or reads its member. */
function meaningOf(name: string, used: boolean, known: KnownNames): string | undefined {
  if (name.startsWith("$")) {
    const plain = name.slice(1);
    if (known.parameters.has(plain)) return plain;
    return isIdentifierName(plain) && !plain.startsWith("$") ? `state.${plain}` : undefined;
  }
  if ([known.parameters, known.helpers, globals].some((names) => names.has(name))) return name;
  if (used && known.builtins.has(name)) return name;
  const callable = used ? known.callable(name) : undefined;
  if (callable === name) return name;
  return known.state.has(name) ? `state.${name}` : callable;
}
