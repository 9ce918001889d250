import type { PyNode } from "./python_tree.ts";

/** Where the names of a function, or of a module, are bound and declared. */
export interface PyScope {
  /** Names that the function binds, with its parameters. */
  readonly bound: ReadonlySet<string>;
  readonly globals: ReadonlySet<string>;
  /** Names that are declared at the start, because no single statement can declare them. */
  readonly hoisted: readonly string[];
  /** Whether a statement, or the target of a loop, declares the name. */
  readonly isDeclaredBy: (name: string, statement: PyNode) => boolean;
  /** Whether the name is bound once only. */
  readonly isConstant: (name: string) => boolean;
}

interface Occurrence {
  readonly name: string;
  readonly at: number;
  /** The statement that binds the name; absent if it is only read. */
  readonly binds?: PyNode;
  /** The blocks around it, from the outermost. */
  readonly blocks: readonly PyNode[];
  /** The loops, `except` and `with` statements around it that bind the name. */
  readonly owners: readonly PyNode[];
}

/** The parts of an assignment between its `=` signs. The last one is the value, if there is one. */
export function assignmentParts(statement: PyNode): readonly (readonly PyNode[])[] {
  const parts: PyNode[][] = [[]];
  for (const kid of statement.kids) {
    if (kid.name === "AssignOp") parts.push([]);
    else if (kid.name !== "TypeDef") parts.at(-1)!.push(kid);
  }
  return parts;
}

/** The names that a list of targets binds: `a`, `(b, *c)`. Members and items bind no name. */
export function targetNames(targets: readonly PyNode[]): readonly PyNode[] {
  return targets.flatMap((target) => {
    if (target.name === "VariableName") return [target];
    return /^(?:Tuple|Array|Parenthesized)Expression$/.test(target.name) ? targetNames(target.kids) : [];
  });
}

/** The nodes between two words of a statement, such as the targets between `for` and `in`. */
export function between(node: PyNode, first: string, last: string): readonly PyNode[] {
  const start = node.kids.findIndex(({ name }) => name === first);
  const end = node.kids.findIndex(({ name }, at) => at > start && name === last);
  return node.kids.slice(start + 1, end < 0 ? node.kids.length : end).filter(({ name }) => name !== ",");
}

/** The names of a function's parameters, without defaults and types. */
export function parameterNames(list: PyNode | undefined): readonly string[] {
  let isDefault = false;
  const names: string[] = [];
  for (const kid of list?.kids ?? []) {
    if (kid.name === "AssignOp") isDefault = true;
    else if (kid.name === ",") isDefault = false;
    else if (kid.name === "VariableName" && !isDefault) names.push(kid.text);
  }
  return names;
}

/** Finds where the names of a function or a module must be declared in JavaScript. */
export function scopeOf(node: PyNode): PyScope {
  const known = scopes.get(node);
  if (known !== undefined) return known;
  const scope = readScope(node);
  scopes.set(node, scope);
  return scope;
}

const scopes = new WeakMap<PyNode, PyScope>();

function readScope(node: PyNode): PyScope {
  const bindings = new Map<string, number>();
  const reader = new OccurrenceReader();
  const parameters = new Set(parameterNames(node.child("ParamList")));
  const body = node.name === "Script" ? node : node.child("Body");
  if (body !== undefined) reader.read(body, { blocks: [], owners: [] });
  const { occurrences, globals } = reader;
  const bound = new Set([
    ...parameters,
    ...occurrences.filter(({ binds }) => binds !== undefined).map(({ name }) => name),
  ]);
  for (const name of globals) bound.delete(name);
  for (const { name, binds } of occurrences) {
    if (binds !== undefined) bindings.set(name, (bindings.get(name) ?? 0) + 1);
  }
  const declaring = new Map<string, Set<PyNode>>();
  for (const name of bound) {
    if (!parameters.has(name)) {
      declaring.set(name, declarers(occurrences.filter((each) => each.name === name)));
    }
  }
  declareTogether(occurrences, declaring);
  return {
    bound,
    globals,
    hoisted: [...declaring].filter(([, statements]) => statements.size === 0).map(([name]) => name),
    isDeclaredBy: (name, statement) => declaring.get(name)?.has(statement) ?? false,
    isConstant: (name) => bindings.get(name) === 1,
  };
}

