import { binding, type Code, code, type Kind, operand } from "./code.ts";
import { type Translation } from "./context.ts";
import type { Emitter } from "./emitter.ts";
import type { Expressions } from "./expressions.ts";
import { functionName, jsName } from "./names.ts";
import type { PyNode } from "./python_tree.ts";
import { assignmentParts, parameterNames, scopeOf } from "./scope.ts";
import { type DefinitionWriter, Statements } from "./statements.ts";
import { kindOfHint, typeText } from "./types.ts";
import { readArguments } from "./arguments.ts";

/** A parameter of a function. */
interface PyParameter {
  readonly name: string;
  readonly mark: "" | "*" | "**";
  readonly type?: PyNode;
  readonly default?: PyNode;
}

/** Translates functions and classes. */
export class DefinitionReader implements DefinitionWriter {
  readonly #tr: Expressions;
  readonly #out: Emitter;
  readonly #statements: Statements;

  constructor(tr: Expressions, out: Emitter) {
    this.#tr = tr;
    this.#out = out;
    this.#statements = new Statements(tr, out, this);
  }

  get statements(): Statements {
    return this.#statements;
  }

  get #context(): Translation {
    return this.#tr.context;
  }

  define(node: PyNode): void {
    const decorators = node.name === "DecoratedStatement" ? node.all("Decorator") : [];
    const inner = node.name === "DecoratedStatement"
      ? node.child("FunctionDefinition", "ClassDefinition")!
      : node;
    if (inner.name === "ClassDefinition") this.#class(inner, decorators);
    else this.#function(inner, decorators);
  }

  #function(node: PyNode, decorators: readonly PyNode[]): void {
    const context = this.#context;
    const playbook = decorators.find((each) => /^@\s*playbook\b/.test(each.text));
    for (const decorator of decorators) {
      if (decorator !== playbook) {
        context.remark(decorator, `the decorator ${decorator.text.trim()} is left out`);
      }
    }
    const name = node.child("VariableName")!.text;
    const parameters = this.#parameters(node);
    const { text, kinds } = this.#parameterList(parameters, node, playbook !== undefined);
    for (const each of parameters) {
      if (playbook !== undefined && jsName(each.name) !== each.name) {
        context.remark(node, `the parameter "${each.name}" is "${jsName(each.name)}" now`);
      }
    }
    const tags = playbook === undefined ? [] : this.#tags(playbook);
    const body = node.child("Body")!;
    const doc = docstring(body, this.#tr);
    const result = typeText(node.all("TypeDef").at(-1));
    this.#documentation([
      ...(doc === undefined ? [] : docLines(doc)),
      ...descriptionOf(playbook, doc, this.#tr),
      ...tags,
    ]);
    const place = this.#out.position;
    this.#out.write("{");
    const { awaits } = context.inFrame(
      scopeOf(node),
      context.isModule ? name : `${context.frame.id}.${name}`,
      () => {
        for (const [parameter, kind] of kinds) context.learn(parameter, kind);
        this.#body(body, node, doc !== undefined);
      },
    );
    const isAsync = node.child("async") !== undefined || awaits;
    if (isAsync && context.isModule) context.asyncNames.add(name);
    // Python does not await such a function, so its calls must.
    else if (awaits && node.child("async") === undefined) context.asyncNames.add(`local ${name}`);
    const returns = result === undefined
      ? ""
      : `: ${
        isAsync ? `Promise<${result === "null" ? "void" : result}>` : result === "null" ? "void" : result
      }`;
    const shown = playbook === undefined ? functionName(name, context) : name;
    const words = `${playbook === undefined ? "" : "export "}${isAsync ? "async " : ""}function ${shown}`;
    this.#out.lines[place] = this.#out.lines[place]!.replace("{", () => `${words}(${text})${returns} {`);
    this.#out.write("}");
  }

  #body(body: PyNode, node: PyNode, hasDocstring: boolean): void {
    const { scope } = this.#context.frame;
    this.#out.indented(() => {
      const kept = [...this.#context.kept].filter((name) =>
        this.#context.isKeptHere(name) &&
        [...body.walk()].some((each) => each.name === "VariableName" && each.text === name)
      );
      for (const name of kept) {
        this.#out.write(`state.${name} ??= ${this.#context.keptInits.get(name) ?? "null"};`);
      }
      const hoisted = scope.hoisted.map(jsName);
      if (hoisted.length > 0) this.#out.write(`let ${hoisted.join(", ")};`);
    });
    const rest = hasDocstring ? body.kids.filter((kid) => kid !== firstStatement(body)) : body.kids;
    this.#out.indented(() => {
      for (const kid of rest) {
        for (const each of kid.name === "StatementGroup" ? kid.kids : [kid]) {
          if (each.name !== ":" && each.name !== ";") this.#statements.statement(each);
        }
      }
      this.#out.commentsUpTo(node.to);
    });
  }

  #parameters(node: PyNode): readonly PyParameter[] {
    const found: { name: string; mark: "" | "*" | "**"; type?: PyNode; default?: PyNode }[] = [];
    let mark: "" | "*" | "**" = "";
    let isDefault = false;
    for (const kid of node.child("ParamList")?.kids ?? []) {
      if (kid.name === "(" || kid.name === ")" || kid.name === "/") continue;
      if (kid.name === "*" || kid.name === "**") mark = kid.name;
      else if (kid.name === ",") [mark, isDefault] = ["", false];
      else if (kid.name === "AssignOp") isDefault = true;
      else if (kid.name === "TypeDef") found.at(-1)!.type = kid;
      else if (isDefault) found.at(-1)!.default = kid;
      else if (kid.name === "VariableName") found.push({ name: kid.text, mark });
    }
    return found;
  }

  #parameterList(
    parameters: readonly PyParameter[],
    node: PyNode,
    isPlaybook: boolean,
  ): { readonly text: string; readonly kinds: ReadonlyMap<string, Kind> } {
    const kinds = new Map<string, Kind>();
    const texts = parameters.filter(({ name }) => !(isPlaybook && name === "self")).map((parameter) => {
      const type = typeText(parameter.type);
      if (/^(?:Array|Dictionary|Set)Expression$/.test(parameter.default?.name ?? "")) {
        const message =
          `each call has a default of its own for "${parameter.name}"; Python keeps one for all calls`;
        this.#context.remark(parameter.default!, message, false);
      }
      const value = parameter.default === undefined ? undefined : this.#tr.expression(parameter.default);
      if (parameter.mark === "**") this.#context.fail(node, "a ** parameter has no counterpart");
      if (parameter.mark === "*") {
        if (parameter !== parameters.at(-1)) {
          this.#context.fail(node, "a parameter after * has no counterpart");
        }
        kinds.set(parameter.name, { k: "list" });
        return `...${jsName(parameter.name)}${
          type === undefined ? "" : `: ${type.includes("|") ? `(${type})` : type}[]`
        }`;
      }
      // A hint is what the author expects of callers.
      kinds.set(parameter.name, kindOfHint(parameter.type) ?? { k: "unknown" });
      const note = type === undefined ? "" : `: ${type}`;
      return `${jsName(parameter.name)}${note}${
        value === undefined ? "" : ` = ${operand(value, binding.assign)}`
      }`;
    });
    return { text: texts.join(", "), kinds };
  }

  /** `@trigger` and the like from `@playbook(triggers=[…], public=True)`. */
  #tags(decorator: PyNode): readonly string[] {
    const list = decorator.child("ArgList");
    if (list === undefined) return [];
    const args = readArguments(list);
    const tags: string[] = [];
    const triggers = args.named.get("triggers") ?? args.positional[0]?.nodes[0];
    const items = triggers === undefined ? [] : /String$/.test(triggers.name) ? [triggers] : triggers.kids;
    for (const item of items) {
      const text = /String$/.test(item.name) ? this.#tr.literalText(item) : undefined;
      if (text !== undefined) tags.push(`@trigger ${triggerText(text)}`);
      else if (!/^[[\](),]$/.test(item.name)) {
        this.#context.remark(item, "this trigger is no text, so it is left out");
      }
    }
    for (const [name, value] of args.named) {
      const isTrue = value.text === "True";
      if (name === "public" || name === "hidden" || name === "cli_entry") {
        if (isTrue) tags.push(`@${name}`);
      } else if (name !== "triggers" && name !== "description" && name !== "export") {
        this.#context.remark(
          value,
          `the metadata "${name}" of a code playbook has no counterpart, so it is left out`,
        );
      }
    }
    return tags;
  }

  #documentation(lines: readonly string[]): void {
    const clean = lines.map((line) => line.replaceAll("*/", "*\\/"));
    if (clean.length === 0) return;
    if (clean.length === 1) return this.#out.write(`/** ${clean[0]} */`);
    this.#out.write(["/**", ...clean.map((line) => ` * ${line}`.trimEnd()), " */"].join("\n"));
  }

  #class(node: PyNode, decorators: readonly PyNode[]): void {
    const context = this.#context;
    const name = node.child("VariableName")!.text;
    const isData = decorators.some((each) => /^@\s*(?:dataclasses\.)?dataclass\b/.test(each.text));
    for (const each of decorators) {
      if (!/dataclass/.test(each.text)) context.fail(each, "this decorator of a class has no counterpart");
    }
    const bases =
      node.child("ArgList")?.kids.filter((kid) => kid.name === "VariableName").map(({ text }) => text) ?? [];
    const base = bases.find((each) => each !== "object");
    const isError = base !== undefined && /(?:Error|Exception)$/.test(base);
    const parent = base === undefined
      ? ""
      : ` extends ${isError && !context.callables.has(base) ? "Error" : base}`;
    if (base !== undefined && !isError && !context.callables.has(base)) {
      context.fail(node, `the base "${base}" has no counterpart`);
    }
    const body = node.child("Body")!;
    const doc = docstring(body, this.#tr);
    if (doc !== undefined) this.#documentation(docLines(doc));
    this.#out.write(`class ${jsName(name)}${parent} {`);
    this.#out.indented(() => {
      if (isError) this.#out.write(`name = ${JSON.stringify(name)};`);
      this.#members(body, isData, doc !== undefined, parent !== "");
    });
    this.#out.write("}");
  }

  #members(body: PyNode, isData: boolean, hasDocstring: boolean, hasParent: boolean): void {
    const context = this.#context;
    const fields = dataFields(body);
    const statements = body.kids.filter((kid) =>
      kid.name !== ":" && !(hasDocstring && kid === firstStatement(body))
    );
    if (isData) {
      for (const field of fields) this.#out.write(`${field.name};`);
      const list = fields.map(({ name, value }) =>
        value === undefined ? name : `${name} = ${this.#default(value)}`
      ).join(", ");
      this.#out.write(`constructor(${list}) {`);
      this.#out.indented(() => {
        if (hasParent) this.#out.write("super();");
        for (const { name } of fields) this.#out.write(`this.${name} = ${name};`);
      });
      this.#out.write("}");
    }
    for (const statement of statements) {
      this.#out.before(statement);
      if (statement.name === "PassStatement") continue;
      if (statement.name === "AssignStatement") {
        if (isData) continue;
        const parts = assignmentParts(statement);
        if (parts.length === 2 && parts[0]![0]!.name === "VariableName") {
          this.#out.write(`${parts[0]![0]!.text} = ${this.#tr.expression(parts[1]![0]!).text};`);
        }
        continue;
      }
      const method = statement.name === "DecoratedStatement"
        ? statement.child("FunctionDefinition")
        : statement;
      if (method?.name !== "FunctionDefinition") {
        return context.fail(statement, "this part of a class has no counterpart");
      }
      this.#method(method, statement.all("Decorator"));
    }
  }

  /** `field(default_factory=list)` is `[]`. */
  #default(value: PyNode): string {
    const call = value.name === "CallExpression" && /^(?:dataclasses\.)?field$/.test(value.kids[0]!.text);
    if (!call) return operand(this.#tr.expression(value), binding.assign);
    const args = readArguments(value.kids[1]!);
    const plain = args.named.get("default");
    if (plain !== undefined) return this.#tr.expression(plain).text;
    const factory = args.named.get("default_factory")?.text ?? "";
    const made = { list: "[]", dict: "{}", set: "new Set()" }[factory];
    return made ?? this.#context.fail(value, "this default of a field has no counterpart");
  }

  #method(node: PyNode, decorators: readonly PyNode[]): void {
    const context = this.#context;
    const name = node.child("VariableName")!.text;
    const words = decorators.map((each) => each.text.trim());
    const isStatic = words.includes("@staticmethod");
    const word = isStatic ? "static " : words.includes("@property") ? "get " : "";
    if (words.some((each) => each !== "@staticmethod" && each !== "@property")) {
      context.fail(decorators[0]!, `the decorator ${words.join(" ")} has no counterpart`);
    }
    const special: Readonly<Record<string, string>> = {
      __init__: "constructor",
      __str__: "toString",
      __repr__: "toJSON",
    };
    const own = special[name] ?? name;
    if (own.startsWith("__") || name === "__repr__") {
      context.fail(node, `the method ${name} has no counterpart`);
    }
    const parameters = this.#parameters(node);
    const self = isStatic ? undefined : parameters[0]?.name;
    const { text, kinds } = this.#parameterList(parameters.slice(isStatic ? 0 : 1), node, false);
    const body = node.child("Body")!;
    const doc = docstring(body, this.#tr);
    if (doc !== undefined) this.#documentation(docLines(doc));
    const place = this.#out.position;
    this.#out.write("{");
    const { awaits } = context.inFrame(scopeOf(node), `${context.frame.id}.${name}`, () => {
      for (const [parameter, kind] of kinds) context.learn(parameter, kind);
      const names = self === undefined
        ? new Map<string, Code>()
        : new Map([[self, code("this", "instance")]]);
      context.withNames(names, () => this.#body(body, node, doc !== undefined));
    });
    const isAsync = node.child("async") !== undefined || awaits;
    if (isAsync && own === "constructor") context.fail(node, "a constructor cannot wait");
    if (isAsync && word === "get ") context.fail(node, "a property cannot wait");
    if (awaits && node.child("async") === undefined) context.asyncNames.add(`.${name}`);
    this.#out.lines[place] = this.#out.lines[place]!.replace(
      "{",
      () => `${word}${isAsync ? "async " : ""}${own}(${text}) {`,
    );
    this.#out.write("}");
  }
}

