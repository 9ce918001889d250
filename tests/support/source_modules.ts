/** A name that a module exports. */
export interface ExportedName {
  readonly name: string;
  /** The module and name of a re-export; absent if this module declares the name. */
  readonly from?: { readonly file: string; readonly name: string };
}

/** A module's import from another module of the repository; `*` stands for all names. */
export interface ImportedName {
  readonly file: string;
  readonly name: string;
}

/** A function with its body, counted in lines. */
export interface SourceFunction {
  readonly name: string;
  readonly lines: number;
}

/** A source file for the structure tests. Paths are relative to the root of the repository. */
export interface SourceModule {
  readonly file: string;
  readonly imports: readonly ImportedName[];
  readonly exports: readonly ExportedName[];
  /** Modules that it re-exports completely. */
  readonly exportsAllOf: readonly string[];
  readonly functions: readonly SourceFunction[];
}

/** Reads the modules below some folders with the parser of `deno lint`. Only `deno test` offers this parser. */
export function readModules(roots: readonly string[]): ReadonlyMap<string, SourceModule> {
  const files = roots.flatMap((root) => root.endsWith(".ts") ? [root] : sourceFiles(root));
  return new Map(files.map((file) => [file, readModule(file)]));
}

/** The TypeScript files below a folder, without those of installed packages. */
export function sourceFiles(folder: string): string[] {
  return Deno.readDirSync(folder).toArray().flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.name === "node_modules") return [];
    if (entry.isDirectory) return sourceFiles(path);
    return /\.tsx?$/.test(path) && !path.endsWith(".d.ts") ? [path] : [];
  }).sort();
}

/** Groups of files that import each other, each group sorted; types count as well. */
export function importCycles(modules: ReadonlyMap<string, SourceModule>): string[][] {
  const reachable = new Map<string, Set<string>>();
  for (const file of modules.keys()) {
    const found = new Set<string>();
    const open = [file];
    while (open.length > 0) {
      const { imports, exports, exportsAllOf } = modules.get(open.pop()!)!;
      const targets = [
        ...imports.map((taken) => taken.file),
        ...exports.flatMap(({ from }) => from === undefined ? [] : [from.file]),
        ...exportsAllOf,
      ];
      for (const target of targets) {
        if (!modules.has(target) || found.has(target)) continue;
        found.add(target);
        open.push(target);
      }
    }
    reachable.set(file, found);
  }
  const groups = new Set<string>();
  for (const [file, targets] of reachable) {
    if (!targets.has(file)) continue;
    groups.add([...targets].filter((target) => reachable.get(target)!.has(file)).sort().join(" "));
  }
  return [...groups].map((group) => group.split(" "));
}

/** The declarations that the modules of `users` import, as `file name`, resolved through re-exports. */
export function usedDeclarations(
  modules: ReadonlyMap<string, SourceModule>,
  users: Iterable<SourceModule>,
): ReadonlySet<string> {
  const used = new Set<string>();
  const use = (file: string, name: string) => {
    const module = modules.get(file);
    if (module === undefined || used.has(`${file} ${name}`)) return;
    used.add(`${file} ${name}`);
    for (const exported of module.exports) {
      if (name !== "*" && name !== exported.name) continue;
      used.add(`${file} ${exported.name}`);
      if (exported.from !== undefined) use(exported.from.file, exported.from.name);
    }
    for (const source of module.exportsAllOf) use(source, name);
  };
  for (const { imports } of users) {
    for (const { file, name } of imports) use(file, name);
  }
  return used;
}

