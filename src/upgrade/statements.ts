import { binding, type Code, code, isNumber, type Kind, operand } from "./code.ts";
import { isError, raisedError, savedArtifact } from "./calls.ts";
import { readArguments } from "./arguments.ts";
import { spreadable } from "./collections.ts";
import { type Translation, Untranslatable } from "./context.ts";
import type { Emitter } from "./emitter.ts";
import type { Expressions } from "./expressions.ts";
import { fileStatement } from "./files.ts";
import { targetPattern } from "./functional.ts";
import { attributeCode, memberParts } from "./members.ts";
import { jsName } from "./names.ts";
import { arithmetic } from "./operators.ts";
import type { PyNode } from "./python_tree.ts";
import { assignmentParts, between, targetNames } from "./scope.ts";
import { kindOfType, typeText } from "./types.ts";

/** What statements need of the translation of functions and classes. */
export interface DefinitionWriter {
  define(node: PyNode): void;
}

/** Translates statements, and keeps those that have no translation as comments. */
export class Statements {
  readonly #tr: Expressions;
  readonly #out: Emitter;
  readonly #definitions: DefinitionWriter;

  constructor(tr: Expressions, out: Emitter, definitions: DefinitionWriter) {
    this.#tr = tr;
    this.#out = out;
    this.#definitions = definitions;
  }

