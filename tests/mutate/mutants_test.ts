import { assert, assertEquals, assertNotEquals } from "@std/assert";
import { mutants } from "./all.ts";
import { plant } from "./mutant.ts";

const root = new URL("../../", import.meta.url);

Deno.test("mutate: each planted bug still fits the source and changes it", async () => {
  for (const mutant of mutants) {
    const source = await Deno.readTextFile(new URL(mutant.file, root));
    assertNotEquals(plant(mutant, source), source, mutant.bug);
  }
});

Deno.test("mutate: the tests for each bug exist, and no bug is planted twice", async () => {
  for (const test of new Set(mutants.flatMap(({ tests }) => tests))) {
    await Deno.stat(new URL(test, root));
  }
  const planted = mutants.map(({ file, find, put }) => `${file}\n${find}\n${put}`);
  assertEquals(new Set(planted).size, planted.length);
  assert(mutants.every(({ tests }) => tests.length > 0));
});

Deno.test("mutate: every folder of the source has planted bugs", async () => {
  const planted = new Set(mutants.map(({ file }) => file.split("/")[1]));
  for await (const { name, isDirectory } of Deno.readDir(new URL("src", root))) {
    assert(!isDirectory || planted.has(name), `no bug is planted in src/${name}`);
  }
});

Deno.test("mutate: a bug planted in a copy of the project is found there", async () => {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "mutate", "--only", "accents are part of a name"],
    cwd: root,
    stderr: "inherit",
  }).output();
  const lines = new TextDecoder().decode(stdout).trim().split("\n");
  assertEquals(lines.at(-1), "1 planted, 1 found");
});
