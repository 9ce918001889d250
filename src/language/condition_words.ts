/** A condition in words as JavaScript: comparisons, `and`, `or`, `not`, `len`. `undefined` if the brackets do not fit. */
export function operatorsOfWords(text: string): string | undefined {
  const tokens = tokensOf(outsideQuotes(text, withOperators));
  const trees = tokens && group(tokens);
  return trees && logic(trees).trim();
}

/** Comparisons in words, and their operators. An earlier one wins. */
const comparisons: readonly (readonly [RegExp, string])[] = [
  [/(\$[\w.]+) (?:is|becomes) (?:not empty|non-empty)\b/gi, "len($1) > 0"],
  [/(\$[\w.]+) (?:is|becomes) empty\b/gi, "len($1) == 0"],
  [/(\$[\w.]+)\s+not\s+in\b/gi, "not $1 in"],
  [/\b(?:is|becomes) not (?:set|known|given|defined)\b/gi, "== null"],
  [/\b(?:is|becomes) (?:set|known|given|defined)\b/gi, "!= null"],
  [/\bis (?:greater|more|larger|higher|bigger) than or equal to\b/gi, ">="],
  [/\bis (?:less|lower|smaller|fewer) than or equal to\b/gi, "<="],
  [
    /\b(?:is|becomes|gets|goes|rises|grows) (?:(?:greater|more|larger|higher|bigger) than|above|over)\b/gi,
    ">",
  ],
  [/\bexceeds\b/gi, ">"],
  [/\b(?:is|becomes|gets|goes|drops|falls|sinks) (?:(?:less|lower|smaller|fewer) than|below|under)\b/gi, "<"],
  [/\bis at least\b|\breaches\b/gi, ">="],
  [/\bis at most\b/gi, "<="],
  [/\b(?:is|becomes|gets|goes|turns) negative\b/gi, "< 0"],
  [/\b(?:is|becomes|gets|goes|turns) positive\b/gi, "> 0"],
  [/\b(?:is|becomes) zero\b/gi, "== 0"],
  [/\b(?:is not equal to|does not equal|is different from)\b/gi, "!="],
  [/\b(?:is equal to|equals|becomes)\b/gi, "=="],
  [/(?<![<>=!])=(?![=>])/g, "=="],
];

function withOperators(text: string): string {
  return comparisons.reduce((changed, [words, operator]) => changed.replace(words, operator), text);
}

function outsideQuotes(text: string, change: (part: string) => string): string {
  // A part in quotes stays as it is. A comparison never reaches over one.
  return text.replace(/"[^"]*"|'[^']*'|[^"']+/g, (part) => /^["']/.test(part) ? part : change(part));
}

/** A token, or a bracket with its content. */
type TokenTree = string | { readonly open: string; readonly inner: readonly TokenTree[] };

const token =
  /\s+|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|\d[\w.]*|[A-Za-z_$][\w$]*|===|!==|==|!=|<=|>=|&&|\|\||\?\?|[^\s"'`\w]/y;

const closing: Readonly<Record<string, string>> = { "(": ")", "[": "]" };

function tokensOf(text: string): string[] | undefined {
  const tokens: string[] = [];
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const match = token.exec(text);
    if (match === null) return undefined;
    tokens.push(match[0]);
  }
  return tokens;
}

function group(tokens: readonly string[]): TokenTree[] | undefined {
  const stack: { open: string; inner: TokenTree[] }[] = [{ open: "", inner: [] }];
  for (const each of tokens) {
    const top = stack.at(-1)!;
    if (Object.hasOwn(closing, each)) stack.push({ open: each, inner: [] });
    else if (each === ")" || each === "]") {
      if (closing[top.open] !== each) return undefined;
      stack.pop();
      stack.at(-1)!.inner.push(top);
    } else top.inner.push(each);
  }
  return stack.length === 1 ? stack[0]!.inner : undefined;
}

/** Translates by precedence, lowest first: `or`, `and`, `not`. JavaScript handles the rest. */
function logic(trees: readonly TokenTree[]): string {
  for (const [word, operator] of [["or", "||"], ["and", "&&"]] as const) {
    if (!trees.includes(word)) continue;
    return split(trees, word).map((part) => `(${logic(part).trim()})`).join(` ${operator} `);
  }
  const first = trees.findIndex((tree) => !isSpace(tree));
  if (trees[first] === "not") return `!(${logic(trees.slice(first + 1)).trim()})`;
  return plain(trees);
}

const literals: Readonly<Record<string, string>> = { True: "true", False: "false", None: "null" };

function plain(trees: readonly TokenTree[]): string {
  let output = "";
  for (let index = 0; index < trees.length; index++) {
    const tree = trees[index]!;
    const next = trees[index + 1];
    if (typeof tree !== "string") {
      output += tree.open + split(tree.inner, ",").map(logic).join(",") + closing[tree.open];
    } else if (tree === "is") {
      const isNot = next !== undefined && isSpace(next) && trees[index + 2] === "not";
      output += isNot ? "!=" : "==";
      if (isNot) index += 2;
    } else if (tree === "len" && typeof next === "object" && next.open === "(") {
      output += `(${logic(next.inner).trim()}).length`;
      index++;
    } else output += Object.hasOwn(literals, tree) ? literals[tree] : tree;
  }
  return output;
}

function split(trees: readonly TokenTree[], separator: string): TokenTree[][] {
  const parts: TokenTree[][] = [[]];
  for (const tree of trees) {
    if (tree === separator) parts.push([]);
    else parts.at(-1)!.push(tree);
  }
  return parts;
}

function isSpace(tree: TokenTree): boolean {
  return typeof tree === "string" && tree.trim() === "";
}
