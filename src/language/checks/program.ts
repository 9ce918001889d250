import { checkAttendees } from "./attendees.ts";
import { checkCodeNames } from "./code_names.ts";
import type { CheckContext } from "./context.ts";
import { checkEntries } from "./entries.ts";
import { checkMetadataKeys } from "./metadata_keys.ts";
import { checkPlaceholderCalls } from "./placeholder_calls.ts";
import { checkStepCalls } from "./step_calls.ts";

/** Finds mistakes that need the whole program: names that nothing defines, and calls that cannot succeed. */
export function checkProgram(context: CheckContext): void {
  checkMetadataKeys(context);
  checkEntries(context);
  checkAttendees(context);
  checkStepCalls(context);
  checkPlaceholderCalls(context);
  checkCodeNames(context);
}
