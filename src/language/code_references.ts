import type { AnyNode, Node, Program as Syntax } from "acorn";
import { children } from "./expression.ts";
import type { Location, Problem } from "./program.ts";

/** A use of a name that its block does not declare. */
interface FreeUse {
  readonly name: string;
  /** The offset of the name in the block. */
  readonly start: number;
  /** `GetRate` in `Tax.GetRate`. */
  readonly member?: string;
  readonly memberStart?: number;
  /** The code calls the name, or the member if there is one. */
  readonly called: boolean;
  /** A `catch` follows, so an error in this place is expected. */
  readonly guarded: boolean;
}

/** A {@linkcode FreeUse} with its places in the file. */
export interface CodeReference extends FreeUse {
  readonly location: Location;
  readonly memberLocation?: Location;
}

/** Returns the offsets of all identifiers that no scope of a block declares. */
type FreeOffsets = (syntax: Syntax) => ReadonlySet<number>;

/** A place where a function changes a variable of its block. */
interface LostChange {
  readonly name: string;
  readonly start: number;
}

/** Returns the places where functions change variables that stand outside of them: one for each variable. */
type LostChanges = (syntax: Syntax) => readonly LostChange[];

/** What the parser gathers for the checks of code. */
export interface CodeAnalysis {
  readonly freeOffsets: FreeOffsets;
  readonly lostChanges: LostChanges;
  /** Uses of free names, by the agent whose code has them: the index of its heading in the program. */
  readonly references: Map<number, CodeReference[]>;
  /** Words of blocks that cannot be read. Such a block may define them. */
  readonly unreadWords: Set<string>;
}

/** The analysis of programs without code. */
export const noScopes: Pick<CodeAnalysis, "freeOffsets" | "lostChanges"> = {
  freeOffsets: () => new Set(),
  lostChanges: () => [],
};

/** Loads the scope analysis. It takes tens of milliseconds, so only programs with code do it. */
export async function loadScopeAnalysis(): Promise<Pick<CodeAnalysis, "freeOffsets" | "lostChanges">> {
  const { analyze } = await import("eslint-scope");
  const scopesOf = (syntax: Syntax) =>
    analyze(syntax as unknown as Parameters<typeof analyze>[0], { ecmaVersion: 2025, sourceType: "module" });
  return {
    freeOffsets: (syntax) =>
      new Set(
        (scopesOf(syntax).globalScope?.through ?? []).map(({ identifier }) =>
          (identifier as unknown as Node).start
        ),
      ),
    lostChanges: (syntax) => {
      const block = scopesOf(syntax).globalScope?.childScopes[0];
      const variables = (block?.variables ?? []).filter(({ defs }) =>
        defs.some(({ type, node }) =>
          type === "Variable" && !isFunction((node as { init?: Node | null }).init)
        )
      );
      const mutations = mutatedOffsets(syntax);
      const isMutated = ({ start }: Node, ownMethods: ReadonlySet<string>) => {
        const method = mutations.get(start);
        return method !== undefined && !ownMethods.has(method);
      };
      return variables.flatMap(({ name, references, defs }) => {
        const ownMethods = new Set(
          defs.flatMap(({ node }) => methodsOf((node as { init?: AnyNode | null }).init)),
        );
        const change = references.find((reference) =>
          reference.from.variableScope !== block &&
          (reference.isWrite() || isMutated(reference.identifier as unknown as Node, ownMethods))
        );
        return change === undefined ? [] : [{ name, start: (change.identifier as unknown as Node).start }];
      });
    },
  };
}

