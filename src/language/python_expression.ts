import type { SyntaxNode } from "@lezer/common";
import { isIdentifierName } from "./expression.ts";
import { parsePython, partsOf, type PythonSource, pythonString, unescaped } from "./python_syntax.ts";

/** What a name means outside of the expression. */
export type NameMeaning =
  /** Code of JavaScript that gives the value. */
  | { readonly kind: "value"; readonly code: string }
  /** Something to call, or whose members to use. `parameters` are those of a playbook. */
  | { readonly kind: "callable"; readonly code: string; readonly parameters?: readonly string[] }
  /** An object of JavaScript, such as `Math`. */
  | { readonly kind: "global"; readonly code: string };

/** The names of an expression. */
export interface ExpressionNames {
  /**
   * The meaning of a name, or `undefined` for an unknown one. `used` says that the expression calls it or reads its
   * member; `tested`, that the expression asks whether there is a value.
   */
  readonly meaning: (
    name: string,
    how: { readonly used: boolean; readonly tested: boolean },
  ) => NameMeaning | undefined;
}

/** A translated expression, or the reason why it cannot be translated although it is an expression. */
export type TranslatedExpression =
  | { readonly ok: true; readonly code: string }
  | { readonly ok: false; readonly message: string };

/** The functions and modules that every expression of Python can use. */
export const pythonFunctionNames: ReadonlySet<string> = new Set(
  ("len str repr int float bool round abs min max sum pow divmod sorted reversed list tuple set dict range enumerate zip " +
    "any all map filter isinstance format chr ord hex oct bin").split(" "),
);
export const pythonModuleNames: ReadonlySet<string> = new Set(
  "date datetime time timedelta timestamp math json".split(" "),
);
/** Those with a value of their own, such as `{timestamp}`. */
const valuedModules: ReadonlySet<string> = new Set(["date", "timestamp"]);

/** The text has an unknown name, or is no expression. */
class UnknownName extends Error {}
class Unsupported extends Error {}

/**
 * Translates an expression of Python to an expression of JavaScript with `await`. Returns `undefined` if the text is no
 * expression of Python, or has an unknown name.
 *
 * The code uses `python$`, the runtime of src/sandbox/guest/python. With `shared`, the text is an expression of JavaScript
 * too: an operation that gives different values in the two languages then throws.
 */
export function translatePython(
  source: string,
  names: ExpressionNames,
  { shared = false }: { readonly shared?: boolean } = {},
): TranslatedExpression | undefined {
  const parsed = parsePython(source);
  if (parsed === undefined) return undefined;
  const translator = new Translator(parsed, names, shared);
  try {
    const code = translator.translate(parsed.root, noNames);
    if (!translator.hasMeaning) return undefined;
    return { ok: true, code: `python$.shown(${translator.wrapped(code)}, ${!shared})` };
  } catch (error) {
    if (error instanceof UnknownName) return undefined;
    if (error instanceof Unsupported) return { ok: false, message: error.message };
    throw error;
  }
}

/** Names that a comprehension or a lambda binds, with their names in JavaScript. */
type BoundNames = ReadonlyMap<string, string>;
const noNames: BoundNames = new Map();

const comparisons: Readonly<Record<string, string>> = { "<": "lt", "<=": "le", ">": "gt", ">=": "ge" };
const arithmetic: Readonly<Record<string, string>> = {
  "+": "add",
  "-": "sub",
  "*": "mul",
  "/": "div",
  "//": "floordiv",
  "%": "mod",
  "**": "pow",
};

class Translator {
  readonly #source: PythonSource;
  readonly #names: ExpressionNames;
  readonly #shared: boolean;
  #temporaries = 0;
  #hasMeaning = false;
  /** Code inside a lambda cannot wait. */
  #lambdas = 0;

  constructor(source: PythonSource, names: ExpressionNames, shared: boolean) {
    this.#source = source;
    this.#names = names;
    this.#shared = shared;
  }

