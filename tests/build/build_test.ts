import { assert, assertEquals } from "@std/assert";
import { expandGlobSync } from "@std/fs/expand-glob";
import { basename } from "@std/path";

const files = [...Deno.readDirSync("build")].map(({ name }) => `build/${name}`);

Deno.test("build: it imports nothing from the tests and stays under 250 lines", () => {
  const texts = files.map((file) => Deno.readTextFileSync(file));
  assertEquals(files.filter((_, index) => /from "[^"]*\btests\//.test(texts[index]!)), []);
  const lines = texts.reduce((sum, text) => sum + text.split("\n").length - 1, 0);
  assert(lines < 250, `${lines} lines`);
});

Deno.test("build: a thread's own file imports nothing, because the binary bundles it alone", () => {
  assert(!/^import |\bimport\(/m.test(Deno.readTextFileSync("src/frontends/sentinel_worker.ts")));
});

Deno.test("build: a library's script holds packages or texts only, and its name is unique in the project", () => {
  const libraries = [...expandGlobSync("src/**/*_library.ts")].map(({ path }) => path);
  const names = libraries.map((path) => basename(path));
  assert(names.includes("mcp_library.ts"));
  assertEquals(names, [...new Set(names)]);
  const others = libraries.flatMap((path) =>
    Deno.readTextFileSync(path).replaceAll(/^\s*\/\*\*.*\*\/$|^\/\/ .*$/gm, "").split(";")
      .map((statement) => statement.trim())
      .filter((statement) => statement !== "" && !libraryStatements.some((form) => form.test(statement)))
  );
  assertEquals(others, []);
});

const libraryStatements = [
  /^export (?:\{[^}]+\}|\* as \w+) from "@?[\w-]+(?:\/[\w-]+)*"$/,
  /^import \w+ from "\.\/[\w.-]+" with \{ type: "text" \}$/,
  // The texts, by their names.
  /^export const \w+ = \{ \w+(?:, \w+)* \}$/,
];
