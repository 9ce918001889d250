/** A node of a syntax tree of Python, with the names of the grammar `@lezer/python`. Comments are no nodes. */
export class PyNode {
  readonly name: string;
  readonly from: number;
  readonly to: number;
  readonly kids: PyNode[] = [];
  readonly #source: string;

  constructor(name: string, from: number, to: number, source: string) {
    this.name = name;
    this.from = from;
    this.to = to;
    this.#source = source;
  }

  get text(): string {
    return this.#source.slice(this.from, this.to);
  }

  /** The first child with one of these names. */
  child(...names: readonly string[]): PyNode | undefined {
    return this.kids.find(({ name }) => names.includes(name));
  }

  /** The children with a name. */
  all(name: string): readonly PyNode[] {
    return this.kids.filter((kid) => kid.name === name);
  }

  /** The node and all below it that `into` lets pass. */
  *walk(into: (node: PyNode) => boolean = () => true): Generator<PyNode> {
    yield this;
    for (const kid of this.kids) if (into(kid)) yield* kid.walk(into);
  }
}

/** The node inside of brackets. */
export function inner(node: PyNode): PyNode {
  return node.kids.find(({ name }) => name !== "(" && name !== ")")!;
}

/** A parsed text of Python. */
export interface PythonTree {
  readonly root: PyNode;
  readonly comments: readonly PyNode[];
  /** The offset of the first place that the grammar cannot read; absent if there is none. */
  readonly faultAt?: number;
}

/** The grammar reads `not a and b` as `not (a and b)`, and `not a if b else c` likewise. Python reads `(not a) and b`. */
function bindNotTighter(node: PyNode, source: string): void {
  node.kids.forEach((kid, at) => {
    bindNotTighter(kid, source);
    const target = kid.kids.at(-1);
    const isNot = kid.name === "UnaryExpression" && kid.kids[0]!.name === "not" && target !== undefined;
    const isLoose = target?.name === "ConditionalExpression" || target?.name === "LambdaExpression" ||
      (target?.name === "BinaryExpression" && ["and", "or"].includes(target.kids[1]!.name));
    if (!isNot || !isLoose || target.name === "LambdaExpression") return;
    const [left, ...rest] = target.kids;
    const negated = new PyNode("UnaryExpression", kid.from, left!.to, source);
    negated.kids.push(kid.kids[0]!, left!);
    const whole = new PyNode(target.name, kid.from, target.to, source);
    whole.kids.push(negated, ...rest);
    node.kids[at] = whole;
    bindNotTighter(whole, source);
  });
}

/** Loads the parser. Only `upgrade` needs it. */
export async function openPythonParser(): Promise<(source: string) => PythonTree> {
  const { parser } = await import("../language/python_library.ts");
  return (source) => {
    const root = new PyNode("Script", 0, source.length, source);
    const comments: PyNode[] = [];
    const stack = [root];
    let faultAt: number | undefined;
    parser.parse(source).iterate({
      enter({ name, from, to, type }) {
        if (type.isTop) return;
        if (type.isError) faultAt ??= from;
        const node = new PyNode(name, from, to, source);
        if (name === "Comment") comments.push(node);
        else stack.at(-1)!.kids.push(node);
        stack.push(node);
      },
      leave({ type }) {
        if (!type.isTop) stack.pop();
      },
    });
    bindNotTighter(root, source);
    return { root, comments, ...(faultAt === undefined ? {} : { faultAt }) };
  };
}
