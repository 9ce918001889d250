import { isVariableName, namePattern } from "../../src/language/variable_names.ts";
import { pattern } from "./pattern.ts";
import type { Declared } from "./reading.ts";
import { nameText, textLiteral } from "./say_text.ts";
import type { NameScope } from "./scope.ts";
import { articles, wordsOf } from "./words.ts";

/** The meanings of names in an expression: variables, and callable playbooks. */
interface Meaning {
  readonly scope: NameScope;
  /** The JavaScript that calls `Name` or `Class.Name`. Returns `undefined` if there is no such playbook. */
  callee(name: string): string | undefined;
  /** The same for a method of the agent behind a reference. */
  method(reference: string, name: string): string | undefined;
  /** The parameters of what {@linkcode callee} gave. Returns `undefined` if they are not known. */
  parameters(callee: string): Declared["parameters"] | undefined;
}

/** An argument of a call. `name` is for one that is given by name. */
export interface Argument {
  readonly name?: string;
  readonly code: string;
  /** What stands for the argument if it is required and has no value. */
  readonly standIn?: string;
}

/** The reference to a variable. At run time its name stands in for it if the turn knows no value of it. */
export function orName(variable: string, scope: NameScope): string {
  const reference = scope.reference(variable);
  return scope.knows(variable) ? reference : orText(reference, nameText(variable));
}

function orText(code: string, name: string): string {
  return `orName(${code}, ${JSON.stringify(name)})`;
}

/**
 * The arguments of a call: in their order, else all by name in one object. A required variable without a value gets a
 * stand-in.
 */
export function argumentList(
  args: readonly Argument[],
  parameters: Declared["parameters"] | undefined,
): string {
  const same = (one: string, other: string) => one.replace(/^\$/, "").toLowerCase() === other.toLowerCase();
  const given = args.map(({ name, code, standIn }, index) => {
    const parameter = name === undefined
      ? parameters?.[index]
      : parameters?.find((each) => same(name, each.name));
    const isRequired = parameter?.optional === false;
    return {
      name,
      parameter,
      code: isRequired && standIn !== undefined ? orText(code, standIn) : code,
    };
  });
  const named = given.filter(({ name }) => name !== undefined);
  const isMixed = named.length > 0 && named.length < given.length &&
    given.every(({ parameter }) => parameter !== undefined);
  const inObject = isMixed ? given : named;
  const object = inObject.map(({ name, parameter, code }) => `${name ?? parameter!.name}: ${code}`);
  return [
    ...given.filter((each) => !inObject.includes(each)).map(({ code }) => code),
    ...(object.length > 0 ? [`{ ${object.join(", ")} }`] : []),
  ].join(", ");
}

/** The JavaScript of a step's expression or condition. Returns `undefined` if it cannot be computed. */
export function translate(text: string, meaning: Meaning): string | undefined {
  const tokens = tokenize(text.trim().replace(/[.!:;]+$/, ""));
  if (!tokens || tokens.length === 0) return undefined;
  try {
    return new Parser(tokens, meaning).whole();
  } catch (error) {
    if (error instanceof NotComputable) return undefined;
    throw error;
  }
}

/** The condition that a value means success: it is set, and neither its text nor its fields deny success. */
export function isValid(reference: string): string {
  return `isValid(${reference})`;
}

/** A `string` has no quotes, a `variable` no `$`; `text` of an `operator` is a sign of {@linkcode lexicon}. */
interface Token {
  readonly kind: "number" | "string" | "variable" | "word" | "operator";
  readonly text: string;
}

const than = (words: string) => `(?:${words}) than`;
const more = "greater|more|larger|bigger|higher|longer";
const less = "less|fewer|smaller|lower|shorter";

/** The words and signs of operators, longest first, each with its sign in the parser. */
const lexicon: readonly (readonly [words: string, sign: string])[] = [
  [`${than(more)} or equal to|at least|no less than`, ">="],
  [`${than(less)} or equal to|at most|no more than`, "<="],
  [`${than(more)}|above|over|exceeds`, ">"],
  [`${than(less)}|below|under`, "<"],
  ["(?:is|are) not|isn't|aren't|does not|doesn't|do not|not(?= in\\b)", "is not"],
  ["different from", "!=="],
  ["(?:equal to|the same as|exactly)", "==="],
  ["equals?", "is"],
  ["(?:contains?|includes?)(?! (?:exactly |at least |at most )?\\d)", "includes"],
  ["(?:starts?|begins?) with", "startsWith"],
  ["ends? with", "endsWith"],
  ["made up of|consists? of|contains?|has|have", "has"],
  ["is|are", "is"],
  ["in(?: the list)?(?= *[$[\\w])", "in"],
  ["between", "between"],
  ["multiplied by|times", "*"],
  ["divided by", "/"],
  ["modulo", "%"],
  ["plus", "+"],
  ["minus", "-"],
  ["and", "&&"],
  ["or", "||"],
  ["not", "!"],
];

