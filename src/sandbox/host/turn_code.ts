import { type Comment, type Node, parse, parseExpressionAt } from "acorn";
import { maxLevels, nestsTooDeeply, tokenBound, tooManyNames } from "./code_bounds.ts";
import { SourceEdits } from "./source_edits.ts";
import { type Declarations, declarationsOf, patternNames } from "../declarations.ts";
import { type CallForms, correctCalls } from "./call_forms.ts";
import { type Effects, missingAwaits } from "./missing_await.ts";
import { noteSteps } from "./step_comments.ts";
import type { ParseFailure } from "./syntax_advice.ts";
import { childrenOf, type Loose } from "./syntax.ts";
import { guardWords } from "./word_guards.ts";
import pythonRuntime from "../python.bundle.js" with { type: "text" };

/** Code that is ready for the sandbox, with the data that maps its places to the original text. */
export interface PreparedCode {
  readonly source: string;
  readonly edits: SourceEdits;
  /** The text of each call's callee, by the offset of the call's `(`. */
  readonly callees: ReadonlyMap<number, string>;
}

/** A turn's code as the expression of an async function. Its parameter is the {@linkcode TurnSupport}. */
interface PreparedTurn extends PreparedCode {
  /** The line of the declaration, or of the first assignment, of each local that this code makes. */
  readonly declared: ReadonlyMap<string, number>;
}

/**
 * Turns a turn's top-level variables into the frame's locals.
 *
 * The code becomes the body of one async function. `let`, `const` and `class` become its `var`s, together with the
 * existing locals. So a second declaration is allowed, and closures see every change. Lines stay the same.
 */
export function prepareTurn(
  text: string,
  options: {
    readonly locals: readonly string[];
    readonly globals: ReadonlySet<string>;
    readonly effects: Effects;
    /** For turns since 0.3: calls in another form are understood, and words are checked. */
    readonly forms?: CallForms | undefined;
  },
): PreparedTurn | ParseFailure {
  const comments: Comment[] = [];
  const program = parseCode(text, {
    allowAwaitOutsideFunction: true,
    allowReturnOutsideFunction: true,
    onComment: comments,
  });
  if ("message" in program) return program;
  const support = unusedName(text, options.locals);
  const edits = new SourceEdits(text);
  const declarations = declarationsOf(program);
  const awaits = missingAwaits(program, text, options.effects);
  for (const { start, end, forEach } of awaits) {
    edits.insert(start, forEach === undefined ? "(await " : "(await Promise.all(");
    if (forEach !== undefined) edits.replace(forEach, "forEach".length, "map");
    edits.insert(end, forEach === undefined ? ")" : "))");
  }
  let named: ReadonlySet<Node> = new Set();
  if (options.forms !== undefined) {
    if (!declarations.names.has("Artifact")) loadNamedArtifacts(program as Node as Loose, edits, true);
    named = correctCalls(program, edits, { support, forms: options.forms });
    guardWords(program, edits, { support, awaits, named });
    noteSteps(program, edits, comments);
  }
  const rewriter = new Rewriter(edits, support, {
    declarations,
    taken: new Set([...options.globals, ...options.locals]),
    named,
  });
  for (const statement of program.body) rewriter.topLevel(statement);
  rewriter.visit(program);
  if (rewriter.tooDeep) return tooDeep;

  const declared = rewriter.declaredLines();
  const kept = options.locals.filter((name) => isLocalName(name));
  const initial = kept.map((name) =>
    declarations.functions.has(name) ? name : `${name}=${support}.g(${JSON.stringify(name)})`
  );
  const known = new Set(kept);
  const fresh = [...declared.keys()].filter((name) => !known.has(name));
  const variables = [...initial, ...fresh];
  const readers = [...kept, ...fresh].map((name) => `[${JSON.stringify(name)}]:()=>${name}`);
  const prefix = `(async function(${support}){"use strict";` +
    (variables.length === 0 ? "" : `var ${variables.join(",")};`) +
    `${support}.k({__proto__:null,${readers.join(",")}});\n`;
  return { source: `${prefix}${edits.apply()}\n})`, edits, callees: rewriter.callees, declared };
}