  get #context(): Translation {
    return this.#tr.context;
  }

  /** The statements of a body. */
  block(body: PyNode): void {
    for (const kid of body.kids) {
      for (const node of kid.name === "StatementGroup" ? kid.kids : [kid]) {
        if (node.name !== ":" && node.name !== ";") this.statement(node);
      }
    }
    this.#out.commentsUpTo(body.to);
  }

  /** One statement. Without a translation it stays as a comment, and running it is an error. */
  statement(node: PyNode): void {
    const { remarks, helpers } = this.#context;
    this.#out.before(node);
    const place = { lines: this.#out.position, remarks: remarks.length, helpers: new Set(helpers) };
    try {
      this.#translate(node);
    } catch (error) {
      if (!(error instanceof Untranslatable)) throw error;
      this.#out.lines.length = place.lines;
      remarks.length = place.remarks;
      helpers.clear();
      for (const name of place.helpers) helpers.add(name);
      remarks.push({ at: error.at, message: error.message, needsPerson: true });
      this.#keep(node, error.message);
    }
    this.#out.trailing(node);
  }

  #keep(node: PyNode, why: string): void {
    for (const line of node.text.trimEnd().split("\n")) this.#out.write(`// ${line}`);
    for (const name of boundBy(node)) if (this.#context.isModule) this.#context.lost.set(name, why);
    if (!this.#context.isModule) {
      // Later statements name them.
      const names = boundBy(node).filter((name) => this.#isDeclaredBy(name, node));
      if (names.length > 0) this.#out.write(`let ${[...new Set(names)].join(", ")};`);
      this.#out.write(`throw new Error(${JSON.stringify(`Not translated from Python: ${why}`)});`);
    }
    this.#out.commentsUpTo(node.to);
  }

  #translate(node: PyNode): void {
    const out = this.#out;
    switch (node.name) {
      case "FunctionDefinition":
      case "ClassDefinition":
      case "DecoratedStatement":
        return this.#definitions.define(node);
      case "ExpressionStatement":
        return this.#expression(node);
      case "AssignStatement":
        return this.#assign(node);
      case "UpdateStatement":
        return this.#update(node);
      case "ReturnStatement":
        return this.#return(node);
      case "IfStatement":
        return this.#if(node);
      case "WhileStatement":
        return this.#while(node);
      case "ForStatement":
        return this.#for(node);
      case "TryStatement":
        return this.#try(node);
      case "WithStatement":
        return fileStatement(node, this.#tr, out, (body) => this.block(body));
      case "RaiseStatement":
        return this.#raise(node);
      case "AssertStatement": {
        const [test, message] = node.kids.filter(({ name }) => name !== "assert" && name !== ",");
        const text = message === undefined ? "" : `, ${this.#tr.expression(message).text}`;
        const condition = operand(this.#tr.condition(test!), binding.unary);
        return out.write(
          `if (!${condition}) throw ${this.#context.helper("error")}("AssertionError"${text});`,
        );
      }
      case "DeleteStatement":
        return this.#delete(node);
      case "BreakStatement":
        return out.write("break;");
      case "ContinueStatement":
        return out.write("continue;");
      case "PassStatement":
      case "ImportStatement":
      case "ScopeStatement":
        return;
      case "YieldStatement":
        return this.#context.fail(node, "a generator has no counterpart");
    }
    this.#context.fail(node, `this statement of Python (${node.name}) has no counterpart`);
  }

  #expression(node: PyNode): void {
    const [value] = node.kids;
    // A text by itself is a comment in Python.
    if (/String$/.test(value!.name)) {
      for (const line of (this.#tr.literalText(value!) ?? value!.text).trim().split("\n")) {
        this.#out.write(`// ${line.trim()}`);
      }
      return;
    }
    if (value!.name === "Ellipsis") return;
    const text = this.#tr.expression(value!).text.replace(savedArtifact, "await $1");
    if (text === "undefined") return;
    const isBlockLike = /^(?:\{|function\b|class\b)/.test(text);
    this.#out.write(isBlockLike ? `(${text});` : `${text};`);
  }

  #assign(node: PyNode): void {
    const parts = assignmentParts(node);
    const hint = node.child("TypeDef");
    if (parts.length === 1) return;
    const value = this.#value(parts.at(-1)!);
    const targets = parts.slice(0, -1);
    const text = operand(value, binding.assign);
    if (targets.length === 1) return this.#assignTo(targets[0]!, text, value.kind, node, hint);
    // a = b = value
    const [first, ...others] = targets.toReversed();
    this.#assignTo(first!, text, value.kind, node);
    const again = this.#tr.expression(first![0]!).text;
    for (const target of others) this.#assignTo(target, again, value.kind, node);
  }

  #value(nodes: readonly PyNode[]): Code {
    if (nodes.length === 1) return this.#tr.expression(nodes[0]!);
    const values = nodes.filter(({ name }) => name !== ",");
    if (values.some(({ name }) => name === "*")) {
      this.#context.fail(values[0]!, "a star here has no counterpart");
    }
    const items = values.map((each) => this.#tr.expression(each));
    return code(`[${items.map((item) => operand(item, binding.assign)).join(", ")}]`, {
      k: "list",
      items: items.map(({ kind }) => kind),
    });
  }

  #assignTo(target: readonly PyNode[], value: string, kind: Kind, statement: PyNode, hint?: PyNode): void {
    const listed = target.filter(({ name }) => name !== ",");
    const [only] = listed;
    const isList = listed.length > 1 || /^(?:Tuple|Array)Expression$/.test(only!.name);
    if (isList) return this.#assignList(listed, value, kind, statement);
    if (only!.name === "MemberExpression") {
      const { property, object, subscript } = memberParts(only!);
      if (property === undefined) return this.#assignItem(only!, { object, subscript }, value, kind);
      return this.#out.write(`${attributeCode(only!, this.#tr, true).text} = ${value};`);
    }
    if (only!.name !== "VariableName") this.#context.fail(only!, "this target has no counterpart");
    const name = only!.text;
    const type = typeText(hint);
    const hinted = kind.k === "unknown" || (kind.k === "list" && kind.of === undefined) ||
        (kind.k === "dict" && kind.of === undefined)
      ? kindOfType(type) ?? kind
      : kind;
    this.#context.learn(name, hinted);
    if (this.#context.isModule && this.#context.kept.has(name)) return;
    this.#out.write(
      `${this.#declaration(name, statement)}${this.#tr.expression(only!).text}${
        this.#isDeclaredBy(name, statement) && type !== undefined ? `: ${type}` : ""
      } = ${value};`,
    );
  }

  #isDeclaredBy(name: string, statement: PyNode): boolean {
    return this.#context.frame.scope.isDeclaredBy(name, statement);
  }

  /** `const `, `let `, or nothing if the name is declared elsewhere. */
  #declaration(name: string, statement: PyNode): string {
    const { scope } = this.#context.frame;
    if (!this.#isDeclaredBy(name, statement)) return "";
    return scope.isConstant(name) ? "const " : "let ";
  }

  #assignList(targets: readonly PyNode[], value: string, kind: Kind, statement: PyNode): void {
    const names = targetNames(targets);
    const hasMember = names.length !==
      targets.filter(({ name }) => name !== "*").flatMap((each) =>
        /^(?:Tuple|Array)Expression$/.test(each.name) ? targetNames([each]) : [each]
      ).length;
    const parts = hasMember
      ? targets.map((each) =>
        each.name === "MemberExpression"
          ? attributeCode(each, this.#tr, true).text
          : this.#tr.expression(each).text
      )
      : undefined;
    const pattern = parts === undefined
      ? targetPattern(targets, { k: "list", of: kind }, this.#tr)
      : { parameter: `[${parts.join(", ")}]`, names: new Map<string, Code>() };
    for (const [name, known] of pattern.names) this.#context.learn(name, known.kind);
    const isDeclared = names.length > 0 && names.every(({ text }) => this.#isDeclaredBy(text, statement));
    const isConstant = names.every(({ text }) => this.#context.frame.scope.isConstant(text));
    const word = isDeclared ? (isConstant ? "const " : "let ") : "";
    const known = kind.k === "list" || kind.k === "str";
    this.#out.write(
      `${word}${pattern.parameter} = ${known ? value : `${this.#context.helper("list")}(${value})`};`,
    );
  }

  #assignItem(
    target: PyNode,
    { object, subscript }: { readonly object: PyNode; readonly subscript: readonly PyNode[] },
    value: string,
    kind: Kind,
  ): void {
    if (subscript.some(({ name }) => name === ":")) {
      this.#context.fail(target, "an assignment to a slice has no counterpart");
    }
    const [key] = subscript;
    const whole = this.#tr.expression(object);
    if (object.name === "VariableName" && (whole.kind.k === "list" || whole.kind.k === "dict")) {
      this.#context.learn(object.text, { k: whole.kind.k, of: kind });
    }
    const isText = this.#tr.literalText(key!) !== undefined;
    if (isText || whole.kind.k === "dict" || whole.text === "state") {
      return this.#out.write(`${attributeCode(target, this.#tr, true).text} = ${value};`);
    }
    this.#out.write(
      `${this.#context.helper("setItem")}(${whole.text}, ${this.#tr.expression(key!).text}, ${value});`,
    );
  }

  #update(node: PyNode): void {
    const [target, operator, value] = node.kids as [PyNode, PyNode, PyNode];
    const sign = operator.text.slice(0, -1);
    const left = target.name === "MemberExpression"
      ? attributeCode(target, this.#tr, true)
      : this.#tr.expression(target);
    const right = this.#tr.expression(value);
    if (sign === "+" && left.kind.k === "list") {
      return this.#out.write(`${operand(left, binding.primary)}.push(...${spreadable(right, this.#tr)});`);
    }
    const isMember = target.name === "MemberExpression";
    // A member may be missing: Python raises an error then, and JavaScript would make NaN.
    const isThere = isNumber(left.kind) || (!isMember && left.kind.k === "unknown");
    const isPlain = /^[-+*]$/.test(sign) && isNumber(right.kind) && isThere &&
      (sign !== "*" || isNumber(left.kind));
    const isText = sign === "+" && (left.kind.k === "str" || (right.kind.k === "str" && !isMember));
    if (isMember && memberParts(target).property === undefined && left.text !== "state") {
      const result = arithmetic(sign, target, value, this.#tr, false, node);
      return this.#assignItem(target, memberParts(target), operand(result, binding.assign), result.kind);
    }
    if (isPlain || isText) {
      if (target.name === "VariableName") {
        this.#context.learn(
          target.text,
          isText ? { k: "str" } : isNumber(left.kind) ? right.kind : { k: "num" },
        );
      }
      return this.#out.write(`${left.text} ${sign}= ${operand(right, binding.assign)};`);
    }
    const result = arithmetic(sign, target, value, this.#tr, false, node);
    if (target.name === "VariableName") this.#context.learn(target.text, result.kind);
    this.#out.write(`${left.text} = ${operand(result, binding.assign)};`);
  }

  #return(node: PyNode): void {
    const values = node.kids.slice(1);
    if (values.length === 0) {
      this.#context.learnReturn({ k: "none" });
      return this.#out.write("return;");
    }
    const value = this.#value(values);
    this.#context.learnReturn(value.kind);
    this.#out.write(`return ${operand(value, binding.assign)};`);
  }

  #if(node: PyNode): void {
    let word = "if";
    node.kids.forEach((kid, at) => {
      if (kid.name === "elif") word = "} else if";
      else if (kid.name === "else") {
        this.#out.write("} else {");
        this.#inner(node.kids[at + 1]!);
      } else if (kid.name !== "if" && kid.name !== "Body") {
        this.#out.write(`${word} (${this.#tr.condition(kid).text}) {`);
        this.#inner(node.kids[at + 1]!);
      }
    });
    this.#out.write("}");
  }

  #inner(body: PyNode): void {
    this.#out.indented(() => this.block(body));
  }

  #while(node: PyNode): void {
    if (node.child("else")) this.#context.fail(node, "else after a loop has no counterpart");
    this.#out.write(`while (${this.#tr.condition(node.kids[1]!).text}) {`);
    this.#inner(node.child("Body")!);
    this.#out.write("}");
  }

  #for(node: PyNode): void {
    if (node.child("else")) this.#context.fail(node, "else after a loop has no counterpart");
    if (node.child("async")) this.#context.fail(node, "async for has no counterpart");
    const targets = between(node, "for", "in");
    const values = node.kids[node.kids.findIndex(({ name }) => name === "in") + 1]!;
    const body = node.child("Body")!;
    const names = targetNames(targets);
    this.#warnOfClosures(names, body);
    const isDeclared = names.every(({ text }) => this.#isDeclaredBy(text, node));
    const counted = isDeclared ? this.#countedLoop(targets, values, body) : undefined;
    if (counted !== undefined) this.#out.write(counted);
    else {
      const value = this.#iterated(values);
      const { parameter, names: known } = targetPattern(targets, value.kind, this.#tr);
      for (const [name, each] of known) this.#context.learn(name, each.kind);
      const isConstant = names.every(({ text }) => !isRebound(text, body));
      const word = isDeclared ? (isConstant ? "const " : "let ") : "";
      this.#out.write(`for (${word}${parameter} of ${spreadable(value, this.#tr)}) {`);
    }
    this.#inner(body);
    this.#out.write("}");
  }

  /** A function that is made in a loop sees the loop's last value in Python, and its own value here. */
  #warnOfClosures(names: readonly PyNode[], body: PyNode): void {
    const own = new Set(names.map(({ text }) => text));
    for (const node of body.walk()) {
      if (node.name !== "LambdaExpression" && node.name !== "FunctionDefinition") continue;
      const inner = node.kids.at(-1)!;
      const used = [...inner.walk()].find(({ name, text }) => name === "VariableName" && own.has(text));
      if (used === undefined) continue;
      this.#context.remark(
        used,
        `a function in this loop uses "${used.text}": in Python it sees the last value, here its own`,
      );
    }
  }

  /** What a loop reads; the lines of a file with their ends. */
  #iterated(values: PyNode): Code {
    const value = this.#tr.expression(values);
    if (value.kind.k !== "file") return value;
    const text = `(${this.#tr.awaited(`readTextFile(${value.text})`).text}).split(/(?<=\\n)/)`;
    return code(text, { k: "list", of: { k: "str" } });
  }

  /** `for (let i = 0; i < 3; i++)` for ranges whose bounds are numbers. */
  #countedLoop(targets: readonly PyNode[], values: PyNode, body: PyNode): string | undefined {
    const [target] = targets;
    if (targets.length !== 1 || target!.name !== "VariableName" || values.name !== "CallExpression") {
      return undefined;
    }
    const isRange = values.kids[0]!.text === "range" && !this.#context.isLocal("range");
    const bounds = isRange ? readArguments(values.kids[1]!).positional.map(({ nodes }) => nodes[0]!) : [];
    const isPlain = bounds.length > 0 && bounds.length < 3 && bounds.every(({ name }) => name === "Number") &&
      !isRebound(target!.text, body);
    if (!isPlain) return undefined;
    this.#context.learn(target!.text, { k: "int" });
    const name = jsName(target!.text);
    const [from, to] = bounds.length === 1 ? ["0", bounds[0]!.text] : [bounds[0]!.text, bounds[1]!.text];
    return `for (let ${name} = ${from}; ${name} < ${to}; ${name}++) {`;
  }

  #try(node: PyNode): void {
    const kids = node.kids;
    const clauses = exceptClauses(node);
    const otherwise = kids[kids.findIndex(({ name }) => name === "else") + 1];
    const hasElse = kids.some(({ name }) => name === "else");
    const final = kids.findIndex(({ name }) => name === "finally");
    const flag = hasElse ? this.#freshName("succeeded") : undefined;
    if (flag !== undefined) this.#out.write(`let ${flag} = false;`);
    this.#out.write("try {");
    this.#inner(node.child("Body")!);
    if (flag !== undefined) this.#out.indented(() => this.#out.write(`${flag} = true;`));
    if (clauses.length > 0) this.#catch(clauses);
    if (final >= 0 && !hasElse) {
      this.#out.write("} finally {");
      this.#inner(kids[final + 1]!);
    }
    this.#out.write("}");
    if (flag === undefined) return;
    if (final >= 0) this.#context.fail(node, "try with both else and finally has no counterpart");
    this.#out.write(`if (${flag}) {`);
    this.#inner(otherwise!);
    this.#out.write("}");
  }

  #freshName(name: string): string {
    let fresh = name;
    for (let at = 2; this.#context.isLocal(fresh) || this.#context.moduleNames.has(fresh); at++) {
      fresh = `${name}${at}`;
    }
    return fresh;
  }

  #catch(clauses: readonly ExceptClause[]): void {
    const isGeneral = (clause: ExceptClause) =>
      clause.types.length === 0 ||
      clause.types.some((type) => type === "Exception" || type === "BaseException");
    const [first] = clauses;
    const names = new Set(clauses.map(({ name }) => name).filter((name) => name !== undefined));
    const isOne = clauses.length === 1 && isGeneral(first!);
    const shared = names.size === 1 ? jsName([...names][0]!) : this.#freshName("error");
    if (isOne) {
      this.#out.write(first!.name === undefined ? "} catch {" : `} catch (${shared}) {`);
      this.#withError(first!, shared);
      return;
    }
    this.#out.write(`} catch (${shared}) {`);
    this.#out.indented(() => {
      let word = "if";
      for (const clause of clauses) {
        if (isGeneral(clause)) {
          this.#out.write(word === "if" ? "{" : "} else {");
          this.#withError(clause, shared);
          word = "";
          break;
        }
        this.#out.write(`${word} (${this.#isError(clause, shared)}) {`);
        this.#withError(clause, shared);
        word = "} else if";
      }
      if (word === "} else if") this.#out.write(`} else throw ${shared};`);
      else this.#out.write("}");
    });
  }

  #withError(clause: ExceptClause, shared: string): void {
    const { name } = clause;
    const known = name === undefined ? new Map<string, Code>() : new Map([[name, code(shared)]]);
    this.#context.withNames(known, () => this.#inner(clause.body));
  }

  #isError({ types, node }: ExceptClause, name: string): string {
    const own = types.filter((type) => this.#context.callables.get(type)?.isClass);
    const others = types.filter((type) => !own.includes(type));
    const strange = others.find((type) => !isError(type.split(".").at(-1)!));
    if (strange !== undefined) this.#context.fail(node, `the error "${strange}" has no counterpart`);
    const tests = own.map((type) => `${name} instanceof ${type}`);
    if (others.length > 0) {
      const list = others.map((type) => JSON.stringify(type.split(".").at(-1)!)).join(", ");
      tests.push(`${this.#context.helper("isError")}(${name}, ${list})`);
    }
    return tests.join(" || ");
  }

  #raise(node: PyNode): void {
    const value = node.kids[1];
    if (value === undefined) {
      const name = this.#context.overlay("error")?.text ?? "error";
      return this.#out.write(`throw ${name};`);
    }
    const isName = value.name === "VariableName" && isError(value.text) &&
      !this.#context.isLocal(value.text) &&
      !this.#context.callables.has(value.text);
    const thrown = isName
      ? raisedError(value.text, { positional: [], named: new Map(), mappings: [], node }, this.#tr).text
      : this.#context.callables.get(value.text)?.isClass
      ? `new ${value.text}()`
      : this.#tr.expression(value).text;
    this.#out.write(`throw ${thrown};`);
  }

  #delete(node: PyNode): void {
    for (const target of node.kids.slice(1).filter(({ name }) => name !== ",")) {
      if (target.name !== "MemberExpression") {
        this.#context.fail(target, "del of a variable has no counterpart");
      }
      const { object, property, subscript } = memberParts(target);
      if (property !== undefined) this.#out.write(`delete ${attributeCode(target, this.#tr, true).text};`);
      else {
        if (subscript.some(({ name }) => name === ":")) {
          this.#context.fail(target, "del of a slice has no counterpart");
        }
        const [whole, key] = [this.#tr.expression(object), this.#tr.expression(subscript[0]!)];
        this.#out.write(`${this.#context.helper("del")}(${whole.text}, ${key.text});`);
      }
    }
  }
}

