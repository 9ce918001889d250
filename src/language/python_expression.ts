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
  const tree = group(tokens);
  return tree === undefined ? undefined : expression(tree).trim();
}

/** A token, or a bracket with its content. */
type Piece = string | { readonly open: string; readonly inner: readonly Piece[] };

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

function group(tokens: readonly string[]): Piece[] | undefined {
  const stack: { open: string; inner: Piece[] }[] = [{ open: "", inner: [] }];
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
function expression(pieces: readonly Piece[]): string {
  const ifAt = pieces.indexOf("if");
  const elseAt = pieces.lastIndexOf("else");
  if (ifAt > 0 && elseAt > ifAt) {
    const condition = expression(pieces.slice(ifAt + 1, elseAt)).trim();
    const [yes, no] = [pieces.slice(0, ifAt), pieces.slice(elseAt + 1)].map((part) =>
      expression(part).trim()
    );
    return `((${condition}) ? (${yes}) : (${no}))`;
  }
  for (const [word, operator] of [["or", "||"], ["and", "&&"]] as const) {
    if (pieces.includes(word)) {
      return split(pieces, word).map((part) => `(${expression(part).trim()})`).join(` ${operator} `);
    }
  }
  const first = pieces.findIndex((piece) => !isSpace(piece));
  if (pieces[first] === "not") return `!(${expression(pieces.slice(first + 1)).trim()})`;
  return plain(pieces);
}

const words: Readonly<Record<string, string>> = { True: "true", False: "false", None: "null" };

function plain(pieces: readonly Piece[]): string {
  let output = "";
  for (let index = 0; index < pieces.length; index++) {
    const piece = pieces[index]!;
    if (typeof piece === "string") {
      if (piece === "is") {
        const not = pieces[index + 1] !== undefined && isSpace(pieces[index + 1]!) &&
          pieces[index + 2] === "not";
        output += not ? "!=" : "==";
        if (not) index += 2;
        continue;
      }
      const next = pieces[index + 1];
      const isMember = output.trimEnd().endsWith(".");
      if (!isMember && Object.hasOwn(calls, piece) && typeof next === "object" && next.open === "(") {
        output += calls[piece]!(split(next.inner, ",").map((part) => expression(part).trim()));
        index++;
      } else output += isMember ? piece : Object.hasOwn(words, piece) ? words[piece]! : piece;
      continue;
    }
    const isCall = piece.open === "(" && /[\w$\])]$/.test(output);
    const parts = split(piece.inner, ",");
    output += piece.open + (isCall ? callArguments(parts) : parts.map(expression).join(",")) +
      closing[piece.open];
  }
  return output;
}

/** Translates keyword arguments: `f(a, silent=True)` becomes `f(a, { silent: true })`. */
function callArguments(parts: readonly (readonly Piece[])[]): string {
  const positional: string[] = [];
  const named: string[] = [];
  for (const part of parts) {
    const solid = part.filter((piece) => !isSpace(piece));
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

function split(pieces: readonly Piece[], separator: string): Piece[][] {
  const parts: Piece[][] = [[]];
  for (const piece of pieces) {
    if (piece === separator) parts.push([]);
    else parts[parts.length - 1]!.push(piece);
  }
  return parts;
}

function isSpace(piece: Piece): boolean {
  return typeof piece === "string" && piece.trim() === "";
}
