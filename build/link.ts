import { type AnyNode, type Expression, type Identifier, type Literal, parse, type Program } from "acorn";

/** What `deno task bundle` leaves out: error messages of zod's in languages that nobody asks for, a third of it. */
const leftOut = new Set(["../locales/index.js"]);

/** A piece of a bundle, as a function that gives what it exports. */
export interface Piece {
  /** The file's name in the bundle. */
  readonly name: string;
  /** The pieces that it imports at once. */
  readonly needs: readonly string[];
  /** The pieces that it imports when they are wanted. */
  readonly loads: readonly string[];
  /** Whether it waits at its top level, so that its function gives a promise. */
  readonly waits: boolean;
  /** A function without parameters, as text, which uses `$need`, `$load`, `$builtin` and `$meta`. */
  readonly factory: string;
}

/**
 * Makes a file of a bundle into a function, so that several can stand in one script.
 *
 * An importing piece takes the values of what it imports once, when it begins. So a binding that is exported must not change
 * after its piece has run: that is checked. Of pieces that are `late` only functions may be imported; they run when the first
 * of these is called.
 */
export function pieceOf(name: string, text: string, late: ReadonlySet<string> = new Set()): Piece {
  if (/\$(?:need|load|builtin|meta)\b/.test(text)) {
    throw new Error(`Cannot link ${name}: it uses a name of ours`);
  }
  const program = parse(text, { ecmaVersion: "latest", sourceType: "module" });
  const edits: Edit[] = [];
  const [needs, loads]: [string[], string[]] = [[], []];
  const exported = new Map<string, string>();
  let ending = "";
  for (const node of program.body) {
    if (node.type === "ImportDeclaration") {
      const from = String(node.source.value);
      if (!isBuiltin(from) && !leftOut.has(from)) {
        (late.has(pieceName(from)) ? loads : needs).push(pieceName(from));
      }
      edits.push({ ...node, text: importing(node, from, late) });
    } else if (node.type === "ExportNamedDeclaration") {
      if (node.declaration || node.source) throw new Error(`Cannot link ${name}: an export of another form`);
      for (const { local, exported: as } of node.specifiers) exported.set(nameOf(as), nameOf(local));
      edits.push({ ...node, text: "" });
    } else if (node.type === "ExportDefaultDeclaration" && !/Declaration/.test(node.declaration.type)) {
      edits.push({ start: node.start, end: node.declaration.start, text: "const defaultOfPiece = " });
      exported.set("default", "defaultOfPiece");
    } else if (node.type === "ExportAllDeclaration" || node.type === "ExportDefaultDeclaration") {
      throw new Error(`Cannot link ${name}: an export of another form`);
    }
  }
  let waits = false;
  const locals = new Set(exported.values());
  visit(program, (node, depth) => {
    if (node.type === "ImportExpression") {
      const from = String((node.source as Literal).value);
      if (isBuiltin(from)) return;
      loads.push(pieceName(from));
      edits.push({ start: node.start, end: node.source.start, text: "$load(" });
      edits.push({ ...node.source, text: JSON.stringify(pieceName(from)) });
    } else if (node.type === "MetaProperty" && node.meta.name === "import") {
      edits.push({ ...node, text: "$meta" });
    } else if (node.type === "AwaitExpression" || (node.type === "ForOfStatement" && node.await)) {
      waits ||= depth === 0;
    } else if (depth > 0 && changed(node).some((each) => locals.has(each))) {
      throw new Error(`Cannot link ${name}: ${changed(node)} is exported and may change later`);
    }
  });
  if (exported.size > 0) {
    ending = `return {${[...exported].map(([as, local]) => `${JSON.stringify(as)}: ${local}`).join(", ")}};`;
  }
  return {
    name,
    needs,
    loads,
    waits,
    factory: `${waits ? "async " : ""}function () {\n${edited(text, edits)}\n${ending}\n}`,
  };
}

interface Edit {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** What stands where an import stood. */
function importing(
  node: Extract<Program["body"][number], { type: "ImportDeclaration" }>,
  from: string,
  late: ReadonlySet<string>,
): string {
  const source = leftOut.has(from)
    ? "{}"
    : isBuiltin(from)
    ? `$builtin(${JSON.stringify(from)})`
    : `$need(${JSON.stringify(pieceName(from))})`;
  const isLate = late.has(from.replace(/^.*\//, ""));
  const [whole, parts]: [string[], string[]] = [[], []];
  for (const specifier of node.specifiers) {
    const local = specifier.local.name;
    if (specifier.type === "ImportSpecifier") {
      const name = JSON.stringify(nameOf(specifier.imported));
      if (isLate) whole.push(`${local} = (...given) => ${source}[${name}](...given)`);
      else parts.push(`${name}: ${local}`);
    } else if (isLate) {
      throw new Error(`Cannot link ${from}: more of it is imported than functions`);
    } else if (specifier.type === "ImportNamespaceSpecifier" || isBuiltin(from)) {
      // A module of the runtime's own is what it exports by default.
      whole.push(`${local} = ${source}`);
    } else parts.push(`"default": ${local}`);
  }
  const declared = [...whole, ...(parts.length > 0 ? [`{ ${parts.join(", ")} } = ${source}`] : [])];
  return declared.length > 0 ? `const ${declared.join(", ")};` : isLate ? "" : `${source};`;
}

function changed(node: AnyNode): string[] {
  const target = node.type === "AssignmentExpression"
    ? node.left
    : node.type === "UpdateExpression"
    ? node.argument
    : undefined;
  return target?.type === "Identifier" ? [target.name] : [];
}

function nameOf(node: Identifier | Literal): string {
  return node.type === "Identifier" ? node.name : String(node.value);
}

function isBuiltin(from: string): boolean {
  return from.startsWith("node:");
}

function pieceName(from: string): string {
  const name = /^\.{1,2}\/([\w.-]+\.js)$/.exec(from)?.[1];
  if (name === undefined) throw new Error(`Cannot link ${from}: it is no piece of the bundle`);
  return name;
}

/** Calls `take` for each node, with the number of functions around it. */
function visit(node: AnyNode | Expression, take: (node: AnyNode, depth: number) => void, depth = 0): void {
  take(node, depth);
  const inside = /Function/.test(node.type) || node.type === "StaticBlock" ||
    node.type === "PropertyDefinition";
  for (const value of Object.values(node)) {
    for (const child of Array.isArray(value) ? value : [value]) {
      if (typeof child === "object" && child !== null && typeof child.type === "string") {
        visit(child, take, depth + (inside ? 1 : 0));
      }
    }
  }
}

function edited(text: string, edits: readonly Edit[]): string {
  let [result, at] = ["", 0];
  for (const edit of edits.toSorted((a, b) => a.start - b.start)) {
    result += text.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return result + text.slice(at);
}