/** The fields of a dataclass. */
function dataFields(body: PyNode): readonly { readonly name: string; readonly value?: PyNode }[] {
  return body.kids.filter((kid) => kid.name === "AssignStatement" && kid.child("TypeDef") !== undefined).map(
    (kid) => {
      const parts = assignmentParts(kid);
      const value = parts.length > 1 ? parts[1]![0] : undefined;
      return { name: kid.kids[0]!.text, ...(value === undefined ? {} : { value }) };
    },
  );
}

/** The parameters with which a class is made. */
export function constructorParameters(node: PyNode): readonly string[] {
  const body = node.child("Body")!;
  const init = body.kids.map((kid) =>
    kid.name === "DecoratedStatement" ? kid.child("FunctionDefinition") : kid
  )
    .find((kid) => kid?.name === "FunctionDefinition" && kid.child("VariableName")?.text === "__init__");
  if (init) return parameterNames(init.child("ParamList")).slice(1);
  return dataFields(body).map(({ name }) => name);
}

function firstStatement(body: PyNode): PyNode | undefined {
  return body.kids.find(({ name }) => name !== ":");
}

function docstring(body: PyNode, tr: Expressions): string | undefined {
  const first = firstStatement(body);
  const value = first?.name === "ExpressionStatement" ? first.kids[0] : undefined;
  return value === undefined || !/String$/.test(value.name) ? undefined : tr.literalText(value);
}