const words = lexicon.map(([pattern, sign]) => ({
  pattern: new RegExp(`^(?:${pattern})(?![\\w])`, "i"),
  sign,
}));

const signs: Readonly<Record<string, string>> = {
  "=": "===",
  "==": "===",
  "!=": "!==",
  "≠": "!==",
  "≤": "<=",
  "≥": ">=",
  "×": "*",
  "÷": "/",
};

function tokenize(text: string): Token[] | undefined {
  const tokens: Token[] = [];
  let depth = 0;
  let rest = text.replaceAll("’", "'").replace(
    /\b(is|are|has)\s+(?:still|now|already|also|currently|yet)\b/gi,
    "$1",
  );
  while ((rest = rest.trimStart()) !== "") {
    const found = nextToken(rest, depth);
    if (!found) return undefined;
    const [token, length] = found;
    if (token.kind === "operator" && "([{".includes(token.text)) depth++;
    if (token.kind === "operator" && ")]}".includes(token.text)) depth--;
    tokens.push(token);
    rest = rest.slice(length);
  }
  return tokens;
}

const variableStart = pattern.u`^\$(${namePattern})`;
const wordStart = pattern.u`^${namePattern}(?:'s\b)?`;

function nextToken(rest: string, depth: number): readonly [Token, number] | undefined {
  const quoted = /^"((?:[^"\\]|\\.)*)"|^“([^”]*)”|^'((?:[^'\\]|\\.)*)'|^`([^`]*)`/.exec(rest);
  if (quoted) {
    const raw = quoted[1] ?? quoted[2] ?? quoted[3] ?? quoted[4] ?? "";
    const plain = raw.replace(/\\(["'\\nt])/g, (_, c: string) => c === "n" ? "\n" : c === "t" ? "\t" : c);
    return [{ kind: "string", text: plain }, quoted[0].length];
  }
  // `1,000` is one number only outside brackets, because a comma there separates arguments. `15%` and `$90` are numbers.
  const number = (depth === 0 ? /^\$?(\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)/ : /^\$?(\d+(?:\.\d+)?)/)
    .exec(rest);
  if (number && !/^[A-Za-z_]/.test(rest.slice(number[0].length))) {
    const percent = /^%(?!\s*[\w$(])/.test(rest.slice(number[0].length)) ? 1 : 0;
    return [
      { kind: "number", text: number[1]!.replaceAll(",", "").replace(/^0+(?=\d)/, "") },
      number[0].length + percent,
    ];
  }
  const variable = variableStart.exec(rest);
  if (variable) return [{ kind: "variable", text: variable[1]! }, variable[0].length];
  for (const { pattern, sign } of words) {
    const match = pattern.exec(rest);
    if (match) return [{ kind: "operator", text: sign }, match[0].length];
  }
  const word = wordStart.exec(rest);
  if (word) return [{ kind: "word", text: word[0] }, word[0].length];
  const sign = /^(===|!==|==|!=|<=|>=|&&|\|\||[≤≥≠×÷+\-*/%()[\]{},:.<>=!])/.exec(rest)?.[0];
  return sign === undefined ? undefined : [{ kind: "operator", text: signs[sign] ?? sign }, sign.length];
}

class NotComputable extends Error {}

/** A recursive descent parser. Every method returns JavaScript or throws `NotComputable`. */
class Parser {
  readonly #tokens: readonly Token[];
  readonly #meaning: Meaning;
  #at = 0;

  constructor(tokens: readonly Token[], meaning: Meaning) {
    this.#tokens = tokens;
    this.#meaning = meaning;
  }

  whole(): string {
    const value = this.#choice();
    if (this.#at < this.#tokens.length) throw new NotComputable();
    return value;
  }

  /** `a if condition else b`, as in Python: an empty list counts as no. */
  #choice(): string {
    const value = this.#or();
    if (!this.#takeWord("if")) return value;
    const condition = this.#or();
    if (!this.#takeWord("else")) throw new NotComputable();
    const isPlain = /^[\p{L}\p{M}\p{N}_$.?]+$/u.test(condition);
    return `(${isPlain ? `${condition}?.length ?? ${condition}` : condition} ? ${value} : ${this.#choice()})`;
  }

  #or(): string {
    let left = this.#and();
    while (this.#take("||")) left = `(${left} || ${this.#and()})`;
    return left;
  }

  #and(): string {
    let left = this.#not();
    while (this.#take("&&")) left = `(${left} && ${this.#not()})`;
    return left;
  }

  #not(): string {
    return this.#take("!") ? `!(${this.#not()})` : this.#comparison();
  }

  #comparison(): string {
    const isVariable = this.#peek()?.kind === "variable";
    const left = this.#sum();
    const denied = this.#take("is not");
    const deny = (condition: string) => denied ? `!${condition}` : condition;
    const isStated = denied || this.#take("is");
    const has = this.#take("has");
    const sign = ["===", "!==", "<=", ">=", "<", ">"].find((each) => this.#take(each));
    const shape = isStated || has || sign ? this.#shape(left, sign ?? "===") : undefined;
    if (shape !== undefined) return deny(shape);
    if (has) throw new NotComputable();
    if (sign !== undefined) {
      return denied ? `!(${this.#compared(left, sign, isVariable)})` : this.#compared(left, sign, isVariable);
    }
    if (this.#take("includes")) return deny(`(${left} ?? "").includes(${this.#sum()})`);
    if (this.#take("startsWith")) return deny(`String(${left}).startsWith(${this.#sum()})`);
    if (this.#take("endsWith")) return deny(`String(${left}).endsWith(${this.#sum()})`);
    if (this.#take("in")) return deny(`${this.#sum()}.includes(${left})`);
    if (this.#take("between")) {
      const low = this.#sum();
      this.#expect("&&");
      return deny(`(${left} >= ${low} && ${left} <= ${this.#sum()})`);
    }
    if (!isStated) return left;
    const start = this.#at;
    const found = adjective(this.#rest() ?? "", left);
    if (found !== undefined) return deny(found);
    this.#at = start;
    return this.#compared(left, denied ? "!==" : "===", isVariable);
  }

  /** "8 numbers", "3 items", "5 characters long": the size of a value. */
  #shape(left: string, sign: string): string | undefined {
    const [count, unit] = this.#tokens.slice(this.#at);
    if (count?.kind !== "number" || unit?.kind !== "word") return undefined;
    const isDigits = /^(?:digits?|numbers?|numerals?)$/i.test(unit.text);
    const isText = isDigits || /^(?:characters?|letters?)$/i.test(unit.text);
    if (!isText && !/^(?:items?|elements?|entries|members?)$/i.test(unit.text)) return undefined;
    this.#at += 2;
    if (this.#peek()?.text === "long") this.#at++;
    if (isDigits && sign === "===") return `/^\\d{${count.text}}$/.test(${left})`;
    return `(${isText ? `String(${left})` : `(${left} ?? "")`}.length ${sign} ${count.text})`;
  }

  /** A right side that is not an expression may be a plain word, `If $status is pending`, but only after a `$variable`. */
  #compared(left: string, sign: string, isVariable: boolean): string {
    const start = this.#at;
    try {
      return `${left} ${sign} ${this.#sum()}`;
    } catch (error) {
      this.#at = start;
      const rest = isVariable && sign.endsWith("==") ? this.#rest() : undefined;
      if (!(error instanceof NotComputable) || rest === undefined) throw error;
      return `${left} ${sign} ${JSON.stringify(rest)}`;
    }
  }

  #sum(): string {
    let left = this.#product();
    for (;;) {
      const sign = ["+", "-"].find((each) => this.#take(each));
      if (sign === undefined) return left;
      left = `${left} ${sign} ${this.#product()}`;
    }
  }

  #product(): string {
    let left = this.#factor();
    for (;;) {
      const sign = ["*", "/", "%"].find((each) => this.#take(each));
      if (sign === undefined) return left;
      left = `${left} ${sign} ${this.#factor()}`;
    }
  }

  #factor(): string {
    if (this.#take("-")) return `-${this.#factor()}`;
    const token = this.#peek();
    if (!token) throw new NotComputable();
    if (token.kind === "word") return this.#word(token.text);
    this.#at++;
    if (token.kind === "number") return token.text;
    if (token.kind === "string") return textLiteral(token.text, this.#meaning.scope);
    if (token.kind === "variable") return this.#path(this.#meaning.scope.reference(token.text));
    if (token.text === "(") {
      const inner = this.#choice();
      this.#expect(")");
      return `(${inner})`;
    }
    if (token.text === "[") return `[${this.#list("]", () => this.#or())}]`;
    if (token.text === "{") return `{ ${this.#list("}", () => this.#property())} }`;
    throw new NotComputable();
  }

  #property(): string {
    const token = this.#tokens[this.#at++];
    if (!token || token.kind === "number" || token.kind === "operator") throw new NotComputable();
    if (token.kind !== "string" && !this.#sees(":")) {
      this.#at--;
      return `${token.text}: ${this.#or()}`;
    }
    this.#expect(":");
    const isName = isVariableName(token.text) && token.text !== "__proto__";
    return `${isName ? token.text : `[${JSON.stringify(token.text)}]`}: ${this.#or()}`;
  }

  /** A word is a constant, a call, or the start of a variable's name of one or more words. */
  #word(text: string): string {
    const constant = constants[text.toLowerCase()];
    if (constant !== undefined && !this.#sees(".", 1)) {
      this.#at++;
      return constant;
    }
    const call = this.#call(text);
    if (call !== undefined) return call;
    const ahead = this.#tokens.slice(this.#at, this.#at + 4).map((token) => token.text.toLowerCase()).join(
      " ",
    );
    const size = /^(?:the )?(?:number|length|count) of\b/.exec(ahead);
    if (size) {
      this.#at += size[0].split(" ").length;
      return `(${this.#factor()} ?? "").length`;
    }
    const empty = /^(?:an )?empty (list|array|object|dictionary|string)\b/.exec(ahead);
    if (empty) {
      this.#at += empty[0].split(" ").length;
      return /^(?:list|array)$/.test(empty[1]!) ? "[]" : empty[1] === "string" ? '""' : "({})";
    }
    // `a + b`: a parameter may have the name of an article.
    const isName = articles.has(text.toLowerCase()) && this.#endsWord() &&
      this.#meaning.scope.find([text.toLowerCase()]) !== undefined;
    if (isName) return this.#path(this.#variable());
    if (articles.has(text.toLowerCase()) || /'s$/.test(text) || /^value of\b/.test(ahead)) {
      this.#at += /^value of\b/.test(ahead) ? 2 : 1;
      return this.#factor();
    }
    return this.#path(this.#variable());
  }

  #variable(): string {
    for (let count = 4; count > 0; count--) {
      const tokens = this.#tokens.slice(this.#at, this.#at + count);
      if (tokens.length < count || tokens.some((token) => token.kind !== "word")) continue;
      const found = this.#meaning.scope.find(tokens.flatMap((token) => wordsOf(token.text)));
      if (found === undefined) continue;
      this.#at += count;
      return found;
    }
    throw new NotComputable();
  }

  /** `Name(…)`, `Class.Name(…)`, and the few functions that are common in steps. */
  #call(name: string): string | undefined {
    const method = this.#sees(".", 1) && this.#tokens[this.#at + 2]?.kind === "word"
      ? this.#tokens[this.#at + 2]
      : undefined;
    const length = method ? 3 : 1;
    if (!this.#sees("(", length)) return undefined;
    const builtin = method ? undefined : functions[name];
    const callee = builtin ? undefined : this.#meaning.callee(method ? `${name}.${method.text}` : name);
    if (builtin === undefined && callee === undefined) return undefined;
    this.#at += length + 1;
    const args = this.#arguments(callee);
    return builtin ? builtin.replace("…", () => args) : `await ${callee}(${args})`;
  }

  #arguments(callee: string | undefined): string {
    const args: Argument[] = [];
    this.#list(")", () => {
      const token = this.#peek();
      const isNamed = (token?.kind === "word" || token?.kind === "variable") &&
        (this.#sees("===", 1) || this.#sees(":", 1));
      if (isNamed) this.#at += 2;
      const from = this.#at;
      const code = this.#choice();
      const standIn = this.#standIn(this.#tokens.slice(from, this.#at));
      args.push({
        ...(isNamed && { name: token.text }),
        code,
        ...(standIn !== undefined && { standIn }),
      });
      return "";
    });
    return argumentList(args, callee === undefined ? undefined : this.#meaning.parameters(callee));
  }

  /** The words for a variable that the turn does not know, or for a part of a variable, which may lack it. */
  #standIn([first, ...others]: readonly Token[]): string | undefined {
    if (first?.kind !== "variable") return undefined;
    if (others.length === 0) return this.#meaning.scope.knows(first.text) ? undefined : nameText(first.text);
    const isPath = others.every(({ kind, text }) =>
      kind !== "variable" && (kind !== "operator" || ".[]".includes(text))
    );
    if (!isPath) return undefined;
    const parts = others.filter(({ kind }) => kind !== "operator").map(({ text }) => text);
    return [first.text, ...parts].map(nameText).join(" ");
  }

  #list(end: string, item: () => string): string {
    const items: string[] = [];
    while (!this.#take(end)) {
      if (items.length > 0) this.#expect(",");
      if (this.#take(end)) break;
      items.push(item());
    }
    return items.filter((text) => text !== "").join(", ");
  }

  #path(reference: string): string {
    const next = this.#tokens[this.#at + 1];
    if (this.#take("[")) {
      const index = this.#or();
      this.#expect("]");
      return this.#path(`${reference}?.[${index}]`);
    }
    if (!this.#sees(".") || next?.kind !== "word") return reference;
    if (!this.#sees("(", 2)) {
      this.#at += 2;
      return this.#path(`${reference}?.${next.text}`);
    }
    const callee = this.#meaning.method(reference, next.text);
    if (callee === undefined) return reference;
    this.#at += 3;
    return this.#path(`await ${callee}(${this.#arguments(callee)})`);
  }

  /** The words up to "and", "or" or the end, if they are at most three. */
  #rest(): string | undefined {
    const tokens = this.#tokens.slice(this.#at);
    const end = tokens.findIndex((token) => token.kind !== "word");
    const found = tokens.slice(0, end < 0 ? undefined : end).map((token) => token.text);
    if (found.length === 0 || found.length > 3) return undefined;
    this.#at += found.length;
    return found.join(" ");
  }

  #peek(): Token | undefined {
    return this.#tokens[this.#at];
  }

  #sees(sign: string, ahead = 0): boolean {
    const token = this.#tokens[this.#at + ahead];
    return token?.kind === "operator" && token.text === sign;
  }

  /** Whether the word here is followed by an operator or the end. */
  #endsWord(): boolean {
    const next = this.#tokens[this.#at + 1];
    return next === undefined || next.kind === "operator" && !"({".includes(next.text);
  }

  #takeWord(word: string): boolean {
    const token = this.#peek();
    const isNext = token?.kind === "word" && token.text.toLowerCase() === word;
    if (isNext) this.#at++;
    return isNext;
  }

  #take(sign: string): boolean {
    const isNext = this.#sees(sign);
    if (isNext) this.#at++;
    return isNext;
  }

  #expect(sign: string): void {
    if (!this.#take(sign)) throw new NotComputable();
  }
}