interface ExceptClause {
  readonly types: readonly string[];
  readonly name?: string;
  readonly body: PyNode;
  readonly node: PyNode;
}

function exceptClauses(node: PyNode): readonly ExceptClause[] {
  const clauses: ExceptClause[] = [];
  node.kids.forEach((kid, at) => {
    if (kid.name !== "except") return;
    const end = node.kids.findIndex(({ name }, index) => index > at && name === "Body");
    const parts = node.kids.slice(at + 1, end);
    const [types] = parts;
    const list = types === undefined
      ? []
      : types.name === "TupleExpression"
      ? types.kids.filter(({ name }) => !/^[(),]$/.test(name)).map(({ text }) => text)
      : [types.text];
    const name = parts[parts.findIndex((part) => part.name === "as") + 1];
    clauses.push({
      types: list,
      ...(parts.some((part) => part.name === "as") ? { name: name!.text } : {}),
      body: node.kids[end]!,
      node: kid,
    });
  });
  return clauses;
}

function isRebound(name: string, body: PyNode): boolean {
  for (const node of body.walk()) {
    const targets = node.name === "UpdateStatement"
      ? [node.kids[0]!]
      : node.name === "AssignStatement"
      ? assignmentParts(node).slice(0, -1).flat()
      : node.name === "ForStatement"
      ? between(node, "for", "in")
      : [];
    if (targetNames(targets).some(({ text }) => text === name)) return true;
  }
  return false;
}

/** The names that a statement of a module binds. */
function boundBy(node: PyNode): readonly string[] {
  const inner = node.name === "DecoratedStatement"
    ? node.child("FunctionDefinition", "ClassDefinition")!
    : node;
  if (inner.name === "AssignStatement") {
    return targetNames(assignmentParts(inner).slice(0, -1).flat()).map(({ text }) => text);
  }
  const name = /Definition$/.test(inner.name) ? inner.child("VariableName") : undefined;
  if (name !== undefined) return [name.text];
  if (!/^(?:If|For|While|Try|With)Statement$/.test(inner.name)) return [];
  return [...inner.walk()].flatMap((each) =>
    each !== inner && /^(?:AssignStatement|FunctionDefinition)$/.test(each.name) ? boundBy(each) : []
  );
}
