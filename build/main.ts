/**
 * Makes the binary, in the same way for every target:
 *
 * 1. `deno bundle` makes one script of the program. A module runs when it is first imported. Each `*_library.ts` becomes a
 *    script of its own, which loads when it is first imported, because each start pays for the whole script that it loads.
 * 2. The folder `carried` gets the scripts, minified, and other files: WebAssembly that a script holds as base64, the
 *    sandbox's engine, and an instance of it in which the guest is ready.
 * 3. The program runs a few times from there. V8's code of each script is kept beside it.
 * 4. `deno compile` makes the binary of `start.ts` and that folder.
 *
 *     deno task compile [--output FILE] [--target TARGET]
 */
import { expandGlobSync } from "@std/fs/expand-glob";
import { basename } from "@std/path";
import { parseArgs } from "node:util";
import { zstdCompressSync } from "node:zlib";
import { sandboxBuiltins } from "../src/engine/mod.ts";
import { carriedFiles } from "../src/sandbox/host/engine.ts";
import { smallest } from "./load.ts";
import { recordRuns } from "./rehearse.ts";

const [folder, heapFlags] = ["dist/program", "--min-semi-space-size=4,--max-semi-space-size=4"];
/** The program's permissions and V8 flags. Recorded code fits only a program with the same flags. */
const flags =
  ("--no-config --no-code-cache --unstable-kv --unstable-worker-options --no-prompt --allow-read " +
    "--allow-write --allow-env --allow-net --allow-run --allow-sys --v8-flags=" + heapFlags).split(" ");
/** Zod's error messages in other languages, which the program does not use. The engine is carried in its own form. */
const leftOut = ["../locales/index.js", "@jitl/quickjs-wasmfile-release-sync/wasm"];

const bundle = ["bundle", "--quiet", "--platform", "deno"];
// Halves a script, so a start reads less. `deno bundle --minify` cannot be used: it also drops a `using` whose variable is
// used once, so files would stay open.
const minifier = ["npm:esbuild@0.28.1", "--minify-whitespace", "--minify-identifiers"];

const { values: { output, target } } = parseArgs({
  options: { output: { type: "string", default: "dist/playbooks" }, target: { type: "string" } },
});
await Deno.remove(folder, { recursive: true }).catch(() => {});
await Deno.mkdir(`${folder}/carried`, { recursive: true });
await must([...bundle, "--outdir", folder, "build/start.ts", "build/record.ts"]);
await makeScript("main.ts", [...leftOut, "*_library.ts"]);
for (const { path } of expandGlobSync("src/**/*_library.ts")) await makeScript(path, leftOut);
for (const [name, bytes] of Object.entries(await carriedFiles(sandboxBuiltins))) carry(name, bytes);
// A thread starts from its own file, which imports nothing.
await Deno.copyFile("src/frontends/sentinel_worker.ts", `${folder}/carried/sentinel_worker.ts`);
// V8's code for another system cannot be made here. Such a program compiles its scripts at each start.
const recorder = ["run", "--quiet", ...flags, await Deno.realPath(`${folder}/record.js`)];
if (target === undefined) await recordRuns((args, options) => deno([...recorder, ...args], options));
const forTarget = target === undefined ? [] : ["--target", target];
const options = ["--include", `${folder}/carried`, ...forTarget, "-o", output, `${folder}/start.js`];
await must(["compile", "--quiet", ...flags, ...options]);
// deno-lint-ignore no-console
console.log(`Made ${output}`);

async function makeScript(file: string, leftOut: readonly string[]): Promise<void> {
  const name = file === "main.ts" ? "program" : basename(file, ".ts");
  const [script, minified] = [`${folder}/${name}.js`, `${folder}/${name}.min.js`];
  const external = leftOut.flatMap((each) => ["--external", each]);
  await must([...bundle, "--keep-names", "--format", "cjs", ...external, "-o", script, file]);
  await Deno.writeTextFile(script, withoutBytes(name, await Deno.readTextFile(script)));
  await must(["run", "--quiet", "--no-config", "--allow-all", ...minifier, script, `--outfile=${minified}`]);
  carry(`${name}.txt`, new TextEncoder().encode(inAscii(await Deno.readTextFile(minified))));
  carry(`${name}.code`, new Uint8Array());
}

/** The script as a function that returns its exports. Long base64 texts are moved to carried files. */
function withoutBytes(script: string, text: string): string {
  let count = 0;
  const moved = text.replace(/"([A-Za-z0-9+/=]{100000,})"/g, (_, base64: string) => {
    const name = `${script}-${++count}`;
    carry(name, Uint8Array.fromBase64(base64));
    return `carried("${name}").toBase64()`;
  });
  const linked = moved.replace(/\bimport\(("[^"]+_library\.ts")\)/g, "Promise.resolve(require($1))");
  return `(function (require, carried, module = { exports: {} }) {${linked}\nreturn module.exports;\n})`;
}

/** Escapes the characters outside ASCII. One of them would double the memory of the whole text. */
function inAscii(text: string): string {
  return text.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** Adds a compressed file. Each start reads all files, which takes 4 to 8 ms per MB; unpacking takes 1.3 ms per MB. */
function carry(name: string, bytes: Uint8Array): void {
  Deno.writeFileSync(`${folder}/carried/${name}.zst`, zstdCompressSync(bytes, smallest));
}

async function must(args: readonly string[]): Promise<void> {
  const { success, stderr } = await deno(args);
  if (!success) {
    throw new Error(`Cannot make the binary: deno ${args[0]}: ${new TextDecoder().decode(stderr)}`);
  }
}

function deno(args: readonly string[], options: Deno.CommandOptions = {}): Promise<Deno.CommandOutput> {
  return new Deno.Command(Deno.execPath(), { ...options, args: [...args], stdin: "null" }).output();
}
