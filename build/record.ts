/** Runs the program with the given arguments. At its end, keeps V8's code of all functions that ran. */
import { zstdCompressSync } from "node:zlib";
import { load, scripts, smallest } from "./load.ts";

const exit = Deno.exit;
const folder = new URL("./carried/", Deno.mainModule);
Deno.exit = (status?: number): never => {
  for (const { name } of Deno.readDirSync(folder)) if (/_library\.txt/.test(name)) load(name.split(".")[0]!);
  for (const [name, { script }] of scripts) {
    const code = zstdCompressSync(script.createCachedData(), smallest);
    Deno.writeFileSync(new URL(`${name}.code.zst`, folder), code);
  }
  return exit(status);
};
load("program");
