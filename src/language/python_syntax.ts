import type { SyntaxNode } from "@lezer/common";
import type { parser } from "@lezer/python";

let loaded: typeof parser | undefined;

/** Loads the parser of Python. It takes some milliseconds, so programs without placeholders do not load it. */
export async function loadPythonParser(): Promise<void> {
  loaded ??= (await import("./python_library.ts")).parser;
}

/** Stands for the `$` of a variable, since Python's names have none. It is a character for private use. */
const variableMark = "\ue000";

/** A parsed expression of Python. */
export interface PythonSource {
  readonly root: SyntaxNode;
  /** The text of a node, with `$` as written. */
  readonly textOf: (from: number, to: number) => string;
}

/**
 * Parses one expression of Python, in which names may begin with `$`. Returns `undefined` if the text is none. Throws a
 * `TypeError` if the parser is not loaded.
 */
export function parsePython(source: string): PythonSource | undefined {
  if (loaded === undefined) throw new TypeError("The parser of Python is not loaded");
  if (source.includes(variableMark) || source.includes("#")) {
    if (source.includes(variableMark) || /#(?=[^"']*$)/m.test(source)) return undefined;
  }
  // Brackets let the expression have several lines.
  const text = `(${source.replace(/\$(?=[\p{L}_])/gu, variableMark)})`;
  const top = loaded.parse(text).topNode;
  const statement = top.firstChild;
  const root = statement?.firstChild;
  if (statement?.name !== "ExpressionStatement" || statement.nextSibling !== null || !root) return undefined;
  // Brackets in the source must not close the added ones, as in `a)(b`.
  if (!["ParenthesizedExpression", "TupleExpression", "ComprehensionExpression"].includes(root.name)) {
    return undefined;
  }
  if (root.nextSibling !== null || root.to !== text.length || hasError(root)) return undefined;
  return { root, textOf: (from, to) => text.slice(from, to).replaceAll(variableMark, "$") };
}

/** The direct children of a node. */
export function partsOf(node: SyntaxNode): SyntaxNode[] {
  const parts: SyntaxNode[] = [];
  for (let part = node.firstChild; part !== null; part = part.nextSibling) parts.push(part);
  return parts;
}

function hasError(node: SyntaxNode): boolean {
  const cursor = node.cursor();
  const end = node.to;
  do {
    if (cursor.type.isError) return true;
  } while (cursor.next() && cursor.from <= end);
  return false;
}

/** The value of a literal text, without its quotes; `undefined` if it has a form that is not supported. */
export function pythonString(literal: string): string | undefined {
  const match = /^([A-Za-z]*)("""|'''|"|')([^]*)\2$/.exec(literal);
  if (match === null) return undefined;
  const [, prefix = "", , body = ""] = match;
  if (/b/i.test(prefix)) return undefined;
  return /r/i.test(prefix) ? body : unescaped(body);
}

const escapes: Readonly<Record<string, string>> = {
  "n": "\n",
  "t": "\t",
  "r": "\r",
  "\\": "\\",
  "'": "'",
  '"': '"',
  "a": "\x07",
  "b": "\b",
  "f": "\f",
  "v": "\v",
  "\n": "",
};

/** Replaces the escapes of Python. An unknown escape stays as it is. */
export function unescaped(text: string): string {
  return text.replace(
    /\\(?:x([\da-fA-F]{2})|u([\da-fA-F]{4})|U([\da-fA-F]{8})|([0-7]{1,3})|([^]))/g,
    (all, two?: string, four?: string, eight?: string, octal?: string, one?: string) => {
      const hex = two ?? four ?? eight;
      if (hex !== undefined) {
        return parseInt(hex, 16) > 0x10ffff ? all : String.fromCodePoint(parseInt(hex, 16));
      }
      if (octal !== undefined) return String.fromCharCode(parseInt(octal, 8));
      return escapes[one!] ?? all;
    },
  );
}
