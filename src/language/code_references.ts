import type { AnyNode, Node, Program as Syntax } from "acorn";
import { children } from "./expression.ts";
import type { Location } from "./program.ts";

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

/** What the parser gathers for the checks of code. */
export interface CodeAnalysis {
  readonly freeOffsets: FreeOffsets;
  /** Uses of free names, by the agent whose code has them: the index of its heading in the program. */
  readonly references: Map<number, CodeReference[]>;
  /** Words of blocks that cannot be read. Such a block may define them. */
  readonly unreadWords: Set<string>;
}

/** Loads the scope analysis. It takes tens of milliseconds, so only programs with code do it. */
export async function loadFreeOffsets(): Promise<FreeOffsets> {
  const { analyze } = await import("eslint-scope");
  return (syntax) => {
    const { globalScope } = analyze(syntax as unknown as Parameters<typeof analyze>[0], {
      ecmaVersion: 2025,
      sourceType: "module",
    });
    return new Set(
      (globalScope?.through ?? []).map(({ identifier }) => (identifier as unknown as Node).start),
    );
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
