import { arrowBody, binding, type Code, code, isNumber, type Kind, operand, unknown } from "./code.ts";
import { callCode, savedArtifact } from "./calls.ts";
import type { Translation, Translator } from "./context.ts";
import { dictCode, elementsOf, listCode } from "./collections.ts";
import { comprehensionCode, lambdaCode } from "./functional.ts";
import { attributeCode, functionValue } from "./members.ts";
import { functionName, jsName } from "./names.ts";
import { arithmeticCode, comparisonCode, isComparison, operatorOf } from "./operators.ts";
import { inner, type PyNode } from "./python_tree.ts";
import { stringCode, stringValue } from "./strings.ts";

/** Translates expressions of Python to JavaScript with the same value. */
export class Expressions implements Translator {
  readonly context: Translation;

  constructor(context: Translation) {
    this.context = context;
  }

  number(node: PyNode): Code {
    const value = node.name === "BinaryExpression" && /^[-+*]$/.test(operatorOf(node))
      ? arithmeticCode(node, this, true)
      : node.name === "ParenthesizedExpression"
      ? this.number(inner(node))
      : this.expression(node);
    return value.kind.k === "unknown" ? { ...value, kind: { k: "num" } } : value;
  }

  expression(node: PyNode): Code {
    switch (node.name) {
      case "Number":
        return numberCode(node, this.context);
      case "Boolean":
        return code(node.text === "True" ? "true" : "false", "bool");
      case "None":
        return code("null", "none");
      case "String":
      case "FormatString":
      case "ContinuedString":
        return stringCode(node, this);
      case "VariableName":
        return this.#name(node);
      case "ParenthesizedExpression":
        return this.expression(inner(node));
      case "MemberExpression":
        return attributeCode(node, this, false);
      case "CallExpression":
        return callCode(node, this);
      case "AwaitExpression":
        return this.#await(node);
      case "BinaryExpression":
        return this.#binary(node);
      case "UnaryExpression":
        return this.#unary(node);
      case "ConditionalExpression":
        return this.#conditional(node);
      case "LambdaExpression":
        return lambdaCode(node, this);
      case "NamedExpression": {
        const value = this.expression(node.kids.at(-1)!);
        const name = node.kids[0]!.text;
        this.context.learn(name, value.kind);
        return code(
          `${this.context.surroundings.builtins.has(name) ? `${name}_` : name} = ${value.text}`,
          value.kind,
          binding.assign,
        );
      }
      case "Ellipsis":
        return code("undefined", "none");
    }
    return this.#collection(node);
  }

