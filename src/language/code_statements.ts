import type {
  AnyNode,
  Comment,
  ExportNamedDeclaration,
  Function as FunctionNode,
  ImportDeclaration,
  Node,
  Program as Syntax,
} from "acorn";
import type MagicString from "magic-string";
import { boundNames, children } from "./expression.ts";
import type { Location } from "./program.ts";
import { locationAt, type SourceLine } from "./source.ts";

/** An exported function of a block. */
export interface ExportedFunction {
  readonly name: string;
  readonly implementation: string;
  readonly async: boolean;
  readonly node: FunctionNode;
  /** The inside of the JSDoc comment above it; `""` if there is none. */
  readonly documentation: string;
  readonly source: string;
  readonly location: Location;
  readonly line: SourceLine;
}

/** The context in which the statements of a block are read. */
export interface Surroundings {
  readonly text: string;
  /** The text without types. It becomes the body of a function. */
  readonly edited: MagicString;
  readonly comments: readonly Comment[];
  readonly at: (offset: number) => { row: number; column: number };
  readonly place: (row: number, column: number) => { line: SourceLine; index: number };
  readonly forbidden: (message: string, node: Node) => void;
  /** The code that stands for an import; `undefined` if it cannot be imported, which is reported. */
  readonly imports: (statement: ImportDeclaration) => ImportedNames | undefined;
}

/** The names that an import declares, and the code that declares them. */
export interface ImportedNames {
  readonly code: string;
  readonly names: readonly { readonly name: string; readonly node: Node }[];
}

/** Reads the declarations of the top-level statements, and edits the text so that it can be the body of a function. */
export function readStatements(syntax: Syntax, surroundings: Surroundings): Declared {
  return new StatementReader(surroundings).read(syntax);
}

/** A declared name of a block that is no playbook. */
export interface Helper {
  readonly name: string;
  readonly location: Location;
  /** As in `ExportedFunction`, for a function. */
  readonly documentation?: string;
}

interface Declared {
  readonly functions: readonly ExportedFunction[];
  readonly helpers: readonly Helper[];
}

class StatementReader {
  readonly #surroundings: Surroundings;
  readonly #functions: ExportedFunction[] = [];
  readonly #helpers: Helper[] = [];
  /** Names in `export { a, b }`. */
  readonly #listed = new Set<string>();

  constructor(surroundings: Surroundings) {
    this.#surroundings = surroundings;
  }

  read(syntax: Syntax): Declared {
    for (const statement of syntax.body) {
      if (statement.type === "ExportNamedDeclaration" && !statement.declaration && !statement.source) {
        this.#readExportList(statement);
      }
    }
    for (const statement of syntax.body) this.#readStatement(statement);
    return { functions: this.#functions, helpers: this.#helpers };
  }

  #readExportList(statement: ExportNamedDeclaration): void {
    blank(this.#surroundings.edited, statement);
    for (const specifier of statement.specifiers) {
      const local = (specifier.local as { name?: string }).name;
      if (local === undefined || local !== (specifier.exported as { name?: string }).name) {
        this.#surroundings.forbidden(
          "An export cannot have another name: declare the function with the name of the playbook",
          specifier,
        );
      } else this.#listed.add(local);
    }
  }