function readModule(file: string): SourceModule {
  const text = Deno.readTextFileSync(file);
  const imports: ImportedName[] = [];
  const exports: ExportedName[] = [];
  const exportsAllOf: string[] = [];
  const functions: SourceFunction[] = [];
  const resolve = (specifier: unknown) =>
    typeof specifier === "string" && /^\.{1,2}\//.test(specifier)
      ? new URL(specifier, `file:///${file}`).pathname.slice(1)
      : undefined;
  const take = (specifier: unknown, names: readonly string[]) => {
    const target = resolve(specifier);
    if (target !== undefined) imports.push(...names.map((name) => ({ file: target, name })));
  };
  const measure = (node: FunctionNode) => {
    functions.push({
      name: functionName(node),
      lines: text.slice(...node.range).split("\n").length,
    });
  };
  const visitor: Deno.lint.LintVisitor = {
    ImportDeclaration(node) {
      take(node.source.value, node.specifiers.map(importedName));
    },
    ImportExpression(node) {
      take((node.source as { value?: unknown }).value, dynamicNames(node));
    },
    TSImportType(node) {
      const { argument, qualifier } = node as unknown as {
        argument: { value?: unknown; literal?: { value?: unknown } };
        qualifier?: { name?: string };
      };
      take(argument.value ?? argument.literal?.value, [qualifier?.name ?? "*"]);
    },
    ExportAllDeclaration(node) {
      const target = resolve(node.source.value);
      if (target !== undefined) exportsAllOf.push(target);
    },
    ExportNamedDeclaration(node) {
      const target = resolve(node.source?.value);
      for (const { local, exported } of node.specifiers) {
        const name = nameOf(exported);
        exports.push(target === undefined ? { name } : { name, from: { file: target, name: nameOf(local) } });
      }
      for (const name of declaredNames(node.declaration)) exports.push({ name });
    },
    ExportDefaultDeclaration() {
      exports.push({ name: "default" });
    },
    FunctionDeclaration: measure,
    FunctionExpression: measure,
    ArrowFunctionExpression: measure,
  };
  Deno.lint.runPlugin(
    { name: "structure", rules: { read: { create: () => visitor } } },
    file,
    text,
  );
  return { file, imports, exports, exportsAllOf, functions };
}

type FunctionNode =
  | Deno.lint.FunctionDeclaration
  | Deno.lint.FunctionExpression
  | Deno.lint.ArrowFunctionExpression;

type AnyNode = {
  readonly type: string;
  readonly parent?: AnyNode;
  readonly name?: string;
  readonly id?: AnyNode;
  readonly key?: AnyNode;
  readonly value?: unknown;
  readonly properties?: readonly AnyNode[];
  readonly declarations?: readonly AnyNode[];
};

function importedName(specifier: Deno.lint.ImportDeclaration["specifiers"][number]): string {
  if (specifier.type === "ImportNamespaceSpecifier") return "*";
  return specifier.type === "ImportDefaultSpecifier" ? "default" : nameOf(specifier.imported);
}

/** The names that `const { a, b } = await import("…")` imports; `*` for any other form. */
function dynamicNames(node: Deno.lint.ImportExpression): string[] {
  const awaited = (node as unknown as AnyNode).parent;
  const declarator = awaited?.type === "AwaitExpression" ? awaited.parent : undefined;
  if (declarator?.type === "MemberExpression") {
    const { property } = declarator as unknown as { property: AnyNode };
    return [nameOf(property)];
  }
  const properties = declarator?.type === "VariableDeclarator" ? declarator.id?.properties : undefined;
  return properties?.map((property) => nameOf(property.key)) ?? ["*"];
}

function declaredNames(declaration: unknown): string[] {
  const node = declaration as AnyNode | null | undefined;
  if (node === null || node === undefined) return [];
  return (node.declarations ?? [node]).map(({ id }) => nameOf(id));
}

function functionName(node: FunctionNode): string {
  const { id, parent } = node as unknown as AnyNode;
  return nameOf(id ?? parent?.id ?? parent?.key) || `in ${nameOf(parent?.parent?.id) || parent?.type}`;
}

function nameOf(node: unknown): string {
  const { name, value } = (node ?? {}) as { name?: string; value?: unknown };
  return name ?? (typeof value === "string" ? value : "");
}
