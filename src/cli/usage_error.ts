import { cleanLine } from "../text/mod.ts";
import { exitCodes, PlaybooksError } from "../errors.ts";

/** A wrong command line, or the same mistake in a request of another kind. */
export class UsageError extends PlaybooksError {
  /** The fault, and the correct form. It names flags of the command line. */
  readonly reason: string;

  constructor(reason: string) {
    super(`Cannot read the command line: ${reason}`, { exitCode: exitCodes.usage });
    this.reason = reason;
  }
}

/** A mistake on the command line: the fault, and the correct form. */
export function usageError(reason: string): UsageError {
  return new UsageError(cleanLine(reason));
}

/** The mistake of a command that needs sessions to be kept, where they are not. */
export function notKept(subject: string): string {
  return `${subject} must be kept: set durability.enabled = true in playbooks.toml`;
}
