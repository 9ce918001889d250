import { assertEquals } from "@std/assert";
import { importCycles, readModules, sourceFiles, usedDeclarations } from "./support/source_modules.ts";
import { exceptions } from "./support/structure_exceptions.ts";

/** The permitted imports of each folder of src: imports point down only. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  text: [],
  files: [],
  language: [],
  tools: ["net"],
  upgrade: ["language"],
  sandbox: [],
  net: [],
  model: ["files", "net"],
  user: [],
  store: ["user", "text"],
  prompt: ["language", "sandbox", "model", "engine"],
  engine: ["prompt", "language", "sandbox", "model", "store", "files", "net", "tools"],
  session: ["engine", "store"],
  frontends: ["session", "text"],
  cli: [
    "session",
    "frontends",
    "user",
    "store",
    "engine",
    "prompt",
    "language",
    "upgrade",
    "sandbox",
    "model",
    "files",
    "text",
    "net",
    "tools",
  ],
};

Deno.test("borders: imports between folders point only down", () => {
  const crossings: string[] = [];
  for (const [folder, permitted] of Object.entries(allowed)) {
    for (const file of sourceFiles(`src/${folder}`)) {
      for (const target of importsOf(file)) {
        const inside = /(?:^|\/)src\/(.*)$/.exec(new URL(target, `file:///${file}`).pathname)?.[1];
        if (inside === undefined || ["carried.ts", "errors.ts", "version.ts"].includes(inside)) continue;
        const to = inside.split("/")[0]!;
        if (to === folder || permitted.includes(to) || permitted.includes(inside)) continue;
        crossings.push(`${file} imports ${inside}`);
      }
    }
  }
  assertEquals(crossings, []);
});

Deno.test("borders: src imports nothing from extras, build, bench or tests", () => {
  const outside = sourceFiles("src").flatMap((file) =>
    importsOf(file).map((target) => new URL(target, `file:///${file}`).pathname)
      .filter((path) => /^\/(extras|build|bench|tests)\//.test(path)).map((path) => `${file} imports ${path}`)
  );
  assertEquals(outside, []);
});

Deno.test("borders: carried.ts, errors.ts and version.ts are at the bottom and import nothing from src", () => {
  assertEquals(importsOf("src/carried.ts"), []);
  assertEquals(importsOf("src/errors.ts"), []);
  assertEquals(importsOf("src/version.ts"), ["../deno.json"]);
});

/** The values that the fold takes from other folders: pure functions of values. */
const foldImports: Readonly<Record<string, readonly string[]>> = {
  "src/engine/fold/upcast_request.ts": ["sandbox/mod.ts"],
};

Deno.test("borders: the fold imports only types, errors and itself: no disk, no clock, no prompt", () => {
  const faults: string[] = [];
  for (const file of sourceFiles("src/engine/fold")) {
    const text = Deno.readTextFileSync(file);
    if (/\bDeno\.|\bDate\.now\(|\bperformance\.|from "node:fs/.test(text)) {
      faults.push(`${file} asks the world`);
    }
    for (const [statement, target] of text.matchAll(/^(?:import|export)\b[^;]*? from "(\.[^"]+)";/gm)) {
      const inside = new URL(target!, `file:///${file}`).pathname.replace(/^.*\/src\//, "");
      const isAllowed = inside.startsWith("engine/fold/") || inside === "errors.ts" ||
        inside === "version.ts" ||
        /^import type\b/.test(statement) || foldImports[file]?.includes(inside);
      if (!isAllowed || inside.startsWith("prompt/")) faults.push(`${file} imports ${inside}`);
    }
  }
  assertEquals(faults, []);
});

Deno.test("borders: the prompt changes no state, so it imports neither the code that applies entries nor its helpers", () => {
  const faults = sourceFiles("src/prompt").filter((file) =>
    /fold\/apply\.ts"|^import [^;]*\b(?:putFrame|dropFrames?|handOn|own)\b[^;]* from /m.test(
      Deno.readTextFileSync(file),
    )
  );
  assertEquals(faults, []);
});

Deno.test("borders: only main.ts and src/frontends write to the console or the standard streams", () => {
  const writers: string[] = [];
  for (const folder of Object.keys(allowed).filter((name) => name !== "frontends")) {
    for (const file of sourceFiles(`src/${folder}`)) {
      if (/\bDeno\.(stdout|stderr|stdin)\b/.test(Deno.readTextFileSync(file))) writers.push(file);
    }
  }
  assertEquals(writers, []);
});

