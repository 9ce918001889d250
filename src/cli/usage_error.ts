import { exitCodes, PlaybooksError } from "../errors.ts";

/** A mistake on the command line: what is wrong, and what to say instead. */
export function usageError(reason: string): PlaybooksError {
  return new PlaybooksError(`Cannot read the command line: ${reason}`, { exitCode: exitCodes.usage });
}
