import { usageError } from "./usage_error.ts";

/** An empty reference is usually an unset shell variable, so it must not mean another session. */
export function checkedReference(reference: string): string {
  if (/^\s*(@\d*)?\s*$/.test(reference)) {
    throw usageError(
      `the session's id or name is empty (${
        JSON.stringify(reference)
      }); playbooks sessions lists the sessions`,
    );
  }
  return reference;
}
