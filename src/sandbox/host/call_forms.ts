import type { Node } from "acorn";
import type { SourceEdits } from "./source_edits.ts";
import { childrenOf, identifierName, type Loose } from "./syntax.ts";

/** The parameters of the functions that code calls, by which calls in another form are understood. */
export interface CallForms {
  readonly builtins: ReadonlyMap<string, BuiltinForm>;
  /** Parameters of own playbooks by name, and of those of other classes as `Klass.Name`. */
  readonly playbooks: ReadonlyMap<string, readonly string[]>;
}

/** The parameters of a builtin, each with its other names. */
export interface BuiltinForm {
  readonly names: readonly (readonly string[])[];
  /** The index of the parameter that takes an object of options. */
  readonly options?: number;
  /** It requests an effect. */
  readonly isEffect: boolean;
}

/**
 * Corrects calls that mean something else than JavaScript says, and whose meaning is clear:
 *
 *     A(x = 1)                 A({ x: 1 })               Say("hi")           Say("user", "hi")
 *     Say(target="user", …)    Say("user", …)            Say("user", a, b)   Say("user", a and b, joined)
 *     Say({ to: "user", … })   Say("user", …)            Yield("user", "?")  Say("user", "?"), then Yield("user")
 *
 * Returns the assignments that became named arguments: they are no assignments any more.
 */
export function correctCalls(
  program: Node,
  edits: SourceEdits,
  { support, forms }: { readonly support: string; readonly forms: CallForms },
): ReadonlySet<Node> {
  const named = new Set<Node>();
  const methods = new Map(
    [...forms.playbooks].map(([name, parameters]) =>
      [name.slice(name.indexOf(".") + 1), parameters] as const
    ),
  );
  walk(program as Loose);
  return named;

  function walk(node: Loose): void {
    if (node.type === "CallExpression") call(node);
    for (const child of childrenOf(node)) walk(child);
  }

  function call(node: Loose): void {
    const args = node["arguments"] as Loose[];
    if (args.length === 0 || args.some(({ type }) => type === "SpreadElement")) return;
    const name = calleeName(node["callee"] as Loose);
    const builtin = name === undefined ? undefined : forms.builtins.get(name);
    const first = args.findIndex(isNamed);
    if (first >= 0) {
      const parameters = builtin ? undefined : playbookOf(node["callee"] as Loose, name);
      if ((builtin || parameters) && args.slice(first).every(isNamed)) {
        nameArguments(args, first, builtin, parameters);
      }
      return;
    }
    if (builtin?.isEffect && args.length === 1 && hasOnlyKeys(args[0]!, builtin)) {
      edits.insertFirst(args[0]!.start, `${spread(builtin.names)}[],`);
      edits.insert(args[0]!.end, ")");
    } else if (name === "Say") correctSay(args);
    else if (name === "Yield") correctYield(args);
  }

  /** The parameters of a called playbook; `undefined` for another function. */
  function playbookOf(callee: Loose, name: string | undefined): readonly string[] | undefined {
    if (name !== undefined) return forms.playbooks.get(name);
    if (callee.type !== "MemberExpression" || callee["computed"] === true) return undefined;
    const property = identifierName(callee["property"] as Loose);
    return forms.playbooks.get(`${identifierName(callee["object"] as Loose)}.${property}`) ??
      methods.get(property);
  }

  function nameArguments(
    args: readonly Loose[],
    first: number,
    builtin: BuiltinForm | undefined,
    parameters: readonly string[] | undefined,
  ): void {
    for (const arg of args.slice(first)) {
      const left = arg["left"] as Loose;
      named.add(arg).add(left);
      if (identifierName(left).startsWith("$")) edits.replace(left.start, 1, "");
      edits.replace(edits.text.indexOf("=", left.end), 1, ":");
    }
    const last = args.at(-1)!;
    if (!builtin && first === 0) {
      edits.insertFirst(args[0]!.start, "{");
      edits.insert(last.end, "}");
      return;
    }
    const head = builtin
      ? spread(builtin.names, builtin.options)
      : spread(parameters!.map((name) => [name]), -1);
    if (first === 0) edits.insertFirst(args[0]!.start, `${head}[],{`);
    else {
      edits.insertFirst(args[0]!.start, `${head}[`);
      edits.insert(args[first - 1]!.end, "]");
      edits.insertFirst(args[first]!.start, "{");
    }
    edits.insert(last.end, "})");
  }

  function spread(names: readonly (readonly string[])[], options?: number): string {
    return `...${support}.a(${JSON.stringify(names)},${options ?? "void 0"},`;
  }

  function correctSay(args: readonly Loose[]): void {
    const [first, ...rest] = args as [Loose, ...Loose[]];
    if (rest.length === 0) {
      if (first.type !== "Literal" || /\s/.test(String(first["value"]))) {
        edits.insertFirst(first.start, '"user", ');
      }
      return;
    }
    const words = rest.filter(({ type }) => type !== "ObjectExpression");
    if (words.length < 2 || words.length < rest.length) return;
    edits.insertFirst(words[0]!.start, `${support}.j(`);
    edits.insert(words.at(-1)!.end, ")");
  }

  /** A question is said before the wait. */
  function correctYield([first, question, ...rest]: readonly Loose[]): void {
    if (rest.length > 0) return;
    if (question === undefined) {
      const text = first!.type === "Literal" ? String(first!["value"]) : "";
      if (!/\s.*[?!.:]\s*$/s.test(text)) return;
      edits.insertFirst(first!.start, '(Say("user", ');
      edits.insert(first!.end, '), "user")');
    } else if (isText(question) && ["Literal", "Identifier"].includes(first!.type)) {
      const target = edits.text.slice(first!.start, first!.end);
      edits.insertFirst(first!.start, "(Say(");
      edits.insert(question.end, `), ${target})`);
    }
  }
}

/** The name of a called global, or of a called method of `self`. */
function calleeName(callee: Loose): string | undefined {
  if (callee.type === "Identifier") return identifierName(callee);
  if (callee.type !== "MemberExpression" || callee["computed"] === true) return undefined;
  return identifierName(callee["object"] as Loose) === "self"
    ? identifierName(callee["property"] as Loose)
    : undefined;
}

/** Whether an argument is `name = value`, which Python reads as a named argument. */
function isNamed(arg: Loose): boolean {
  return arg.type === "AssignmentExpression" && arg["operator"] === "=" &&
    (arg["left"] as Loose).type === "Identifier";
}

function hasOnlyKeys(arg: Loose, { names }: BuiltinForm): boolean {
  const known = new Set(names.flat());
  const properties = arg.type === "ObjectExpression" ? arg["properties"] as Loose[] : [];
  return properties.length > 0 &&
    properties.every((property) =>
      property.type === "Property" && property["computed"] !== true &&
      known.has(keyOf(property["key"] as Loose))
    );
}

function keyOf(key: Loose): string {
  return key.type === "Literal" ? String(key["value"]) : identifierName(key);
}

/** Whether an expression is a text for sure: a string, a template, or a sum with one. */
export function isText(node: Node): boolean {
  const loose = node as Loose;
  switch (node.type) {
    case "Literal":
      return typeof loose["value"] === "string";
    case "TemplateLiteral":
      return true;
    case "BinaryExpression":
      return loose["operator"] === "+" && (isText(loose["left"] as Node) || isText(loose["right"] as Node));
    default:
      return false;
  }
}
