/**
 * Translates a small Python expression to JavaScript.
 *
 * It translates `and`, `or`, `not`, `is`, `True`, `False`, `None`, `A if c else B`, keyword arguments (they become one
 * last object) and `len`, `str`, `int`, `float`, `bool`, `round`, `abs`, `min`, `max`, `sum`, `sorted`, `list`. Other
 * text stays the same. Returns `undefined` if the text does not split into tokens.
 */
export function pythonToJavaScript(source: string): string | undefined {
  const tokens = tokenize(source);
  if (tokens === undefined) return undefined;
  const trees = group(tokens);
  return trees === undefined ? undefined : expression(trees).trim();
}

/** A token, or a bracket with its content. */
type TokenTree = string | { readonly open: string; readonly inner: readonly TokenTree[] };

const token =
  /\s+|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\d[\w.]*|[A-Za-z_$][\w$]*|===|!==|==|!=|<=|>=|=>|\*\*|&&|\|\||\?\?|\?\.|[^\s"'`\w]/y;

const closing: Readonly<Record<string, string>> = { "(": ")", "[": "]", "{": "}" };

function tokenize(source: string): string[] | undefined {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < source.length) {
    const match = token.exec(source);
    if (match === null) return undefined;
    tokens.push(match[0]);
  }
  return tokens;
}

function group(tokens: readonly string[]): TokenTree[] | undefined {
  const stack: { open: string; inner: TokenTree[] }[] = [{ open: "", inner: [] }];
  for (const token of tokens) {
    const top = stack[stack.length - 1]!;
    if (token in closing) stack.push({ open: token, inner: [] });
    else if (token === ")" || token === "]" || token === "}") {
      if (closing[top.open] !== token) return undefined;
      stack.pop();
      stack[stack.length - 1]!.inner.push(top);
    } else top.inner.push(token);
  }
  return stack.length === 1 ? stack[0]!.inner : undefined;
}

/** Translates by precedence, lowest first: `A if c else B`, `or`, `and`, `not`. JavaScript handles the rest. */
function expression(trees: readonly TokenTree[]): string {
  const ifAt = trees.indexOf("if");
  const elseAt = trees.lastIndexOf("else");
  if (ifAt > 0 && elseAt > ifAt) {
    const condition = expression(trees.slice(ifAt + 1, elseAt)).trim();
    const [yes, no] = [trees.slice(0, ifAt), trees.slice(elseAt + 1)].map((part) => expression(part).trim());
    return `((${condition}) ? (${yes}) : (${no}))`;
  }
  for (const [word, operator] of [["or", "||"], ["and", "&&"]] as const) {
    if (trees.includes(word)) {
      return split(trees, word).map((part) => `(${expression(part).trim()})`).join(` ${operator} `);
    }
  }
  const first = trees.findIndex((tree) => !isSpace(tree));
  if (trees[first] === "not") return `!(${expression(trees.slice(first + 1)).trim()})`;
  return plain(trees);
}

const words: Readonly<Record<string, string>> = { True: "true", False: "false", None: "null" };

function plain(trees: readonly TokenTree[]): string {
  let output = "";
  for (let index = 0; index < trees.length; index++) {
    const tree = trees[index]!;
    if (typeof tree === "string") {
      if (tree === "is") {
        const not = trees[index + 1] !== undefined && isSpace(trees[index + 1]!) &&
          trees[index + 2] === "not";
        output += not ? "!=" : "==";
        if (not) index += 2;
        continue;
      }
      const next = trees[index + 1];
      const isMember = output.trimEnd().endsWith(".");
      if (!isMember && Object.hasOwn(calls, tree) && typeof next === "object" && next.open === "(") {
        output += calls[tree]!(split(next.inner, ",").map((part) => expression(part).trim()));
        index++;
      } else output += isMember ? tree : Object.hasOwn(words, tree) ? words[tree]! : tree;
      continue;
    }
    const isCall = tree.open === "(" && /[\w$\])]$/.test(output);
    const parts = split(tree.inner, ",");
    output += tree.open + (isCall ? callArguments(parts) : parts.map(expression).join(",")) +
      closing[tree.open];
  }
  return output;
}

/** Translates keyword arguments: `f(a, silent=True)` becomes `f(a, { silent: true })`. */
function callArguments(parts: readonly (readonly TokenTree[])[]): string {
  const positional: string[] = [];
  const named: string[] = [];
  for (const part of parts) {
    const solid = part.filter((tree) => !isSpace(tree));
    const [name, equals] = solid;
    if (typeof name === "string" && /^[A-Za-z_]\w*$/.test(name) && equals === "=") {
      named.push(`${name}: ${expression(part.slice(part.indexOf("=") + 1)).trim()}`);
    } else if (solid.length > 0) positional.push(expression(part).trim());
  }
  return [...positional, ...(named.length === 0 ? [] : [`{ ${named.join(", ")} }`])].join(", ");
}

const calls: Readonly<Record<string, (args: readonly string[]) => string>> = {
  len: ([value = ""]) => `(${value}).length`,
  str: ([value = ""]) => `String(${value})`,
  int: ([value = ""]) => `Math.trunc(Number(${value}))`,
  float: ([value = ""]) => `Number(${value})`,
  bool: ([value = ""]) => `Boolean(${value})`,
  round: ([value = "", digits]) =>
    digits === undefined ? `Math.round(${value})` : `Number((${value}).toFixed(${digits}))`,
  abs: ([value = ""]) => `Math.abs(${value})`,
  min: (args) => args.length === 1 ? `Math.min(...${args[0]})` : `Math.min(${args.join(", ")})`,
  max: (args) => args.length === 1 ? `Math.max(...${args[0]})` : `Math.max(${args.join(", ")})`,
  sum: ([value = ""]) => `(${value}).reduce((a, b) => a + b, 0)`,
  sorted: ([value = ""]) => `[...${value}].sort()`,
  list: ([value = ""]) => `[...${value}]`,
};

function split(trees: readonly TokenTree[], separator: string): TokenTree[][] {
  const parts: TokenTree[][] = [[]];
  for (const tree of trees) {
    if (tree === separator) parts.push([]);
    else parts[parts.length - 1]!.push(tree);
  }
  return parts;
}

function isSpace(tree: TokenTree): boolean {
  return typeof tree === "string" && tree.trim() === "";
}