/** Makes `Artifact["name"]` an awaited `LoadArtifact("name")`. */
function loadNamedArtifacts(node: Loose, edits: SourceEdits, mayAwait: boolean): void {
  const mayWithin = /Function/.test(node.type) ? node["async"] === true : mayAwait;
  if (mayWithin && node.type === "MemberExpression") {
    const [object, property] = [node["object"] as Loose, node["property"] as Loose];
    if (object.type === "Identifier" && edits.text.slice(object.start, object.end) === "Artifact") {
      const isComputed = node["computed"] === true;
      const before = edits.text.slice(object.start, property.start);
      if (!before.includes("\n") && !edits.text.slice(property.end, node.end).includes("\n")) {
        edits.replace(
          object.start,
          before.length,
          isComputed ? "(await LoadArtifact(" : '(await LoadArtifact("',
        );
        if (isComputed) edits.replace(property.end, node.end - property.end, "))");
        else edits.insert(node.end, '"))');
      }
    }
  }
  for (const child of childrenOf(node)) loadNamedArtifacts(child, edits, mayWithin);
}

/** Converts the code of an agent to the expression of a function that returns readers of `names`. */
export function prepareModule(text: string, names: readonly string[]): PreparedCode | ParseFailure {
  const program = parseCode(text, { allowReturnOutsideFunction: true });
  if ("message" in program) return program;
  const edits = new SourceEdits(text);
  const support = unusedName(text, []);
  const rewriter = new Rewriter(edits, support, undefined);
  rewriter.visit(program);
  if (rewriter.tooDeep) return tooDeep;
  const readers = names.filter(isLocalName).map((name) => `[${JSON.stringify(name)}]:()=>${name}`);
  return {
    source: `(function(${support}){"use strict";return function(){\n${edits.apply()}\n` +
      `;return {__proto__:null,${readers.join(",")}};}})`,
    edits,
    callees: rewriter.callees,
  };
}

/** Converts placeholders to the expression of an async function that evaluates them in order. */
export function prepareExpressions(
  { expressions, sources = expressions, playbook = "" }: {
    readonly expressions: readonly string[];
    /** The expressions as the program has them. */
    readonly sources?: readonly string[];
    readonly playbook?: string;
  },
  locals: readonly string[],
): { readonly source: string } | (ParseFailure & { readonly expression: number }) {
  const all = expressions.join("\n");
  const support = unusedName(all, locals);
  const kept = locals.filter(isLocalName);
  const variables = kept.map((name) => `${name}=${support}.g(${JSON.stringify(name)})`);
  const helpers = Object.entries(expressionHelpers(support, playbook, kept)).filter(([name]) =>
    all.includes(name)
  );
  for (const [name, code] of helpers) variables.push(`${name}=${code}`);
  let body = variables.length === 0 ? "" : `var ${variables.join(",")};`;
  for (const [index, expression] of expressions.entries()) {
    const failure = expressionFailure(expression);
    if (failure !== undefined) return { ...failure, expression: index };
    const source = JSON.stringify(sources[index] ?? expression);
    body += `${support}.b(${source},${index});${support}.e(await (\n${expression}\n));`;
  }
  return { source: `(async function(${support}){"use strict";${body}})` };
}

/** The names that the translation of placeholders uses, with their code. */
function expressionHelpers(
  support: string,
  playbook: string,
  locals: readonly string[],
): Readonly<Record<string, string>> {
  const name = JSON.stringify(playbook);
  const named = `{${locals.map((local) => `[${JSON.stringify(local)}]:${local}`).join(",")}}`;
  return {
    variable$: `${support}.v`,
    words$: `(value,source)=>${support}.w(value,source,()=>({}),0)`,
    call$: `{playbook_klass:${name},playbook:${name},args:[${locals.join(",")}],kwargs:${named}}`,
    python$: `(${pythonRuntime.trim()})()`,
  };
}

/** Whether a name is a valid name of a variable in the code. */
export function isLocalName(name: string): boolean {
  return /^[\p{ID_Start}$_][\p{ID_Continue}$\u200c\u200d]*$/u.test(name) && !reserved.has(name);
}

const tooDeep: ParseFailure = {
  message: "the code is nested too deeply; write it flatter",
  line: 1,
  column: 1,
};

const reserved = new Set(
  ("arguments await break case catch class const continue debugger default delete do else enum eval export extends " +
    "false finally for function if implements import in instanceof interface let new null package private protected " +
    "public return static super switch this throw true try typeof var void while with yield").split(" "),
);

type Program = ReturnType<typeof parse>;

function parseCode(
  text: string,
  options: {
    allowAwaitOutsideFunction?: boolean;
    allowReturnOutsideFunction?: boolean;
    onComment?: Comment[];
  },
): Program | ParseFailure {
  try {
    const program = parse(text, {
      ecmaVersion: "latest",
      sourceType: "script",
      onToken: tokenBound(),
      ...options,
    });
    return nestsTooDeeply(program) ? tooDeep : program;
  } catch (error) {
    return failureOf(error);
  }
}

