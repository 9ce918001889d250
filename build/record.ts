/** Runs the program with the given arguments. At its end, keeps V8's code of all functions that ran. */
import type { Script } from "node:vm";
import { runProgram } from "./load.ts";

const exit = Deno.exit;
Deno.exit = (status?: number): never => {
  const url = new URL("./carried/program.code", Deno.mainModule);
  Deno.writeFileSync(url, script.createCachedData());
  return exit(status);
};
const script: Script = runProgram();
