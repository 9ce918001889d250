// @ts-types="#types/assert.d.ts"
import { assertEquals } from "@std/assert";

/** What each folder of src may import: imports point down only. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  files: [],
  program: [],
  sandbox: [],
  model: ["files"],
  journal: [],
  user: [],
  runtime: ["program", "sandbox", "model", "journal", "files"],
  sessions: ["journal", "user"],
  ui: ["runtime/event.ts"],
  cli: ["ui", "user", "sessions", "runtime", "program", "sandbox", "model", "journal", "files"],
};

Deno.test("imports point down only, from folder to folder", () => {
  const crossings: string[] = [];
  for (const [folder, permitted] of Object.entries(allowed)) {
    for (const file of filesIn(`src/${folder}`)) {
      for (const target of importsOf(file)) {
        const inside = /(?:^|\/)src\/(.*)$/.exec(new URL(target, `file:///${file}`).pathname)?.[1];
        if (inside === undefined || inside === "errors.ts") continue;
        const to = inside.split("/")[0]!;
        if (to === folder || permitted.includes(to) || permitted.includes(inside)) continue;
        crossings.push(`${file} imports ${inside}`);
      }
    }
  }
  assertEquals(crossings, []);
});

Deno.test("errors.ts is below all and imports nothing", () => {
  assertEquals(importsOf("src/errors.ts"), []);
});

Deno.test("only main.ts and src/ui write to the console or the standard streams", () => {
  const writers: string[] = [];
  for (const folder of Object.keys(allowed).filter((name) => name !== "ui")) {
    for (const file of filesIn(`src/${folder}`)) {
      if (/\bDeno\.(stdout|stderr|stdin)\b/.test(Deno.readTextFileSync(file))) writers.push(file);
    }
  }
  assertEquals(writers, []);
});

/** Relative imports of a file, static and dynamic. */
function importsOf(file: string): string[] {
  const text = Deno.readTextFileSync(file);
  return [...text.matchAll(/(?:\bfrom|\bimport)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g)].map((match) => match[1]!);
}

function filesIn(folder: string): string[] {
  const files: string[] = [];
  for (const entry of Deno.readDirSync(folder)) {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory) files.push(...filesIn(path));
    else if (path.endsWith(".ts")) files.push(path);
  }
  return files;
}
