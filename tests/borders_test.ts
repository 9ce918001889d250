// @ts-types="#types/assert.d.ts"
import { assertEquals } from "@std/assert";

/** What each folder of src may import: imports point down only. */
const allowed: Readonly<Record<string, readonly string[]>> = {
  text: [],
  files: [],
  language: [],
  sandbox: [],
  net: [],
  model: ["files", "net"],
  user: [],
  store: ["user", "text"],
  prompt: ["language", "sandbox", "model", "engine"],
  engine: ["prompt", "language", "sandbox", "model", "store", "files", "net"],
  frontends: ["text", "engine/event.ts"],
  cli: [
    "frontends",
    "user",
    "store",
    "engine",
    "prompt",
    "language",
    "sandbox",
    "model",
    "files",
    "text",
    "net",
  ],
};

Deno.test("imports point down only, from folder to folder", () => {
  const crossings: string[] = [];
  for (const [folder, permitted] of Object.entries(allowed)) {
    for (const file of filesIn(`src/${folder}`)) {
      for (const target of importsOf(file)) {
        const inside = /(?:^|\/)src\/(.*)$/.exec(new URL(target, `file:///${file}`).pathname)?.[1];
        if (inside === undefined || inside === "errors.ts" || inside === "version.ts") continue;
        const to = inside.split("/")[0]!;
        if (to === folder || permitted.includes(to) || permitted.includes(inside)) continue;
        crossings.push(`${file} imports ${inside}`);
      }
    }
  }
  assertEquals(crossings, []);
});

Deno.test("errors.ts and version.ts are below all and import nothing of src", () => {
  assertEquals(importsOf("src/errors.ts"), []);
  assertEquals(importsOf("src/version.ts"), ["../deno.json"]);
});

Deno.test("only main.ts and src/frontends write to the console or the standard streams", () => {
  const writers: string[] = [];
  for (const folder of Object.keys(allowed).filter((name) => name !== "frontends")) {
    for (const file of filesIn(`src/${folder}`)) {
      if (/\bDeno\.(stdout|stderr|stdin)\b/.test(Deno.readTextFileSync(file))) writers.push(file);
    }
  }
  assertEquals(writers, []);
});

Deno.test("what steers a terminal is written in ansi templates alone, and standard error through tell()", () => {
  const faults: string[] = [];
  for (const file of filesIn("src")) {
    for (const [index, line] of Deno.readTextFileSync(file).split("\n").entries()) {
      const fault = (what: string) => faults.push(`${file}:${index + 1} ${what}`);
      // Keys arrive as such sequences, and the cleaner looks for them.
      const reads = file === "src/frontends/keys.ts" || file === "src/text/clean_text.ts";
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
