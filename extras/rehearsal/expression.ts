import { adjective, comparisons, constants, functions, symbols } from "./predicates.ts";
import { textLiteral } from "./say_text.ts";
import type { NameScope } from "./scope.ts";
import { type ExpressionToken, tokenize } from "./tokens.ts";
import { articles, wordsOf } from "./words.ts";

/** The meanings of names in an expression: variables, and callable playbooks. */
interface Meaning {
  readonly scope: NameScope;
  /** The JavaScript that calls `Name` or `Class.Name`. Returns `undefined` if there is no such playbook. */
  callee(name: string): string | undefined;
  /** The same for a method of the agent behind a reference. */
  method(reference: string, name: string): string | undefined;
}

/** The JavaScript of a step's expression or condition. Returns `undefined` if it cannot be computed. */
export function translate(text: string, meaning: Meaning): string | undefined {
  const trimmed = text.trim().replace(/[.!:;]+$/, "");
  const tokens = trimmed === "" ? undefined : tokenize(trimmed);
  if (!tokens) return undefined;
  const parser = new Parser(tokens, meaning);
  try {
    return parser.whole();
  } catch (error) {
    if (error instanceof NotComputable) return undefined;
    throw error;
  }
}

class NotComputable extends Error {}

/** A recursive descent parser. Every method returns JavaScript or throws `NotComputable`. */
class Parser {
  readonly #tokens: readonly ExpressionToken[];
  readonly #meaning: Meaning;
  #at = 0;

  constructor(tokens: readonly ExpressionToken[], meaning: Meaning) {
    this.#tokens = tokens;
    this.#meaning = meaning;
  }

