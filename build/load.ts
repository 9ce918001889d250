import { constants as scriptConstants, Script } from "node:vm";
import process from "node:process";
import { constants, zstdDecompressSync } from "node:zlib";

/** The scripts that ran, by name, with the exports of each. */
export const scripts = new Map<string, { readonly script: Script; readonly exports: unknown }>();

/** How the carried files are compressed. Unpacking touches as much more memory as the window has, here 128 KB. */
export const smallest = {
  params: { [constants.ZSTD_c_compressionLevel]: 19, [constants.ZSTD_c_windowLog]: 17 },
};

/**
 * Runs a carried script once: the `program` (see `main.ts`) or a library. V8 uses the carried code of a script instead of
 * compiling it. V8 checks that the code fits the text, the engine and its flags. Code that does not fit costs only time.
 */
export function load(name: string): unknown {
  const loaded = scripts.get(name);
  if (loaded !== undefined) return loaded.exports;
  const script = new Script(new TextDecoder().decode(carried(`${name}.txt`)), {
    filename: new URL(`./${name}.js`, Deno.mainModule).href,
    importModuleDynamically: scriptConstants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    cachedData: carried(`${name}.code`),
  });
  const exports = script.runInThisContext()(required, carried);
  scripts.set(name, { script, exports });
  return exports;
}

/** Unpacks a carried file, in one piece of up to 4 MB: several pieces would be copied. */
function carried(name: string): Uint8Array {
  const bytes = Deno.readFileSync(new URL(`./carried/${name}.zst`, Deno.mainModule));
  return zstdDecompressSync(bytes, { chunkSize: 4 * 1024 * 1024 });
}

/** A script's `require`: a library, a built-in module, or a library file that the bundle leaves out. */
function required(name: string): unknown {
  if (name.endsWith("_library.ts")) return load(name.slice(name.lastIndexOf("/") + 1, -".ts".length));
  return name.startsWith("node:") ? process.getBuiltinModule(name) : {};
}