  /** Whether the expression names or computes something. `{"yes" or "no"}` does not. */
  get hasMeaning(): boolean {
    return this.#hasMeaning;
  }

  /** The code with the declarations of its temporary variables. */
  wrapped(code: string): string {
    if (this.#temporaries === 0) return code;
    const list = Array.from({ length: this.#temporaries }, (_, index) => `t$${index + 1}`).join(",");
    return `await (async()=>{let ${list};return ${code}})()`;
  }

  /** Translates a node. `tested` says that only its truth or its being `None` counts. */
  translate(node: SyntaxNode, bound: BoundNames, tested = false): string {
    switch (node.name) {
      case "VariableName":
        return this.#name(node, bound, tested);
      case "Number":
        return this.#number(node);
      case "String":
        return this.#string(node);
      case "ContinuedString":
        return `(${partsOf(node).map((part) => this.translate(part, bound)).join("+")})`;
      case "FormatString":
        return this.#formatString(node, bound);
      case "Boolean":
        this.#hasMeaning ||= isWhole(node);
        return this.#text(node) === "True" ? "true" : "false";
      case "None":
        this.#hasMeaning ||= isWhole(node);
        return "null";
      case "ParenthesizedExpression":
        return this.translate(node.firstChild!.nextSibling!, bound, tested);
      case "TupleExpression":
      case "ArrayExpression":
        return `[${this.#items(node, bound).join(",")}]`;
      case "SetExpression":
        return `python$.set([${this.#items(node, bound).join(",")}])`;
      case "DictionaryExpression":
        return this.#dictionary(node, bound);
      case "ArrayComprehensionExpression":
      case "ComprehensionExpression":
        return this.#comprehension(partsOf(node).slice(1, -1), bound, "list");
      case "SetComprehensionExpression":
        return `python$.set(${this.#comprehension(partsOf(node).slice(1, -1), bound, "list")})`;
      case "DictionaryComprehensionExpression":
        return this.#comprehension(partsOf(node).slice(1, -1), bound, "dict");
      case "UnaryExpression":
        return this.#unary(node, bound);
      case "BinaryExpression":
        return this.#binary(node, bound, tested);
      case "ConditionalExpression": {
        this.#hasMeaning = true;
        const [yes, , condition, , no] = partsOf(node);
        const test = this.translate(condition!, bound, true);
        return `(python$.true(${test})?${this.translate(yes!, bound)}:${this.translate(no!, bound)})`;
      }
      case "LambdaExpression":
        return this.#lambda(node, bound);
      case "CallExpression":
        return this.#call(node, bound);
      case "MemberExpression":
        return this.#member(node, bound);
      case "AwaitExpression":
        return `(await ${this.translate(partsOf(node)[1]!, bound)})`;
      case "NamedExpression":
        throw new Unsupported("`:=` is not possible in a placeholder; set the variable in a step");
      default:
        throw new UnknownName(node.name);
    }
  }

  #text(node: SyntaxNode): string {
    return this.#source.textOf(node.from, node.to);
  }

  #temporary(): string {
    return `t$${++this.#temporaries}`;
  }

  /** Adds the argument that says that the expression is JavaScript too. */
  get #mode(): string {
    return this.#shared ? ",true" : ",false";
  }