/** The lines of a docstring. A list of triggers in it becomes tags. */
function docLines(text: string): readonly string[] {
  const lines = text.split("\n");
  const rest = lines.slice(1).filter((line) => line.trim() !== "");
  const indent = Math.min(...rest.map((line) => line.length - line.trimStart().length));
  const plain = [
    lines[0]!.trim(),
    ...lines.slice(1).map((line) => line.slice(Number.isFinite(indent) ? indent : 0).trimEnd()),
  ];
  const output: string[] = [];
  const tags: string[] = [];
  let inTriggers = false;
  for (const line of plain) {
    if (/^\s*#{2,3}\s*Triggers?\s*:?\s*$/i.test(line)) inTriggers = true;
    else if (inTriggers && /^\s*[-*]\s+/.test(line)) {
      tags.push(`@trigger ${triggerText(line.replace(/^\s*[-*]\s+/, ""))}`);
    } else if (line.trim() !== "" || !inTriggers) {
      inTriggers &&= line.trim() === "";
      output.push(line);
    }
  }
  while (output[0] === "") output.shift();
  while (output.at(-1) === "") output.pop();
  return [...output, ...tags];
}

function descriptionOf(
  decorator: PyNode | undefined,
  doc: string | undefined,
  tr: Expressions,
): readonly string[] {
  const list = decorator?.child("ArgList");
  const node = list === undefined ? undefined : readArguments(list).named.get("description");
  const text = node === undefined || doc !== undefined ? undefined : tr.literalText(node);
  return text === undefined ? [] : docLines(text);
}

/** A trigger without the number and kind of the numbered form. */
function triggerText(text: string): string {
  const [, kind, rest] = /^T\d+:([A-Z]{3})\s+([^]*)$/.exec(text) ?? [];
  const plain = (rest ?? text).replace(/\s+/g, " ").trim();
  const isBegin =
    /^(?:at the (?:beginning|start)|in the beginning|when (?:the )?(?:program|agent) (?:starts|begins))/i
      .test(plain);
  return kind === "BGN" && !isBegin ? "At the beginning" : plain;
}
