import { binding, type Code, operand } from "./code.ts";
import { spreadable } from "./collections.ts";
import type { Translator } from "./context.ts";
import { comprehensionParts, mapped } from "./functional.ts";
import type { PyNode } from "./python_tree.ts";

/** The arguments of a call, untranslated. */
export interface PyArguments {
  readonly positional: readonly PyArgument[];
  readonly named: ReadonlyMap<string, PyNode>;
  /** `**mapping` */
  readonly mappings: readonly PyNode[];
  readonly node: PyNode;
}

/** A positional argument; a generator has several nodes. */
interface PyArgument {
  readonly nodes: readonly PyNode[];
  readonly isSpread: boolean;
}

/** Reads an argument list. */
export function readArguments(list: PyNode): PyArguments {
  const positional: PyArgument[] = [];
  const named = new Map<string, PyNode>();
  const mappings: PyNode[] = [];
  let group: PyNode[] = [];
  const end = () => {
    const [first, second] = group;
    if (first === undefined) return;
    if (first.name === "**") mappings.push(second!);
    else if (first.name === "*") positional.push({ nodes: group.slice(1), isSpread: true });
    else if (second?.name === "AssignOp" && second.text === "=") named.set(first.text, group[2]!);
    else positional.push({ nodes: group, isSpread: false });
    group = [];
  };
  let targets = false;
  for (const kid of list.kids) {
    if (kid.name === "(" || kid.name === ")") continue;
    if (kid.name === "for") targets = true;
    if (kid.name === "in") targets = false;
    // The commas between the targets of a generator separate no arguments.
    if (kid.name === "," && !targets) end();
    else group.push(kid);
  }
  end();
  return { positional, named, mappings, node: list };
}

/** The value of a positional argument. A generator becomes a list. */
export function argumentCode(argument: PyArgument, tr: Translator): Code {
  if (argument.nodes.length === 1) {
    const value = tr.expression(argument.nodes[0]!);
    if (value.kind.k === "file") tr.context.fail(argument.nodes[0]!, "an open file is no value here");
    return value;
  }
  const { results, clauses } = comprehensionParts(argument.nodes);
  return mapped(clauses, () => tr.expression(results[0]!), tr);
}

/** The positional arguments as text, with `...` before those that are spread. */
export function positionalTexts(args: PyArguments, tr: Translator): readonly string[] {
  return args.positional.map((argument) => {
    const value = argumentCode(argument, tr);
    return argument.isSpread ? `...${spreadable(value, tr)}` : operand(value, binding.assign);
  });
}

/** The argument at a position or with a name, if it is given. */
export function argumentNode(args: PyArguments, at: number, ...names: readonly string[]): PyNode | undefined {
  const positional = args.positional[at];
  if (positional !== undefined && !positional.isSpread && positional.nodes.length === 1) {
    return positional.nodes[0];
  }
  for (const name of names) if (args.named.has(name)) return args.named.get(name);
  return undefined;
}

/** As {@linkcode argumentNode}, but the argument must be there, and may be a generator. */
export function requiredArgument(
  args: PyArguments,
  at: number,
  tr: Translator,
  ...names: readonly string[]
): Code {
  const positional = args.positional[at];
  if (positional !== undefined && !positional.isSpread) return argumentCode(positional, tr);
  const node = argumentNode(args, at, ...names);
  return node === undefined
    ? tr.context.fail(args.node, "an argument of this call is missing")
    : tr.expression(node);
}

/** Refuses arguments beyond those that a translation reads, so that none is lost. */
export function checkArguments(
  args: PyArguments,
  tr: Translator,
  most: number,
  ...names: readonly string[]
): void {
  const extra = [...args.named].find(([name]) => !names.includes(name));
  if (extra !== undefined) {
    tr.context.fail(extra[1], `the argument "${extra[0]}" of this call has no counterpart`);
  }
  if (args.mappings.length > 0) tr.context.fail(args.mappings[0]!, "** in this call has no counterpart");
  if (args.positional.length > most) {
    tr.context.fail(args.node, "this call has more arguments than its translation");
  }
}

/** Arguments in the order of the names of parameters; `undefined` fills gaps. */
export function inOrder(args: PyArguments, parameters: readonly string[], tr: Translator): string {
  const texts: string[] = [...positionalTexts(args, tr)];
  const named = new Map(
    [...args.named].map(([name, node]) => [name, operand(tr.expression(node), binding.assign)]),
  );
  if (args.mappings.length > 0) tr.context.fail(args.mappings[0]!, "** in this call has no counterpart");
  if (named.size > 0 && args.positional.some(({ isSpread }) => isSpread)) {
    tr.context.fail(args.node, "* beside named arguments has no counterpart");
  }
  for (const name of parameters.slice(texts.length)) {
    texts.push(named.get(name) ?? "undefined");
    named.delete(name);
  }
  if (named.size > 0) {
    tr.context.fail(args.node, `the function has no parameter ${[...named.keys()].join(", ")}`);
  }
  while (texts.at(-1) === "undefined") texts.pop();
  return texts.join(", ");
}

/** Named arguments as an object: `{ city: "Lyon" }`. */
export function namedObject(args: PyArguments, tr: Translator): string {
  const pairs = [...args.named].map(([name, node]) => {
    const text = operand(tr.expression(node), binding.assign);
    return text === name ? name : `${name}: ${text}`;
  });
  const mappings = args.mappings.map((node) => `...${operand(tr.expression(node), binding.assign)}`);
  return `{ ${[...mappings, ...pairs].join(", ")} }`;
}
