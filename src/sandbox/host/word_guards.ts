import type { Node } from "acorn";
import { isText } from "./call_forms.ts";
import type { SourceEdits } from "./source_edits.ts";
import { childrenOf, type Loose } from "./syntax.ts";

/** How a guard treats a value: see `checkedWord` in the guest. */
const modes = { part: 0, whole: 1, awaited: 2 };

/**
 * Guards the values from which code makes words: the parts of templates, the other side of a `+` with a string, and the
 * text of a `Say`. A value that gives no words, such as `undefined`, is then an error before it is shown. Code that
 * writes to the log is left alone.
 */
export function guardWords(
  program: Node,
  edits: SourceEdits,
  { support, awaits, named }: {
    readonly support: string;
    /** Calls that get an `await`. */
    readonly awaits: readonly { readonly start: number; readonly end: number }[];
    /** Named arguments, which are no values. */
    readonly named: ReadonlySet<Node>;
  },
): void {
  const awaited = new Set(awaits.map(({ start, end }) => `${start} ${end}`));
  // An inner call that gets an await and begins or ends with the guarded value stays inside the guard.
  const firstEnd = new Map(awaits.map(({ start, end }) => [start, end]));
  const lastStart = new Map(awaits.map(({ start, end }) => [end, start]));
  const guarded = new Set<Node>();
  walk(program as Loose);

  function walk(node: Loose): void {
    switch (node.type) {
      case "TaggedTemplateExpression":
        for (const part of (node["quasi"] as Loose)["expressions"] as Loose[]) walk(part);
        return;
      case "CallExpression":
        if (isLog(node["callee"] as Loose)) return;
        if (isSay(node["callee"] as Loose)) guardSay(node["arguments"] as Loose[]);
        break;
      case "TemplateLiteral":
        for (const part of node["expressions"] as Loose[]) guard(part, modes.part);
        break;
      case "BinaryExpression":
        if (isText(node)) {
          for (const side of [node["left"], node["right"]] as Loose[]) {
            if (!isText(side)) guard(side, modes.part);
          }
        }
    }
    for (const child of childrenOf(node)) walk(child);
  }

  function guardSay(args: readonly Loose[]): void {
    for (const arg of args.length === 1 ? args : args.slice(1)) {
      const isValue = !isText(arg) && !named.has(arg) &&
        !["SpreadElement", "ObjectExpression", "ArrayExpression"].includes(arg.type);
      if (isValue) guard(arg, modes.whole);
    }
  }

  function guard(node: Loose, mode: number): void {
    if (guarded.has(node) || node.type === "Literal" || isNothing(node)) return;
    guarded.add(node);
    const { start, end } = node;
    const source = edits.text.slice(start, end).replace(/\s+/g, " ");
    const shown = source.length > 60 ? `${source.slice(0, 59).toWellFormed()}…` : source;
    const bits = mode | (awaited.has(`${start} ${end}`) ? modes.awaited : 0);
    const reasons = reasonsOf(node).map((name) => `${JSON.stringify(name)}:${variableOf(name)}`);
    const after = `),${JSON.stringify(shown)},()=>({${reasons.join(",")}}),${bits})`;
    edits.wrap({ start, end }, [`${support}.w((`, after], {
      start: (firstEnd.get(start) ?? Infinity) < end,
      end: (lastStart.get(end) ?? -1) > start,
    });
  }
}

/** Bound on the variables that an error shows. */
const maxReasons = 3;

/** The variables that explain a value: the owner of a field, or the variables of an expression. */
function reasonsOf(node: Loose): readonly string[] {
  const member = node.type === "ChainExpression" ? node["expression"] as Loose : node;
  if (member.type === "MemberExpression") {
    const owner = pathOf(member["object"] as Loose);
    return owner === undefined ? [] : [owner];
  }
  if (member.type === "Identifier") return [];
  const names = new Set<string>();
  collect(node, names);
  return [...names].slice(0, maxReasons);
}

function collect(node: Loose, names: Set<string>): void {
  if (/Function|Class|Assignment/.test(node.type)) return;
  const path = pathOf(node);
  if (path !== undefined) {
    names.add(path);
    return;
  }
  const parts = node.type === "CallExpression" ? node["arguments"] as Loose[] : childrenOf(node);
  for (const child of parts) collect(child, names);
}

/** The text of a variable or of its fields; `undefined` for other expressions. */
function pathOf(node: Loose): string | undefined {
  if (node.type === "Identifier") return String(node["name"]);
  if (node.type !== "MemberExpression" || node["computed"] === true) return undefined;
  const owner = pathOf(node["object"] as Loose);
  return owner === undefined ? undefined : `${owner}.${(node["property"] as Loose)["name"]}`;
}

/** The code that reads a variable: `$x` is a variable of the agent. */
function variableOf(path: string): string {
  return path.replace(/^\$(?=[a-z_])/i, "state.");
}

/** `undefined` itself, which the effect reports as well. */
function isNothing(node: Loose): boolean {
  return node.type === "Identifier" && ["undefined", "NaN"].includes(String(node["name"]));
}

function isLog(callee: Loose): boolean {
  return callee.type === "MemberExpression" && (callee["object"] as Loose)["name"] === "console";
}

function isSay(callee: Loose): boolean {
  const isOwn = callee.type === "MemberExpression" && (callee["object"] as Loose)["name"] === "self";
  return (isOwn ? callee["property"] as Loose : callee)["name"] === "Say";
}
