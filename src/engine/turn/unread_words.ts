import { childrenOf, identifierName, type Loose } from "../../sandbox/host/syntax.ts";
import { waitForMessageBuiltin } from "../builtins/wait_for_message.ts";
import { yieldBuiltin } from "../builtins/yield.ts";
import type { Frame } from "../fold/state.ts";
import { syntaxOf } from "./parses.ts";

// Finds code that would judge words before the model has read them. Code cannot read: "about 85,000" is no number for
// `parseFloat`, and "not yet" has a "no" in it. docs/models.md has the rules.

/** The largest number of answers that are refused in one call of a playbook. */
const maxRefusals = 2;

/**
 * Whether the answer of a frame's turn may be refused for its unread words. A model that insists is not refused again:
 * never two answers in a row, and at most `maxRefusals` in one call. An answer that has begun to run is not refused, nor is
 * the code of the rehearsal, which does not read.
 */
export function mayRefuse({ running, toldTurn, refused = 0 }: Frame): boolean {
  if (running?.kind !== "turn" || (running.reading ?? 1) < 2 || running.rehearsal) return false;
  const hasBegun = running.history.length > 0 || Object.keys(running.history.asked).length > 0;
  return !hasBegun && refused < maxRefusals && toldTurn?.refused === undefined;
}

/** The first place where code judges unread words, as an error; `undefined` if there is none. */
export function unreadWords(code: string): { readonly message: string; readonly line: number } | undefined {
  if (!/\b(Yield|WaitForMessage)\b/.test(code)) return undefined;
  const program = syntaxOf(code);
  const found = program && new WordSearch(code).first(program as unknown as Loose);
  if (!found) return undefined;
  const shown = code.slice(found.node.start, found.node.end).split("\n")[0]!.replace(/\s+/g, " ").slice(
    0,
    100,
  );
  const line = code.slice(0, found.node.start).split("\n").length;
  return { line, message: `${found.why(shown)} ${advice}` };
}

const advice =
  "Nothing of the answer was run. Only you can read words, and you read them in your next turn: " +
  "let the Yield be the last statement of the answer, and decide then";

interface Found {
  readonly node: Loose;
  readonly why: (shown: string) => string;
}

/** Methods whose result is still the words. */
const wordMethods: ReadonlySet<string> = new Set(
  ("trim trimStart trimEnd toLowerCase toUpperCase toLocaleLowerCase toLocaleUpperCase normalize toString replace " +
    "replaceAll slice substring substr split at pop shift join filter map concat valueOf").split(" "),
);
/** Methods by which code judges words. */
const judgingMethods: ReadonlySet<string> = new Set(
  "includes startsWith endsWith match matchAll search indexOf lastIndexOf localeCompare".split(" "),
);
/** Functions and methods that judge their argument. */
const judgingFunctions: ReadonlySet<string> = new Set(
  "parseFloat parseInt Number Number.parseFloat Number.parseInt BigInt isNaN Number.isNaN".split(" "),
);
const comparisons: ReadonlySet<string> = new Set(["===", "==", "!==", "!=", "<", ">", "<=", ">="]);

/** Searches a syntax tree, in the order of the text, for code that judges words. */
class WordSearch {
  readonly #code: string;
  /** The texts of variables that hold words, such as `said` or `state.offer`. */
  readonly #words = new Set<string>();
  /** Functions of the code that return words. */
  readonly #asking = new Set<string>([yieldBuiltin.name, waitForMessageBuiltin.name]);

  constructor(code: string) {
    this.#code = code;
  }

  first(program: Loose): Found | undefined {
    this.#findAskingFunctions(program);
    return this.#search(program);
  }

