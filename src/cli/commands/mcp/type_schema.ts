/** A JSON schema, as far as types of parameters need it. An empty one permits every value. */
export interface TypeSchema {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly items?: TypeSchema;
  readonly anyOf?: readonly TypeSchema[];
  readonly properties?: Readonly<Record<string, TypeSchema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: TypeSchema | boolean;
  readonly description?: string;
  readonly default?: unknown;
}

/** The schema of a type as TypeScript or Python writes it. A type that cannot be read permits every value. */
export function schemaOfType(written: string): TypeSchema {
  const tokens = tokensOf(written);
  if (tokens === undefined || tokens.length > maxTokens) return {};
  try {
    const reader = new TypeReader(tokens);
    const schema = reader.union(0);
    return reader.isAtEnd ? schema : {};
  } catch (error) {
    if (error instanceof UnreadableType) return {};
    throw error;
  }
}

const maxTokens = 500;
const maxDepth = 20;

class UnreadableType extends Error {}

/** Names, literals and signs; `undefined` if there is something else. */
function tokensOf(text: string): readonly string[] | undefined {
  const tokens: string[] = [];
  let end = 0;
  for (
    const match of text.matchAll(
      /\s*(?:([\p{L}_$][\p{L}\p{N}_$.]*)|("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|-?\d+(?:\.\d+)?)|([|[\]{}<>(),:;?]))\s*/gyu,
    )
  ) {
    tokens.push((match[1] ?? match[2] ?? match[3])!);
    end = match.index + match[0].length;
  }
  return end === text.length && end > 0 ? tokens : undefined;
}

class TypeReader {
  readonly #tokens: readonly string[];
  #at = 0;

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#tokens.length;
  }

  union(depth: number): TypeSchema {
    if (depth > maxDepth) throw new UnreadableType();
    this.#take("|");
    const parts = [this.#list(depth)];
    while (this.#take("|")) parts.push(this.#list(depth));
    return unionOf(parts);
  }

  /** A type with `[]` behind it, if it has any. */
  #list(depth: number): TypeSchema {
    let schema = this.#single(depth + 1);
    while (this.#peek() === "[" && this.#peek(1) === "]") {
      this.#at += 2;
      schema = { type: "array", items: schema };
    }
    return schema;
  }

  #single(depth: number): TypeSchema {
    const token = this.#next();
    if (token === "(") {
      const inner = this.union(depth);
      this.#require(")");
      return inner;
    }
    if (token === "{") return this.#object(depth);
    if (token === "[") {
      this.#types("]", depth);
      return { type: "array" };
    }
    if (/^["']/.test(token)) return { const: textOf(token) };
    if (/^-?\d/.test(token)) return { const: Number(token) };
    if (!/^[\p{L}_$]/u.test(token)) throw new UnreadableType();
    if (token === "readonly") return this.#list(depth);
    const close = this.#take("<") ? ">" : this.#peek(1) !== "]" && this.#take("[") ? "]" : undefined;
    return namedSchema(token, close === undefined ? undefined : this.#types(close, depth));
  }

  #types(close: string, depth: number): readonly TypeSchema[] {
    const types: TypeSchema[] = [];
    while (!this.#take(close)) {
      types.push(this.union(depth));
      if (!this.#take(",") && this.#peek() !== close) throw new UnreadableType();
    }
    return types;
  }

  /** `{ a: number; b?: string }`, or `{ [key: string]: number }`. */
  #object(depth: number): TypeSchema {
    const properties: Record<string, TypeSchema> = {};
    const required: string[] = [];
    let others: TypeSchema | undefined;
    while (!this.#take("}")) {
      if (this.#take("[")) {
        this.#at++;
        this.#require(":");
        this.union(depth);
        this.#require("]");
        this.#require(":");
        others = this.union(depth);
      } else {
        if (this.#peek() === "readonly" && this.#peek(1) !== ":" && this.#peek(1) !== "?") this.#at++;
        const name = this.#next();
        const key = /^["']/.test(name) ? textOf(name) : name;
        const isOptional = this.#take("?");
        this.#require(":");
        Object.defineProperty(properties, key, { value: this.union(depth), enumerable: true });
        if (!isOptional) required.push(key);
      }
      if (!this.#take(";") && !this.#take(",") && this.#peek() !== "}") throw new UnreadableType();
    }
    return {
      type: "object",
      ...(Object.keys(properties).length > 0 ? { properties } : {}),
      ...(required.length > 0 ? { required } : {}),
      ...(others ? { additionalProperties: others } : {}),
    };
  }

  #peek(ahead = 0): string | undefined {
    return this.#tokens[this.#at + ahead];
  }

  #next(): string {
    const token = this.#tokens[this.#at++];
    if (token === undefined) throw new UnreadableType();
    return token;
  }

  #take(sign: string): boolean {
    if (this.#peek() !== sign) return false;
    this.#at++;
    return true;
  }

  #require(sign: string): void {
    if (!this.#take(sign)) throw new UnreadableType();
  }
}

function textOf(literal: string): string {
  return literal.slice(1, -1).replaceAll(/\\(.)/g, "$1");
}

const simpleTypes: Readonly<Record<string, TypeSchema>> = {
  ...schemas("string str text date datetime bytes", { type: "string" }),
  ...schemas("number float decimal", { type: "number" }),
  ...schemas("integer int", { type: "integer" }),
  ...schemas("boolean bool", { type: "boolean" }),
  ...schemas("null none undefined void", { type: "null" }),
  ...schemas("true", { const: true }),
  ...schemas("false", { const: false }),
  ...schemas("object", { type: "object" }),
};

const listNames = new Set("list array readonlyarray sequence iterable set tuple".split(" "));
const mapNames = new Set("dict map mapping record".split(" "));

function schemas(names: string, schema: TypeSchema): Readonly<Record<string, TypeSchema>> {
  return Object.fromEntries(names.split(" ").map((name) => [name, schema]));
}

function namedSchema(name: string, types: readonly TypeSchema[] | undefined): TypeSchema {
  const word = name.replace(/^typing\./, "").toLowerCase();
  const [first] = types ?? [];
  if (word === "tuple") return { type: "array" };
  if (listNames.has(word)) return { type: "array", ...(first ? { items: first } : {}) };
  if (mapNames.has(word)) {
    const value = types?.at(1);
    return { type: "object", ...(value ? { additionalProperties: value } : {}) };
  }
  if (word === "optional" && first) return unionOf([first, { type: "null" }]);
  if ((word === "union" || word === "literal") && types) return unionOf(types);
  return types === undefined && Object.hasOwn(simpleTypes, word) ? simpleTypes[word]! : {};
}

function unionOf(parts: readonly TypeSchema[]): TypeSchema {
  const [first, ...others] = parts;
  if (first === undefined || parts.some((part) => Object.keys(part).length === 0)) return {};
  if (others.length === 0) return first;
  if (parts.every((part) => "const" in part)) return { enum: parts.map((part) => part.const) };
  return { anyOf: parts };
}
