// deno-lint-ignore-file no-console
import { messageOf, PlaybooksError } from "../../src/errors.ts";
import { evaluateTask } from "./task.ts";

if (import.meta.main) {
  try {
    Deno.exit(await evaluateTask(Deno.args, console.log));
  } catch (error) {
    if (!(error instanceof PlaybooksError)) throw error;
    console.error(messageOf(error));
    Deno.exit(error.exitCode);
  }
}