/** A statement that binds several names declares all of them, or none. */
function declareTogether(
  occurrences: readonly Occurrence[],
  declaring: ReadonlyMap<string, Set<PyNode>>,
): void {
  for (let isStable = false; !isStable;) {
    isStable = true;
    for (const { name, binds } of occurrences) {
      if (binds === undefined || !declaring.get(name)?.has(binds)) continue;
      const together = occurrences.filter((each) => each.binds === binds).map((each) => each.name);
      if (together.every((each) => declaring.get(each)?.has(binds))) continue;
      declaring.get(name)!.clear();
      isStable = false;
    }
  }
}

/** Where a name stands: the blocks around it, and the statements around it that bind names. */
interface Place {
  readonly blocks: readonly PyNode[];
  readonly owners: readonly (readonly [string, PyNode])[];
}

/** Collects where names are bound and read, without those of nested functions. */
class OccurrenceReader {
  readonly occurrences: Occurrence[] = [];
  readonly globals = new Set<string>();

  read(node: PyNode, place: Place): void {
    const isBlock = node.name === "Body" || node.name === "Script";
    const inside = isBlock ? { ...place, blocks: [...place.blocks, node] } : place;
    for (const kid of node.kids) this.#readChild(kid, node, inside);
  }

  #add(name: PyNode, { blocks, owners }: Place, binds?: PyNode): void {
    this.occurrences.push({
      name: name.text,
      at: name.from,
      blocks,
      owners: owners.filter(([owned]) => owned === name.text).map(([, owner]) => owner),
      ...(binds === undefined ? {} : { binds }),
    });
  }

  #readChild(kid: PyNode, parent: PyNode, place: Place): void {
    switch (kid.name) {
      case "FunctionDefinition":
      case "ClassDefinition":
        return this.#readDefinition(kid, place);
      case "ScopeStatement":
        for (const name of kid.all("VariableName")) this.globals.add(name.text);
        return;
      case "AssignStatement":
      case "UpdateStatement":
        return this.#readAssignment(kid, place);
      case "ForStatement": {
        const names = targetNames(between(kid, "for", "in"));
        const own = {
          ...place,
          owners: [...place.owners, ...names.map((name) => [name.text, kid] as const)],
        };
        for (const name of names) this.#add(name, own, kid);
        for (const each of kid.kids) if (!names.includes(each)) this.#readRest(each, names, own);
        return;
      }
      case "TryStatement":
      case "WithStatement":
        return this.#readNamed(kid, place);
      case "NamedExpression":
        this.#add(kid.kids[0]!, place, kid);
        return this.#readChild(kid.kids.at(-1)!, kid, place);
      case "LambdaExpression":
        return this.#readExcept(kid, new Set(parameterNames(kid.child("ParamList"))), place);
      case "VariableName": {
        // The name of a keyword argument is no variable.
        const at = parent.kids.indexOf(kid);
        if (parent.name !== "ArgList" || parent.kids[at + 1]?.name !== "AssignOp") this.#add(kid, place);
        return;
      }
      case "TypeDef":
        return;
    }
    const isComprehension = kid.kids.some(({ name }) => name === "for");
    if (isComprehension) this.#readExcept(kid, new Set(comprehensionNames(kid)), place);
    else this.read(kid, place);
  }

  #readDefinition(kid: PyNode, place: Place): void {
    const name = kid.child("VariableName");
    if (name !== undefined) this.#add(name, place, kid);
    const own = kid.name === "FunctionDefinition" ? scopeOf(kid) : undefined;
    for (const each of kid.walk()) {
      if (each.name === "ScopeStatement") {
        for (const shared of each.all("VariableName")) this.#add(shared, place, each);
      } else if (each.name === "VariableName" && each !== name && !own?.bound.has(each.text)) {
        this.#add(each, place);
      }
    }
  }

  #readAssignment(kid: PyNode, place: Place): void {
    const isUpdate = kid.name === "UpdateStatement";
    const hasValue = isUpdate || kid.child("AssignOp") !== undefined;
    const targets = isUpdate
      ? [kid.kids[0]!]
      : assignmentParts(kid).slice(0, hasValue ? -1 : undefined).flat();
    const names = hasValue ? targetNames(targets) : [];
    for (const each of kid.kids) if (!targets.includes(each)) this.#readChild(each, kid, place);
    for (const target of targets) if (!names.includes(target)) this.#readRest(target, names, place);
    for (const name of names) this.#add(name, place, kid);
  }

  /** `except … as name` and `with … as name`. */
  #readNamed(kid: PyNode, place: Place): void {
    let own = place;
    kid.kids.forEach((each, at) => {
      if (each.name === "VariableName" && kid.kids[at - 1]?.name === "as") {
        own = { ...own, owners: [...own.owners, [each.text, kid]] };
        this.#add(each, own, kid);
      } else this.#readChild(each, kid, own);
    });
  }

  #readRest(node: PyNode, names: readonly PyNode[], place: Place): void {
    if (names.includes(node)) return;
    const isPattern = /^(?:Tuple|Array|Parenthesized)Expression$/.test(node.name);
    if (isPattern && names.some((name) => within(name, node))) {
      for (const kid of node.kids) this.#readRest(kid, names, place);
    } else this.#readChild(node, node, place);
  }

  #readExcept(node: PyNode, names: ReadonlySet<string>, place: Place): void {
    for (const each of node.walk()) {
      if (each.name === "NamedExpression") this.#add(each.kids[0]!, place, each);
      else if (each.name === "VariableName" && !names.has(each.text)) this.#add(each, place);
    }
  }
}