function expressionFailure(expression: string): ParseFailure | undefined {
  try {
    const node = parseExpressionAt(expression, 0, {
      ecmaVersion: "latest",
      sourceType: "script",
      allowAwaitOutsideFunction: true,
      onToken: tokenBound(),
    });
    // Only spaces and comments may follow. Other code would run outside the brackets that we add.
    const rest = parse(expression.slice(node.end), { ecmaVersion: "latest" }).body;
    return rest.length === 0
      ? undefined
      : { message: "this is more than one expression", line: 1, column: 1 };
  } catch (error) {
    return failureOf(error);
  }
}

function failureOf(error: unknown): ParseFailure {
  if (error instanceof RangeError) {
    return error.message === tooManyNames ? { ...tooDeep, message: error.message } : tooDeep;
  }
  const { message, loc } = error as { message: string; loc?: { line: number; column: number } };
  if (message.startsWith("Not enough stack space")) return tooDeep;
  return {
    message: message.replace(/ \(\d+:\d+\)$/, "").replace(
      /^'import' and 'export' may appear only with 'sourceType: module'$/,
      "import and export cannot be used here; everything there is is global",
    ),
    line: loc?.line ?? 1,
    column: (loc?.column ?? 0) + 1,
  };
}

/** A name that does not occur in the texts: `$` and the first number that follows no `$` there. */
function unusedName(text: string, others: readonly string[]): string {
  const used = new Set<string>();
  for (const source of [text, ...others]) {
    for (const [name] of source.matchAll(/\$\d{1,9}/g)) {
      for (let end = 2; end <= name.length; end++) used.add(name.slice(0, end));
    }
  }
  for (let i = 0;; i++) if (!used.has(`$${i}`)) return `$${i}`;
}

/** A scope of the code, with the names that it declares. */
interface Scope {
  readonly names: ReadonlySet<string>;
  readonly up: Scope | undefined;
}

class Rewriter {
  readonly callees = new Map<number, string>();
  tooDeep = false;
  readonly #edits: SourceEdits;
  readonly #support: string;
  readonly #top: Declarations | undefined;
  /** Names that already have a meaning: globals, and locals of earlier turns. */
  readonly #taken: ReadonlySet<string>;
  readonly #implicit = new Map<string, number>();
  /** Identifiers that are not variables: names of members, keys, labels, arguments. */
  readonly #words = new WeakSet<Node>();
  /** Assignments that are named arguments. */
  readonly #named: ReadonlySet<Node>;
  readonly #closings: [number, string][] = [];
  #depth = 0;