  whole(): string {
    const value = this.#or();
    if (this.#at < this.#tokens.length) throw new NotComputable();
    return value;
  }

  #or(): string {
    let left = this.#and();
    while (this.#words("or") || this.#operator("||")) left = `(${left} || ${this.#and()})`;
    return left;
  }

  #and(): string {
    let left = this.#not();
    while (this.#words("and") || this.#operator("&&")) left = `(${left} && ${this.#not()})`;
    return left;
  }

  #not(): string {
    if (this.#words("not") || this.#operator("!")) return `!(${this.#not()})`;
    return this.#comparison();
  }

  #comparison(): string {
    const written = this.#peek()?.kind === "variable";
    const left = this.#sum();
    this.#skipAdverbs();
    const symbol = symbols.get(this.#peek()?.kind === "operator" ? this.#peek()!.text : "");
    if (symbol !== undefined) {
      this.#at++;
      return this.#compared(left, symbol, written);
    }
    const digits = this.#shape(left);
    if (digits !== undefined) return digits;
    for (const [words, operator] of comparisons) {
      if (this.#words(words)) return this.#compared(left, operator, written);
      const denied = words.startsWith("is ") && this.#words(words.replace("is ", "is not "));
      if (denied) return `!(${this.#compared(left, operator, written)})`;
    }
    if (this.#words("contains") || this.#words("includes")) return `(${left} ?? "").includes(${this.#sum()})`;
    if (this.#words("does not contain") || this.#words("does not include")) {
      return `!(${left} ?? "").includes(${this.#sum()})`;
    }
    if (this.#words("starts with")) return `String(${left}).startsWith(${this.#sum()})`;
    if (this.#words("ends with")) return `String(${left}).endsWith(${this.#sum()})`;
    if (this.#words("not in")) return `!${this.#sum()}.includes(${left})`;
    if (this.#words("in")) return `${this.#sum()}.includes(${left})`;
    const denied = this.#words("is not") || this.#words("isn't") || this.#words("are not");
    if (!denied && !this.#words("is") && !this.#words("are")) return left;
    this.#skipAdverbs();
    return this.#predicate(left, { denied, written });
  }

  /** After `is` or `is not`. */
  #predicate(left: string, { denied, written }: { denied: boolean; written: boolean }): string {
    const deny = (condition: string) => denied ? `!${condition}` : condition;
    if (this.#words("in")) return deny(`${this.#sum()}.includes(${left})`);
    if (this.#words("between")) {
      const low = this.#sum();
      if (!this.#words("and")) throw new NotComputable();
      return deny(`(${left} >= ${low} && ${left} <= ${this.#sum()})`);
    }
    const end = this.#at;
    const word = this.#rest();
    if (word !== undefined) {
      const found = adjective(word, left);
      if (found !== undefined) return deny(found);
      this.#at = end;
    }
    return this.#compared(left, denied ? "!==" : "===", written);
  }

  /** "is made up of 8 numbers", "has 3 items": the shape of a value. */
  #shape(left: string): string | undefined {
    const start = this.#at;
    const lengthOf = `(${left} ?? "").length`;
    const denied = this.#words("is not") || this.#words("does not");
    const isShape = [
      "is made up of",
      "consists of",
      "consist of",
      "contains",
      "has",
      "have",
      "made up of",
      "is",
      "",
    ]
      .some((words) => words === "" ? denied : this.#words(words));
    const operator = this.#words("at least")
      ? ">="
      : this.#words("at most")
      ? "<="
      : this.#words("more than")
      ? ">"
      : this.#words("less than") || this.#words("fewer than")
      ? "<"
      : this.#words("exactly")
      ? "==="
      : "===";
    const count = this.#peek()?.kind === "number" ? this.#tokens[this.#at++]!.text : undefined;
    const unit = isShape && count !== undefined && this.#peek()?.kind === "word"
      ? this.#tokens[this.#at++]!.text
      : "";
    if (this.#words("long") || this.#words("in length")) { /* adds no condition */ }
    const deny = (condition: string) => denied ? `!${condition}` : condition;
    if (/^(digits?|numbers?|numerals?)$/i.test(unit)) {
      return deny(
        operator === "==="
          ? `/^\\d{${count}}$/.test(${left})`
          : `(String(${left}).length ${operator} ${count})`,
      );
    }
    if (/^(characters?|letters?)$/i.test(unit)) return deny(`(String(${left}).length ${operator} ${count})`);
    if (/^(items?|elements?|entries|members?)$/i.test(unit)) {
      return deny(`(${lengthOf} ${operator} ${count})`);
    }
    this.#at = start;
    return undefined;
  }

  /** A right side that is not an expression may be a plain word, `If $status is pending`, but only after a `$variable`. */
  #compared(left: string, operator: string, written: boolean): string {
    const start = this.#at;
    try {
      return `${left} ${operator} ${this.#sum()}`;
    } catch (error) {
      this.#at = start;
      const rest = written && operator.endsWith("==") ? this.#rest() : undefined;
      if (!(error instanceof NotComputable) || rest === undefined) throw error;
      return `${left} ${operator} ${JSON.stringify(rest)}`;
    }
  }

  #sum(): string {
    let left = this.#product();
    for (;;) {
      if (this.#operator("+") || this.#words("plus")) left = `${left} + ${this.#product()}`;
      else if (this.#operator("-") || this.#words("minus")) left = `${left} - ${this.#product()}`;
      else return left;
    }
  }

  #product(): string {
    let left = this.#factor();
    for (;;) {
      if (
        this.#operator("*") || this.#operator("×") || this.#words("times") || this.#words("multiplied by")
      ) {
        left = `${left} * ${this.#factor()}`;
      } else if (this.#operator("/") || this.#operator("÷") || this.#words("divided by")) {
        left = `${left} / ${this.#factor()}`;
      } else if (this.#operator("%") || this.#words("modulo")) left = `${left} % ${this.#factor()}`;
      else return left;
    }
  }

  #factor(): string {
    if (this.#operator("-")) return `-${this.#factor()}`;
    const token = this.#peek();
    if (!token) throw new NotComputable();
    if (token.kind === "word") return this.#word();
    this.#at++;
    if (token.kind === "number") return token.text;
    if (token.kind === "string") return textLiteral(token.text, this.#meaning.scope);
    if (token.kind === "variable") return this.#path(this.#meaning.scope.reference(token.text));
    if (token.text === "(") {
      const inner = this.#or();
      this.#expect(")");
      return `(${inner})`;
    }
    if (token.text === "[") return `[${this.#list("]", () => this.#or())}]`;
    if (token.text === "{") return `{ ${this.#list("}", () => this.#property())} }`;
    throw new NotComputable();
  }

  #property(): string {
    const token = this.#tokens[this.#at++];
    if (!token || (token.kind !== "string" && token.kind !== "word" && token.kind !== "variable")) {
      throw new NotComputable();
    }
    if (token.kind !== "string" && !this.#at0(":")) return `${token.text}: ${this.#reread()}`;
    this.#expect(":");
    const key = /^[A-Za-z_]\w*$/.test(token.text) && token.text !== "__proto__"
      ? token.text
      : `[${JSON.stringify(token.text)}]`;
    return `${key}: ${this.#or()}`;
  }

  /** `{ $name }` and `{ name }`: a property with the variable's name. */
  #reread(): string {
    this.#at--;
    return this.#or();
  }

  /** A word is a constant, a call, or the start of a variable's name of one or more words. */
  #word(): string {
    const token = this.#peek()!;
    const constant = constants.get(token.text.toLowerCase());
    if (constant !== undefined && !this.#at0(".", 1)) {
      this.#at++;
      return constant;
    }
    const call = this.#call();
    if (call !== undefined) return call;
    for (const words of ["the number of", "number of", "the length of", "length of", "the count of"]) {
      if (this.#words(words)) return `(${this.#factor()} ?? "").length`;
    }
    for (const words of ["an empty list", "empty list", "an empty array"]) {
      if (this.#words(words)) return "[]";
    }
    for (const words of ["an empty object", "an empty dictionary", "empty dictionary"]) {
      if (this.#words(words)) return "({})";
    }
    if (this.#words("an empty string") || this.#words("empty string")) return '""';
    if (this.#words("value of") || this.#words("the value of")) return this.#factor();
    if (articles.has(token.text.toLowerCase()) || /['’]s$/.test(token.text)) {
      this.#at++;
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
  #call(): string | undefined {
    const name = this.#peek()!.text;
    if (this.#at0("(", 1)) {
      const builtin = functions.get(name);
      const callee = builtin === undefined ? this.#meaning.callee(name) : undefined;
      if (builtin === undefined && callee === undefined) return undefined;
      this.#at += 2;
      const args = this.#arguments();
      return builtin ? builtin(args) : `await ${callee}(${args})`;
    }
    const method = this.#tokens[this.#at + 2];
    if (!this.#at0(".", 1) || method?.kind !== "word" || !this.#at0("(", 3)) return undefined;
    const callee = this.#meaning.callee(`${name}.${method.text}`);
    if (callee === undefined) return undefined;
    this.#at += 4;
    return `await ${callee}(${this.#arguments()})`;
  }

  /** Positional arguments, or named ones as one object. */
  #arguments(): string {
    const named: string[] = [];
    const list = this.#list(")", () => {
      const token = this.#peek();
      if (
        (token?.kind === "word" || token?.kind === "variable") && (this.#at0("=", 1) || this.#at0(":", 1))
      ) {
        this.#at += 2;
        named.push(`${token.text}: ${this.#or()}`);
        return "";
      }
      return this.#or();
    });
    const positional = list.replace(/(^|, )(?=(, |$))/g, "");
    const object = named.length > 0 ? `{ ${named.join(", ")} }` : "";
    return [positional, object].filter((part) => part !== "").join(", ");
  }

  #list(end: string, item: () => string): string {
    const items: string[] = [];
    while (!this.#operator(end)) {
      if (items.length > 0) this.#expect(",");
      if (this.#operator(end)) break;
      items.push(item());
    }
    return items.filter((text) => text !== "").join(", ");
  }

  #path(reference: string): string {
    let path = reference;
    for (;;) {
      const next = this.#tokens[this.#at + 1];
      if (this.#at0(".") && next?.kind === "word" && !this.#at0("(", 2)) {
        path += `?.${next.text}`;
        this.#at += 2;
      } else if (this.#at0("[")) {
        this.#at++;
        path += `?.[${this.#or()}]`;
        this.#expect("]");
      } else {
        const callee = this.#at0(".") && next?.kind === "word"
          ? this.#meaning.method(path, next.text)
          : undefined;
        if (callee === undefined) return path;
        this.#at += 2;
        this.#expect("(");
        path = `await ${callee}(${this.#arguments()})`;
      }
    }
  }

  /** The remaining tokens, if they are at most three words. */
  #rest(): string | undefined {
    const tokens = this.#tokens.slice(this.#at);
    const end = tokens.findIndex((token) => token.kind !== "word" || /^(and|or)$/i.test(token.text));
    const words = tokens.slice(0, end < 0 ? undefined : end).map((token) => token.text);
    if (words.length === 0 || words.length > 3) return undefined;
    this.#at += words.length;
    return words.join(" ");
  }

  #skipAdverbs(): void {
    while (/^(still|now|already|also|currently|yet)$/i.test(this.#peek()?.text ?? "")) this.#at++;
  }

  #peek(): ExpressionToken | undefined {
    return this.#tokens[this.#at];
  }

  #at0(operator: string, ahead = 0): boolean {
    const token = this.#tokens[this.#at + ahead];
    return token?.kind === "operator" && token.text === operator;
  }

  #operator(operator: string): boolean {
    if (!this.#at0(operator)) return false;
    this.#at++;
    return true;
  }

  #expect(operator: string): void {
    if (!this.#operator(operator)) throw new NotComputable();
  }

  /** Takes these words if they come next. Skips adverbs after the first word ("is still below"). */
  #words(phrase: string): boolean {
    const start = this.#at;
    for (const word of phrase.split(" ")) {
      if (this.#at > start) this.#skipAdverbs();
      const token = this.#peek();
      if (token?.kind !== "word" || token.text.toLowerCase().replace("’", "'") !== word) {
        this.#at = start;
        return false;
      }
      this.#at++;
    }
    return true;
  }
}
