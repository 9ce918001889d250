import type { ExportNamedDeclaration, ImportDeclaration, Node, Program as Syntax } from "acorn";
import MagicString from "magic-string";
import { firstLineLength, lineOffsets, parseCode, rowOf, type StripTypes } from "./code_parse.ts";
import { type CodeAnalysis, type CodeReference, freeUses } from "./code_references.ts";
import { blank, faults, type ImportedNames } from "./code_statements.ts";
import { boundNames } from "./expression.ts";
import type { ReadImport } from "./imports.ts";
import type { Location, Problem } from "./program.ts";
import { splitLines } from "./source.ts";

/*
 * Files that code imports: `import { f } from "./tools.ts"`. Each becomes a function in the agent's module, which runs
 * before the code that imports it and returns its exports.
 */

/** The code of an imported file, as a part of an agent's module. */
interface ImportedPart {
  readonly path: string;
  readonly text: string;
  readonly code: string;
  readonly lines: readonly Location[];
  readonly references: readonly CodeReference[];
}

/** A file whose code is read: the constant that holds its exports, and their names. */
interface ImportedFile {
  readonly constant: string;
  readonly exports: ReadonlySet<string>;
}

type Fail = (message: string, node: Node) => void;

const maxFiles = 100;
const maxImportDepth = 10;
const maxCharacters = 1024 * 1024;

interface ImportOptions {
  readonly readImport: ReadImport | undefined;
  readonly strip: StripTypes | undefined;
  readonly analysis: CodeAnalysis | undefined;
  readonly problems: Problem[];
}

/** The imported files of one agent. */
export class ImportedFiles {
  /** In the order in which they run. */
  readonly parts: ImportedPart[] = [];
  readonly #options: ImportOptions;
  readonly #files = new Map<string, ImportedFile | undefined>();

  constructor(options: ImportOptions) {
    this.#options = options;
  }

  /**
   * The code that stands for an import statement in a file, and the names that it declares. Returns `undefined` if the
   * file cannot be imported; `fail` says why.
   */
  bind(statement: ImportDeclaration, chain: readonly string[], fail: Fail): ImportedNames | undefined {
    const file = this.#load(statement.source, chain, fail);
    if (file === undefined) return undefined;
    const names: ImportedNames["names"][number][] = [];
    const pairs: string[] = [];
    let code = "";
    for (const specifier of statement.specifiers) {
      const { local } = specifier;
      names.push({ name: local.name, node: local });
      if (specifier.type === "ImportNamespaceSpecifier") {
        code += `const ${local.name} = ${file.constant};`;
        continue;
      }
      const imported = specifier.type === "ImportSpecifier" ? nameOf(specifier.imported) : "default";
      if (!file.exports.has(imported)) fail(noExport(statement.source.value, imported, file), specifier);
      pairs.push(`${JSON.stringify(imported)}: ${local.name}`);
    }
    if (pairs.length > 0) code += `const { ${pairs.join(", ")} } = ${file.constant};`;
    return { code, names };
  }