  constructor(
    edits: SourceEdits,
    support: string,
    turn: {
      readonly declarations: Declarations;
      readonly taken: ReadonlySet<string>;
      readonly named: ReadonlySet<Node>;
    } | undefined,
  ) {
    this.#edits = edits;
    this.#support = support;
    this.#top = turn?.declarations;
    this.#taken = turn?.taken ?? new Set();
    this.#named = turn?.named ?? new Set();
    for (const node of this.#named) this.#words.add(node);
  }

  /** Rewrites a declaration of the turn's top level. */
  topLevel(statement: Node): void {
    const node = statement as Loose;
    if (node.type === "VariableDeclaration" && (node["kind"] === "let" || node["kind"] === "const")) {
      this.#edits.replace(node.start, (node["kind"] as string).length, "var");
      for (const declarator of node["declarations"] as Loose[]) {
        if (declarator["init"] === null) this.#edits.insert(declarator.end, " = void 0");
      }
    } else if (node.type === "ClassDeclaration") {
      this.#edits.insert(node.start, `var ${(node["id"] as unknown as { name: string }).name} = `);
      this.#edits.insert(node.end, ";");
    }
  }

  /** The line of each name that the turn's top level makes. */
  declaredLines(): ReadonlyMap<string, number> {
    const lines = new Map<string, number>();
    for (const [name, offset] of this.#top?.offsets ?? []) {
      lines.set(name, this.#edits.positionOf(offset).line);
    }
    for (const [name, offset] of this.#implicit) lines.set(name, this.#edits.positionOf(offset).line);
    return lines;
  }

  visit(root: Node): void {
    this.#walk(root as Loose, { names: new Set(this.#top?.names ?? []), up: undefined }, "top");
  }

  #walk(node: Loose, scope: Scope, owner: "top" | "async" | "sync"): void {
    if (this.tooDeep || ++this.#depth > maxLevels) {
      this.tooDeep = true;
      return;
    }
    let inner = scope;
    let within = owner;
    const closingsBefore = this.#closings.length;
    switch (node.type) {
      case "FunctionDeclaration":
      case "FunctionExpression":
      case "ArrowFunctionExpression":
        inner = this.#function(node, scope);
        within = node["async"] === true ? "async" : "sync";
        break;
      case "ClassExpression":
      case "ClassDeclaration":
        inner = { names: new Set(node["id"] ? patternNames(node["id"] as Node) : []), up: scope };
        break;
      case "BlockStatement":
      case "StaticBlock":
      case "ForStatement":
      case "ForInStatement":
      case "ForOfStatement":
      case "SwitchStatement":
        inner = { names: blockNames(node), up: scope };
        break;
      case "CatchClause":
        inner = this.#catch(node, scope);
        break;
      case "ReturnStatement":
        if (owner === "top" && this.#top !== undefined) this.#return(node);
        break;
      case "ExpressionStatement":
        this.#statement(node);
        break;
      case "CallExpression":
        this.#call(node);
        break;
      case "AssignmentExpression":
      case "UpdateExpression":
        this.#assignment(node, scope);
        break;
      case "MemberExpression":
        this.#member(node);
        break;
      case "Identifier":
        this.#variable(node, scope);
        break;
      case "Property":
        if (node["shorthand"] === true && this.#isVariable(node["key"] as Loose, scope)) {
          this.#edits.insert(node.start, `${(node["key"] as Loose)["name"]}: `);
        }
    }
    for (const key of ["key", "property", "label"]) {
      if (node["computed"] !== true && node[key]) this.#words.add(node[key] as Node);
    }
    for (const child of childrenOf(node)) this.#walk(child, inner, within);
    // Insert closing texts after those of the inner nodes, so that brackets nest correctly at a shared offset.
    for (const [at, insert] of this.#closings.splice(closingsBefore)) {
      this.#edits.insert(at, insert);
    }
    this.#depth--;
  }

  #function(node: Loose, scope: Scope): Scope {
    const body = node["body"] as Loose;
    const names = new Set<string>();
    for (const parameter of node["params"] as Node[]) {
      for (const name of patternNames(parameter)) names.add(name);
    }
    if (body.type === "BlockStatement") { for (const name of declarationsOf(body).names) names.add(name); }
    if (node["id"]) { for (const name of patternNames(node["id"] as Node)) names.add(name); }
    if (node.type !== "ArrowFunctionExpression") names.add("arguments");
    if (node["async"] === true && node["generator"] !== true) this.#watchErrors(body);
    return { names, up: scope };
  }

  /** Makes an async function note each error that leaves it. So an error without a handler can be reported. */
  #watchErrors(body: Loose): void {
    const rethrow = `}catch(${this.#support}e){throw ${this.#supportCall("t", `${this.#support}e`)}}`;
    if (body.type === "BlockStatement") {
      this.#edits.openBlock(body.start, "try{");
      this.#closings.push([body.end - 1, rethrow]);
    } else {
      const [start, end] = this.#bracketed(body);
      this.#edits.insertFirst(start, "{try{return (");
      this.#closings.push([end, `)${rethrow}}`]);
    }
  }

  /** The range of an expression with the brackets around it, so that they stay inside the brackets that we add. */
  #bracketed(body: Loose): [number, number] {
    const { text } = this.#edits;
    let start = body.start;
    let end = body.end;
    for (;;) {
      const left = text.slice(Math.max(0, start - 100), start);
      const before = /\(\s*$/.exec(left);
      const after = /^\s*\)/.exec(text.slice(end, end + 100));
      if (before === null || after === null || /=>\s*$/.test(left)) return [start, end];
      start -= left.length - before.index;
      end += after[0].length;
    }
  }

  #supportCall(name: string, argument: string): string {
    return `${this.#support}.${name}(${argument})`;
  }