/** The free names of a block. Leaves out `typeof name`, and names that the block puts on `globalThis`. */
export function freeUses(syntax: Syntax, offsets: ReadonlySet<number>): FreeUse[] {
  const uses: FreeUse[] = [];
  const published = new Set<string>();
  visit(syntax, { guarded: false });
  return uses.filter(({ name }) => !published.has(name));

  function visit(node: AnyNode, place: { readonly guarded: boolean }): void {
    if (node.type === "UnaryExpression" && node.operator === "typeof" && isFree(node.argument)) return;
    if (node.type === "AssignmentExpression") publish(node.left);
    if (node.type === "CallExpression" && use(node.callee as AnyNode, { ...place, called: true })) {
      for (const argument of node.arguments) visit(argument as AnyNode, place);
      return;
    }
    if (use(node, { ...place, called: false })) return;
    if (node.type === "TryStatement" && node.handler) {
      visit(node.block, { guarded: true });
      visit(node.handler, place);
      if (node.finalizer) visit(node.finalizer, place);
      return;
    }
    for (const child of children(node)) visit(child, place);
  }

  /** Notes a free name, alone or before a member. Returns whether the node is one. */
  function use(node: AnyNode, place: Pick<FreeUse, "called" | "guarded">): boolean {
    if (node.type === "Identifier" && isFree(node)) {
      uses.push({ name: node.name, start: node.start, ...place });
      return true;
    }
    if (node.type !== "MemberExpression" || node.computed || !isFree(node.object)) return false;
    const { name, start } = node.object as Node & { readonly name: string };
    const { name: member, start: memberStart } = node.property as Node & { readonly name: string };
    uses.push({ name, start, member, memberStart, ...place });
    return true;
  }

  function isFree(node: Node): boolean {
    return (node as AnyNode).type === "Identifier" && offsets.has(node.start);
  }

  function publish(target: Node): void {
    const node = target as AnyNode;
    if (node.type !== "MemberExpression" || node.computed) return;
    const object = node.object as Node & { readonly name?: string };
    if (object.name === "globalThis") published.add((node.property as Node & { readonly name: string }).name);
  }
}

/** The warning about a variable whose changes the next call does not see. */
export function lostChange(name: string, location: Location): Problem {
  return {
    severity: "warning",
    code: "lost-change",
    message:
      `A change of "${name}" lasts only as long as this call: the next call begins with the first value again`,
    location,
    length: name.length,
    hint: `Keep it in a variable of the agent: state.${name}`,
  };
}

const mutators = new Set("push pop shift unshift splice set add delete clear".split(" "));

/**
 * The offsets of names whose value the code changes in place: `list.push(1)`, `cache[key] = 1`, `box.n++`. Each has the
 * method that changes the named value itself, or an empty text.
 */
function mutatedOffsets(syntax: Syntax): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  const visit = (node: AnyNode): void => {
    if (node.type === "AssignmentExpression") noteOwner(node.left);
    if (node.type === "UpdateExpression" || (node.type === "UnaryExpression" && node.operator === "delete")) {
      noteOwner(node.argument);
    }
    if (node.type === "CallExpression" && node.callee.type === "MemberExpression" && !node.callee.computed) {
      const method = (node.callee.property as Node & { readonly name: string }).name;
      if (mutators.has(method)) noteOwner(node.callee, method);
    }
    for (const child of children(node)) visit(child);
  };
  const noteOwner = (target: Node, method = ""): void => {
    const isOwn = target.type === "MemberExpression" &&
      (target as AnyNode & { object: Node }).object.type === "Identifier";
    let node = target as AnyNode;
    if (node.type !== "MemberExpression") return;
    while (node.type === "MemberExpression") node = node.object as AnyNode;
    if (node.type === "Identifier") found.set(node.start, isOwn ? method : "");
  };
  visit(syntax);
  return found;
}

/** The names of the functions in an object that code writes: `{ add(a, b) { … } }`. */
function methodsOf(node: AnyNode | null | undefined): string[] {
  if (node?.type !== "ObjectExpression") return [];
  return node.properties.flatMap((property) =>
    property.type === "Property" && !property.computed && property.key.type === "Identifier" &&
      isFunction(property.value)
      ? [property.key.name]
      : []
  );
}

function isFunction(node: Node | null | undefined): boolean {
  return node !== null && node !== undefined && /Function/.test(node.type);
}
