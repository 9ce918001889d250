import { exitCodes, PlaybooksError } from "../errors.ts";
import { diskTrouble, errorCode } from "../store/mod.ts";

/** Why a file that the user named cannot be written, as a phrase without numbers and temporary names: `the disk is full`. */
export function writeTrouble(error: unknown): string {
  return errorCode(error) === "ENOENT" ? "its folder does not exist" : diskTrouble(error);
}

/**
 * The error for a file that the user named and that cannot be written: exit 6 if its disk fails, else exit 2. `failed` names
 * the operation: `Cannot write x.pb`. Our own errors are returned unchanged.
 */
export function writeError(failed: string, error: unknown): PlaybooksError {
  if (error instanceof PlaybooksError) return error;
  const isDisk = diskFailures.has(errorCode(error) ?? "");
  return new PlaybooksError(`${failed}: ${writeTrouble(error)}`, {
    exitCode: isDisk ? exitCodes.storage : exitCodes.usage,
    cause: error,
  });
}

/** Another place on the same disk does not help. */
const diskFailures: ReadonlySet<string> = new Set(["ENOSPC", "EDQUOT", "EIO"]);

/** The error (exit 2) for a file that the user named and that must not be written. */
export function cannotWrite(path: string, reason: string): PlaybooksError {
  return new PlaybooksError(`Cannot write ${path}: ${reason}`, { exitCode: exitCodes.usage });
}
