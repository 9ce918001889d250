import { cleanLine } from "../text/mod.ts";
import { exitCodes, PlaybooksError } from "../errors.ts";

/** A mistake on the command line: the fault, and the correct form. */
export function usageError(reason: string): PlaybooksError {
  return new PlaybooksError(`Cannot read the command line: ${cleanLine(reason)}`, {
    exitCode: exitCodes.usage,
  });
}