  #collection(node: PyNode): Code {
    switch (node.name) {
      case "TupleExpression":
      case "ArrayExpression":
        return listCode(node, elementsOf(node), this);
      case "SetExpression": {
        const list = listCode(node, elementsOf(node), this);
        return code(`new Set(${list.text})`, { k: "set", ...(list.kind.of ? { of: list.kind.of } : {}) });
      }
      case "DictionaryExpression":
        return dictCode(node, this);
      case "ComprehensionExpression":
      case "ArrayComprehensionExpression":
      case "SetComprehensionExpression":
      case "DictionaryComprehensionExpression":
        return comprehensionCode(node, this);
    }
    return this.context.fail(node, `this form of Python (${node.name}) has no counterpart`);
  }

  condition(node: PyNode): Code {
    if (node.name === "ParenthesizedExpression") return this.condition(inner(node));
    const operator = node.name === "BinaryExpression" ? operatorOf(node) : "";
    if (operator === "and" || operator === "or") {
      const [left, right] = operandsOf(node).map((each) => this.condition(each)) as [Code, Code];
      return joinedConditions(operator, left, right, "bool");
    }
    if (node.name === "UnaryExpression" && node.kids[0]!.name === "not") return this.#not(node);
    const value = this.expression(node);
    switch (value.kind.k) {
      case "list":
      case "artifact":
        return code(`${operand(value, binding.primary)}.length > 0`, "bool", binding.compare);
      case "set":
        return code(`${operand(value, binding.primary)}.size > 0`, "bool", binding.compare);
      case "unknown":
      case "dict":
        return code(`${this.context.helper("truthy")}(${value.text})`, "bool");
    }
    return value;
  }

  literalText(node: PyNode): string | undefined {
    if (node.name === "ParenthesizedExpression") return this.literalText(inner(node));
    if (node.name === "String") return stringValue(node, this);
    if (node.name !== "ContinuedString" || node.kids.some(({ name }) => name !== "String")) return undefined;
    return node.kids.map((kid) => stringValue(kid, this)).join("");
  }

  awaited(text: string, kind: Kind = unknown): Code {
    this.context.frame.awaits = true;
    return code(`await ${text}`, kind, binding.unary);
  }

  #name(node: PyNode): Code {
    const { context } = this;
    const name = node.text;
    const overlay = context.overlay(name);
    if (overlay !== undefined) return overlay;
    if (context.isLocal(name)) return code(jsName(name), context.kindOf(name));
    if (context.kept.has(name)) return code(`state.${name}`, context.kindOf(name));
    context.requireKept(node, name);
    if (context.asyncNames.has(name) && context.callables.get(name)?.isAsync === false) {
      context.fail(node, `"${name}" waits here, so it cannot be passed as a function`);
    }
    if (context.moduleNames.has(name)) {
      return code(
        context.callables.has(name) ? functionName(name, context) : jsName(name),
        context.kindOf(name),
      );
    }
    if (context.imports.has(name)) return functionValue(node, context.imports.get(name)!, this);
    if (name === "agent" || name === "self") return code("self", "agent");
    return functionValue(node, name, this);
  }

  #await(node: PyNode): Code {
    const value = this.expression(node.kids.at(-1)!);
    // What is awaited in Python may be done at once here.
    if (/^await /.test(value.text) || savedArtifact.test(value.text)) return value;
    return this.awaited(operand(value, binding.unary), value.kind);
  }

  #binary(node: PyNode): Code {
    const operator = operatorOf(node);
    if (operator === "and" || operator === "or") return this.#logical(node, operator);
    return isComparison(node) ? comparisonCode(node, this) : arithmeticCode(node, this, false);
  }

  /** `a or b` gives one of the two values, so only operands whose truth JavaScript shares may use `||`. */
  #logical(node: PyNode, operator: "and" | "or"): Code {
    const [left, right] = operandsOf(node).map((each) => this.expression(each)) as [Code, Code];
    const kind = left.kind.k === right.kind.k ? left.kind : unknown;
    if (!["unknown", "list", "dict", "set"].includes(left.kind.k)) {
      return joinedConditions(operator, left, right, kind);
    }
    const other = /\bawait /.test(right.text) ? undefined : `() => ${arrowBody(right)}`;
    if (other !== undefined) {
      return code(`${this.context.helper(operator)}(${left.text}, ${other})`, kind);
    }
    const truth = `${this.context.helper("truthy")}(${left.text})`;
    if (!/^[\w.]+$/.test(left.text)) this.context.fail(node, `this "${operator}" waits in its second part`);
    const parts = operator === "or" ? [left, right] : [right, left];
    return code(
      `${truth} ? ${operand(parts[0]!, binding.condition + 1)} : ${operand(parts[1]!, binding.condition)}`,
      kind,
      binding.condition,
    );
  }

  #not(node: PyNode): Code {
    const target = node.kids.at(-1)!;
    const value = target.name === "UnaryExpression" || target.name === "BinaryExpression" ||
        target.name === "ParenthesizedExpression"
      ? undefined
      : this.expression(target);
    if (value?.kind.k === "list") {
      return code(`${operand(value, binding.primary)}.length === 0`, "bool", binding.equal);
    }
    if (value?.kind.k === "set") {
      return code(`${operand(value, binding.primary)}.size === 0`, "bool", binding.equal);
    }
    return code(`!${operand(this.condition(target), binding.unary)}`, "bool", binding.unary);
  }

  #unary(node: PyNode): Code {
    const [sign, target] = [node.kids[0]!.text, node.kids.at(-1)!];
    if (sign === "not") return this.#not(node);
    const value = this.number(target);
    if (sign === "~") return code(`~${operand(value, binding.unary)}`, "int", binding.unary);
    const text = operand(value, binding.unary);
    return code(`${sign}${text.startsWith(sign) ? `(${text})` : text}`, value.kind, binding.unary);
  }

  #conditional(node: PyNode): Code {
    const [yes, condition, no] = node.kids.filter(({ name }) => name !== "if" && name !== "else");
    const test = this.condition(condition!);
    const [first, second] = [this.expression(yes!), this.expression(no!)];
    const kind = first.kind.k === second.kind.k
      ? first.kind
      : isNumber(first.kind) && isNumber(second.kind)
      ? { k: "num" as const }
      : unknown;
    return code(
      `${operand(test, binding.condition + 1)} ? ${operand(first, binding.condition + 1)} : ${
        operand(second, binding.condition)
      }`,
      kind,
      binding.condition,
    );
  }
}

function joinedConditions(operator: "and" | "or", left: Code, right: Code, kind: Kind | "bool"): Code {
  const prec = operator === "and" ? binding.and : binding.or;
  // JavaScript needs no brackets around `a && b || c`, but readers do.
  const part = (value: Code) =>
    operator === "or" && value.prec === binding.and ? `(${value.text})` : operand(value, prec);
  return code(`${part(left)} ${operator === "and" ? "&&" : "||"} ${part(right)}`, kind, prec);
}

function operandsOf(node: PyNode): readonly PyNode[] {
  return [node.kids[0]!, node.kids.at(-1)!];
}

function numberCode(node: PyNode, context: Translation): Code {
  const text = node.text.toLowerCase();
  if (text.endsWith("j")) context.fail(node, "complex numbers have no counterpart");
  const isFloat = /[.e]/.test(text) && !text.startsWith("0x");
  if (!isFloat && Number(text.replaceAll("_", "")) > Number.MAX_SAFE_INTEGER) {
    context.remark(node, "this whole number is too large to be exact here");
  }
  return code(text.replace(/^0+(?=\d)/, ""), isFloat ? "float" : "int", binding.number);
}
