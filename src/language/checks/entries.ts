import type { Playbook } from "../program.ts";
import { type CheckContext, placeOfKey } from "./context.ts";

/** Finds a second playbook with `cli_entry: true`: the program's arguments could then belong to either. */
export function checkEntries(context: CheckContext): void {
  const entries = context.agents.flatMap((agent) => agent.playbooks.filter(isCliEntry));
  const [first, ...others] = entries;
  for (const playbook of others) {
    const { line, file } = first!.location;
    context.problems.push({
      severity: "error",
      code: "two-entries",
      message: `"${playbook.name}" says "cli_entry: true", and so does "${
        first!.name
      }" in line ${line} of ${file}`,
      hint: "Remove the line from one of them",
      ...placeOfKey(context, playbook, "cli_entry"),
    });
  }
}

/** Whether a playbook says that it takes the program's arguments. */
export function isCliEntry({ metadata }: Playbook): boolean {
  const value = metadata["cli_entry"];
  return value === true || (typeof value === "string" && /^(?:true|yes|on)$/i.test(value));
}
