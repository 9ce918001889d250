import { constants, Script, type ScriptOptions } from "node:vm";
import process from "node:process";
import { zstdDecompressSync } from "node:zlib";

/**
 * Runs the bundled program (see `main.ts`) and returns its script.
 *
 * V8 uses the carried code of the script instead of compiling it. V8 checks that the code fits the text, the engine and its
 * flags. Code that does not fit costs only time.
 */
export function runProgram(): Script {
  const text = Deno.readTextFileSync(carriedUrl("program.txt"));
  const code = carriedCode();
  const options: ScriptOptions = {
    filename: new URL("./program.js", Deno.mainModule).href,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(code === undefined ? {} : { cachedData: code }),
  };
  const script = new Script(text, options);
  script.runInThisContext()(required, carried);
  return script;
}

/** Decompresses a carried file. */
function carried(name: string): Uint8Array {
  return zstdDecompressSync(Deno.readFileSync(carriedUrl(`${name}.zst`)));
}

function carriedUrl(name: string): URL {
  return new URL(`./carried/${name}`, Deno.mainModule);
}

/** The code that `record.ts` made. A program built for another system has none. */
function carriedCode(): Uint8Array | undefined {
  try {
    return Deno.readFileSync(carriedUrl("program.code"));
  } catch {
    return undefined;
  }
}

/** The program's `require`. The bundle leaves one library file out. It imports only built-in modules otherwise. */
function required(name: string): unknown {
  return name.startsWith("node:") ? process.getBuiltinModule(name) : {};
}
