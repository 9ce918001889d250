import { assert, assertEquals } from "@std/assert";

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