  #catch(node: Loose, scope: Scope): Scope {
    const parameter = node["param"] as Loose | null;
    const body = node["body"] as Loose;
    const caught = `${this.#support}e`;
    if (parameter === null) {
      this.#edits.insert(body.start, `(${caught})`);
      this.#edits.openBlock(body.start, this.#supportCall("s", caught) + ";");
    } else if (parameter.type === "Identifier") {
      this.#edits.openBlock(body.start, this.#supportCall("s", String(parameter["name"])) + ";");
    } else {
      // `catch ({a}) {…}` becomes `catch (e) {…; let {a} = e; {…}}`.
      this.#edits.insert(parameter.start, `${caught}){${this.#supportCall("s", caught)};let `);
      this.#edits.insert(parameter.end, `=${caught};`);
      const open = this.#edits.text.indexOf(")", parameter.end);
      this.#edits.replace(open, 1, "");
      this.#closings.push([body.end, "}"]);
    }
    return { names: new Set(parameter === null ? [] : patternNames(parameter)), up: scope };
  }

  #return(node: Loose): void {
    const argument = node["argument"] as Loose | null;
    const keyword = node.start + "return".length;
    if (argument === null) this.#edits.insert(keyword, ` ${this.#supportCall("r", "")}`);
    else {
      const [start, end] = this.#bracketed(argument);
      this.#edits.insertFirst(start, `${this.#support}.r(await (`);
      this.#closings.push([end, "))"]);
    }
  }

  /** Passes a statement's value to the support: if it is a promise, no other code would see its error. */
  #statement(node: Loose): void {
    const expression = node["expression"] as Loose;
    const types = ["CallExpression", "ChainExpression", "ConditionalExpression", "LogicalExpression"];
    if (!types.includes(expression.type)) return;
    const [start, end] = this.#bracketed(expression);
    this.#edits.insertFirst(start, `${this.#support}.f(`);
    this.#closings.push([end, ")"]);
  }

  #call(node: Loose): void {
    const callee = node["callee"] as Loose;
    const { text } = this.#edits;
    const open = text.indexOf("(", callee.end);
    const name = text.slice(callee.start, callee.end).replace(/\s+/g, " ");
    if (open >= 0) this.callees.set(open, name.length > 80 ? name.slice(0, 79) + "…" : name);
  }

  #assignment(node: Loose, scope: Scope): void {
    if (this.#top === undefined || this.#named.has(node)) return;
    const target = (node["left"] ?? node["argument"]) as Loose;
    for (const name of patternNames(target)) {
      const home = homeOf(name, scope);
      const isOwn = home === undefined && !isVariableName(name) && !this.#taken.has(name);
      if (isOwn && !this.#implicit.has(name)) this.#implicit.set(name, node.start);
      const isConstant = home !== undefined && home.up === undefined && this.#top.constants.has(name);
      if (isConstant && target.type === "Identifier") {
        this.#edits.insert(node.start, `void ${this.#supportCall("c", JSON.stringify(name))} || (`);
        this.#closings.push([node.end, ")"]);
      }
    }
  }

  /** Replaces `$x` by `state.x`. Programs write `$x` for the agent's variables, and models copy that into code. */
  #variable(node: Loose, scope: Scope): void {
    if (this.#words.has(node) || !this.#isVariable(node, scope)) return;
    this.#edits.replace(node.start, node.end - node.start, `state.${String(node["name"]).slice(1)}`);
  }

  /** Replaces `state.$x` by `state.x`, for the same reason. */
  #member(node: Loose): void {
    const [object, property] = [node["object"] as Loose, node["property"] as Loose];
    const owner = this.#edits.text.slice(object.start, object.end);
    const isState = this.#top !== undefined && node["computed"] !== true &&
      ["state", "self.state"].includes(owner);
    if (isState && isVariableName(String(property["name"]))) this.#edits.replace(property.start, 1, "");
  }

  #isVariable(node: Loose, scope: Scope): boolean {
    const name = String(node["name"]);
    return this.#top !== undefined && isVariableName(name) && !this.#taken.has(name) &&
      homeOf(name, scope) === undefined && homeOf("state", scope) === undefined;
  }
}

function isVariableName(name: string): boolean {
  return /^\$[a-z_]/i.test(name);
}

function homeOf(name: string, scope: Scope): Scope | undefined {
  for (let at: Scope | undefined = scope; at !== undefined; at = at.up) if (at.names.has(name)) return at;
  return undefined;
}

function blockNames(node: Loose): ReadonlySet<string> {
  const names = new Set<string>();
  const heads = [node["init"], node["left"]].filter((head) => (head as Loose | null)?.type !== undefined);
  const cases = (node["cases"] as Loose[] | undefined ?? []).flatMap((one) => one["consequent"] as Loose[]);
  const body = Array.isArray(node["body"]) ? node["body"] as Loose[] : [];
  for (const statement of [...heads, ...cases, ...body] as Loose[]) {
    if (statement.type === "VariableDeclaration" && statement["kind"] !== "var") {
      for (const declarator of statement["declarations"] as Loose[]) {
        for (const name of patternNames(declarator["id"] as Node)) names.add(name);
      }
    } else if (statement.type === "ClassDeclaration" || statement.type === "FunctionDeclaration") {
      for (const name of patternNames(statement["id"] as Node)) names.add(name);
    }
  }
  return names;
}