  #number(node: SyntaxNode): string {
    const text = this.#text(node).replaceAll("_", "").toLowerCase();
    if (/j$/.test(text)) throw new Unsupported("complex numbers are not possible here");
    const value = Number(text);
    if (Number.isNaN(value)) throw new UnknownName(text);
    if (Number.isInteger(value) && !Number.isSafeInteger(value) && /^\d+$/.test(text)) {
      throw new Unsupported(`${text} is larger than 9007199254740991, so its digits would be wrong`);
    }
    return String(value);
  }

  #string(node: SyntaxNode): string {
    const text = pythonString(this.#text(node));
    if (text === undefined) throw new Unsupported("texts of bytes are not possible here");
    return JSON.stringify(text);
  }

  /** The texts between the replacements of an f-string, and the replacements. */
  #formatString(node: SyntaxNode, bound: BoundNames): string {
    const literal = this.#text(node);
    this.#hasMeaning ||= node.firstChild !== null;
    const [, prefix = "", quote = '"'] = /^([A-Za-z]*)("""|'''|"|')/.exec(literal)!;
    const inner = { from: node.from + prefix.length + quote.length, to: node.to - quote.length };
    const isRaw = /r/i.test(prefix);
    return `(${this.#formatParts(partsOf(node), inner, isRaw, bound)})`;
  }

  #formatParts(
    parts: readonly SyntaxNode[],
    { from, to }: { readonly from: number; readonly to: number },
    isRaw: boolean,
    bound: BoundNames,
  ): string {
    const code: string[] = ['""'];
    let position = from;
    const addText = (end: number) => {
      const text = this.#source.textOf(position, end).replaceAll("{{", "{").replaceAll("}}", "}");
      if (text !== "") code.push(JSON.stringify(isRaw ? text : unescaped(text)));
    };
    for (const part of parts.filter(({ name }) => name === "FormatReplacement")) {
      addText(part.from);
      code.push(this.#replacement(part, isRaw, bound));
      position = part.to;
    }
    addText(to);
    return code.join("+");
  }

  #replacement(node: SyntaxNode, isRaw: boolean, bound: BoundNames): string {
    const [, value, ...rest] = partsOf(node);
    const find = (name: string) => rest.find((part) => part.name === name);
    const spec = find("FormatSpec");
    const conversion = find("FormatConversion");
    const selfDoc = find("FormatSelfDoc");
    const specCode = spec === undefined
      ? '""'
      : this.#formatParts(partsOf(spec), { from: spec.from + 1, to: spec.to }, isRaw, bound);
    const kind = conversion !== undefined
      ? this.#text(conversion).slice(1)
      : selfDoc !== undefined && spec === undefined
      ? "r"
      : "";
    const shown = `python$.format(${this.translate(value!, bound)},${specCode},${JSON.stringify(kind)})`;
    return selfDoc === undefined
      ? shown
      : `${JSON.stringify(this.#source.textOf(value!.from, selfDoc.to))}+${shown}`;
  }

  #name(node: SyntaxNode, bound: BoundNames, tested: boolean): string {
    const name = this.#text(node);
    this.#hasMeaning = true;
    const own = bound.get(name);
    if (own !== undefined) return own;
    const meaning = this.#names.meaning(name, { used: false, tested });
    if (meaning !== undefined) return meaning.code;
    if (valuedModules.has(name)) return `python$.module(${JSON.stringify(name)})`;
    throw new UnknownName(name);
  }

  /** An item of a call: a function of Python may be given by its name. */
  #argument(node: SyntaxNode, bound: BoundNames): string {
    const method = this.#unboundMethod(node, bound);
    if (method !== undefined) return method;
    const parts = node.name === "TupleExpression" ? partsOf(node) : [node];
    const isFunctions = parts.some((part) => part.name === "VariableName") &&
      parts.every((part) => part.name !== "VariableName" || this.#isPythonFunction(part, bound));
    if (!isFunctions) return this.translate(node, bound);
    if (node.name !== "TupleExpression") return `python$.fn(${JSON.stringify(this.#text(node))})`;
    const names = parts.filter((part) => part.name === "VariableName").map((part) =>
      JSON.stringify(this.#text(part))
    );
    return `[${names.map((name) => `python$.fn(${name})`).join(",")}]`;
  }

  /** The code of `str.lower`, which is a function of a text. */
  #unboundMethod(node: SyntaxNode, bound: BoundNames): string | undefined {
    const [object, dot, property] = node.name === "MemberExpression" ? partsOf(node) : [];
    if (object?.name !== "VariableName" || dot?.name !== "." || !this.#isPythonFunction(object, bound)) {
      return undefined;
    }
    return `python$.method(${JSON.stringify(this.#text(property!))})`;
  }

  #isPythonFunction(node: SyntaxNode, bound: BoundNames): boolean {
    const name = this.#text(node);
    return pythonFunctionNames.has(name) && !bound.has(name) &&
      this.#names.meaning(name, { used: false, tested: false }) === undefined;
  }

  #items(node: SyntaxNode, bound: BoundNames): string[] {
    const items: string[] = [];
    let isSpread = false;
    for (const part of partsOf(node).slice(1, -1)) {
      if (part.name === ",") continue;
      if (part.name === "*") isSpread = true;
      else {
        const code = this.translate(part, bound);
        items.push(isSpread ? `...python$.items(${code})` : code);
        isSpread = false;
      }
    }
    return items;
  }

  #dictionary(node: SyntaxNode, bound: BoundNames): string {
    const entries: string[] = [];
    const parts = partsOf(node).slice(1, -1).filter(({ name }) => name !== "," && name !== ":");
    for (let i = 0; i < parts.length; i += 2) {
      const value = this.translate(parts[i + 1]!, bound);
      entries.push(
        parts[i]!.name === "**"
          ? `...python$.call(${value},"items",[])`
          : `[${this.translate(parts[i]!, bound)},${value}]`,
      );
    }
    return `python$.dict([${entries.join(",")}])`;
  }

  #comprehension(parts: readonly SyntaxNode[], bound: BoundNames, kind: "list" | "dict"): string {
    const first = parts.findIndex(({ name }) => name === "for" || name === "async");
    const made = parts.slice(0, first).filter(({ name }) => name !== ":");
    let inner = bound;
    let head = "";
    let tail = "";
    const result = `r$${++this.#temporaries}`;
    const clauses = parts.slice(first);
    for (let i = 0; i < clauses.length;) {
      const keyword = clauses[i++]!;
      if (keyword.name === "if") {
        head += `if(python$.true(${this.translate(clauses[i++]!, inner, true)})){`;
        tail += "}";
        continue;
      }
      if (keyword.name !== "for") throw new Unsupported("`async for` is not possible here");
      const end = clauses.findIndex(({ name }, index) => index > i && name === "in");
      const targets = clauses.slice(i, end);
      const items = this.translate(clauses[end + 1]!, inner);
      const { code, names } = this.#target(targets);
      inner = new Map([...inner, ...names]);
      const item = `i$${++this.#temporaries}`;
      head += `for(const ${item} of python$.items(${items})){${code(item)}`;
      tail += "}";
      i = end + 2;
    }
    const values = made.map((each) => this.translate(each, inner));
    const [start, add, end] = kind === "list" ? ["[]", `python$.push(${result},${values[0]});`, result] : [
      "python$.table()",
      `python$.entry(${result},${values[0]},${values[1]});`,
      `python$.entries(${result})`,
    ];
    const body = `{const ${result}=${start};${head}${add}${tail}return ${end};}`;
    return this.#lambdas > 0 ? `(()=>${body})()` : `(await (async()=>${body})())`;
  }

  /** The targets of a `for`: declarations from an item, and the bound names. */
  #target(
    nodes: readonly SyntaxNode[],
  ): { readonly code: (item: string) => string; readonly names: readonly (readonly [string, string])[] } {
    const list = nodes.filter(({ name }) => name !== ",");
    const [first] = list;
    if (list.length === 1 && nodes.length === 1) {
      if (first!.name === "VariableName") {
        const name = this.#text(first!);
        const own = boundName(name);
        return { code: (item) => `const ${own}=${item};`, names: [[name, own]] };
      }
      if (first!.name === "TupleExpression" || first!.name === "ArrayExpression") {
        return this.#target(partsOf(first!).slice(1, -1));
      }
      if (first!.name === "ParenthesizedExpression") return this.#target([partsOf(first!)[1]!]);
      throw new Unsupported("`for` needs plain names here");
    }
    const inner = list.map((node) => ({ item: `i$${++this.#temporaries}`, ...this.#target([node]) }));
    return {
      code: (item) =>
        `const [${inner.map((each) => each.item).join(",")}]=python$.unpack(${item},${inner.length});` +
        inner.map((each) => each.code(each.item)).join(""),
      names: inner.flatMap(({ names }) => names),
    };
  }

  #unary(node: SyntaxNode, bound: BoundNames): string {
    const [operator, operand] = partsOf(node);
    switch (this.#text(operator!)) {
      case "not":
        return `(!python$.true(${this.translate(operand!, bound, true)}))`;
      case "-":
        return operand!.name === "Number"
          ? `(-${this.#number(operand!)})`
          : `python$.neg(${this.translate(operand!, bound)})`;
      case "+":
        return `python$.pos(${this.translate(operand!, bound)})`;
      case "~":
        return `python$.invert(${this.translate(operand!, bound)})`;
      default:
        throw new UnknownName(this.#text(operator!));
    }
  }

  #binary(node: SyntaxNode, bound: BoundNames, tested: boolean): string {
    const [left, ...rest] = partsOf(node);
    const right = rest.at(-1)!;
    const operator = this.#source.textOf(rest[0]!.from, rest.at(-2)!.to).replace(/\s+/g, " ");
    if (operator === "and" || operator === "or") {
      const value = this.#temporary();
      const first = `python$.true(${value}=${this.translate(left!, bound, true)})`;
      const second = this.translate(right, bound, tested);
      return operator === "and" ? `(${first}?${second}:${value})` : `(${first}?${value}:${second})`;
    }
    if (isComparison(operator)) return this.#chain(node, bound);
    const [a, b] = [this.translate(left!, bound), this.translate(right, bound)];
    if (["&", "|", "^", "<<", ">>"].includes(operator)) return `python$.bits("${operator}",${a},${b})`;
    const call = arithmetic[operator];
    this.#hasMeaning ||= operator === "//" || operator === "**" ||
      (operator === "%" && left!.name === "String");
    if (call === undefined) throw new UnknownName(operator);
    return `python$.${call}(${a},${b}${call === "add" || call === "mod" ? this.#mode : ""})`;
  }

  /** A chain of comparisons, such as `1 < x <= 3`. Each value is computed once. */
  #chain(node: SyntaxNode, bound: BoundNames): string {
    const links: { readonly operator: string; readonly operand: SyntaxNode }[] = [];
    let first = node;
    while (first.name === "BinaryExpression") {
      const parts = partsOf(first);
      const operator = this.#source.textOf(parts[1]!.from, parts.at(-2)!.to).replace(/\s+/g, " ");
      if (!isComparison(operator)) break;
      links.unshift({ operator, operand: parts.at(-1)! });
      first = parts[0]!;
    }
    const isWithNone = (index: number) =>
      links.some(({ operand }, at) => at === index && isNoneNode(operand));
    const tests: string[] = [];
    let left = this.translate(first, bound, isWithNone(0));
    for (const [index, { operator, operand }] of links.entries()) {
      const isLast = index === links.length - 1;
      const before = index === 0 ? first : links[index - 1]!.operand;
      const value = this.translate(operand, bound, isNoneNode(before) || isWithNone(index + 1));
      const name = isLast ? undefined : this.#temporary();
      tests.push(this.#comparison(operator, left, name === undefined ? value : `${name}=${value}`));
      left = name ?? value;
    }
    return tests.length === 1 ? tests[0]! : `(${tests.join("&&")})`;
  }

  #comparison(operator: string, a: string, b: string): string {
    switch (operator) {
      case "==":
        return `python$.eq(${a},${b}${this.#mode})`;
      case "!=":
        return `(!python$.eq(${a},${b}${this.#mode}))`;
      case "is":
        return `python$.is(${a},${b})`;
      case "is not":
        return `(!python$.is(${a},${b}))`;
      case "in":
      case "not in": {
        // The left side is computed first.
        const item = this.#temporary();
        const found = `(${item}=${a},python$.in(${b},${item}))`;
        return operator === "in" ? found : `(!${found})`;
      }
      default:
        return `python$.${comparisons[operator]!}(${a},${b}${this.#mode})`;
    }
  }

  #lambda(node: SyntaxNode, bound: BoundNames): string {
    const parts = partsOf(node);
    const body = parts.at(-1)!;
    const list = partsOf(parts.find(({ name }) => name === "ParamList")!).filter(({ name }) => name !== ",");
    const names = new Map(bound);
    const parameters: string[] = [];
    this.#lambdas++;
    for (let i = 0; i < list.length; i++) {
      const [name, next] = [list[i]!, list[i + 1]];
      if (name.name === "*" || name.name === "**") {
        throw new Unsupported("a lambda with `*` is not possible here");
      }
      const own = boundName(this.#text(name));
      if (next?.name === "AssignOp") {
        parameters.push(`${own}=${this.translate(list[i + 2]!, bound)}`);
        i += 2;
      } else parameters.push(own);
      names.set(this.#text(name), own);
    }
    const code = this.translate(body, names);
    this.#lambdas--;
    return `((${parameters.join(",")})=>(${code}))`;
  }

  #call(node: SyntaxNode, bound: BoundNames): string {
    const [callee, list] = partsOf(node);
    this.#hasMeaning = true;
    const { positional, named } = this.#arguments(list!, bound);
    const given = `[${positional.join(",")}]${named.length === 0 ? "" : `,{${named.join(",")}}`}`;
    if (callee!.name === "VariableName") return this.#callName(callee!, { positional, named, given }, bound);
    if (callee!.name !== "MemberExpression" || partsOf(callee!)[1]!.name !== ".") {
      return this.#awaited(`(${this.translate(callee!, bound)})(${positional.join(",")})`);
    }
    const [object, , property] = partsOf(callee!);
    const member = JSON.stringify(this.#text(property!));
    if (object!.name === "VariableName") {
      const name = this.#text(object!);
      const meaning = bound.has(name) ? undefined : this.#names.meaning(name, { used: true, tested: false });
      if (meaning?.kind === "global") return `${meaning.code}[${member}](${positional.join(",")})`;
      if (meaning?.kind === "callable") {
        return this.#awaited(`python$.call(${meaning.code},${member},${given})`);
      }
      if (meaning === undefined && !bound.has(name) && pythonModuleNames.has(name)) {
        return `python$.call(python$.module("${name}"),${member},${given})`;
      }
    }
    const value = this.translate(object!, bound);
    const empty = named.length === 0 ? ",{}" : "";
    const call = `python$.call(${value},${member},${given}${this.#shared ? `${empty},true` : ""})`;
    return this.#lambdas > 0 ? call : this.#awaited(call);
  }

  #callName(
    callee: SyntaxNode,
    { positional, named, given }: {
      readonly positional: readonly string[];
      readonly named: readonly string[];
      readonly given: string;
    },
    bound: BoundNames,
  ): string {
    const name = this.#text(callee);
    const own = bound.get(name);
    if (own !== undefined) return `${own}(${positional.join(",")})`;
    const meaning = this.#names.meaning(name, { used: true, tested: false });
    if (meaning?.kind === "callable" || meaning?.kind === "global") {
      const parameters = meaning.kind === "callable" ? meaning.parameters : undefined;
      if (named.length > 0 && positional.length > 0 && parameters !== undefined) {
        if (positional.length > parameters.length || positional.some((each) => each.startsWith("..."))) {
          throw new Unsupported(`${name} takes ${parameters.length} arguments`);
        }
        const all = [
          ...positional.map((each, index) => `${JSON.stringify(parameters[index])}:${each}`),
          ...named,
        ];
        return this.#awaited(`${meaning.code}({${all.join(",")}})`);
      }
      const last = named.length === 0 ? [] : [`{${named.join(",")}}`];
      return this.#awaited(`${meaning.code}(${[...positional, ...last].join(",")})`);
    }
    if (pythonFunctionNames.has(name)) return `python$.run(${JSON.stringify(name)},${given})`;
    if (["date", "datetime", "timedelta"].includes(name)) return `python$.make("${name}",${given})`;
    throw new UnknownName(name);
  }

  #awaited(code: string): string {
    if (this.#lambdas === 0) return `(await ${code})`;
    throw new Unsupported("a lambda cannot call a playbook or a function; call it first, and use its result");
  }

  #arguments(
    list: SyntaxNode,
    bound: BoundNames,
  ): { readonly positional: string[]; readonly named: string[] } {
    const parts = partsOf(list).slice(1, -1);
    if (parts.some(({ name }) => name === "for")) {
      return { positional: [this.#comprehension(parts, bound, "list")], named: [] };
    }
    const positional: string[] = [];
    const named: string[] = [];
    for (let i = 0; i < parts.length; i++) {
      const [part, next] = [parts[i]!, parts[i + 1]];
      if (part.name === ",") continue;
      if (part.name === "*" || part.name === "**") {
        const code = this.translate(next!, bound);
        if (part.name === "*") positional.push(`...python$.items(${code})`);
        else named.push(`...${code}`);
        i++;
      } else if (next?.name === "AssignOp") {
        named.push(`${JSON.stringify(this.#text(part))}:${this.#argument(parts[i + 2]!, bound)}`);
        i += 2;
      } else positional.push(this.#argument(part, bound));
    }
    return { positional, named };
  }

  #member(node: SyntaxNode, bound: BoundNames): string {
    const [object, mark, ...rest] = partsOf(node);
    if (mark!.name === ".") return this.#attribute(object!, this.#text(rest[0]!), bound);
    const value = this.translate(object!, bound);
    const inner = rest.slice(0, -1);
    if (!inner.some(({ name }) => name === ":")) {
      if (inner.length === 1) return `python$.item(${value},${this.translate(inner[0]!, bound)})`;
      throw new Unsupported("an item has one number or key");
    }
    const bounds: string[] = ["void 0"];
    for (const part of inner) {
      if (part.name === ",") throw new Unsupported("a slice has one range");
      if (part.name === ":") bounds.push("void 0");
      else bounds[bounds.length - 1] = this.translate(part, bound);
    }
    return `python$.slice(${value},${bounds.join(",")})`;
  }

  #attribute(object: SyntaxNode, name: string, bound: BoundNames): string {
    const key = JSON.stringify(name);
    if (object.name === "VariableName") {
      const own = this.#text(object);
      const meaning = bound.has(own) ? undefined : this.#names.meaning(own, { used: true, tested: false });
      if (meaning?.kind === "global" || meaning?.kind === "callable") return `${meaning.code}[${key}]`;
      if (meaning === undefined && !bound.has(own) && pythonModuleNames.has(own)) {
        return `python$.attr(python$.module("${own}"),${key})`;
      }
    }
    return `python$.attr(${this.translate(object, bound)},${key})`;
  }
}

function isComparison(operator: string): boolean {
  return /^(?:[<>]=?|[=!]=|(?:not )?in|is(?: not)?)$/.test(operator);
}

/** Whether a node is the whole expression, in the brackets around it. */
function isWhole(node: SyntaxNode): boolean {
  return node.parent?.name === "ParenthesizedExpression" &&
    node.parent.parent?.name === "ExpressionStatement";
}

function isNoneNode(node: SyntaxNode): boolean {
  return node.name === "None";
}

/** The name in JavaScript of a name that an expression binds. */
function boundName(name: string): string {
  return isIdentifierName(name) && !name.startsWith("$") ? name : `${name.replaceAll("$", "_")}$`;
}
