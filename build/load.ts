import { constants, Script } from "node:vm";
import process from "node:process";
import { zstdDecompressSync } from "node:zlib";

/** The scripts that ran, by name, with the exports of each. */
export const scripts = new Map<string, { readonly script: Script; readonly exports: unknown }>();

/**
 * Runs a carried script once: the `program` (see `main.ts`) or a library. All starts need the program, so its files are not
 * compressed. V8 uses the carried code of a script instead of compiling it. V8 checks that the code fits the text, the engine
 * and its flags. Code that does not fit costs only time.
 */
export function load(name: string): unknown {
  const loaded = scripts.get(name);
  if (loaded !== undefined) return loaded.exports;
  const read = name === "program" ? plain : carried;
  const script = new Script(new TextDecoder().decode(read(`${name}.txt`)), {
    filename: new URL(`./${name}.js`, Deno.mainModule).href,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    cachedData: read(`${name}.code`),
  });
  const exports = script.runInThisContext()(required, carried);
  scripts.set(name, { script, exports });
  return exports;
}

/** Decompresses a carried file. */
function carried(name: string): Uint8Array {
  return zstdDecompressSync(plain(`${name}.zst`));
}

function plain(name: string): Uint8Array {
  return Deno.readFileSync(new URL(`./carried/${name}`, Deno.mainModule));
}

/** A script's `require`: a library, a built-in module, or a library file that the bundle leaves out. */
function required(name: string): unknown {
  if (name.endsWith("_library.ts")) return load(name.slice(name.lastIndexOf("/") + 1, -".ts".length));
  return name.startsWith("node:") ? process.getBuiltinModule(name) : {};
}
