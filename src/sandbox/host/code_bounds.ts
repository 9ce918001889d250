import type { Node, Token } from "acorn";

/*
 * Bounds on code that is parsed: a parser recurses as deep as the code nests, and looks through all names of a scope for each
 * new one. Code beyond them is hostile, or was made by a program that went wrong.
 */

/**
 * Open brackets, and levels of syntax, beyond which code is refused: the engine's parser takes up much of the stack of
 * the machine it runs on, and was seen to exhaust it from 600 brackets on.
 */
const maxBrackets = 200;
export const maxLevels = 800;
/** Different names: acorn compares each that is declared with all others of its scope. */
const maxNames = 10_000;
export const tooManyNames = `the code has more than ${maxNames} different names; write less of it`;

/** Is told each token; throws a `RangeError` for code that nests too deeply or has too many names. */
export function tokenBound(): (token: Token) => void {
  let depth = 0;
  const names = new Set<unknown>();
  return (token) => {
    const { type: { label }, value } = token as Token & { readonly value?: unknown };
    if (label === "name") {
      names.add(value);
      if (names.size > maxNames) throw new RangeError(tooManyNames);
    } else if (label === "(" || label === "[" || label === "{" || label === "${") {
      if (++depth > maxBrackets) throw new RangeError("too deep");
    } else if (label === ")" || label === "]" || label === "}") depth--;
  };
}

/** Whether a syntax tree nests too deeply for a function that calls itself for each level. Does not call itself. */
export function nestsTooDeeply(root: Node): boolean {
  let level: Node[] = [root];
  for (let depth = 0; level.length > 0; depth++) {
    if (depth > maxLevels) return true;
    const below: Node[] = [];
    for (const node of level) {
      for (const value of Object.values(node)) {
        if (Array.isArray(value)) { for (const item of value) if (isNode(item)) below.push(item); }
        else if (isNode(value)) below.push(value);
      }
    }
    level = below;
  }
  return false;
}

function isNode(value: unknown): value is Node {
  return typeof value === "object" && value !== null && typeof (value as Node).type === "string";
}