/** The condition of an adjective on a value. Returns `undefined` if it cannot be computed. */
function adjective(text: string, left: string): string | undefined {
  const word = text.toLowerCase().replace(/^(an?|the) /, "");
  const present = `(${left} !== undefined && ${left} !== null && ${left} !== "")`;
  if (/^(empty|blank)$/.test(word)) return `((${left} ?? "").length === 0)`;
  if (/^(set|defined|available|known|given|provided|present)$/.test(word)) return present;
  if (/^(missing|unknown|unset|undefined)$/.test(word)) return `!${present}`;
  if (/^(valid|correct|ok|okay|successful)$/.test(word)) return isValid(left);
  if (/^(invalid|incorrect|wrong|unsuccessful)$/.test(word)) return `!${isValid(left)}`;
  if (/^(number|numeric|positive number)$/.test(word)) return `/^-?\\d+(\\.\\d+)?$/.test(${left})`;
  if (/^(yes|no)$/.test(word)) return `/^${word[0]}/i.test(${left})`;
  const test = { even: "% 2 === 0", odd: "% 2 !== 0", positive: "> 0", negative: "< 0", zero: "=== 0" }[word];
  return test === undefined ? undefined : `(${left} ${test})`;
}

const constants: Readonly<Record<string, string>> = {
  __proto__: null as never,
  true: "true",
  false: "false",
  null: "null",
  none: "null",
  undefined: "undefined",
};

/** The few functions that are common in steps. */
const functions: Readonly<Record<string, string>> = {
  __proto__: null as never,
  len: '(… ?? "").length',
  str: "String(…)",
  int: "Math.trunc(Number(…))",
  float: "Number(…)",
  round: "((value, digits = 0) => Math.round(value * 10 ** digits) / 10 ** digits)(…)",
  abs: "Math.abs(…)",
  min: "Math.min(…)",
  max: "Math.max(…)",
  range:
    "((...n) => { const [from, to, step] = n.length > 1 ? [...n, 1] : [0, n[0], 1]; return Array.from({ length: Math.max(0, Math.ceil((to - from) / step)) }, (_, at) => from + at * step); })(…)",
};