Deno.test("borders: terminal sequences are written only in ansi templates, and standard error only through tell()", () => {
  const faults: string[] = [];
  for (const file of sourceFiles("src")) {
    for (const [index, line] of Deno.readTextFileSync(file).split("\n").entries()) {
      const fault = (what: string) => faults.push(`${file}:${index + 1} ${what}`);
      // The terminal sends keys as such sequences, and the cleaner searches for them.
      const reads = file === "src/frontends/terminal/keys.ts" || file === "src/text/clean_text.ts";
      if (/\\x1b|\\u001b|\\x9b/.test(line.replace(/ansi`[^`]*`/g, "")) && !reads && !/^\s*\*/.test(line)) {
        fault("has a control sequence outside ansi``");
      }
      if (
        /\bwriteAll\(\s*(this\.#options|world|options)?\.?stderr/.test(line) &&
        file !== "src/frontends/tell.ts"
      ) {
        fault("writes to standard error past tell()");
      }
      if (/new TerminalText\(/.test(line) && file !== "src/frontends/terminal_text.ts") {
        fault("makes a TerminalText");
      }
    }
  }
  assertEquals(faults, []);
});

Deno.test("borders: only src/store knows the files of a session", () => {
  const names =
    /journal\.jsonl|session\.json|["'`/]_?program_ckpt_|scopes\/|blobs\/|\.sessions\.json|\.registry\.sqlite3/;
  const faults: string[] = [];
  for (const file of [...sourceFiles("src"), ...sourceFiles("extras")]) {
    if (file.startsWith("src/store/")) continue;
    const code = Deno.readTextFileSync(file).replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, "");
    if (names.test(code)) faults.push(`${file} names a file of a session`);
    if (importsOf(file).some((path) => path.includes("store/file/"))) {
      faults.push(`${file} imports the folder store`);
    }
  }
  assertEquals(faults, []);
});

const maxFunctionLines = 130;

const product = readModules(["main.ts", "src", "extras"]);
const tools = readModules(["build", "bench"]);
const tests = readModules(["tests"]);
const everything = new Map([...product, ...tools, ...tests]);

Deno.test("structure: there is no import cycle, also inside a folder", () => {
  const baseName = (file: string) => file.slice(file.lastIndexOf("/") + 1, -".ts".length);
  compare(importCycles(product).map((files) => files.map(baseName).join(" ")), exceptions.cycles);
});

Deno.test(`structure: no function is longer than ${maxFunctionLines} lines`, () => {
  const functions = [...product.values(), ...tools.values()].flatMap((module) => module.functions);
  const long = functions.filter(({ lines }) => lines > maxFunctionLines).map(({ name }) => name);
  compare(long, exceptions.longFunctions);
});

Deno.test("structure: each exported name is declared in exactly one file", () => {
  const owners = new Map<string, number>();
  for (const { exports } of product.values()) {
    for (const { name, from } of exports) {
      if (from === undefined && name !== "default") owners.set(name, (owners.get(name) ?? 0) + 1);
    }
  }
  const shared = [...owners].filter(([, count]) => count > 1).map(([name]) => name);
  compare(shared, exceptions.sharedNames);
});

Deno.test("structure: each exported name is imported by another file of the product", () => {
  const byProduct = usedDeclarations(everything, [...product.values(), ...tools.values()]);
  const byTests = usedDeclarations(everything, tests.values());
  const [unused, usedByTests]: [string[], string[]] = [[], []];
  for (const { file, exports } of product.values()) {
    for (const { name } of exports) {
      if (byProduct.has(`${file} ${name}`)) continue;
      (byTests.has(`${file} ${name}`) ? usedByTests : unused).push(name);
    }
  }
  compare(unused, exceptions.unusedExports);
  compare(usedByTests, Object.keys(exceptions.exportsForTests));
});

/** Fails for a new fault, and for an exception that is no longer needed (remove it from structure_exceptions.ts). */
function compare(found: readonly string[], permitted: readonly string[]): void {
  const names = new Set(found);
  assertEquals({
    new: [...names].filter((name) => !permitted.includes(name)).sort(),
    "remove from tests/support/structure_exceptions.ts": permitted.filter((name) => !names.has(name)),
  }, { new: [], "remove from tests/support/structure_exceptions.ts": [] });
}

/** Relative imports of a file, static and dynamic. */
function importsOf(file: string): string[] {
  const text = Deno.readTextFileSync(file);
  return [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g)].map((match) => match[1]!);
}
