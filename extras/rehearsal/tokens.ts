/** A token of an expression in a step. `text` of a `string` has no quotes; `text` of a `variable` has no `$`. */
export interface ExpressionToken {
  readonly kind: "number" | "string" | "variable" | "word" | "operator";
  readonly text: string;
}

/** Splits a text into tokens. Returns `undefined` if a part of it cannot belong to an expression. */
export function tokenize(text: string): ExpressionToken[] | undefined {
  const tokens: ExpressionToken[] = [];
  let depth = 0;
  let at = 0;
  while (at < text.length) {
    const rest = text.slice(at);
    const space = /^\s+/.exec(rest);
    if (space) {
      at += space[0].length;
      continue;
    }
    const found = readString(rest) ?? readNumber(rest, depth) ?? readOther(rest);
    if (!found) return undefined;
    const [token, length] = found;
    if (token.kind === "operator" && "([{".includes(token.text)) depth++;
    if (token.kind === "operator" && ")]}".includes(token.text)) depth--;
    tokens.push(token);
    at += length;
  }
  return tokens;
}

type Found = readonly [token: ExpressionToken, length: number] | undefined;

function readString(rest: string): Found {
  const match = /^"((?:[^"\\]|\\.)*)"|^“([^”]*)”|^'((?:[^'\\]|\\.)*)'|^`([^`]*)`/.exec(rest);
  if (!match) return undefined;
  const raw = match[1] ?? match[2] ?? match[3] ?? match[4] ?? "";
  return [{ kind: "string", text: unescape(raw) }, match[0].length];
}

/**
 * `1,000` is one number only outside brackets, because a comma there separates arguments. `15%` and `$90` are their numbers.
 */
function readNumber(rest: string, depth: number): Found {
  const pattern = depth === 0 ? /^\$?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)/ : /^\$?(\d+(?:\.\d+)?)/;
  const match = pattern.exec(rest);
  if (!match || /^[A-Za-z_]/.test(rest.slice(match[0].length))) return undefined;
  const percent = /^%(?!\s*[\w$(])/.test(rest.slice(match[0].length)) ? 1 : 0;
  const digits = match[1]!.replaceAll(",", "").replace(/^0+(?=\d)/, "");
  return [{ kind: "number", text: digits }, match[0].length + percent];
}

function readOther(rest: string): Found {
  const variable = /^\$([A-Za-z_]\w*)/.exec(rest);
  if (variable) return [{ kind: "variable", text: variable[1]! }, variable[0].length];
  const word = /^[A-Za-z_]\w*(?:['’](?:s|t)\b)?/.exec(rest);
  if (word) return [{ kind: "word", text: word[0] }, word[0].length];
  const operator = /^(===|!==|==|!=|<=|>=|&&|\|\||[≤≥≠×÷+\-*/%()[\]{},:.<>=!])/.exec(rest);
  return operator ? [{ kind: "operator", text: operator[0] }, operator[0].length] : undefined;
}

function unescape(raw: string): string {
  return raw.replace(/\\(["'\\nt])/g, (_, char: string) => char === "n" ? "\n" : char === "t" ? "\t" : char);
}