  #search(node: Loose): Found | undefined {
    const own = this.#judge(node);
    if (own !== undefined) return own;
    for (const child of childrenOf(node)) {
      const found = this.#search(child);
      if (found !== undefined) return found;
    }
    if (node.type === "VariableDeclarator" && node["init"] !== null) this.#assign(node["id"], node["init"]);
    if (node.type === "AssignmentExpression") this.#assign(node["left"], node["right"]);
    return undefined;
  }

  #assign(target: unknown, value: unknown): void {
    if (!this.#isWords(value as Loose)) return;
    const { type, start, end } = target as Loose;
    if (type === "ArrayPattern" || type === "ObjectPattern") {
      for (const child of childrenOf(target as Loose)) this.#words.add(this.#textOf(child));
    } else this.#words.add(this.#textOf({ start, end }));
  }

  #textOf({ start, end }: Pick<Loose, "start" | "end">): string {
    return this.#code.slice(start, end).replace(/\s+/g, "").replace(/\?\./g, ".").replace(
      /^(self\.)?state\.\$?|^\$/,
      "$$",
    );
  }

  /** Whether a node judges words or waits for them in a loop without an end of its own. */
  #judge(node: Loose): Found | undefined {
    switch (node.type) {
      case "WhileStatement":
      case "DoWhileStatement":
        return this.#loop(node);
      case "ForStatement":
        return node["test"] === null ? this.#loop(node) : undefined;
      case "BinaryExpression": {
        const [left, right] = [node["left"] as Loose, node["right"] as Loose];
        const isJudged = comparisons.has(String(node["operator"])) && !isNothing(left) && !isNothing(right) &&
          (this.#isWords(left) || this.#isWords(right));
        return isJudged ? judged(node) : undefined;
      }
      case "UnaryExpression":
        return node["operator"] === "+" && this.#isWords(node["argument"] as Loose)
          ? judged(node)
          : undefined;
      case "SwitchStatement": {
        const subject = node["discriminant"] as Loose;
        return this.#isWords(subject) ? judged(subject) : undefined;
      }
      case "CallExpression":
      case "NewExpression":
        return this.#call(node);
      default:
        return undefined;
    }
  }

  #loop(node: Loose): Found | undefined {
    const asks = contains(node["body"] as Loose, (each) => this.#isAsking(each)) ||
      contains(node["test"] as Loose | null, (each) => this.#isAsking(each));
    if (!asks) return undefined;
    return { node, why: (shown) => `This loop waits for words and goes on without you: ${shown}` };
  }

  #call(node: Loose): Found | undefined {
    const callee = node["callee"] as Loose;
    const args = node["arguments"] as Loose[];
    const isOfWords = args.some((arg) => this.#isWords(arg));
    if (callee.type === "MemberExpression" && callee["computed"] !== true) {
      const method = identifierName(callee["property"] as Loose);
      const isNotice = method === "startsWith" && args[0]?.type === "Literal" &&
        String(args[0]["value"]).startsWith("[");
      if (judgingMethods.has(method) && this.#isWords(callee["object"] as Loose) && !isNotice) {
        return judged(node);
      }
      // A list of allowed words, or a regular expression.
      if (["includes", "indexOf", "test", "exec", "has"].includes(method) && isOfWords) return judged(node);
    }
    const name = this.#code.slice(callee.start, callee.end);
    return isOfWords && judgingFunctions.has(name) ? judged(node) : undefined;
  }

  /** Whether an expression gives words that were waited for in this code. */
  #isWords(node: Loose): boolean {
    switch (node.type) {
      case "AwaitExpression":
        return this.#isWords(node["argument"] as Loose);
      case "ChainExpression":
        return this.#isWords(node["expression"] as Loose);
      case "LogicalExpression":
        return this.#isWords(node["left"] as Loose);
      case "AssignmentExpression":
        return this.#isWords(node["right"] as Loose);
      case "CallExpression": {
        if (this.#isAsking(node)) return true;
        const callee = node["callee"] as Loose;
        if (identifierName(callee) === "String") {
          return (node["arguments"] as Loose[]).some((arg) => this.#isWords(arg));
        }
        return callee.type === "MemberExpression" &&
          wordMethods.has(identifierName(callee["property"] as Loose)) &&
          this.#isWords(callee["object"] as Loose);
      }
      case "Identifier":
        return this.#words.has(this.#textOf(node));
      case "MemberExpression": {
        if (this.#words.has(this.#textOf(node))) return true;
        const property = identifierName(node["property"] as Loose);
        const isPart = node["computed"] === true || property === "text";
        return isPart && this.#isWords(node["object"] as Loose);
      }
      default:
        return false;
    }
  }

  /** Whether a node calls `Yield`, `WaitForMessage`, or a function of the code that returns their words. */
  #isAsking(node: Loose): boolean {
    if (node.type !== "CallExpression") return false;
    const callee = node["callee"] as Loose;
    const isOwn = callee.type === "MemberExpression" && identifierName(callee["object"] as Loose) === "self";
    if (!this.#asking.has(identifierName(isOwn ? callee["property"] as Loose : callee))) return false;
    const [first] = node["arguments"] as Loose[];
    return first?.type !== "Literal" || !["exit", "call", "return"].includes(String(first["value"]));
  }

  /** Notes functions that wait for words and return something. */
  #findAskingFunctions(program: Loose): void {
    for (const statement of program["body"] as unknown as Loose[]) {
      if (statement.type === "FunctionDeclaration") this.#noteAsking(statement["id"] as Loose, statement);
      if (statement.type !== "VariableDeclaration") continue;
      for (
        const { id, init } of statement["declarations"] as unknown as { id: Loose; init: Loose | null }[]
      ) {
        if (init !== null && /Function/.test(init.type)) this.#noteAsking(id, init);
      }
    }
  }

  #noteAsking(id: Loose, body: Loose): void {
    const returns = (body["body"] as Loose).type !== "BlockStatement" ||
      contains(body, ({ type, argument }) => type === "ReturnStatement" && argument !== null);
    if (returns && contains(body, (each) => this.#isAsking(each))) this.#asking.add(identifierName(id));
  }
}

function judged(node: Loose): Found {
  return { node, why: (shown) => `This code judges words that were not read yet: ${shown}` };
}

/** Whether an expression is `null`, `undefined`, `""` or a notice in brackets: such a comparison reads no words. */
function isNothing(node: Loose): boolean {
  if (identifierName(node) === "undefined") return true;
  const value = node.type === "Literal" ? node["value"] : undefined;
  return value === null || value === "" || (typeof value === "string" && value.startsWith("["));
}

function contains(node: Loose | null | undefined, matches: (node: Loose) => boolean): boolean {
  if (!node) return false;
  if (matches(node)) return true;
  for (const child of childrenOf(node)) if (contains(child, matches)) return true;
  return false;
}
