import type { Node, Token } from "acorn";

/*
 * Bounds on code before parsing. The parser recurses once for each level of nesting, and compares each new name with
 * all names of its scope. Code beyond these bounds is hostile, or a broken program generated it.
 */

/**
 * The maximum number of open brackets and of levels of syntax. The engine's parser uses much of the host's stack: in
 * experiments, 600 brackets exhausted it.
 */
const maxBrackets = 200;
export const maxLevels = 800;
/** Two backticks and the text between them. */
const tokensOfTemplate = 3;
/** The maximum number of different names. acorn compares each declared name with all others of its scope. */
const maxNames = 10_000;
export const tooManyNames = `the code has more than ${maxNames} different names; write less of it`;

/** Makes a callback for each token. It throws a `RangeError` for code that nests too deeply or has too many names. */
export function tokenBound(): (token: Token) => void {
  let depth = 0;
  let templates = 0;
  const names = new Set<unknown>();
  return (token) => {
    const { type: { label }, value } = token as Token & { readonly value?: unknown };
    // Neighbouring templates nest: each one is the tag of the next.
    templates = label === "`" || label === "template" ? templates + 1 : 0;
    if (templates > maxLevels * tokensOfTemplate) throw new RangeError("too deep");
    if (label === "name") {
      names.add(value);
      if (names.size > maxNames) throw new RangeError(tooManyNames);
    } else if (label === "(" || label === "[" || label === "{" || label === "${") {
      if (++depth > maxBrackets) throw new RangeError("too deep");
    } else if (label === ")" || label === "]" || label === "}") depth--;
  };
}

/** Whether a syntax tree nests too deeply for recursive functions. This function does not recurse. */
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