  #load(
    source: { readonly value?: unknown } & Node,
    chain: readonly string[],
    fail: Fail,
  ): ImportedFile | undefined {
    const path = String(source.value);
    const refuse = (why: string) => {
      fail(`Cannot import "${path}": ${why}`, source);
      return undefined;
    };
    if (!/^\.\.?\//.test(path)) return refuse(libraryAdvice(path));
    if (!/\.[mc]?[tj]s$/i.test(path)) {
      return refuse('name a .ts or .js file with its ending, as "./tools.ts"');
    }
    const found = this.#options.readImport?.(path, chain.at(-1)!);
    if (found === undefined) return refuse("file not found; the path begins at the importing file's folder");
    if ("reason" in found) {
      return refuse(`${found.reason}${found.hint === undefined ? "" : `; ${lowered(found.hint)}`}`);
    }
    if (chain.includes(found.path)) return refuse(`it imports itself, ${[...chain, found.path].join(" → ")}`);
    if (this.#files.has(found.path)) return this.#files.get(found.path);
    if (chain.length > maxImportDepth) return refuse(`more than ${maxImportDepth} imports deep`);
    if (this.#files.size >= maxFiles) return refuse(`there are more than ${maxFiles} imported files`);
    if (found.text.length > maxCharacters) return refuse("the file is larger than 1 MiB");
    const file = this.#read(found.path, found.text, [...chain, found.path]);
    this.#files.set(found.path, file);
    return file;
  }

  #read(path: string, original: string, chain: readonly string[]): ImportedFile | undefined {
    const { problems, strip, analysis } = this.#options;
    const text = splitLines(original.replace(/^\uFEFF/, "")).join("\n");
    const offsets = lineOffsets(text);
    const placeOf = (offset: number): Location => {
      const row = rowOf(offsets, offset);
      return { file: path, line: row + 1, column: offset - offsets[row]! + 1 };
    };
    const report = (code: "code-syntax" | "code-form", message: string, location: Location, length = 1) =>
      problems.push({ severity: "error", code, message, location, length });
    const language = /\.[mc]?ts$/i.test(path) ? "ts" : "js";
    const parsed = parseCode(text, { language, strip });
    if ("fault" in parsed) {
      const { row, column, fault } = parsed;
      report("code-syntax", `Cannot read this code: ${fault}`, {
        file: path,
        line: row + 1,
        column: column + 1,
      });
      return undefined;
    }
    const fail: Fail = (message, { start, end }) =>
      report("code-form", message, placeOf(start), firstLineLength(text.slice(start, end)));
    for (const { node, message } of faults(parsed.syntax)) fail(message, node);
    const edited = new MagicString(parsed.stripped);
    const exports = new ExportReader(edited, (source, failing) => this.#load(source, chain, failing), fail);
    const returned = exports.read(parsed.syntax, (statement) => this.bind(statement, chain, fail));
    const constant = `imported$${this.parts.length + 1}`;
    const lines = text.split("\n").map((_, row): Location => ({ file: path, line: row + 1, column: 1 }));
    const references = analysis === undefined
      ? []
      : freeUses(parsed.syntax, analysis.freeOffsets(parsed.syntax)).map((use) => ({
        ...use,
        location: placeOf(use.start),
        ...(use.memberStart === undefined ? {} : { memberLocation: placeOf(use.memberStart) }),
      }));
    this.parts.push({
      path,
      text,
      code:
        `const ${constant} = (() => {\n${edited.toString()}\nreturn { __proto__: null, ${returned} };})();`,
      lines: [lines[0]!, ...lines, lines.at(-1)!],
      references,
    });
    return { constant, exports: exports.names };
  }
}

/** Reads the exports of a file, and edits its text so that it can be the body of a function. */
class ExportReader {
  readonly #edited: MagicString;
  readonly #load: (source: Node, fail: Fail) => ImportedFile | undefined;
  readonly #fail: Fail;
  readonly #pairs = new Map<string, string>();

  constructor(
    edited: MagicString,
    load: (source: Node, fail: Fail) => ImportedFile | undefined,
    fail: Fail,
  ) {
    this.#edited = edited;
    this.#load = load;
    this.#fail = fail;
  }

  get names(): ReadonlySet<string> {
    return new Set(this.#pairs.keys());
  }

  /** Returns the properties of the object of exports, as code. */
  read(syntax: Syntax, bind: (statement: ImportDeclaration) => ImportedNames | undefined): string {
    for (const statement of syntax.body) {
      switch (statement.type) {
        case "ImportDeclaration":
          replace(this.#edited, statement, bind(statement)?.code ?? "");
          break;
        case "ExportNamedDeclaration":
          this.#readNamed(statement);
          break;
        case "ExportDefaultDeclaration": {
          const { declaration } = statement;
          const id = "id" in declaration ? declaration.id : undefined;
          const isNamed = /^(Function|Class)Declaration$/.test(declaration.type) && id;
          const head = { start: statement.start, end: declaration.start };
          if (isNamed) blank(this.#edited, head);
          else replace(this.#edited, head, "const default$ = ");
          this.#pairs.set("default", isNamed ? id.name : "default$");
          break;
        }
        case "ExportAllDeclaration":
          this.#fail('An export needs its names: write export { a, b } from "./file.ts"', statement);
          break;
      }
    }
    return [...this.#pairs].map(([name, local]) => `${JSON.stringify(name)}: ${local}`).join(", ");
  }

  #readNamed(statement: ExportNamedDeclaration): void {
    const { declaration, source } = statement;
    if (declaration) {
      blank(this.#edited, { start: statement.start, end: declaration.start });
      const names = declaration.type === "VariableDeclaration"
        ? declaration.declarations.flatMap(({ id }) => boundNames(id))
        : [declaration.id.name];
      for (const name of names) this.#pairs.set(name, name);
      return;
    }
    blank(this.#edited, statement);
    const file = source ? this.#load(source, this.#fail) : undefined;
    if (source && file === undefined) return;
    for (const { local, exported } of statement.specifiers) {
      const name = nameOf(local);
      if (file !== undefined && !file.exports.has(name)) {
        this.#fail(noExport(source!.value, name, file), local);
      }
      const value = file === undefined ? name : `${file.constant}[${JSON.stringify(name)}]`;
      this.#pairs.set(nameOf(exported), value);
    }
  }
}

/** Replaces a range by code on one line, and keeps the number of lines. */
function replace(
  edited: MagicString,
  { start, end }: { readonly start: number; readonly end: number },
  code: string,
): void {
  edited.update(start, end, code + edited.original.slice(start, end).replace(/[^\n]/g, ""));
}

function nameOf(node: Node): string {
  const { name, value } = node as { readonly name?: string; readonly value?: unknown };
  return name ?? String(value);
}

function noExport(path: unknown, name: string, { exports }: ImportedFile): string {
  const there = [...exports].slice(0, 20).join(", ");
  return `"${path}" does not export ${name}${there === "" ? "" : `; it exports ${there}`}`;
}

/** Why a library is not imported, and what to use in its place. */
function libraryAdvice(path: string): string {
  const own = /^(?:node:)?(fs|path|process|crypto|timers|url|util|child_process|http|https)(?:\/|$)/.exec(
    path,
  )?.[1];
  const instead = own === undefined ? undefined : builtinAdvice[own];
  const rest =
    'copy the function into a file of yours ("./tools.ts"), use fetch, or declare a tool server (MCP)';
  return `libraries cannot be loaded; ${instead === undefined ? rest : instead}`;
}

const builtinAdvice: Readonly<Record<string, string>> = {
  fs: "code has readTextFile, writeTextFile, appendTextFile and readDir",
  path: "join paths as texts: `${folder}/${name}`",
  process: 'code has env: await env("NAME")',
  crypto: "code has crypto.randomUUID and crypto.subtle.digest",
  timers: "code has setTimeout, and await Sleep(seconds)",
  url: "code has URL and URLSearchParams",
  util: "code has structuredClone, TextEncoder and console",
  child_process: "to run commands, declare a tool server (MCP) and call its tools",
  http: "code has fetch",
  https: "code has fetch",
};

function lowered(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}
