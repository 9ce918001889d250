import type { Location } from "../../language/mod.ts";
import type { SessionContext } from "../context.ts";
import type { Frame } from "../fold/state.ts";

/** The place of a code playbook's line in the program; `undefined` for a line of other code. */
export function placeInProgram(
  { definitions }: SessionContext,
  frame: Frame,
  line: number | undefined,
): Location | undefined {
  if (line === undefined || frame.running?.kind !== "function") return undefined;
  return definitions.definitionOf(frame)[0].module?.lines[line - 1];
}
