/** Runs the program with the given arguments. At its end, keeps V8's code of all functions that ran. */
import type { Script } from "node:vm";
import { compress } from "./compress.ts";
import { runProgram } from "./load.ts";

const exit = Deno.exit;
Deno.exit = (status?: number): never => {
  const url = new URL("./carried/program.code.zst", Deno.mainModule);
  Deno.writeFileSync(url, compress(script.createCachedData()));
  return exit(status);
};
const script: Script = runProgram();
