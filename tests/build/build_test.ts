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

Deno.test("build: a library's script holds packages only, and its name is unique in the project", () => {
  const libraries = [...expandGlobSync("src/**/*_library.ts")].map(({ path }) => path);
  const names = libraries.map((path) => basename(path));
  assert(names.includes("mcp_library.ts"));
  assertEquals(names, [...new Set(names)]);
  const statement = /^export (?:\{[^}]+\}|\* as \w+) from "@?[\w-]+(?:\/[\w-]+)*";$|^\/\/ /;
  const others = libraries.flatMap((path) =>
    Deno.readTextFileSync(path).trimEnd().split("\n").filter((line) => !statement.test(line))
  );
  assertEquals(others, []);
});