  #readStatement(statement: Syntax["body"][number]): void {
    const { edited, forbidden } = this.#surroundings;
    const isPassed = statement.type === "ExportAllDeclaration" ||
      (statement.type === "ExportNamedDeclaration" && statement.source);
    if (isPassed) {
      forbidden(
        "A code block cannot pass an import on: import the function, and call it in a function here",
        statement,
      );
    } else if (statement.type === "ExportNamedDeclaration" && statement.declaration) {
      blank(edited, { start: statement.start, end: statement.start + "export".length });
      this.#declare(statement.declaration, statement, true);
    } else if (statement.type === "ExportDefaultDeclaration") {
      blank(edited, { start: statement.start, end: statement.declaration.start });
      const { type } = statement.declaration;
      if (type === "FunctionDeclaration" || type === "ClassDeclaration") {
        this.#declare(statement.declaration, statement, true);
      } else forbidden(needsName, statement);
    } else if (statement.type === "ImportDeclaration") this.#readImport(statement);
    else this.#declare(statement, statement, false);
  }

  #readImport(statement: ImportDeclaration): void {
    const { edited, imports } = this.#surroundings;
    const { code = "", names = [] } = imports(statement) ?? {};
    // The same number of lines, so that errors name the right ones.
    const rest = edited.original.slice(statement.start, statement.end).replace(/[^\n]/g, "");
    edited.update(statement.start, statement.end, code + rest);
    for (const { name, node } of names) {
      this.#helpers.push({ name, location: this.#locationOf(node).location });
    }
  }

  #declare(declaration: AnyNode, statement: Node, exported: boolean): void {
    if (declaration.type === "FunctionDeclaration" || declaration.type === "ClassDeclaration") {
      const id = declaration.id as (AnyNode & { name: string }) | null;
      if (id === null) {
        this.#surroundings.forbidden(needsName, declaration);
      } else if (declaration.type === "FunctionDeclaration" && (exported || this.#listed.has(id.name))) {
        this.#declareFunction(id, declaration, statement);
      } else {
        const isFunction = declaration.type === "FunctionDeclaration";
        const documentation = isFunction ? commentAbove(statement, this.#surroundings) : "";
        this.#helpers.push({ name: id.name, location: this.#locationOf(id).location, documentation });
      }
    } else if (declaration.type === "VariableDeclaration") {
      for (const { id, init } of declaration.declarations) {
        const isFunction = init?.type === "ArrowFunctionExpression" || init?.type === "FunctionExpression";
        if (isFunction && id.type === "Identifier" && (exported || this.#listed.has(id.name))) {
          this.#declareFunction(id, init, statement);
          continue;
        }
        const { location } = this.#locationOf(id);
        const documentation = isFunction ? commentAbove(statement, this.#surroundings) : "";
        for (const name of boundNames(id)) this.#helpers.push({ name, location, documentation });
      }
    }
  }

  #declareFunction(id: AnyNode & { name: string }, node: FunctionNode, statement: Node): void {
    const { text, edited, forbidden } = this.#surroundings;
    if (node.generator) {
      forbidden(`A generator cannot be a playbook: make "${id.name}" an async function`, id);
      return;
    }
    const implementation = node.async ? `${id.name}$playbook` : id.name;
    if (node.async) edited.update(id.start, id.end, implementation);
    this.#functions.push({
      name: id.name,
      implementation,
      async: node.async,
      node,
      documentation: commentAbove(statement, this.#surroundings),
      source: text.slice(statement.start, statement.end),
      ...this.#locationOf(statement),
    });
  }

  #locationOf(node: Node): { readonly line: SourceLine; readonly location: Location } {
    const { row, column } = this.#surroundings.at(node.start);
    const { line, index } = this.#surroundings.place(row, column);
    return { line, location: locationAt(line, index) };
  }
}

const needsName = "An exported function needs a name: it is the name of the playbook";

/** Finds forbidden syntax, such as `await` outside of a function. */
export function faults(syntax: Syntax): { readonly node: Node; readonly message: string }[] {
  const found: { node: Node; message: string }[] = [];
  const visit = (node: AnyNode, inFunction: boolean): void => {
    if (node.type === "ImportExpression") {
      found.push({
        node,
        message: 'Code cannot import while it runs: write import { f } from "./tools.ts" at the top',
      });
    } else if (node.type === "MetaProperty" && node.meta.name === "import") {
      found.push({ node, message: "A code block has no import.meta: it is part of the program" });
    } else if (
      !inFunction && (node.type === "AwaitExpression" || (node.type === "ForOfStatement" && node.await))
    ) {
      found.push({
        node,
        message: "A code block cannot await outside of a function: put it into an exported one",
      });
    }
    const inner = inFunction || /Function/.test(node.type) || node.type === "StaticBlock";
    for (const child of children(node)) visit(child, inner);
  };
  visit(syntax, false);
  return found;
}

/** The JSDoc comment that ends right above a statement. */
function commentAbove(statement: Node, { comments, text }: Surroundings): string {
  const comment = comments.findLast((comment) => comment.end <= statement.start);
  if (comment === undefined || comment.type !== "Block" || !comment.value.startsWith("*")) return "";
  return text.slice(comment.end, statement.start).trim() === "" ? comment.value : "";
}

/** Replaces a range by spaces, so that lines and columns stay. */
export function blank(
  edited: MagicString,
  { start, end }: { readonly start: number; readonly end: number },
): void {
  edited.update(start, end, edited.original.slice(start, end).replace(/[^\n]/g, " "));
}