/** The names that the `for` parts of a comprehension bind. */
function comprehensionNames(node: PyNode): readonly string[] {
  const names: string[] = [];
  let isTarget = false;
  for (const kid of node.kids) {
    if (kid.name === "for") isTarget = true;
    else if (kid.name === "in") isTarget = false;
    else if (isTarget) names.push(...targetNames([kid]).map(({ text }) => text));
  }
  return names;
}

/** The statements that can declare a name; none if it must be declared at the start. */
function declarers(occurrences: readonly Occurrence[]): Set<PyNode> {
  const owners = new Set(occurrences.flatMap(({ binds }) => binds !== undefined ? [binds] : []));
  // Each loop has a variable of its own if nothing outside of the loops reads it.
  const isOwned = occurrences.every((each) => each.owners.length > 0) &&
    [...owners].every((each) =>
      /^(?:For|Try|With)Statement$/.test(each.name) || isInOwner(each, occurrences)
    );
  if (isOwned) return new Set(occurrences.flatMap((each) => each.owners));
  const first = occurrences.reduce((a, b) => b.at < a.at ? b : a);
  const binder = occurrences.find(({ binds }) => binds !== undefined);
  if (binder === undefined || binder.binds === undefined) return new Set();
  const declarer = binder.binds;
  if (!/^(?:AssignStatement|FunctionDefinition|ClassDefinition)$/.test(declarer.name)) return new Set();
  // JavaScript hoists functions. A class is there when the functions above it run.
  const isFunction = declarer.name !== "AssignStatement";
  if (!isFunction && first.at < declarer.from) return new Set();
  const block = binder.blocks.at(-1);
  return occurrences.every(({ blocks }) => block !== undefined && blocks.includes(block))
    ? new Set([declarer])
    : new Set();
}

function isInOwner(statement: PyNode, occurrences: readonly Occurrence[]): boolean {
  return occurrences.some(({ binds, owners }) => binds === statement && owners.length > 0);
}

function within(node: PyNode, outer: PyNode): boolean {
  return node.from >= outer.from && node.to <= outer.to;
}
