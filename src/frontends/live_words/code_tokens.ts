/** A token of JavaScript, as detailed as the preview of unfinished code needs. */
export type Token =
  /** A name, a keyword or a number. */
  | { readonly kind: "word"; readonly text: string; readonly afterLineEnd: boolean }
  /** A literal with its escapes decoded, and `…` for each `${…}`. */
  | {
    readonly kind: "text";
    readonly text: string;
    /** `open`: the code ends inside the literal. `broken`: a line ends inside it, which is a mistake. */
    readonly end: "closed" | "open" | "broken";
    readonly afterLineEnd: boolean;
  }
  /** An operator or a bracket; a regular expression counts as the sign `/…/`. */
  | { readonly kind: "sign"; readonly text: string; readonly afterLineEnd: boolean };

/** Reads the tokens of code that may end anywhere. Comments are left out. Accepts any text. */
export function readTokens(code: string): Token[] {
  const tokens: Token[] = [];
  const scanner: Scanner = { code, at: 0, depth: 0 };
  for (let token = readToken(scanner, undefined); token; token = readToken(scanner, tokens.at(-1))) {
    tokens.push(token);
  }
  return tokens;
}

interface Scanner {
  readonly code: string;
  at: number;
  /** Depth of nested templates. */
  depth: number;
}

function readToken(scanner: Scanner, before: Token | undefined): Token | undefined {
  const afterLineEnd = skipBlanks(scanner) || before === undefined;
  const { code, at } = scanner;
  const first = code[at];
  if (first === undefined) return undefined;
  if (first === '"' || first === "'") return { kind: "text", ...readString(scanner, first), afterLineEnd };
  if (first === "`") return { kind: "text", ...readTemplate(scanner), afterLineEnd };
  const pattern = first === "/" && mayBeginPattern(before) ? match(patternLiteral, code, at) : undefined;
  if (pattern !== undefined) {
    scanner.at += pattern.length;
    return { kind: "sign", text: "/…/", afterLineEnd };
  }
  const word = match(wordPattern, code, at);
  const text = word ?? match(signPattern, code, at) ?? first;
  scanner.at += text.length;
  return { kind: word === undefined ? "sign" : "word", text, afterLineEnd };
}

const wordPattern = /[\p{L}\p{N}_$]+/uy;
const signPattern = /\?\.(?!\d)|=>|\?\?|\|\||&&|[=!]==?|\+\+|--|[-+*/%&|^<>]=/y;
// Bounded, so that a text without the closing sign is scanned in linear time.
const patternLiteral = /\/(?:\\.|\[(?:\\.|[^\]\\\n]){0,99}\]|[^/\\[\n]){1,400}(?:\/\w*|$)/y;
const blankPattern = /(?:\s|\/\/[^\n]*|\/\*[^]*?(?:\*\/|$))+/y;

function match(pattern: RegExp, code: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(code)?.[0];
}

/** Skips blanks and comments. Returns whether a line ended there. */
function skipBlanks(scanner: Scanner): boolean {
  const blanks = match(blankPattern, scanner.code, scanner.at) ?? "";
  scanner.at += blanks.length;
  return blanks.includes("\n");
}

/** Whether `/` after this token begins a regular expression. Otherwise it divides. */
function mayBeginPattern(before: Token | undefined): boolean {
  if (before === undefined) return true;
  if (before.kind === "word") return ["return", "await", "typeof", "case", "in", "of"].includes(before.text);
  return before.kind === "sign" && !/^(?:[)\]}]|\+\+|--|\/…\/)$/.test(before.text);
}

type Literal = Pick<Extract<Token, { kind: "text" }>, "text" | "end">;

function readString(scanner: Scanner, quote: string): Literal {
  const { code } = scanner;
  let text = "";
  for (scanner.at++; scanner.at < code.length;) {
    const character = code[scanner.at]!;
    if (character === "\n") return { text, end: "broken" };
    if (character === "\\") {
      text += readEscape(scanner);
      continue;
    }
    scanner.at++;
    if (character === quote) return { text, end: "closed" };
    text += character;
  }
  return { text, end: "open" };
}

function readTemplate(scanner: Scanner): Literal {
  const { code } = scanner;
  let text = "";
  for (scanner.at++; scanner.at < code.length;) {
    const character = code[scanner.at]!;
    if (character === "\\") {
      text += readEscape(scanner);
      continue;
    }
    scanner.at++;
    if (character === "`") return { text, end: "closed" };
    if (character !== "$") {
      text += character;
    } else if (code[scanner.at] === "{") {
      scanner.at++;
      text += gap;
      skipExpression(scanner);
    } else if (scanner.at < code.length) {
      // At the very end it may be the start of `${`.
      text += character;
    }
  }
  return { text, end: "open" };
}

/** Stands for words that are known only when the code runs. */
export const gap = "…";

/** Skips the content of `${…}`, which may hold templates itself. */
function skipExpression(scanner: Scanner): void {
  if (scanner.depth >= maxDepth) {
    scanner.at = scanner.code.length;
    return;
  }
  scanner.depth++;
  let open = 1;
  let token: Token | undefined;
  while (open > 0 && (token = readToken(scanner, token)) !== undefined) {
    if (token.kind !== "sign") continue;
    if (token.text === "{") open++;
    else if (token.text === "}") open--;
  }
  scanner.depth--;
}

/** Maximum depth of nested templates. Deeper ones in hostile text must not overflow our stack. */
const maxDepth = 50;

/** Reads an escape sequence. An incomplete one at the end gives nothing. */
function readEscape(scanner: Scanner): string {
  const { code, at } = scanner;
  const cut = match(unfinishedEscape, code, at);
  if (cut !== undefined) {
    scanner.at = code.length;
    return "";
  }
  const escape = match(escapePattern, code, at)!;
  scanner.at += escape.length;
  const letter = escape[1]!;
  if (letter === "\n") return "";
  const digits = /^\\(?:x|u\{?)([\da-f]+)\}?$/i.exec(escape)?.[1];
  if (digits !== undefined) return characterOf(parseInt(digits, 16));
  return named[letter] ?? letter;
}

const unfinishedEscape = /\\(?:x[\da-f]?|u(?:[\da-f]{0,3}|\{[\da-f]*))?$/iy;
const escapePattern = /\\(?:x[\da-f]{2}|u[\da-f]{4}|u\{[\da-f]+\}|[^])/iy;
const named: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  b: "\b",
  f: "\f",
  v: "\v",
  0: "\0",
};

function characterOf(code: number): string {
  if (code > 0x10ffff) return "\ufffd";
  return code > 0xffff ? String.fromCodePoint(code) : String.fromCharCode(code);
}
